"""What a reader that writes characters says with one line, and what is done where an answer fails.

    CARD            a card, as reader.format writes it
    NUMBER*PIN#     a number and its PIN, typed
    *PIN*CARD       a PIN typed first, then the card; this order, for the reader itself ends a card's line

``#`` ends a line as Enter does, so that a keypad without Enter can; at the end of a line of text it may be missing.
"""

import sys
from collections.abc import Callable

from limen.credentials.base import Answer, Outcome, Reading
from limen.credentials.card import CardFormat, from_text
from limen.errors import BadDataError, LimenError

MOST_CHARACTERS = 64


def reading_of(line: str, card_format: CardFormat) -> Reading:
    """The reading that ``line`` stands for, without its end.

    Raises:
        BadDataError: it is none; the message does not repeat it.
    """
    if len(line) > MOST_CHARACTERS:
        raise BadDataError(f"a line of a reader has at most {MOST_CHARACTERS} characters")
    first, *others = line.removesuffix("#").split("*")
    try:
        match others:
            case [pin]:
                return Reading(number=first, pin=pin)
            case [pin, card] if not first:
                return Reading(card=from_text(card, card_format), pin=pin)
            case []:
                return Reading(card=from_text(first, card_format))
    except ValueError as error:
        raise BadDataError(str(error)) from error
    raise BadDataError("a line of a reader is CARD, NUMBER*PIN# or *PIN*CARD")


def never_raising(present: Callable[[Reading], Answer]) -> Callable[[Reading], Answer]:
    """``present``, but whatever it raises is noted and the door stays shut, so that the reader goes on."""

    def ask(reading: Reading) -> Answer:
        try:
            return present(reading)
        except Exception as error:  # noqa: BLE001 - the top of what a reader's thread does for one reading
            # What others raise may repeat what was read.
            note(f"no answer to a reading: {error if isinstance(error, LimenError) else type(error).__name__}")
            return Answer(Outcome.SHUT, "Not now. Please ask for help.")

    return ask


def note(text: str) -> None:
    """Write ``text`` to standard error."""
    sys.stderr.write(f"limen: {text}\n")
