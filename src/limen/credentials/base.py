"""The port every reader of cards and PINs stands behind."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from limen.credentials.card import CardNumber


@dataclass(frozen=True, slots=True)
class Reading:
    """What was presented at once: a card, a number and its PIN, or a card and a PIN.

    ``number`` is the short number that a person types before the PIN, digits; ``pin`` digits too, and never shown.
    """

    card: CardNumber | None = None
    number: str | None = None
    pin: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if (self.card is None) == (self.number is None):
            raise ValueError("a reading has either a card or a number")
        if self.number is not None and self.pin is None:
            raise ValueError("a number without a PIN names nobody")
        for text, what, most in ((self.number, "number", 12), (self.pin, "PIN", 12)):
            if text is not None and not (text.isascii() and text.isdigit() and 1 <= len(text) <= most):
                raise ValueError(f"a {what} is 1 to {most} digits")


class Outcome(StrEnum):
    """What the visitor sees."""

    OPEN = "open"
    LOOK = "look"
    SHUT = "shut"


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back to the visitor: nothing to learn from."""

    outcome: Outcome
    text: str


class Reader(Protocol):
    """A reader at a door."""

    def start(self, present: Callable[[Reading], Answer], health: Callable[[str | None], None]) -> None:
        """Read in a thread of its own until ``close``; each reading is handed to ``present``, whose answer is shown.

        ``health`` hears what is wrong with the reader, and ``None`` once it works (again). A reading that cannot be
        understood is dropped with a note on standard error, without what was read. ``present`` may be called from
        several threads.

        Raises:
            ReaderError: the reader is not there.
        """
        ...

    def close(self) -> None:
        """Stop and let the device go; safe to call twice."""
        ...
