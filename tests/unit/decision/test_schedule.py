from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limen.decision.schedule import (
    START_WITHIN,
    WEEK,
    Calendar,
    Day,
    Hours,
    Override,
    Schedule,
    Span,
    covers,
    next_start,
    until,
)

BERLIN = ZoneInfo("Europe/Berlin")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
CAIRO = ZoneInfo("Africa/Cairo")
MINUTE = timedelta(minutes=1)
OFFICE = Hours(frozenset(WEEK[:5]), time(8), time(18))
NIGHT = Hours(frozenset((Day.SAT,)), time(22), time(6))
EVERY_DAY = frozenset(WEEK)


def berlin(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold).astimezone(UTC)


def in_berlin(hours: Hours, *overrides: Override, holidays: frozenset[date] = frozenset()) -> tuple[Schedule, Calendar]:
    return Schedule("it", (hours,), overrides), Calendar(BERLIN, holidays)


@pytest.mark.parametrize(
    ("at", "covered"),
    [
        ("2026-06-01T07:59:59.999999", False),
        ("2026-06-01T08:00", True),
        ("2026-06-01T17:59:59.999999", True),
        ("2026-06-01T18:00", False),
        ("2026-05-31T12:00", False),
    ],
    ids=["before", "start", "last moment", "end", "sunday"],
)
def test_the_start_is_included_and_the_end_is_not(at: str, covered: bool) -> None:
    schedule, calendar = in_berlin(OFFICE)
    assert covers(schedule, berlin(at), calendar) is covered


@pytest.mark.parametrize(
    ("at", "covered"),
    [
        ("2026-06-06T05:59", False),
        ("2026-06-06T21:59", False),
        ("2026-06-06T22:00", True),
        ("2026-06-07T00:00", True),
        ("2026-06-07T05:59", True),
        ("2026-06-07T06:00", False),
        ("2026-06-07T22:00", False),
    ],
)
def test_a_night_belongs_to_the_day_on_which_it_begins(at: str, covered: bool) -> None:
    schedule, calendar = in_berlin(NIGHT)
    assert covers(schedule, berlin(at), calendar) is covered


def test_a_whole_day_and_hours_up_to_midnight() -> None:
    schedule, calendar = in_berlin(Hours(frozenset((Day.SAT,)), time(), time()))
    assert until(schedule, berlin("2026-06-06T00:00"), calendar) == berlin("2026-06-07T00:00")
    schedule, calendar = in_berlin(Hours(frozenset((Day.SAT,)), time(20), time()))
    assert until(schedule, berlin("2026-06-06T20:00"), calendar) == berlin("2026-06-07T00:00")


class TestHolidays:
    MONDAY = date(2026, 6, 1)

    def test_hours_of_the_week_do_not_count(self) -> None:
        schedule, calendar = in_berlin(OFFICE, holidays=frozenset((self.MONDAY,)))
        assert not covers(schedule, berlin("2026-06-01T12:00"), calendar)
        assert next_start(schedule, berlin("2026-06-01T00:00"), calendar) == berlin("2026-06-02T08:00")

    def test_hours_of_holidays_do(self) -> None:
        hours = (OFFICE, Hours(frozenset((Day.HOLIDAY,)), time(10), time(12)))
        schedule, calendar = Schedule("it", hours), Calendar(BERLIN, frozenset((self.MONDAY,)))
        assert until(schedule, berlin("2026-06-01T10:00"), calendar) == berlin("2026-06-01T12:00")
        assert not covers(schedule, berlin("2026-06-02T07:00"), calendar)

    def test_the_night_before_goes_on(self) -> None:
        schedule, calendar = in_berlin(NIGHT, holidays=frozenset((date(2026, 6, 7),)))
        assert until(schedule, berlin("2026-06-06T23:00"), calendar) == berlin("2026-06-07T06:00")


class TestExceptions:
    FIRST, LAST = date(2026, 12, 24), date(2026, 12, 31)

    def test_closed(self) -> None:
        schedule, calendar = in_berlin(OFFICE, Override(self.FIRST, self.LAST))
        assert until(schedule, berlin("2026-12-23T12:00"), calendar) == berlin("2026-12-23T18:00")
        assert next_start(schedule, berlin("2026-12-23T18:00"), calendar) == berlin("2027-01-01T08:00")

    def test_other_hours_and_stronger_than_a_holiday(self) -> None:
        other = Override(self.FIRST, self.FIRST, (Span(time(9), time(12)),))
        schedule, calendar = in_berlin(OFFICE, other, holidays=frozenset((self.FIRST,)))
        assert next_start(schedule, berlin("2026-12-24T00:00"), calendar) == berlin("2026-12-24T09:00")
        assert until(schedule, berlin("2026-12-24T09:00"), calendar) == berlin("2026-12-24T12:00")

    def test_two_on_one_day_are_refused(self) -> None:
        with pytest.raises(ValueError, match=r"two exceptions .* hold on 2026-12-31"):
            Schedule("it", (), (Override(self.LAST, self.LAST), Override(self.FIRST, self.LAST)))


class TestClocksAreSetForward:
    """On 2026-03-29 Berlin's clocks go from 02:00 to 03:00."""

    def hours(self, start: time, end: time) -> tuple[Schedule, Calendar]:
        return in_berlin(Hours(frozenset((Day.SUN,)), start, end))

    def test_a_start_that_does_not_exist_is_right_after(self) -> None:
        schedule, calendar = self.hours(time(2, 30), time(5))
        start = next_start(schedule, berlin("2026-03-29T00:00"), calendar)
        assert start == datetime(2026, 3, 29, 1, 0, tzinfo=UTC) == berlin("2026-03-29T03:00")

    def test_an_end_that_does_not_exist_is_when_it_is_skipped(self) -> None:
        schedule, calendar = self.hours(time(1), time(2, 30))
        assert until(schedule, berlin("2026-03-29T01:00"), calendar) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)

    def test_hours_that_do_not_exist_do_not_happen(self) -> None:
        schedule, calendar = self.hours(time(2), time(3))
        assert next_start(schedule, berlin("2026-03-29T00:00"), calendar) == berlin("2026-04-05T02:00")

    def test_a_night_is_an_hour_shorter(self) -> None:
        schedule, calendar = in_berlin(NIGHT)
        start, end = berlin("2026-03-28T22:00"), berlin("2026-03-29T06:00")
        assert until(schedule, start, calendar) == end
        assert end - start == timedelta(hours=7)


class TestClocksAreSetBack:
    """On 2026-10-25 Berlin's clocks go from 03:00 to 02:00."""

    def test_what_the_clock_shows_twice_is_covered_twice(self) -> None:
        schedule, calendar = in_berlin(Hours(frozenset((Day.SUN,)), time(2, 30), time(2, 45)))
        for fold in (0, 1):
            start = berlin("2026-10-25T02:30", fold)
            assert covers(schedule, start, calendar)
            assert not covers(schedule, start - MINUTE, calendar)
            assert until(schedule, start, calendar) == berlin("2026-10-25T02:45", fold) == start + 15 * MINUTE

    def test_hours_that_ended_begin_again(self) -> None:
        schedule, calendar = in_berlin(Hours(frozenset((Day.SUN,)), time(1), time(2, 30)))
        assert until(schedule, berlin("2026-10-25T01:00"), calendar) == berlin("2026-10-25T02:30", 0)
        again = next_start(schedule, berlin("2026-10-25T02:30", 0), calendar)
        assert again == datetime(2026, 10, 25, 1, 0, tzinfo=UTC) == berlin("2026-10-25T02:00", 1)
        assert until(schedule, berlin("2026-10-25T02:00", 1), calendar) == berlin("2026-10-25T02:30", 1)

    def test_a_night_is_an_hour_longer(self) -> None:
        schedule, calendar = in_berlin(NIGHT)
        start, end = berlin("2026-10-24T22:00"), berlin("2026-10-25T06:00")
        assert until(schedule, start, calendar) == end
        assert end - start == timedelta(hours=9)


def test_half_an_hour_on_lord_howe() -> None:
    """On 2026-04-05 the clocks there go from 02:00 to 01:30, on 2026-10-04 from 02:00 to 02:30."""
    schedule = Schedule("it", (Hours(frozenset((Day.SUN,)), time(1, 45), time(2, 15)),))
    calendar = Calendar(LORD_HOWE)
    back = datetime(2026, 4, 4, 15, 0, tzinfo=UTC)
    assert [covers(schedule, back + minutes * MINUTE, calendar) for minutes in (-16, -15, -1, 0, 14, 15, 44, 45)] == [
        False, True, True, False, False, True, True, False]  # fmt: skip
    forward = datetime(2026, 10, 3, 15, 30, tzinfo=UTC)
    assert next_start(schedule, forward - timedelta(hours=1), calendar) == forward - 15 * MINUTE
    assert until(schedule, forward - 15 * MINUTE, calendar) == forward


def test_what_never_ends_or_never_begins() -> None:
    schedule, calendar = in_berlin(Hours(EVERY_DAY, time(), time()))
    assert until(schedule, berlin("2026-06-01T12:00"), calendar) is None
    assert next_start(Schedule("closed"), berlin("2026-06-01T12:00"), calendar) is None


@pytest.mark.parametrize("ask", [covers, until, next_start])
@pytest.mark.parametrize("at", [datetime(2026, 6, 1, 12), datetime(2026, 6, 1, 12, tzinfo=BERLIN)])
def test_a_time_that_is_not_utc_is_refused(ask, at: datetime) -> None:  # type: ignore[no-untyped-def]  # three signatures
    with pytest.raises(ValueError, match="must be aware UTC"):
        ask(*in_berlin(OFFICE)[:1], at, Calendar(BERLIN))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Hours(frozenset(), time(8), time(18)),
        lambda: Hours(EVERY_DAY, time(8, 0, 1), time(18)),
        lambda: Span(time(8), time(18, tzinfo=UTC)),
        lambda: Override(date(2026, 1, 2), date(2026, 1, 1)),
    ],
)
def test_what_cannot_be_hours_is_refused(wrong) -> None:  # type: ignore[no-untyped-def]  # makes anything
    with pytest.raises(ValueError, match=r"at least one day|whole minutes|ends before it begins"):
        wrong()


times = st.builds(time, st.integers(0, 23), st.sampled_from((0, 1, 15, 30, 45, 59)))
spans = st.builds(Span, times, times)
hours = st.builds(Hours, st.frozensets(st.sampled_from(Day), min_size=1), times, times)
# The days around the changes of Berlin, Lord Howe and Cairo (where midnight itself is skipped, or comes twice).
CHANGES = [date(2026, 3, 29), date(2026, 10, 25), date(2026, 4, 5), date(2026, 10, 4), date(2026, 4, 24),
           date(2026, 10, 29)]  # fmt: skip
days = st.builds(lambda day, more: day + timedelta(days=more), st.sampled_from(CHANGES), st.integers(-2, 2))
overrides = st.builds(lambda day, more, hours: Override(day, day + timedelta(days=more), tuple(hours)), days,
                      st.integers(0, 2), st.lists(spans, max_size=2))  # fmt: skip
schedules = st.builds(lambda hours, override: Schedule("it", tuple(hours), tuple(override)),
                      st.lists(hours, max_size=4), st.lists(overrides, max_size=1))  # fmt: skip
calendars = st.builds(Calendar, st.sampled_from((BERLIN, LORD_HOWE, CAIRO, ZoneInfo("UTC"))),
                      st.frozensets(days, max_size=2))  # fmt: skip
moments = st.builds(lambda day, minutes: datetime.combine(day, time(), UTC) + minutes * MINUTE, days,
                    st.integers(0, 1439))  # fmt: skip


def on_the_wall(schedule: Schedule, at: datetime, calendar: Calendar) -> bool:
    """The same, as somebody would say who looks at the clock, minute by minute."""
    local = at.astimezone(calendar.zone)
    today, now = local.date(), local.hour * 60 + local.minute
    for day, shown in ((today, now), (today - timedelta(days=1), now + 1440)):
        own = [override.hours for override in schedule.overrides if override.first_day <= day <= override.last_day]
        name = Day.HOLIDAY if day in calendar.holidays else list(Day)[day.isoweekday() - 1]
        usual = [Span(each.start, each.end) for each in schedule.hours if name in each.days]
        for span in own[0] if own else usual:
            start, end = span.start.hour * 60 + span.start.minute, span.end.hour * 60 + span.end.minute
            if start <= shown < (end if end > start else end + 1440):
                return True
    return False


@settings(deadline=None)
@given(schedules, calendars, moments)
def test_each_minute_is_covered_as_the_clock_on_the_wall_says(
    schedule: Schedule, calendar: Calendar, at: datetime
) -> None:
    for minute in range(0, 36 * 60, 7):
        moment = at + minute * MINUTE
        assert covers(schedule, moment, calendar) is on_the_wall(schedule, moment, calendar)


@settings(deadline=None)
@given(schedules, calendars, moments)
def test_until_and_next_start_are_the_first_minutes_of_their_kind(
    schedule: Schedule, calendar: Calendar, at: datetime
) -> None:
    two_days = [at + minute * MINUTE for minute in range(2 * 1440)]
    covered = [on_the_wall(schedule, moment, calendar) for moment in two_days]
    for found, wanted in ((until(schedule, at, calendar), False), (next_start(schedule, at, calendar), True)):
        first = two_days[covered.index(wanted)] if wanted in covered else None
        if first is None:
            assert found is None or found > two_days[-1]
        else:
            assert found == first


@settings(deadline=None)
@given(schedules, calendars, moments, st.integers(0, 59_999_999))
def test_within_a_minute_nothing_changes(
    schedule: Schedule, calendar: Calendar, at: datetime, microseconds: int
) -> None:
    later = at + timedelta(microseconds=microseconds)
    assert covers(schedule, later, calendar) is covers(schedule, at, calendar)
    end = until(schedule, later, calendar)
    assert end is None or end == later or (end.second, end.microsecond) == (0, 0)


def test_a_start_far_ahead_is_found() -> None:
    schedule = Schedule("fair", (), (Override(date(2027, 6, 1), date(2027, 6, 1), (Span(time(9), time(17)),)),))
    opening = berlin("2027-06-01T09:00")
    assert next_start(schedule, opening - START_WITHIN, Calendar(BERLIN)) == opening
    assert next_start(schedule, opening - START_WITHIN - MINUTE, Calendar(BERLIN)) is None
