from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from limen.audit.events import EventType
from limen.errors import BadDataError
from limen.store.records import LabelKind
from limen.web.event_filters import EventSelection, Labelled, cursor_of
from limen.web.event_page import EventAddress
from limen.web.event_rows import by_day
from limen.web.event_sentences import Tone, Topic
from limen.web.event_words import EventView

BERLIN = ZoneInfo("Europe/Berlin")


def view(sequence: int, at: datetime, kind: EventType = EventType.ACCESS_DENIED) -> EventView:
    return EventView(
        sequence=sequence, type=kind, topic=Topic.ACCESS, at=at, door=None, person=None, reason=None, words="",
        why=None, tone=Tone.WARN, detail=None, actor=None, has_crop=False, label=None,
    )  # fmt: skip


def test_days_are_those_of_the_place() -> None:
    asked = EventAddress.model_validate({"from": "2026-03-29", "to": "2026-03-29", "show": "", "door": ""})
    wanted = asked.selection(BERLIN)
    assert (wanted.since, wanted.until) == (
        datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC),
    )  # fmt: skip
    days = by_day(
        [view(3, datetime(2026, 3, 29, 22, 5, tzinfo=UTC)), view(2, datetime(2026, 3, 29, 21, 55, tzinfo=UTC))],
        BERLIN, datetime(2026, 3, 29, 23, tzinfo=UTC),
    )  # fmt: skip
    assert [(str(day.day), day.ago, [row.clock for row in day.rows]) for day in days] == [
        ("2026-03-30", 0, ["00:05"]),
        ("2026-03-29", 1, ["23:55"]),
    ]


def test_an_address_can_be_changed_and_asked_of_the_api() -> None:
    asked = EventAddress.model_validate({"show": "visits", "door": "front & back", "picture": "yes", "after": "9"})
    assert asked.but(show=None) == "?door=front+%26+back&picture=yes"
    assert asked.but(after=7) == "?show=visits&door=front+%26+back&picture=yes&after=7"
    assert asked.for_export(BERLIN) == [("door", "front & back"), ("topic", "access"), ("has_crop", "true")]
    assert (asked.narrows, EventAddress.model_validate({"door": ""}).narrows) == (True, False)
    for wrong in (
        {"from": "yesterday"},
        {"from": "0001-01-01"},
        {"to": "9999-12-31"},
        {"person": "Ann"},
        {"show": "x"},
    ):
        with pytest.raises(ValidationError):
            EventAddress.model_validate(wrong)


def test_filters_narrow_each_other() -> None:
    assert EventSelection().types() is None
    visits = EventSelection(topic=[Topic.ACCESS])
    assert visits.types() == {EventType.ACCESS_GRANTED, EventType.ACCESS_DENIED}
    assert EventSelection(topic=[Topic.ACCESS], outcome="denied").types() == {EventType.ACCESS_DENIED}
    assert EventSelection(type=[EventType.DOOR_EXIT], outcome="denied").only() is None
    said = [EventSelection(label=label).only() for label in (Labelled.WRONG, Labelled.ANY, Labelled.NONE)]
    assert [one and (one.labels, one.has_label) for one in said] == [
        ({LabelKind.WRONG}, True), (set(), True), (set(), False),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "-1", "1e3", "\u0661", "9" * 17, "x"])
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(BadDataError, match="next of a page"):
        cursor_of(text)
