"""Events as the timeline shows them: by day, each with the icon of what happened."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from itertools import groupby

from limen.audit.events import EventType
from limen.web.event_sentences import Tone, Topic
from limen.web.event_words import EventView

_ICONS = {
    EventType.ACCESS_GRANTED: "check",
    EventType.ACCESS_DENIED: "cross",
    EventType.CAMERA_DARK: "camera-off",
    EventType.CAMERA_ENDED: "camera-off",
    EventType.CAMERA_FROZEN: "camera-off",
    EventType.CAMERA_OFFLINE: "camera-off",
    EventType.CAMERA_ONLINE: "camera",
    EventType.CLOCK_RIGHT: "clock",
    EventType.CLOCK_WRONG: "clock",
    EventType.AUDIT_EXPORTED: "download",
    EventType.BACKUP_MADE: "archive",
    EventType.BACKUP_RESTORED: "archive",
    EventType.CROPS_DELETED: "trash",
    EventType.DOOR_LOCKED: "lock",
    EventType.DOOR_UNLOCKED: "unlock",
    EventType.EVENT_LABELLED: "edit",
    EventType.READER_OFFLINE: "card",
    EventType.READER_ONLINE: "card",
    EventType.SETTINGS_CHANGED: "settings",
    EventType.WEBHOOK_CHANGED: "hook",
}
_OF_TOPIC = {
    Topic.ACCESS: "user",
    Topic.ALARM: "warning",
    Topic.DOOR: "door",
    Topic.DEVICE: "health",
    Topic.PEOPLE: "people",
    Topic.RULES: "rules",
    Topic.ACCOUNTS: "key",
    Topic.SYSTEM: "info",
}


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event with its ``icon``, and the ``clock`` of the place at which it happened, as 14:32."""

    view: EventView
    icon: str
    clock: str
    local: datetime = field(repr=False)

    @property
    def is_visit(self) -> bool:
        """Whether somebody came whom one can name."""
        return self.view.type in (EventType.ACCESS_GRANTED, EventType.ACCESS_DENIED)


@dataclass(frozen=True, slots=True)
class EventDay:
    """The events of one day of the place, the newest first; ``ago`` is 0 for today, 1 for yesterday."""

    day: date
    ago: int
    rows: tuple[EventRow, ...]


def row_of(view: EventView, zone: tzinfo) -> EventRow:
    """The event as a row."""
    local = view.at.astimezone(zone)
    icon = _ICONS.get(view.type) or ("warning" if view.tone is Tone.BAD else _OF_TOPIC[view.topic])
    return EventRow(view, icon, f"{local:%H:%M}", local)


def by_day(views: Sequence[EventView], zone: tzinfo, now: datetime) -> list[EventDay]:
    """The events by day of the place, in their order; ``now`` is aware."""
    today = now.astimezone(zone).date()
    rows = [row_of(view, zone) for view in views]
    return [
        EventDay(day, (today - day) // timedelta(days=1), tuple(own))
        for day, own in groupby(rows, lambda row: row.local.date())
    ]
