"""The levels of a door, named by what they give, and what each asks for."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """What it takes to come in."""

    FACE = "face"
    CONVENIENCE = "convenience"
    STANDARD = "standard"
    SECURE = "secure"
    CARD = "card"

    @property
    def asks(self) -> "Asks":
        """What the level asks for."""
        return _ASKS[self]

    @property
    def gives(self) -> str:
        """What one may expect of it, for those who run doors."""
        return _GIVES[self]


@dataclass(frozen=True, slots=True)
class Asks:
    """What a level asks for.

    ``identifies``: a face alone finds its person (1:K). ``verifies``: card or PIN names a person, whose face must come
    (1:1). ``card_opens``: a card, or number and PIN, open without a face; where they do not, card and PIN together
    open instead for everybody (``both_open``), or for those who do not want their face used.
    """

    identifies: bool
    verifies: bool = False
    passive: bool = False
    challenge: bool = False
    card_opens: bool = False
    both_open: bool = False

    @property
    def face(self) -> bool:
        """Whether faces are looked at."""
        return self.identifies or self.verifies


_ASKS = {
    Level.FACE: Asks(identifies=True, card_opens=True, both_open=True),
    Level.CONVENIENCE: Asks(identifies=True, passive=True, card_opens=True, both_open=True),
    Level.STANDARD: Asks(identifies=True, passive=True, challenge=True, both_open=True),
    Level.SECURE: Asks(identifies=False, verifies=True, passive=True),
    Level.CARD: Asks(identifies=False, card_opens=True, both_open=True),
}

_GIVES = {
    Level.FACE: "a face alone opens, and a photo of it might: for trying out, and for doors inside",
    Level.CONVENIENCE: "a face opens that does not look like a picture of one; what was not trained for may pass",
    Level.STANDARD: "a face opens that does not look like a picture and does what it is asked to",
    Level.SECURE: "card or PIN say who it is, and the face must be theirs and must not look like a picture",
    Level.CARD: "card or PIN open; no face is looked at",
}


class Step(StrEnum):
    """What follows when a card or PIN was shown."""

    OPEN = "open"
    LOOK = "look"
    SHUT = "shut"


def step_after(asks: Asks, *, card: bool, pin: bool, faceless: bool) -> Step:
    """What follows when the right ``card``, the right ``pin``, or both were shown by one person.

    ``faceless`` people do not want their face used: the two together are their way in wherever a face is asked for.
    """
    if not (card or pin):
        return Step.SHUT
    if asks.card_opens or (card and pin and (asks.both_open or faceless)):
        return Step.OPEN
    return Step.LOOK if asks.verifies and not faceless else Step.SHUT


def lacking(asks: Asks, *, camera: bool, reader: bool, passive: bool, challenge: bool) -> list[str]:
    """What an installation lacks to meet a level; nothing where it meets it."""
    missing = []
    if asks.face and not camera:
        missing.append("a camera")
    if not asks.identifies and not reader:
        missing.append("a reader of cards or PINs")
    if asks.passive and not passive:
        missing.append("passive liveness (liveness.passive)")
    if asks.challenge and not challenge:
        missing.append("a challenge (liveness.challenge)")
    return missing
