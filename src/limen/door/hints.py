"""What a visitor is asked to do, one thing at a time, by what is wrong with their picture."""

from collections.abc import Sequence
from enum import StrEnum

from limen.door.visit import Seen
from limen.faces.quality import Flaw

_AS_LARGE = 0.6
"""A face this much as large as the largest one stands at the door too."""
_NEAR = 0.75
"""A face this much as high as the picture is too near."""


class Show(StrEnum):
    """What a display shows."""

    IDLE = "idle"
    CARD = "card"
    """A card, or number and PIN, must come first."""
    LOOKING = "looking"
    HOLD_STILL = "hold_still"
    COME_CLOSER = "come_closer"
    MOVE_BACK = "move_back"
    CENTER = "center"
    LOOK_STRAIGHT = "look_straight"
    ONE_PERSON = "one_person"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    GRANTED = "granted"
    DENIED = "denied"
    LOCKED_OUT = "locked_out"
    OPEN = "open"
    """The door stands open for everybody."""
    OFFLINE = "offline"


_ASKED = {
    Flaw.TOO_SMALL: Show.COME_CLOSER,
    Flaw.CUT_OFF: Show.CENTER,
    Flaw.TOO_DARK: Show.TOO_DARK,
    Flaw.TOO_BRIGHT: Show.TOO_BRIGHT,
    Flaw.BLURRED: Show.HOLD_STILL,
    Flaw.TURNED_AWAY: Show.LOOK_STRAIGHT,
}


def hint(faces: Sequence[Seen], width: int, height: int) -> Show:
    """What is asked of the largest of ``faces``, at least one, in a picture of ``width`` × ``height`` pixels."""
    largest = max(faces, key=lambda one: one.face.box.area)
    others = [one for one in faces if one is not largest]
    if any(one.face.box.height >= _AS_LARGE * largest.face.box.height and not one.flaws for one in others):
        return Show.ONE_PERSON
    if not largest.flaws:
        return Show.LOOKING
    flaw = largest.flaws[0].flaw
    near = max(largest.face.box.height / height, largest.face.box.width / width) >= _NEAR
    return Show.MOVE_BACK if flaw is Flaw.CUT_OFF and near else _ASKED[flaw]
