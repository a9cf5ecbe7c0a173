"""Hours in words, as people write them, and in JSON, as the store keeps them."""

import re
from collections.abc import Iterable, Sequence
from datetime import time

from limen.decision.schedule import WEEK, Day, Hours, Span
from limen.errors import BadDataError

_DAILY = "daily"
_TIMES = re.compile(r"(\d{1,2}):(\d{2})\s*(?:-|–)\s*(\d{1,2}):(\d{2})")


def hours_from_text(text: str) -> Hours:
    """Hours such as ``mon-fri 08:00-18:00``, ``sat,holiday 10:00-14:00`` or ``daily 22:00-06:00``.

    Raises:
        BadDataError: the text is something else.
    """
    days, _, times = text.strip().partition(" ")
    span = span_from_text(times)
    return Hours(_days(days.lower()), span.start, span.end)


def span_from_text(text: str) -> Span:
    """A span such as ``08:00-18:00``; 24:00 is the end of the day.

    Raises:
        BadDataError: the text is something else.
    """
    found = _TIMES.fullmatch(text.strip())
    if found is None:
        raise BadDataError(f"{text!r} is no time of day: write 08:00-18:00, with days before it mon-fri 08:00-18:00")
    hour, minute, end_hour, end_minute = map(int, found.groups())
    try:
        end = time() if (end_hour, end_minute) == (24, 0) else time(end_hour, end_minute)
        return Span(time(hour, minute), end)
    except ValueError as error:
        raise BadDataError(f"{text!r} is no time of day: hours go from 00:00 to 24:00") from error


def hours_text(hours: Hours) -> str:
    """The hours as ``hours_from_text`` reads them."""
    return f"{_days_text(hours.days)} {span_text(hours.span)}"


def span_text(span: Span) -> str:
    """The span as ``span_from_text`` reads it."""
    return f"{span.start:%H:%M}-{_end(span)}"


def hours_to_json(hours: Iterable[Hours]) -> list[dict[str, object]]:
    """What the column ``schedules.hours`` holds."""
    return [{"days": [day for day in Day if day in each.days], **_span_to_json(each.span)} for each in hours]


def spans_to_json(spans: Iterable[Span]) -> list[dict[str, object]]:
    """What the column ``schedule_exceptions.hours`` holds."""
    return [_span_to_json(span) for span in spans]


def hours_from_json(kept: Sequence[dict[str, object]]) -> tuple[Hours, ...]:
    """The hours that the column ``schedules.hours`` holds.

    Raises:
        BadDataError, KeyError, TypeError, ValueError: it holds something else.
    """
    return tuple(
        Hours(frozenset(map(Day, _listed(each["days"]))), span.start, span.end)
        for each, span in zip(kept, spans_from_json(kept), strict=True)
    )


def spans_from_json(kept: Sequence[dict[str, object]]) -> tuple[Span, ...]:
    """The spans that the column ``schedule_exceptions.hours`` holds.

    Raises:
        BadDataError, KeyError, TypeError, ValueError: it holds something else.
    """
    return tuple(span_from_text(f"{each['from']}-{each['to']}") for each in kept)


def _days(text: str) -> frozenset[Day]:
    found: set[Day] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        try:
            if part == _DAILY:
                found.update(WEEK)
            elif dash:
                start, count = WEEK.index(Day(first)), (WEEK.index(Day(last)) - WEEK.index(Day(first))) % 7 + 1
                found.update(WEEK[(start + step) % 7] for step in range(count))
            else:
                found.add(Day(part))
        except ValueError as error:
            raise BadDataError(
                f"{part!r} is no day: write mon, tue, wed, thu, fri, sat, sun, holiday, daily, or mon-fri"
            ) from error
    return frozenset(found)


def _days_text(days: frozenset[Day]) -> str:
    """Days as ``mon-wed,sat``: three or more in a row as a range."""
    parts: list[str] = []
    row: list[Day] = []
    for day in (*WEEK, None):
        if day in days and day is not None:
            row.append(day)
            continue
        parts += [f"{row[0]}-{row[-1]}"] if len(row) > 2 else row
        row = []
    if days.issuperset(WEEK):
        parts = [_DAILY]
    return ",".join([*parts, *([Day.HOLIDAY] if Day.HOLIDAY in days else [])])


def _span_to_json(span: Span) -> dict[str, object]:
    return {"from": f"{span.start:%H:%M}", "to": _end(span)}


def _end(span: Span) -> str:
    return "24:00" if span.end == time() else f"{span.end:%H:%M}"


def _listed(days: object) -> list[str]:
    if not isinstance(days, list):
        raise TypeError(f"days must be a list, got {days!r}")
    return days
