"""The hours of a schedule from an iCalendar file: what repeats every week, and the days on which it is otherwise.

Source: RFC 5545 (https://www.rfc-editor.org/rfc/rfc5545).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo

from icalendar import Event

from limen.decision.schedule import WEEK, Day, Hours, Override, Span
from limen.door.ical import events_in, summary_of
from limen.errors import BadDataError

_DAY = timedelta(days=1)
_FOR_GOOD = timedelta(days=365)
"""Hours that end sooner than that must not become hours without an end."""
_SOON = timedelta(days=7)
_MOST = 500
_CODES = tuple(day[:2].upper() for day in WEEK)


@dataclass(frozen=True, slots=True)
class HoursRead:
    """The hours of the week and the exceptions that a file holds, and how many events are neither."""

    hours: tuple[Hours, ...]
    overrides: tuple[Override, ...]
    skipped: int


@dataclass(slots=True)
class _Found:
    weekly: list[Hours] = field(default_factory=list)
    left_out: set[tuple[date, Span]] = field(default_factory=set)
    single: set[tuple[date, Span]] = field(default_factory=set)
    skipped: int = 0


def hours_from(content: bytes, zone: tzinfo, today: date) -> HoursRead:
    """The hours in an iCalendar file, at the times of ``zone``: events of every week or day, and single ones to come.

    Raises:
        BadDataError: the content is no calendar, is too large, or holds what repeats otherwise or soon ends.
    """
    found = _Found()
    try:
        for event in events_in(content):
            _read(event, found, zone, today)
    except BadDataError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise BadDataError(f"the calendar cannot be read: {error}; an iCalendar file (.ics) is expected") from error
    if not found.weekly and not found.single:
        raise BadDataError("the calendar has no hours: events of every week that begin at a time of day are expected")
    overrides = _overrides(found, today)
    if len(found.weekly) > _MOST or len(overrides) > _MOST:
        raise BadDataError(f"the calendar has more than {_MOST} hours or exceptions: leave some out")
    return HoursRead(tuple(found.weekly), tuple(overrides), found.skipped)


def _read(event: Event, found: _Found, zone: tzinfo, today: date) -> None:
    start, end = event.start, event.end
    if not isinstance(start, datetime) or not isinstance(end, datetime):
        found.skipped += 1
        return
    if "RECURRENCE-ID" in event or event.rdates:
        raise BadDataError(
            f"{summary_of(event)!r} moves single days of what repeats: write them as events of their own"
        )
    first, span = _wall(start, zone), _span(event, start, end, zone)
    if not event.rrules:
        found.skipped += first.date() < today
        found.single.update({(first.date(), span)} if first.date() >= today else ())
        return
    if first.date() > today + _SOON:
        raise BadDataError(f"{summary_of(event)!r} begins on {first.date()}: hours of a schedule hold at once")
    found.weekly.append(Hours(_days(event, first, today), span.start, span.end))
    found.left_out.update((_wall(day, zone).date(), span) for day in event.exdates if isinstance(day, datetime))


def _days(event: Event, first: datetime, today: date) -> frozenset[Day]:
    if len(event.rrules) != 1:
        raise BadDataError(f"{summary_of(event)!r} repeats in more ways than one: write an event for each")
    parts = {str(name).upper(): values for name, values in event.rrules[0].items()}
    kind, step = parts.pop("FREQ", [""]), parts.pop("INTERVAL", [1])
    days, ends = parts.pop("BYDAY", None), parts.pop("UNTIL", None)
    parts.pop("WKST", None)
    if parts or step != [1] or kind not in (["WEEKLY"], ["DAILY"]):
        raise BadDataError(
            f"{summary_of(event)!r} does not repeat every week or day for good, and nothing else is read"
        )
    if ends and (ends[0].date() if isinstance(ends[0], datetime) else ends[0]) < today + _FOR_GOOD:
        raise BadDataError(f"{summary_of(event)!r} ends within a year, and hours of a schedule have no end")
    if days is None:
        return frozenset(WEEK if kind == ["DAILY"] else (WEEK[first.weekday()],))
    return frozenset(WEEK[_CODES.index(str(day).upper())] for day in days)


def _span(event: Event, start: datetime, end: datetime, zone: tzinfo) -> Span:
    first, last = _wall(start, zone), _wall(end, zone)
    if not timedelta() < last - first <= _DAY:
        raise BadDataError(f"{summary_of(event)!r} goes from {first} to {last}, hours are at most a day long")
    return Span(first.time(), last.time())


def _overrides(found: _Found, today: date) -> list[Override]:
    """A day with something left out or added, as an exception that says all of its hours."""
    changed = sorted({day for day, _ in (*found.left_out, *found.single) if day >= today})
    return [Override(day, day, _spans_on(day, found)) for day in changed]


def _spans_on(day: date, found: _Found) -> tuple[Span, ...]:
    usual: Iterable[Span] = (hours.span for hours in found.weekly if WEEK[day.weekday()] in hours.days)
    kept = {span for span in usual if (day, span) not in found.left_out}
    added = {span for other, span in found.single if other == day}
    return tuple(sorted(kept | added, key=lambda span: (span.start, span.end == time(), span.end)))


def _wall(moment: datetime, zone: tzinfo) -> datetime:
    """The time on the clock of ``zone``; a time without a zone is one of it."""
    return (moment if moment.tzinfo is None else moment.astimezone(zone)).replace(tzinfo=None, fold=0)
