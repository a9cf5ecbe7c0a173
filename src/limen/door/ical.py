"""iCalendar files: schedules for other programs to show, and holidays from the calendars of others.

Source: RFC 5545 (https://www.rfc-editor.org/rfc/rfc5545).
"""

import hashlib
import re
from calendar import monthcalendar, monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from icalendar import Calendar as ICalendar
from icalendar import Event
from icalendar.prop import vRecur

from limen.decision.schedule import WEEK, Calendar, Day, Schedule, Span
from limen.errors import BadDataError

WRITTEN = timedelta(days=731)
"""How far ahead a schedule is written."""
READ_YEARS = 5
"""How many years after the current one holidays are read for."""
MAX_BYTES = 2**20

_DAY = timedelta(days=1)
_MAX_DAYS = 366
_PARTS_OF_A_YEAR = frozenset(("FREQ", "INTERVAL", "COUNT", "UNTIL", "BYMONTH", "BYMONTHDAY", "BYDAY", "WKST"))
_NTH_DAY = re.compile(r"([+-]?[1-5])(MO|TU|WE|TH|FR|SA|SU)")


@dataclass(frozen=True, slots=True)
class HolidaysRead:
    """The holidays that a file holds for this year and the next five, by day, and how many events were no such days."""

    holidays: dict[date, str]
    skipped: int


def schedule_calendar(schedule: Schedule, calendar: Calendar, first_day: date, now: datetime) -> bytes:
    """The hours of the schedule for two years from ``first_day`` on, as an iCalendar file.

    ``now`` (aware UTC) is when it was written.
    """
    last_day = first_day + WRITTEN
    out = ICalendar()
    out.add("prodid", "-//Limen//EN")
    out.add("version", "2.0")
    special = [day for day in _days(first_day, last_day) if _is_special(schedule, calendar, day)]
    for event in (
        *_weekly(schedule, calendar, first_day, frozenset(special)),
        *(event for day in special for event in _single(schedule, calendar, day)),
    ):
        event.add("dtstamp", now)
        event.add("summary", schedule.name)
        start = event.start.isoformat()
        what = f"{schedule.name} {start} {event.end.isoformat()} {event.get('rrule')}"
        event.add("uid", f"{hashlib.sha256(what.encode()).hexdigest()[:32]}@limen")
        out.add_component(event)
    out.add_missing_timezones(first_date=first_day, last_date=last_day + _DAY)
    return bytes(out.to_ical())


def holidays_from(content: bytes, today: date) -> HolidaysRead:
    """The holidays in an iCalendar file: events of whole days, of several too, once or every year.

    Raises:
        BadDataError: the content is no calendar, is too large, or repeats something otherwise than every year.
    """
    first, last = date(today.year, 1, 1), date(today.year + READ_YEARS, 12, 31)
    found: dict[date, str] = {}
    skipped = 0
    try:
        for event in events_in(content):
            days = [day for day in _days_of(event, last) if first <= day <= last]
            skipped += not days
            found |= dict.fromkeys(days, summary_of(event))
    except BadDataError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise BadDataError(f"the calendar cannot be read: {error}; an iCalendar file (.ics) is expected") from error
    return HolidaysRead(dict(sorted(found.items())), skipped)


def _weekly(schedule: Schedule, calendar: Calendar, first_day: date, special: frozenset[date]) -> Iterator[Event]:
    """An event that repeats for each of the hours of the week, left out on special days."""
    for hours in schedule.hours:
        days = [day for day in _days(first_day, first_day + WRITTEN) if WEEK[day.weekday()] in hours.days]
        if not days:
            continue
        event = _event(hours.span, days[0], calendar)
        last = datetime.combine(days[-1], hours.start, calendar.zone)
        names = [day[:2].upper() for day in WEEK if day in hours.days]
        # RFC 5545, 3.3.10: the end of what begins at a local time with a zone is in UTC.
        event.add("rrule", {"freq": ["WEEKLY"], "until": [last.astimezone(UTC)], "byday": names})
        if left_out := [datetime.combine(day, hours.start, calendar.zone) for day in days if day in special]:
            event.add("exdate", left_out)
        yield event


def _single(schedule: Schedule, calendar: Calendar, day: date) -> Iterator[Event]:
    """The hours of a holiday, or of a day with an exception."""
    for override in schedule.overrides:
        if override.first_day <= day <= override.last_day:
            yield from (_event(span, day, calendar) for span in override.hours)
            return
    yield from (_event(hours.span, day, calendar) for hours in schedule.hours if Day.HOLIDAY in hours.days)


def _event(span: Span, day: date, calendar: Calendar) -> Event:
    ends = day if span.end > span.start else day + _DAY
    event = Event()
    event.add("dtstart", datetime.combine(day, span.start, calendar.zone))
    event.add("dtend", datetime.combine(ends, span.end, calendar.zone))
    return event


def _is_special(schedule: Schedule, calendar: Calendar, day: date) -> bool:
    return day in calendar.holidays or any(
        override.first_day <= day <= override.last_day for override in schedule.overrides
    )


def _days(first: date, last: date) -> Iterator[date]:
    return (first + _DAY * step for step in range((last - first).days + 1))


def events_in(content: bytes) -> Iterator[Event]:
    """The events of a calendar that were not cancelled.

    Raises:
        BadDataError: the content is no calendar, or too large.
        ValueError, KeyError, TypeError, AttributeError: likewise.
    """
    if len(content) > MAX_BYTES:
        raise BadDataError(f"the calendar has {len(content)} bytes, at most {MAX_BYTES} are read")
    calendars = ICalendar.from_ical(content, multiple=True)
    if not calendars:
        raise BadDataError("the calendar is empty: an iCalendar file (.ics) is expected")
    for calendar in calendars:
        for event in calendar.walk("VEVENT"):
            if isinstance(event, Event) and event.get("status") != "CANCELLED":
                yield event


def _days_of(event: Event, last: date) -> Iterator[date]:
    """Every day of an event of whole days, up to ``last``; nothing of an event that begins at a time of day."""
    start, end = event.start, event.end
    if isinstance(start, datetime) or isinstance(end, datetime):
        return
    if not 1 <= (end - start).days <= _MAX_DAYS:
        raise BadDataError(f"{summary_of(event)!r} goes from {start} to {end}, a holiday has 1 to {_MAX_DAYS} days")
    firsts = {start, *(day for rule in event.rrules for day in _repeated(event, rule, start, last))}
    firsts.update(_as_date(day) for day, _ in event.rdates)
    for first in firsts - {_as_date(day) for day in event.exdates}:
        yield from _days(first, first + (end - start) - _DAY)


def _repeated(event: Event, rule: vRecur, start: date, last: date) -> Iterator[date]:
    parts = {str(name).upper(): values for name, values in rule.items()}
    one_each = all(len(values) == 1 for values in parts.values())
    step = int(parts.get("INTERVAL", [1])[0])
    known = _PARTS_OF_A_YEAR.issuperset(parts) and ("BYDAY" not in parts or "BYMONTH" in parts)
    if parts.get("FREQ") != ["YEARLY"] or not known or not one_each or step < 1:
        raise BadDataError(
            f"{summary_of(event)!r} does not repeat on one day of every year, and nothing else is read: "
            "leave it out of the file, and limen holidays add it"
        )
    left = int(parts["COUNT"][0]) if "COUNT" in parts else None
    until = min(last, _as_date(parts["UNTIL"][0])) if "UNTIL" in parts else last
    for year in range(start.year, until.year + 1, step):
        day = _day_in(year, parts, start)
        if day is None or not start <= day <= until:
            continue
        if left is not None and (left := left - 1) < 0:
            return
        yield day


def _day_in(year: int, parts: Mapping[str, Sequence[Any]], start: date) -> date | None:
    """The one day of the year that the parts of a rule name; what they leave open is that of ``start``."""
    month = int(parts.get("BYMONTH", [start.month])[0])
    if "BYDAY" not in parts:
        day = int(parts.get("BYMONTHDAY", [start.day])[0])
        return date(year, month, day) if 1 <= day <= monthrange(year, month)[1] else None
    found = _NTH_DAY.fullmatch(str(parts["BYDAY"][0]))
    if found is None or "BYMONTHDAY" in parts:
        raise BadDataError(f"BYDAY={parts['BYDAY'][0]} names no single day of a month, as 4TH or -1MO does")
    nth, weekday = int(found[1]), [name[:2].upper() for name in WEEK].index(found[2])
    all_days = [week[weekday] for week in monthcalendar(year, month) if week[weekday]]
    return date(year, month, all_days[nth - 1 if nth > 0 else nth]) if abs(nth) <= len(all_days) else None


def _as_date(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def summary_of(event: Event) -> str:
    """What the event is called."""
    return str(event.get("summary") or "holiday")
