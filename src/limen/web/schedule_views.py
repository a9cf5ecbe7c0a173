"""Schedules as web clients get and send them: the hours that begin on each day."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Annotated, Self

from pydantic import Field, model_validator

from limen.decision.schedule import Day, Override, Schedule, Span
from limen.errors import BadDataError
from limen.web.rule_views import Asked, Name, NearDay, Told
from limen.web.week import end_text, hours_of, week_of

Clock = Annotated[str, Field(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", examples=["08:00"])]
_MOST_HOURS, _MOST_EXCEPTIONS = 24, 500


class HoursOfDay(Asked):
    """Hours that begin on a day: 22:00 to 06:00 is a night, 00:00 to 24:00 a whole day."""

    start: Clock = Field(description="Included. 24:00 is no start.")
    end: Clock = Field(description="Not included; on the next day where it is not later than the start.")

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.start == "24:00":
            raise ValueError("hours begin at 00:00 to 23:59")
        return self

    @property
    def span(self) -> Span:
        """What is meant."""
        return Span(_time(self.start), _time(self.end))


HoursList = Annotated[list[HoursOfDay], Field(max_length=_MOST_HOURS)]


class Week(Asked):
    """The hours that begin on each day of the week, and on holidays, on which no day of the week counts."""

    mon: HoursList = Field(default_factory=list)
    tue: HoursList = Field(default_factory=list)
    wed: HoursList = Field(default_factory=list)
    thu: HoursList = Field(default_factory=list)
    fri: HoursList = Field(default_factory=list)
    sat: HoursList = Field(default_factory=list)
    sun: HoursList = Field(default_factory=list)
    holiday: HoursList = Field(default_factory=list)


class ScheduleException(Asked):
    """Other hours on some days, or none."""

    first_day: NearDay
    last_day: NearDay = Field(description="Included.")
    hours: HoursList = Field(description="Empty: closed on these days.")


Exceptions = Annotated[list[ScheduleException], Field(max_length=_MOST_EXCEPTIONS)]


class ScheduleEdit(Asked):
    """A schedule as it is made; what ETags of schedules are made of."""

    name: Name = Field(description="What it is called; no two schedules have the same name.")
    week: Week
    exceptions: Exceptions = Field(default_factory=list)


class ScheduleChange(Asked):
    """What of a schedule changes; null stays as it is."""

    name: Name | None = None
    week: Week | None = None
    exceptions: Exceptions | None = None


class ScheduleView(Told):
    """A schedule."""

    id: str
    name: str
    readable: bool = Field(description="Whether its hours can be read; while not, it lets nobody in.")
    week: Week
    exceptions: list[ScheduleException]
    words: list[str] = Field(description="The usual hours in words, in the language that you prefer.")
    rules: int = Field(description="So many rules speak of it: while any does, it cannot be removed.")
    within: bool = Field(description="Whether it is within its hours now.")
    changes_at: datetime | None = Field(description="When that changes; null where no change is in sight.")


def schedule_from(edit: ScheduleEdit) -> Schedule:
    """The schedule that is meant.

    Raises:
        BadDataError: an exception ends before it begins, or two are about the same day.
    """
    week = {day: [hours.span for hours in getattr(edit.week, day)] for day in Day}
    try:
        overrides = tuple(map(override_from, sorted(edit.exceptions, key=lambda one: one.first_day)))
        return Schedule(edit.name, tuple(hours_of(week)), overrides)
    except ValueError as error:
        raise BadDataError(str(error)) from error


def schedule_from_view(view: ScheduleView) -> Schedule:
    """The schedule that a view shows."""
    return schedule_from(ScheduleEdit.model_construct(name=view.name, week=view.week, exceptions=view.exceptions))


def override_from(exception: ScheduleException) -> Override:
    """The exception that is meant.

    Raises:
        ValueError: it ends before it begins.
    """
    spans = dict.fromkeys(hours.span for hours in exception.hours)
    return Override(exception.first_day, exception.last_day, tuple(spans))


def schedule_edit(schedule: Schedule) -> ScheduleEdit:
    """The schedule as it would be sent."""
    week = {day.value: _told(spans) for day, spans in week_of(schedule.hours).items()}
    return ScheduleEdit.model_construct(
        name=schedule.name, week=Week.model_construct(None, **week), exceptions=exceptions_of(schedule)
    )


def exceptions_of(schedule: Schedule) -> list[ScheduleException]:
    """The exceptions as clients get them."""
    return [
        ScheduleException.model_construct(first_day=one.first_day, last_day=one.last_day, hours=_told(one.hours))
        for one in schedule.overrides
    ]


def _told(spans: Sequence[Span]) -> list[HoursOfDay]:
    return [HoursOfDay.model_construct(start=f"{span.start:%H:%M}", end=end_text(span)) for span in spans]


def _time(text: str) -> time:
    return time() if text == "24:00" else time.fromisoformat(text)
