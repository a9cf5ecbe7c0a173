"""What is put on record."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from limen.types import PersonId


class EventType(StrEnum):
    """What happened."""

    ACCESS_GRANTED = "access.granted"
    ACCESS_DENIED = "access.denied"
    ACCOUNT_CHANGED = "account.changed"
    ACCOUNT_REFUSED = "account.refused"
    ACCOUNT_SIGNED_IN = "account.signed_in"
    ALARM_DURESS = "alarm.duress"
    ALARM_FORCED = "alarm.forced"
    ALARM_HELD_OPEN = "alarm.held_open"
    ALARM_TAILGATING = "alarm.tailgating"
    AUDIT_EXPORTED = "audit.exported"
    BACKUP_MADE = "backup.made"
    BACKUP_RESTORED = "backup.restored"
    CAMERA_DARK = "camera.dark"
    CAMERA_ENDED = "camera.ended"
    CAMERA_FROZEN = "camera.frozen"
    CAMERA_OFFLINE = "camera.offline"
    CAMERA_ONLINE = "camera.online"
    CLOCK_RIGHT = "clock.right"
    CLOCK_WRONG = "clock.wrong"
    CROPS_DELETED = "crops.deleted"
    DOOR_CLOSED = "door.closed"
    DOOR_COMMAND_REFUSED = "door.command_refused"
    DOOR_EXIT = "door.exit"
    DOOR_LOCKED = "door.locked"
    DOOR_MODE = "door.mode"
    DOOR_OPENED = "door.opened"
    DOOR_OPENED_BY_OPERATOR = "door.opened_by_operator"
    DOOR_STARTED = "door.started"
    DOOR_STOPPED = "door.stopped"
    DOOR_THROTTLED = "door.throttled"
    DOOR_UNLOCKED = "door.unlocked"
    EVENT_LABELLED = "event.labelled"
    INVITATION_CHANGED = "invitation.changed"
    LOCK_FAULT = "lock.fault"
    PERSON_CHANGED = "person.changed"
    PERSON_DELETED = "person.deleted"
    PERSON_ENROLLED = "person.enrolled"
    PERSON_EXPORTED = "person.exported"
    READER_OFFLINE = "reader.offline"
    READER_ONLINE = "reader.online"
    RULES_CHANGED = "rules.changed"
    SETTINGS_CHANGED = "settings.changed"
    STORE_OFFLINE = "store.offline"
    STORE_ONLINE = "store.online"
    TOKEN_CHANGED = "token.changed"  # noqa: S105 - a word
    WEBHOOK_CHANGED = "webhook.changed"


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One thing that happened at ``at`` (aware UTC).

    ``person`` is the only place where a person stands: ``detail`` never names one. ``reason`` is a value of
    ``decision.Reason`` or a short word of the event's own. ``similarity`` and ``threshold`` stay inside: operators may
    see them, visitors never do. ``actor`` is who ordered it, as ``user:`` or ``token:`` and an id; whoever keeps an
    event without one takes that of ``acting``.
    """

    type: EventType
    at: datetime
    door: str | None = None
    person: PersonId | None = None
    reason: str | None = None
    similarity: float | None = None
    threshold: float | None = None
    detail: str | None = None
    actor: str | None = None

    def __post_init__(self) -> None:
        if self.at.utcoffset() != timedelta(0):
            raise ValueError(f"at must be aware UTC, got {self.at!r}")
