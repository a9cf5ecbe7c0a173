"""What pages say of people, beside their names."""

from hashlib import sha256

from limen.door.freshness import Stale
from limen.store.people_list import PersonState, Sort

_TINTS = 6

STATE_WORDS = {
    PersonState.REMOVED: ("Being deleted", "bad", "trash"),
    PersonState.DISABLED: ("Disabled", "bad", "cross"),
    PersonState.EXPIRED: ("Expired", "bad", "clock"),
    PersonState.NOT_YET: ("Not yet valid", "quiet", "clock"),
    PersonState.NEEDS_PHOTOS: ("Needs photos", "warn", "camera"),
    PersonState.NEEDS_FRESH_LOOK: ("Fresh look due", "warn", "refresh"),
    PersonState.FACELESS: ("Without a face", "quiet", "card"),
    PersonState.ENROLLED: ("Enrolled", "good", "check"),
}
"""Words, tone and symbol, in the order in which they are told."""
FILTERS = (
    PersonState.ENROLLED,
    PersonState.NEEDS_PHOTOS,
    PersonState.NEEDS_FRESH_LOOK,
    PersonState.DISABLED,
    PersonState.EXPIRED,
    PersonState.NOT_YET,
    PersonState.FACELESS,
    PersonState.REMOVED,
)
"""In the order in which they are asked for."""
SORT_WORDS = {
    Sort.NAME: "By name",
    Sort.LAST_ENTRY: "Last entry first",
    Sort.ADDED: "Newest first",
    Sort.OLDEST_TEMPLATE: "Oldest photos first",
}
STALE_WORDS = {
    Stale.ONE_PHOTO: "There is a single photo: in another light the door may not know this face.",
    Stale.OLD: "The newest photo is old, and faces change.",
    Stale.SAGGING: "The last entries were close calls: the face is no longer quite like its photos.",
}
GRADE_WORDS = {
    "good": ("Good", "good", "check"),
    "fair": ("Fair", "quiet", "minus"),
    "poor": ("Poor", "warn", "warning"),
    "unknown": ("Not measured", "quiet", "info"),
}


def initials(name: str) -> str:
    """The first letters of the first and the last part of a name."""
    parts = [part for part in name.split() if part[0].isalnum()] or [name]
    return (parts[0][0] + (parts[-1][0] if len(parts) > 1 else "")).upper()


def tint(identifier: str) -> int:
    """One of six colours, always the same one for the same person."""
    return sha256(identifier.encode()).digest()[0] % _TINTS
