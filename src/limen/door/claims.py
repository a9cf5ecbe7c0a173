"""Who a card or a PIN says it is."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from limen.credentials.base import Reading
from limen.credentials.pin import PinCheck, PinHasher
from limen.decision.reasons import Reason
from limen.decision.throttle import Throttle, ThrottlePolicy
from limen.door.register import Register
from limen.store import Holder, PinRecord
from limen.types import PersonId

_MOST_NUMBERS = 10_000
"""Throttles are kept for so many numbers; beyond, those of all other numbers are one."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What was shown: ``refusal`` says what is wrong with it. ``duress`` must not be seen by the visitor."""

    person: PersonId | None
    card: bool = False
    pin: bool = False
    duress: bool = False
    refusal: Reason | None = None


class Claims:
    """Checks cards and PINs; safe to use from several threads.

    Wrong PINs are slowed down number by number, also of numbers that nobody has.
    """

    def __init__(self, register: Register, pins: PinHasher, policy: ThrottlePolicy, now_s: Callable[[], float]) -> None:
        self._register, self._pins, self._policy, self._now_s = register, pins, policy, now_s
        self._throttles: dict[str, Throttle] = {}
        self._changing = threading.Lock()

    def check(self, reading: Reading, at: datetime) -> Claim:
        """What ``reading`` says.

        Raises:
            StoreError: it is not known whose it is.
        """
        if reading.card is None:
            hashes = self._register.pin_of(number=reading.number)
            return self._with_pin(reading, hashes.person if hashes else None, hashes)
        holder = self._register.holder(reading.card)
        refusal = _refused(holder, at)
        person = holder.person if holder else None
        if refusal is not None or reading.pin is None:
            return Claim(person, card=refusal is None, refusal=refusal)
        hashes = self._register.pin_of(person=person)
        return self._with_pin(reading, person, hashes)

    def _with_pin(self, reading: Reading, person: PersonId | None, hashes: PinRecord | None) -> Claim:
        card = reading.card is not None
        # A card and a number of the same person share one throttle: whoever guesses must not have two.
        key = person if person is not None else f"number {reading.number}"
        if self._throttle(key).wait_s(self._now_s()) > 0:
            return Claim(person, card=card, refusal=Reason.THROTTLED)
        found = self._pins.check(
            reading.pin or "", hashes.pin_hash if hashes else None, hashes.duress_hash if hashes else None
        )
        right = hashes is not None and found in (PinCheck.RIGHT, PinCheck.DURESS)
        self._count(key, right=right)
        if not right:
            return Claim(person, card=card, refusal=Reason.WRONG_PIN)
        return Claim(person, card=card, pin=True, duress=found is PinCheck.DURESS)

    def _throttle(self, key: str) -> Throttle:
        with self._changing:
            return self._throttles.get(self._place(key), Throttle())

    def _count(self, key: str, *, right: bool) -> None:
        with self._changing:
            place = self._place(key)
            if right:
                self._throttles.pop(place, None)
            else:
                before = self._throttles.get(place, Throttle())
                self._throttles[place] = before.failed(self._now_s(), self._policy)

    def _place(self, key: str) -> str:
        return key if key in self._throttles or len(self._throttles) < _MOST_NUMBERS else ""


def _refused(holder: Holder | None, at: datetime) -> Reason | None:
    if holder is None:
        return Reason.UNKNOWN_CARD
    over = holder.valid_until is not None and not at < holder.valid_until
    return Reason.CARD_OFF if holder.disabled or over else None
