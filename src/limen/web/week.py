"""The hours of a schedule day by day, as people look at them: each day's spans, and bars to draw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time

from limen.decision.schedule import WEEK, Day, Hours, Span

DAY_MINUTES = 24 * 60

Week = dict[Day, tuple[Span, ...]]
"""The spans that begin on each day, in order; every day is in it."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of one day in minutes since midnight, ``end`` up to 1440; ``tail`` began the day before."""

    start: int
    end: int
    tail: bool

    @property
    def width(self) -> int:
        """In minutes."""
        return self.end - self.start


def week_of(hours: Sequence[Hours]) -> Week:
    """The spans of every day, by their start."""
    return {day: tuple(sorted({each.span for each in hours if day in each.days}, key=_order)) for day in Day}


def hours_of(week: Mapping[Day, Sequence[Span]]) -> list[Hours]:
    """The same as few hours as there are different spans, by their start."""
    spans = sorted({span for spans in week.values() for span in spans}, key=_order)
    return [Hours(frozenset(day for day in Day if span in week.get(day, ())), span.start, span.end) for span in spans]


def bars_of(week: Mapping[Day, Sequence[Span]]) -> dict[Day, list[Bar]]:
    """What to draw for each day: its own spans up to midnight, and what of the night before reaches into it.

    A night into a holiday is not drawn there: which day comes before one is not known.
    """
    found: dict[Day, list[Bar]] = {}
    for day in Day:
        own = [Bar(minutes(span.start), min(end_minutes(span), DAY_MINUTES), False) for span in week.get(day, ())]
        before = [] if day is Day.HOLIDAY else week.get(WEEK[WEEK.index(day) - 1], ())
        tails = [Bar(0, end_minutes(span) - DAY_MINUTES, True) for span in before if end_minutes(span) > DAY_MINUTES]
        found[day] = tails + own
    return found


def minutes(at: time) -> int:
    """Since midnight."""
    return at.hour * 60 + at.minute


def end_minutes(span: Span) -> int:
    """The span's end in minutes since the midnight before its start: over 1440 where it is on the next day."""
    end = minutes(span.end)
    return end if end > minutes(span.start) else end + DAY_MINUTES


def end_text(span: Span) -> str:
    """The end as people write it: 24:00 is the end of the day."""
    return "24:00" if span.end == time() else f"{span.end:%H:%M}"


def _order(span: Span) -> tuple[int, int]:
    return minutes(span.start), end_minutes(span)
