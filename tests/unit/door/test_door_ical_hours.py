from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from limen.decision.schedule import WEEK, Calendar, Day, Hours, Override, Schedule, Span
from limen.door.ical import schedule_calendar
from limen.door.ical_hours import hours_from
from limen.errors import BadDataError

BERLIN = ZoneInfo("Europe/Berlin")
TODAY = date(2026, 6, 1)  # A Monday.


def calendar(*lines: str) -> bytes:
    body = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", "BEGIN:VEVENT", "UID:x", *lines, "END:VEVENT")
    return "\r\n".join((*body, "END:VCALENDAR", "")).encode()


def test_what_was_written_is_read_again() -> None:
    hours = (Hours(frozenset(WEEK[:5]), time(8), time(18)), Hours(frozenset((Day.FRI,)), time(22), time(6)))
    closed = Override(date(2026, 12, 24), date(2026, 12, 25))
    short = Override(date(2026, 12, 31), date(2026, 12, 31), (Span(time(8), time(12)),))
    schedule = Schedule("office", hours, (closed, short))
    content = schedule_calendar(schedule, Calendar(BERLIN), TODAY, datetime(2026, 6, 1, tzinfo=UTC))
    read = hours_from(content, BERLIN, TODAY)
    assert read.hours == hours
    assert read.overrides == (
        Override(date(2026, 12, 24), date(2026, 12, 24)), Override(date(2026, 12, 25), date(2026, 12, 25)), short
    )  # fmt: skip
    assert read.skipped == 0


def test_times_are_those_of_the_site() -> None:
    read = hours_from(
        calendar("DTSTART:20260602T060000Z", "DTEND:20260602T160000Z", "RRULE:FREQ=WEEKLY"), BERLIN, TODAY
    )
    assert read.hours == (Hours(frozenset((Day.TUE,)), time(8), time(18)),)
    daily = hours_from(calendar("DTSTART:20260601T080000", "DURATION:PT1H", "RRULE:FREQ=DAILY"), BERLIN, TODAY)
    assert daily.hours == (Hours(frozenset(WEEK), time(8), time(9)),)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (("DTSTART:20260602T0800", "DTEND:20260602T1600", "RRULE:FREQ=MONTHLY"), "cannot be read|does not repeat"),
        (("DTSTART:20260602T080000", "DTEND:20260602T160000", "RRULE:FREQ=MONTHLY"), "does not repeat every week"),
        (("DTSTART:20260602T080000", "DTEND:20260602T160000", "RRULE:FREQ=WEEKLY;COUNT=3"), "for good"),
        (
            ("DTSTART:20260602T080000", "DTEND:20260602T160000", "RRULE:FREQ=WEEKLY;UNTIL=20260901T000000"),
            "within a year",
        ),
        (("DTSTART:20260902T080000", "DTEND:20260902T160000", "RRULE:FREQ=WEEKLY"), "begins on 2026-09-02"),
        (("DTSTART:20260602T080000", "DTEND:20260604T160000", "RRULE:FREQ=WEEKLY"), "at most a day"),
        (("DTSTART;VALUE=DATE:20260602", "RRULE:FREQ=WEEKLY"), "has no hours"),
        (("DTSTART:20200602T080000", "DTEND:20200602T160000"), "has no hours"),
    ],
)
def test_what_would_open_at_other_times_is_refused(lines: tuple[str, ...], words: str) -> None:
    with pytest.raises(BadDataError, match=words):
        hours_from(calendar(*lines), BERLIN, TODAY)
    with pytest.raises(BadDataError):
        hours_from(b"nonsense", BERLIN, TODAY)
