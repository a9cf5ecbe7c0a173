from datetime import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limen.decision.schedule import WEEK, Day, Hours, Span
from limen.errors import BadDataError
from limen.store.hours import (
    hours_from_json,
    hours_from_text,
    hours_text,
    hours_to_json,
    span_from_text,
    span_text,
    spans_from_json,
    spans_to_json,
)

MON, TUE, WED, THU, FRI, SAT, SUN = WEEK


@pytest.mark.parametrize(
    ("text", "days", "start", "end"),
    [
        ("mon-fri 08:00-18:00", {MON, TUE, WED, THU, FRI}, time(8), time(18)),
        ("fri-mon 8:00-18:00", {FRI, SAT, SUN, MON}, time(8), time(18)),
        ("SAT,holiday 22:00-06:00", {SAT, Day.HOLIDAY}, time(22), time(6)),
        (" daily  00:00 – 24:00 ", set(WEEK), time(), time()),
        ("wed-wed,sun 09:30-09:45", {WED, SUN}, time(9, 30), time(9, 45)),
    ],
)
def test_hours_as_people_write_them(text: str, days: set[Day], start: time, end: time) -> None:
    assert hours_from_text(text) == Hours(frozenset(days), start, end)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no time of day"),
        ("08:00-18:00", "no time of day"),
        ("mon-fri", "no time of day"),
        ("mon-fri 8-18", "no time of day"),
        ("mon 08:00-24:01", "00:00 to 24:00"),
        ("mon 24:00-08:00", "00:00 to 24:00"),
        ("mon 08:60-09:00", "00:00 to 24:00"),
        ("mon-holiday 08:00-18:00", "'mon-holiday' is no day"),
        ("monday 08:00-18:00", "'monday' is no day"),
        ("mon,,tue 08:00-18:00", "'' is no day"),
    ],
)
def test_what_is_something_else_is_refused(text: str, message: str) -> None:
    with pytest.raises(BadDataError, match=message):
        hours_from_text(text)


@pytest.mark.parametrize(
    "text", ["mon-fri 08:00-18:00", "mon,tue 08:00-18:00", "mon,wed-fri,sun,holiday 22:00-24:00", "daily 06:00-06:00"]
)
def test_words_are_short(text: str) -> None:
    assert hours_text(hours_from_text(text)) == text


times = st.builds(time, st.integers(0, 23), st.integers(0, 59))


@settings(deadline=None)
@given(st.lists(st.builds(Hours, st.frozensets(st.sampled_from(Day), min_size=1), times, times)))
def test_hours_come_back_from_words_and_json(some: list[Hours]) -> None:
    assert [hours_from_text(hours_text(each)) for each in some] == some
    assert list(hours_from_json(hours_to_json(some))) == some


@settings(deadline=None)
@given(st.lists(st.builds(Span, times, times)))
def test_spans_come_back_from_words_and_json(some: list[Span]) -> None:
    assert [span_from_text(span_text(each)) for each in some] == some
    assert list(spans_from_json(spans_to_json(some))) == some
