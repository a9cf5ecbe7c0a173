"""What is put on record."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from limen.types import PersonId


class EventType(StrEnum):
    """What happened."""

    ACCESS_GRANTED = "access.granted"
    ACCESS_DENIED = "access.denied"
    DOOR_STARTED = "door.started"
    DOOR_STOPPED = "door.stopped"
    DOOR_UNLOCKED = "door.unlocked"
    DOOR_LOCKED = "door.locked"
    LOCK_FAULT = "lock.fault"
    CAMERA_ONLINE = "camera.online"
    CAMERA_OFFLINE = "camera.offline"
    CAMERA_FROZEN = "camera.frozen"
    CAMERA_ENDED = "camera.ended"
    STORE_OFFLINE = "store.offline"
    STORE_ONLINE = "store.online"
    PERSON_ENROLLED = "person.enrolled"
    PERSON_CHANGED = "person.changed"
    PERSON_DELETED = "person.deleted"


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One thing that happened at ``at`` (aware UTC).

    ``reason`` is a value of ``decision.Reason`` or a short word of the event's own. ``similarity`` and ``threshold``
    stay inside: operators may see them, visitors never do.
    """

    type: EventType
    at: datetime
    door: str | None = None
    person: PersonId | None = None
    reason: str | None = None
    similarity: float | None = None
    threshold: float | None = None
    detail: str | None = None

    def __post_init__(self) -> None:
        if self.at.utcoffset() != timedelta(0):
            raise ValueError(f"at must be aware UTC, got {self.at!r}")
