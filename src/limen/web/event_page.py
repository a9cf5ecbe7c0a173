"""What the address of the timeline says: which events it shows."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal, cast
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from limen.web.event_filters import EventSelection, Labelled, PersonKey, Text
from limen.web.event_sentences import Topic

Show = Literal["visits", "denied", "alarms", "doors", "devices", "admin"]
SHOWN: Mapping[Show, str] = {
    "visits": "Visits",
    "denied": "Turned away",
    "alarms": "Alarms",
    "doors": "Doors",
    "devices": "Devices",
    "admin": "Administration",
}
"""What the chips show, and what they are called."""
_TOPICS: Mapping[Show, tuple[Topic, ...]] = {
    "visits": (Topic.ACCESS,),
    "denied": (),
    "alarms": (Topic.ALARM,),
    "doors": (Topic.DOOR,),
    "devices": (Topic.DEVICE,),
    "admin": (Topic.PEOPLE, Topic.RULES, Topic.ACCOUNTS, Topic.SYSTEM),
}
_FIRST, _LAST = date(1971, 1, 1), date(9990, 1, 1)


def _day_of(value: object) -> object:
    """A day as browsers write it; what is none is left to be refused."""
    return date.fromisoformat(value) if isinstance(value, str) else value


Day = Annotated[date, BeforeValidator(_day_of), Field(ge=_FIRST, le=_LAST)]


class EventAddress(BaseModel):
    """The part of the address behind the question mark."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    show: Show | None = None
    door: Text | None = None
    person: PersonKey | None = None
    reason: Text | None = None
    label: Labelled | None = None
    picture: Literal["yes"] | None = None
    first: Annotated[Day | None, Field(alias="from")] = None
    last: Annotated[Day | None, Field(alias="to")] = None

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, values: Any) -> Any:
        """What a form sends of fields in which nothing was chosen says nothing."""
        return {key: value for key, value in dict(values).items() if value not in ("", None)}

    def selection(self, zone: ZoneInfo) -> EventSelection:
        """The events that are shown; days are those of the place."""
        return EventSelection(
            door=self.door,
            person=self.person,
            topic=list(_TOPICS[self.show]) if self.show else [],
            outcome="denied" if self.show == "denied" else None,
            reason=[self.reason] if self.reason else [],
            label=self.label,
            has_crop=True if self.picture else None,
            since=None if self.first is None else _midnight(self.first, zone),
            until=None if self.last is None else _midnight(self.last + timedelta(days=1), zone),
        )

    def but(self, **changes: object) -> str:
        """The address with other values; ``None`` takes one out."""
        values = self.model_dump(mode="json", by_alias=True, exclude_none=True) | changes
        query = urlencode({key: cast("str", value) for key, value in values.items() if value is not None})
        return f"?{query}" if query else "?"

    def for_export(self, zone: ZoneInfo) -> list[tuple[str, str]]:
        """The same events as the API is asked for them, one pair a value."""
        asked = self.selection(zone).model_dump(mode="json", exclude_none=True)
        return [
            (key, str(one))
            for key, value in asked.items()
            for one in (value if isinstance(value, list) else [_lower(value)])
        ]

    @property
    def narrows(self) -> bool:
        """Whether any event is left out."""
        return bool(self.model_fields_set)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _lower(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value
