"""Every reason a decision can have, in the words for the visitor and for the operator."""

from enum import StrEnum


class Reason(StrEnum):
    """Why. Only MATCHED opens a door."""

    MATCHED = "matched"
    UNKNOWN = "unknown"
    AMBIGUOUS = "ambiguous"
    NOT_AGREED = "not_agreed"
    NOBODY_ENROLLED = "nobody_enrolled"
    POOR_QUALITY = "poor_quality"
    STALE_FRAME = "stale_frame"
    NO_RECORD = "no_record"
    LOCK_FAULT = "lock_fault"

    @property
    def for_visitor(self) -> str:
        """What the person at the door is told: no scores, no names of others, nothing to learn from."""
        return _TEXTS[self][0]

    @property
    def for_operator(self) -> str:
        """What it means, for those who run the door."""
        return _TEXTS[self][1]


_TRY_AGAIN = "The door stays shut. Please look at the camera and try again."

_TEXTS: dict[Reason, tuple[str, str]] = {
    Reason.MATCHED: ("Please come in.", "several frames in a row were the same enrolled person"),
    Reason.UNKNOWN: (_TRY_AGAIN, "no enrolled person is alike enough"),
    Reason.AMBIGUOUS: (_TRY_AGAIN, "two enrolled people are about as much alike"),
    Reason.NOT_AGREED: (_TRY_AGAIN, "the frames did not agree on one person"),
    Reason.NOBODY_ENROLLED: ("The door stays shut.", "nobody is enrolled with the model in use"),
    Reason.POOR_QUALITY: (_TRY_AGAIN, "the face was never seen well enough"),
    Reason.STALE_FRAME: (_TRY_AGAIN, "the newest matching frame was too old when the decision was made"),
    Reason.NO_RECORD: ("The door stays shut.", "the decision could not be put on record, so the lock was not moved"),
    Reason.LOCK_FAULT: ("The door stays shut.", "the lock did not obey"),
}
