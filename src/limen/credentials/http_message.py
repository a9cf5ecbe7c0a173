"""What a reader sends over HTTP, and what it gets: the JSON, without a network."""

import json
import threading
from collections import OrderedDict
from dataclasses import dataclass
from http import HTTPStatus

from limen.credentials.base import Answer, Reading
from limen.credentials.card import CardFormat, CardNumber, from_bits, from_hex, from_text
from limen.errors import BadDataError

MOST_AGE_S, MOST_AHEAD_S = 5.0, 1.0
"""How old a reading may be, and how far the reader's clock may be ahead."""

_MOST_IDS = 4096
_FIELDS = {"card", "number", "pin", "id", "at"}


@dataclass(frozen=True, slots=True)
class Sent:
    """A reading, what the reader calls it, and when it says it was made (Unix seconds)."""

    reading: Reading
    id: str
    at_s: float


def parse(body: bytes, card_format: CardFormat) -> Sent:
    """What ``body`` says.

    Raises:
        BadDataError: it is not such a message; the error does not repeat what was read.
    """
    try:
        message = json.loads(body.decode("utf-8"), object_pairs_hook=_object, parse_constant=_no_constant)
    except BadDataError:
        raise
    except (ValueError, RecursionError) as error:
        raise BadDataError("the body is not JSON") from error
    if not isinstance(message, dict) or not message.keys() <= _FIELDS:
        raise BadDataError("the body is an object with card or number, pin, id and at, and nothing else")
    card = message.get("card")
    try:
        reading = Reading(
            card=None if card is None else _card(card, card_format),
            number=_text_or_none(message, "number"),
            pin=_text_or_none(message, "pin"),
        )
    except ValueError as error:
        raise BadDataError(str(error)) from error
    return Sent(reading, _id(message.get("id")), _seconds(message.get("at")))


def answer_body(answer: Answer) -> bytes:
    """The JSON that goes back: ``outcome`` and ``text``."""
    return json.dumps({"outcome": answer.outcome.value, "text": answer.text}).encode()


def problem_body(status: HTTPStatus, detail: str) -> bytes:
    """Why a request was refused. Source: RFC 9457."""
    return json.dumps(
        {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail}
    ).encode()


class SeenIds:
    """The last ids, so that no reading counts twice.

    They are kept by number, not by age, so that a clock that is set back does not make one of them new.
    """

    def __init__(self, most: int = _MOST_IDS) -> None:
        self._most = most
        self._seen: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def first(self, reading_id: str, at_s: float, now_s: float) -> bool | None:
        """Whether the id is new, which it is then no more; ``None`` while all that are kept are still fresh."""
        with self._lock:
            if reading_id in self._seen:
                return False
            if len(self._seen) >= self._most:
                oldest = next(iter(self._seen))
                if is_fresh(self._seen[oldest], now_s):
                    return None
                del self._seen[oldest]
            self._seen[reading_id] = at_s
            return True


def is_fresh(at_s: float, now_s: float) -> bool:
    """Whether a reading of ``at_s`` may still count."""
    return -MOST_AHEAD_S <= now_s - at_s <= MOST_AGE_S


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise BadDataError("a field stands twice in the body")
    return names


def _no_constant(name: str) -> None:
    raise BadDataError(f"{name} is not JSON")


def _card(card: object, card_format: CardFormat) -> CardNumber:
    match card:
        case {"bits": str(bits), **rest} if not rest:
            return from_bits(bits)
        case {"hex": str(digits), "length": int(length), **rest} if not rest and not isinstance(length, bool):
            return from_hex(digits, length)
        case {"text": str(text), **rest} if not rest:
            return from_text(text, card_format)
    raise BadDataError('card is {"bits": "0101…"}, {"hex": "02468ace", "length": 26} or {"text": "0012345678"}')


def _text_or_none(message: dict[str, object], name: str) -> str | None:
    value = message.get(name)
    if value is None or isinstance(value, str):
        return value
    raise BadDataError(f"{name} is a text of digits: put it in quotes")


def _id(value: object) -> str:
    if isinstance(value, str) and value.isascii() and value.isprintable() and 1 <= len(value) <= 64:
        return value
    raise BadDataError("id is a text of 1 to 64 ASCII characters that no other reading has: a random number will do")


def _seconds(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e11:
        return float(value)
    raise BadDataError("at is the time of the reading in seconds since 1970 (UTC)")
