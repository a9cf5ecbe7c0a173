"""Hours of the week, holidays and exceptions: does a schedule cover a moment, and until when.

Hours are what the clock on the wall shows. Where clocks are set forward, hours that the clock skips do not happen,
and those that begin within the skipped time begin right after it. Where clocks are set back, what the clock shows
twice is covered, or not covered, both times.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from itertools import pairwise

UNTIL_WITHIN = timedelta(days=14)
START_WITHIN = timedelta(days=400)

_DAY = timedelta(days=1)


class Day(StrEnum):
    """A day of the week, or a holiday, on which no day of the week counts."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"
    HOLIDAY = "holiday"


WEEK = tuple(day for day in Day if day is not Day.HOLIDAY)


@dataclass(frozen=True, slots=True)
class Span:
    """From ``start`` up to but not including ``end``, which is on the next day where it is not later than ``start``.

    So 22:00 to 06:00 is a night, and 00:00 to 00:00 a whole day.
    """

    start: time
    end: time

    def __post_init__(self) -> None:
        for at in (self.start, self.end):
            if at.tzinfo is not None or at.second or at.microsecond:
                raise ValueError(f"hours are whole minutes without a time zone, got {at!r}")


@dataclass(frozen=True, slots=True)
class Hours:
    """The same span on each of ``days``; a night belongs to the day on which it begins."""

    days: frozenset[Day]
    start: time
    end: time

    def __post_init__(self) -> None:
        if not self.days:
            raise ValueError("hours need at least one day")
        Span(self.start, self.end)

    @property
    def span(self) -> Span:
        """From when to when."""
        return Span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Override:
    """What holds on the days from ``first_day`` to ``last_day`` (included) instead of the usual; empty: closed."""

    first_day: date
    last_day: date
    hours: tuple[Span, ...] = ()

    def __post_init__(self) -> None:
        if self.last_day < self.first_day:
            raise ValueError(f"an exception ends before it begins: {self.first_day} to {self.last_day}")


@dataclass(frozen=True, slots=True)
class Schedule:
    """Hours of the week, and exceptions, of which at most one holds on a day."""

    name: str
    hours: tuple[Hours, ...] = ()
    overrides: tuple[Override, ...] = ()

    def __post_init__(self) -> None:
        ordered = sorted(self.overrides, key=lambda override: override.first_day)
        for before, after in pairwise(ordered):
            if after.first_day <= before.last_day:
                raise ValueError(f"two exceptions of the schedule {self.name!r} hold on {after.first_day}")


@dataclass(frozen=True, slots=True)
class Calendar:
    """Where the clock on the wall hangs, and which days are holidays there."""

    zone: tzinfo
    holidays: frozenset[date] = frozenset()


def check_utc(at: datetime | None) -> None:
    """Refuse a time that is not aware UTC; ``None`` is no time.

    Raises:
        ValueError: the time has no time zone, or is not UTC.
    """
    if at is not None and at.utcoffset() != timedelta(0):
        raise ValueError(f"a time must be aware UTC, got {at!r}")


def covers(schedule: Schedule, at: datetime, calendar: Calendar) -> bool:
    """Whether ``at`` (aware UTC) lies within the schedule's hours: their start does, their end does not.

    Raises:
        ValueError: ``at`` is not aware UTC.
    """
    check_utc(at)
    wall = _wall(at, calendar)
    return any(start <= wall < end for start, end in _around(schedule, wall.date(), calendar))


def until(schedule: Schedule, at: datetime, calendar: Calendar) -> datetime | None:
    """The first moment from ``at`` on that is not covered; ``None`` where the next two weeks are.

    Raises:
        ValueError: ``at`` is not aware UTC.
    """
    return _first(schedule, at, calendar, covered=False, within=UNTIL_WITHIN)


def next_start(
    schedule: Schedule, at: datetime, calendar: Calendar, within: timedelta = START_WITHIN
) -> datetime | None:
    """The first moment from ``at`` on that is covered; ``None`` where there is none ``within`` the time.

    Raises:
        ValueError: ``at`` is not aware UTC.
    """
    return _first(schedule, at, calendar, covered=True, within=within)


def _first(
    schedule: Schedule, at: datetime, calendar: Calendar, *, covered: bool, within: timedelta
) -> datetime | None:
    moment = at
    while moment <= at + within:
        if covers(schedule, moment, calendar) is covered:
            return moment
        moment = _next_edge(schedule, moment, calendar)
    return None


def _next_edge(schedule: Schedule, at: datetime, calendar: Calendar) -> datetime:
    """The next moment at which anything can change: hours begin or end, the day does, or clocks are set."""
    wall = _wall(at, calendar)
    edges = [edge for span in _around(schedule, wall.date(), calendar) for edge in span if edge > wall]
    midnight = datetime.combine(wall.date() + _DAY, time())
    then = at + (min([*edges, midnight]) - wall)
    return then if _offset(then, calendar) == _offset(at, calendar) else _clocks_set(at, then, calendar)


def _clocks_set(before: datetime, after: datetime, calendar: Calendar) -> datetime:
    """The second at which the offset that holds ``before`` ends; ``after`` has another."""
    low, seconds = before.replace(microsecond=0), 0
    offset, high = _offset(before, calendar), int((after - before).total_seconds()) + 1
    while high - seconds > 1:
        middle = (seconds + high) // 2
        same = _offset(low + timedelta(seconds=middle), calendar) == offset
        seconds, high = (middle, high) if same else (seconds, middle)
    return low + timedelta(seconds=high)


def _around(schedule: Schedule, day: date, calendar: Calendar) -> Iterator[tuple[datetime, datetime]]:
    """Start and end, on the wall, of all that may reach into ``day``: its own hours and the night before."""
    for begins in (day - _DAY, day):
        for span in _spans(schedule, begins, calendar):
            start, end = datetime.combine(begins, span.start), datetime.combine(begins, span.end)
            yield start, end if end > start else end + _DAY


def _spans(schedule: Schedule, day: date, calendar: Calendar) -> tuple[Span, ...]:
    for override in schedule.overrides:
        if override.first_day <= day <= override.last_day:
            return override.hours
    kind = Day.HOLIDAY if day in calendar.holidays else WEEK[day.weekday()]
    return tuple(hours.span for hours in schedule.hours if kind in hours.days)


def _wall(at: datetime, calendar: Calendar) -> datetime:
    return at.astimezone(calendar.zone).replace(tzinfo=None, fold=0)


def _offset(at: datetime, calendar: Calendar) -> timedelta | None:
    return at.astimezone(calendar.zone).utcoffset()
