from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from icalendar import Calendar as ICalendar

from limen.decision.schedule import WEEK, Calendar, Day, Hours, Override, Schedule, Span, covers
from limen.door.ical import MAX_BYTES, holidays_from, schedule_calendar
from limen.errors import BadDataError

TODAY = date(2026, 3, 25)
NOW = datetime(2026, 3, 25, 12, 0, tzinfo=UTC)
SCHEDULE = Schedule(
    "of, fice",
    (
        Hours(frozenset(WEEK[:5]), time(8), time(18)),
        Hours(frozenset((Day.SAT,)), time(22), time(6)),
        Hours(frozenset((Day.HOLIDAY, Day.SUN)), time(20), time()),
    ),
    (
        Override(date(2026, 4, 7), date(2026, 4, 9)),
        Override(date(2026, 4, 10), date(2026, 4, 11), (Span(time(9), time(12)), Span(time(23), time(1)))),
    ),
)


def shown(content: bytes, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """Begin and end of all that another program shows, in the clock's own time."""
    found = []
    for event in ICalendar.from_ical(content).walk("VEVENT"):
        start, length = (
            event.start.replace(tzinfo=None),
            event.end.replace(tzinfo=None) - event.start.replace(tzinfo=None),
        )
        starts = [start]
        for rule in event.rrules:
            until = rule["UNTIL"][0].astimezone(zone).replace(tzinfo=None)
            starts = list(rrulestr(type(rule)(rule, until=[until]).to_ical().decode(), dtstart=start))
        left_out = {moment.replace(tzinfo=None) for moment in event.exdates}
        found += [(each, each + length) for each in starts if each not in left_out]
    return found


@pytest.mark.parametrize("name", ["Europe/Berlin", "UTC", "Australia/Lord_Howe"])
def test_other_programs_show_the_hours_that_the_door_keeps(name: str) -> None:
    zone = ZoneInfo(name)
    calendar = Calendar(zone, frozenset((date(2026, 4, 3), date(2026, 4, 6), date(2026, 4, 11))))
    spans = shown(schedule_calendar(SCHEDULE, calendar, TODAY, NOW), zone)
    begin = datetime.combine(TODAY, time(12), zone).astimezone(UTC)
    for quarter in range(60 * 24 * 4):
        at = begin + timedelta(minutes=15 * quarter)
        wall = at.astimezone(zone).replace(tzinfo=None)
        assert any(start <= wall < end for start, end in spans) is covers(SCHEDULE, at, calendar), at
    assert max(end for _, end in spans).date() > TODAY + timedelta(days=720)


def test_a_calendar_says_what_zone_its_times_are_in_and_what_is_the_same_has_the_same_id() -> None:
    first, second = (schedule_calendar(SCHEDULE, Calendar(ZoneInfo("Europe/Berlin")), TODAY, NOW) for _ in range(2))
    assert first == second
    assert b"TZID:Europe/Berlin" in first
    assert b"DTSTART;TZID=Europe/Berlin:20260325T080000" in first
    assert b"RRULE:FREQ=WEEKLY" in first
    identifiers = [event["uid"] for event in ICalendar.from_ical(first).walk("VEVENT")]
    assert len(identifiers) == len(set(identifiers))


def ics(*events: str) -> bytes:
    body = "".join(f"BEGIN:VEVENT\nUID:{n}\n{event}\nEND:VEVENT\n" for n, event in enumerate(events))
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{body}END:VCALENDAR\n".replace("\n", "\r\n").encode()


def days(*texts: str) -> list[date]:
    return [date.fromisoformat(text) for text in texts]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("DTSTART;VALUE=DATE:20261225", days("2026-12-25")),
        ("DTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261227", days("2026-12-25", "2026-12-26")),
        ("DTSTART;VALUE=DATE:20261225\nDURATION:P2D", days("2026-12-25", "2026-12-26")),
        ("DTSTART;VALUE=DATE:20200501\nRRULE:FREQ=YEARLY;UNTIL=20280501T000000Z",
         days("2026-05-01", "2027-05-01", "2028-05-01")),
        ("DTSTART;VALUE=DATE:20200501\nRRULE:FREQ=YEARLY;COUNT=8", days("2026-05-01", "2027-05-01")),
        ("DTSTART;VALUE=DATE:20201126\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH;UNTIL=20271231",
         days("2026-11-26", "2027-11-25")),
        ("DTSTART;VALUE=DATE:20200525\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO;INTERVAL=3",
         days("2026-05-25", "2029-05-28")),
        ("DTSTART;VALUE=DATE:20240229\nRRULE:FREQ=YEARLY", days("2028-02-29")),
        ("DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261226\nRRULE:FREQ=YEARLY;COUNT=2\nEXDATE;VALUE=DATE:20261224",
         days("2027-12-24", "2027-12-25")),
        ("DTSTART;VALUE=DATE:20261225\nRDATE;VALUE=DATE:20270105", days("2026-12-25", "2027-01-05")),
    ],
)  # fmt: skip
def test_holidays_of_whole_days(event: str, expected: list[date]) -> None:
    read = holidays_from(ics(f"{event}\nSUMMARY:Day\\, off"), TODAY)
    assert read.holidays == dict.fromkeys(expected, "Day, off")
    assert read.skipped == 0


def test_every_year_is_this_one_and_the_next_five() -> None:
    read = holidays_from(ics("DTSTART;VALUE=DATE:19000101\nRRULE:FREQ=YEARLY"), TODAY)
    assert [day.year for day in read.holidays] == [2026, 2027, 2028, 2029, 2030, 2031]
    assert set(read.holidays.values()) == {"holiday"}


def test_what_is_no_holiday_is_skipped() -> None:
    past, timed = "DTSTART;VALUE=DATE:20241225", "DTSTART:20261225T080000Z\nDTEND:20261225T100000Z"
    assert holidays_from(ics(past, timed, "DTSTART;VALUE=DATE:20261225"), TODAY).skipped == 2
    assert holidays_from(ics("DTSTART;VALUE=DATE:20261225\nSTATUS:CANCELLED"), TODAY).holidays == {}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"hello", "cannot be read"),
        (b"\xff\xfe\x00", "cannot be read"),
        (ics("SUMMARY:no start"), "cannot be read"),
        (ics("DTSTART;VALUE=DATE:2026122x"), "cannot be read"),
        (ics("DTSTART;VALUE=DATE:20261225\nRRULE:FREQ=YEARLY;BYMONTH=99"), "cannot be read"),
        (ics("DTSTART;VALUE=DATE:20261225\nRRULE:FREQ=SECONDLY"), "one day of every year"),
        (ics("DTSTART;VALUE=DATE:20261225\nRRULE:FREQ=YEARLY;BYSECOND=1"), "one day of every year"),
        (ics("DTSTART;VALUE=DATE:20261225\nRRULE:FREQ=YEARLY;INTERVAL=0"), "one day of every year|cannot be read"),
        (ics("DTSTART;VALUE=DATE:20261225\nRRULE:FREQ=YEARLY;BYMONTH=1,2"), "one day of every year"),
        (ics("DTSTART;VALUE=DATE:20261225\nRRULE:FREQ=YEARLY;BYDAY=1MO"), "one day of every year"),
        (ics("DTSTART;VALUE=DATE:20261225\nRRULE:FREQ=YEARLY;BYMONTH=1;BYDAY=MO"), "no single day"),
        (ics("DTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:99991225"), "1 to 366 days"),
        (ics("DTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261224"), "cannot be read|1 to 366 days"),
        (b"x" * (MAX_BYTES + 1), "at most 1048576"),
    ],
)
def test_what_cannot_be_read_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(BadDataError, match=message):
        holidays_from(content, TODAY)
