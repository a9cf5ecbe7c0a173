"""Every reason a decision can have, in the words for the visitor and for the operator."""

from enum import StrEnum


class Reason(StrEnum):
    """Why. Only the first four open a door."""

    MATCHED = "matched"
    VERIFIED = "verified"
    CARD = "card"
    PIN = "pin"

    UNKNOWN = "unknown"
    AMBIGUOUS = "ambiguous"
    NOT_AGREED = "not_agreed"
    NOT_THE_SAME = "not_the_same"
    NO_TEMPLATES = "no_templates"
    NOBODY_ENROLLED = "nobody_enrolled"
    POOR_QUALITY = "poor_quality"
    STALE_FRAME = "stale_frame"
    LIVENESS_MISSING = "liveness_missing"
    LIVENESS_FAILED = "liveness_failed"
    CHALLENGE_MISSING = "challenge_missing"
    CHALLENGE_FAILED = "challenge_failed"
    NO_FACE = "no_face"

    UNKNOWN_CARD = "unknown_card"
    CARD_OFF = "card_off"
    WRONG_PIN = "wrong_pin"
    NOT_ENOUGH = "not_enough"

    DISABLED = "disabled"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    NO_RULE = "no_rule"
    OUT_OF_HOURS = "out_of_hours"
    RULED_OUT = "ruled_out"
    PASSBACK = "passback"
    LOCKDOWN = "lockdown"
    THROTTLED = "throttled"

    CLOCK_WRONG = "clock_wrong"
    STORE_OFFLINE = "store_offline"
    NO_RECORD = "no_record"
    LOCK_FAULT = "lock_fault"

    @property
    def opens(self) -> bool:
        """Whether a decision for this reason opens the door."""
        return self in _OPENING

    @property
    def for_visitor(self) -> str:
        """What the person at the door is told: no scores, no names of others, nothing to learn from."""
        return _TEXTS[self][0]

    @property
    def for_operator(self) -> str:
        """What it means, for those who run the door."""
        return _TEXTS[self][1]


_OPENING = frozenset((Reason.MATCHED, Reason.VERIFIED, Reason.CARD, Reason.PIN))

_COME_IN = "Please come in."
_SHUT = "The door stays shut."
_TRY_AGAIN = "The door stays shut. Please look at the camera and try again."
_NOT_NOW = "The door stays shut. Please ask those who run it."

# What would tell a stranger whether a card, a number or a face is known has the same words for the visitor.
_TEXTS: dict[Reason, tuple[str, str]] = {
    Reason.MATCHED: (_COME_IN, "several frames in a row were the same enrolled person"),
    Reason.VERIFIED: (_COME_IN, "several frames in a row were the person whom card or PIN named"),
    Reason.CARD: (_COME_IN, "a known card"),
    Reason.PIN: (_COME_IN, "the right PIN"),
    Reason.UNKNOWN: (_TRY_AGAIN, "no enrolled person is alike enough"),
    Reason.AMBIGUOUS: (_TRY_AGAIN, "two enrolled people are about as much alike"),
    Reason.NOT_AGREED: (_TRY_AGAIN, "the frames did not agree on one person"),
    Reason.NOT_THE_SAME: (_TRY_AGAIN, "the face is not that of the person whom card or PIN named"),
    Reason.NO_TEMPLATES: (_TRY_AGAIN, "the person whom card or PIN named has no templates of the model in use"),
    Reason.NOBODY_ENROLLED: (_SHUT, "nobody is enrolled with the model in use"),
    Reason.POOR_QUALITY: (_TRY_AGAIN, "the face was never seen well enough"),
    Reason.STALE_FRAME: (_TRY_AGAIN, "the newest matching frame was too old when the decision was made"),
    Reason.LIVENESS_MISSING: (_TRY_AGAIN, "whether the face is alive was not found out"),
    Reason.LIVENESS_FAILED: (_TRY_AGAIN, "the face looks like a picture of one"),
    Reason.CHALLENGE_MISSING: (_TRY_AGAIN, "what the visitor was asked to do was not done in time"),
    Reason.CHALLENGE_FAILED: (_TRY_AGAIN, "what the visitor was asked to do was not done as asked"),
    Reason.NO_FACE: (_TRY_AGAIN, "card or PIN named a person, and no face came in time"),
    Reason.UNKNOWN_CARD: (_NOT_NOW, "nobody has this card"),
    Reason.CARD_OFF: (_NOT_NOW, "the card was switched off or is no longer valid"),
    Reason.WRONG_PIN: (_NOT_NOW, "the PIN is not that of this number, or the number is nobody's"),
    Reason.NOT_ENOUGH: (_NOT_NOW, "this door's level asks for more than was shown"),
    Reason.DISABLED: (_NOT_NOW, "the person is disabled"),
    Reason.NOT_YET_VALID: (_NOT_NOW, "the person may enter only from a later date on"),
    Reason.EXPIRED: (_NOT_NOW, "the person might enter up to a date that has passed"),
    Reason.NO_RULE: (_NOT_NOW, "no rule lets the person through this door"),
    Reason.OUT_OF_HOURS: (_NOT_NOW, "rules let the person through this door, but not at this time"),
    Reason.RULED_OUT: (_NOT_NOW, "a rule keeps the person out"),
    Reason.PASSBACK: (_NOT_NOW, "the person is inside already and must leave first"),
    Reason.LOCKDOWN: (_SHUT, "the door is locked down"),
    Reason.THROTTLED: ("The door stays shut. Please wait, or use your card.", "too many were turned away in a row"),
    Reason.CLOCK_WRONG: (_SHUT, "the machine's clock jumped and is not believed"),
    Reason.STORE_OFFLINE: (_SHUT, "the database does not answer"),
    Reason.NO_RECORD: (_SHUT, "the decision could not be put on record, so the lock was not moved"),
    Reason.LOCK_FAULT: (_SHUT, "the lock did not obey"),
}
