"""What happened, as sentences for those who run doors: one for each kind of event, and some for what was special.

English is the key of each sentence; the catalogues have it in other languages.
"""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from limen.audit.events import EventType


class Tone(StrEnum):
    """How an event is shown; never by colour alone."""

    GOOD = "good"
    BAD = "bad"
    WARN = "warn"
    QUIET = "quiet"


class Topic(StrEnum):
    """What an event is about, to filter by and to choose an icon by."""

    ACCESS = "access"
    ALARM = "alarm"
    DOOR = "door"
    DEVICE = "device"
    PEOPLE = "people"
    RULES = "rules"
    ACCOUNTS = "accounts"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Telling:
    """How an event is told; ``words`` may hold ``{name}`` or ``{actor}``: ``nameless`` is for when nobody is known."""

    tone: Tone
    topic: Topic
    words: str
    nameless: str = ""


_GOOD, _BAD, _WARN, _QUIET = Tone.GOOD, Tone.BAD, Tone.WARN, Tone.QUIET

TELLINGS: Final = MappingProxyType(
    {
        EventType.ACCESS_GRANTED: Telling(_GOOD, Topic.ACCESS, "{name} was let in", "Somebody was let in"),
        EventType.ACCESS_DENIED: Telling(_WARN, Topic.ACCESS, "{name} was turned away", "Somebody was turned away"),
        EventType.ACCOUNT_CHANGED: Telling(_QUIET, Topic.ACCOUNTS, "An account was changed"),
        EventType.ACCOUNT_REFUSED: Telling(_WARN, Topic.ACCOUNTS, "A sign-in was refused"),
        EventType.ACCOUNT_SIGNED_IN: Telling(_QUIET, Topic.ACCOUNTS, "{actor} signed in", "Somebody signed in"),
        EventType.ALARM_DURESS: Telling(
            _BAD, Topic.ALARM, "{name} was forced to open and called for help", "Somebody was forced to open"
        ),
        EventType.ALARM_FORCED: Telling(_BAD, Topic.ALARM, "The door was forced open"),
        EventType.ALARM_HELD_OPEN: Telling(_BAD, Topic.ALARM, "The door has stood open for too long"),
        EventType.ALARM_TAILGATING: Telling(_BAD, Topic.ALARM, "Somebody may have slipped in with another"),
        EventType.AUDIT_EXPORTED: Telling(_QUIET, Topic.SYSTEM, "Events were exported"),
        EventType.BACKUP_MADE: Telling(_GOOD, Topic.SYSTEM, "A backup was made"),
        EventType.BACKUP_RESTORED: Telling(_WARN, Topic.SYSTEM, "A backup was restored"),
        EventType.CAMERA_DARK: Telling(_BAD, Topic.DEVICE, "The camera is covered or sees nothing"),
        EventType.CAMERA_ENDED: Telling(_WARN, Topic.DEVICE, "The camera's recording came to its end"),
        EventType.CAMERA_FROZEN: Telling(_BAD, Topic.DEVICE, "The camera's picture is frozen"),
        EventType.CAMERA_OFFLINE: Telling(_BAD, Topic.DEVICE, "The camera is offline"),
        EventType.CAMERA_ONLINE: Telling(_GOOD, Topic.DEVICE, "The camera delivers pictures"),
        EventType.CLOCK_RIGHT: Telling(_GOOD, Topic.DEVICE, "The clock is believed again"),
        EventType.CLOCK_WRONG: Telling(_BAD, Topic.DEVICE, "The clock jumped and is not believed"),
        EventType.CROPS_DELETED: Telling(_QUIET, Topic.SYSTEM, "Pictures of faces were deleted after their time"),
        EventType.DOOR_CLOSED: Telling(_QUIET, Topic.DOOR, "The door fell shut"),
        EventType.DOOR_COMMAND_REFUSED: Telling(_WARN, Topic.DOOR, "An order to the door was refused"),
        EventType.DOOR_EXIT: Telling(_QUIET, Topic.DOOR, "Somebody left by the exit button"),
        EventType.DOOR_LOCKED: Telling(_QUIET, Topic.DOOR, "The door locked"),
        EventType.DOOR_MODE: Telling(_QUIET, Topic.DOOR, "The door's mode changed"),
        EventType.DOOR_OPENED: Telling(_QUIET, Topic.DOOR, "The door was opened"),
        EventType.DOOR_OPENED_BY_OPERATOR: Telling(_GOOD, Topic.DOOR, "The door was opened by those who run it"),
        EventType.DOOR_STARTED: Telling(_GOOD, Topic.DOOR, "The door started"),
        EventType.DOOR_STOPPED: Telling(_WARN, Topic.DOOR, "The door stopped"),
        EventType.DOOR_THROTTLED: Telling(
            _WARN, Topic.DOOR, "After too many tries as {name} the door waits", "After too many tries the door waits"
        ),
        EventType.DOOR_UNLOCKED: Telling(_QUIET, Topic.DOOR, "The door unlocked"),
        EventType.EVENT_LABELLED: Telling(_QUIET, Topic.SYSTEM, "An event was labelled"),
        EventType.INVITATION_CHANGED: Telling(
            _QUIET, Topic.PEOPLE, "An invitation of {name} was changed", "An invitation was changed"
        ),
        EventType.LOCK_FAULT: Telling(_BAD, Topic.DEVICE, "The lock did not obey"),
        EventType.PERSON_CHANGED: Telling(
            _QUIET, Topic.PEOPLE, "What is kept about {name} was changed", "What is kept about somebody was changed"
        ),
        EventType.PERSON_DELETED: Telling(_WARN, Topic.PEOPLE, "{name} was deleted", "Somebody was deleted"),
        EventType.PERSON_ENROLLED: Telling(_GOOD, Topic.PEOPLE, "{name} was enrolled", "Somebody was enrolled"),
        EventType.PERSON_EXPORTED: Telling(
            _QUIET, Topic.PEOPLE, "What is kept about {name} was exported", "What is kept about people was exported"
        ),
        EventType.READER_OFFLINE: Telling(_BAD, Topic.DEVICE, "The reader is offline"),
        EventType.READER_ONLINE: Telling(_GOOD, Topic.DEVICE, "The reader works"),
        EventType.RULES_CHANGED: Telling(_QUIET, Topic.RULES, "The rules were changed"),
        EventType.SETTINGS_CHANGED: Telling(_QUIET, Topic.SYSTEM, "The settings were changed"),
        EventType.STORE_OFFLINE: Telling(_BAD, Topic.DEVICE, "The database does not answer"),
        EventType.STORE_ONLINE: Telling(_GOOD, Topic.DEVICE, "The database answers again"),
        EventType.TOKEN_CHANGED: Telling(_QUIET, Topic.ACCOUNTS, "An access token was changed"),
        EventType.WEBHOOK_CHANGED: Telling(_QUIET, Topic.SYSTEM, "A webhook was changed"),
    }
)

SPECIAL: Final = MappingProxyType(
    {
        (EventType.AUDIT_EXPORTED, "backup"): Telling(_WARN, Topic.SYSTEM, "A backup, or its keys, was downloaded"),
        (EventType.SETTINGS_CHANGED, "backup deleted"): Telling(_WARN, Topic.SYSTEM, "A backup was deleted"),
        (EventType.SETTINGS_CHANGED, "migration"): Telling(
            _QUIET, Topic.SYSTEM, "Templates of another model are being made"
        ),
        (EventType.CROPS_DELETED, "erased"): Telling(_QUIET, Topic.SYSTEM, "Pictures of faces were erased by hand"),
        (EventType.EVENT_LABELLED, "is"): Telling(
            _QUIET, Topic.SYSTEM, "Somebody was named as {name}", "Somebody was named"
        ),
        (EventType.ACCESS_DENIED, "unknown"): Telling(_WARN, Topic.ACCESS, "Somebody unknown was turned away"),
        (EventType.DOOR_MODE, "keep_open"): Telling(_WARN, Topic.DOOR, "The door is kept open"),
        (EventType.DOOR_MODE, "lockdown"): Telling(_BAD, Topic.DOOR, "The door is locked down"),
        (EventType.DOOR_MODE, "normal"): Telling(_QUIET, Topic.DOOR, "The door follows its rules again"),
        (EventType.RULES_CHANGED, "keep open"): Telling(_WARN, Topic.DOOR, "The door was told to stand open"),
        (EventType.RULES_CHANGED, "lockdown"): Telling(_BAD, Topic.DOOR, "The door was told to lock down"),
        (EventType.RULES_CHANGED, "normal"): Telling(_QUIET, Topic.DOOR, "The door was told to follow its rules again"),
        (EventType.PERSON_CHANGED, "disabled"): Telling(
            _WARN, Topic.PEOPLE, "{name} was disabled", "Somebody was disabled"
        ),
        (EventType.PERSON_CHANGED, "enabled"): Telling(
            _GOOD, Topic.PEOPLE, "{name} was enabled", "Somebody was enabled"
        ),
        (EventType.PERSON_CHANGED, "renamed"): Telling(
            _QUIET, Topic.PEOPLE, "{name} was renamed", "Somebody was renamed"
        ),
    }
)
"""Kinds of events that are told otherwise where they have this reason."""

SHORT_REASONS: Final = MappingProxyType(
    {
        "cleared": "what was said before was taken back",
        "ignored": "they are of no matter",
        "photo removed": "a photo was deleted",
        "removed": "they are being deleted",
        "restored": "the deletion was undone",
        "wrong": "it was not who the door took it for",
        "added": "it was added",
        "ahead": "its clock is ahead",
        "believed": "those who run the door say that it is right",
        "card added": "a card was added",
        "card removed": "a card was removed",
        "card switched off": "a card was switched off",
        "card switched on": "a card was switched on",
        "command": "at the command line",
        "consent_given": "consent to the use of the face was given",
        "consent_withdrawn": "consent to the use of the face was withdrawn",
        "deleted": "it was deleted",
        "disabled": "it was disabled",
        "enabled": "it was enabled",
        "exception added": "an exception was added to a schedule",
        "exception removed": "an exception was removed from a schedule",
        "faceless": "their face is no longer used",
        "group added": "a group was added",
        "group removed": "a group was removed",
        "group renamed": "a group was renamed",
        "holiday added": "a holiday was added",
        "holiday removed": "a holiday was removed",
        "imported": "by an import",
        "joined group": "joined a group",
        "language": "its language was changed",
        "left group": "left a group",
        "malformed": "it could not be understood",
        "message": "by a message over MQTT",
        "old": "it came too late",
        "password": "its password was changed",
        "renamed": "it was renamed",
        "replayed": "it was sent before",
        "retained": "it was an old message",
        "wrong_code": "its code was wrong",
        "PIN removed": "a PIN was removed",
        "PIN set": "a PIN was set",
        "role": "its role was changed",
        "rule added": "a rule was added",
        "rule removed": "a rule was removed",
        "rule renamed": "a rule was renamed",
        "schedule added": "a schedule was added",
        "schedule changed": "a schedule was changed",
        "schedule removed": "a schedule was removed",
        "schedule renamed": "a schedule was renamed",
        "table": "as a table",
        "totp_added": "a second factor was added",
        "totp_removed": "its second factor was removed",
        "unused": "they had not come for a long time",
        "validity": "the dates between which they may enter",
        "web": "in the web application",
        "with_face": "their face is used",
        "zone cleared": "everybody counts as outside again",
    }
)
"""The short words that events have as their reason, in full."""
