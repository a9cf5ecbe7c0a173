"""PINs: hashed so that a copy of the database does not give them away, checked so that nothing is learnt by waiting.

A duress PIN opens as the right one does and raises a silent alarm, so that a check takes the same work whether a PIN is
right, wrong, a duress PIN, or nobody's.
"""

from enum import StrEnum
from itertools import pairwise

from argon2 import PasswordHasher

from limen.credentials.secret_hash import SecretHasher
from limen.errors import BadDataError

LEAST_DIGITS, MOST_DIGITS = 4, 12

_MEMORY_KIB, _PASSES, _LANES = 19 * 1024, 2, 1
"""Source: OWASP Password Storage Cheat Sheet, Argon2id: at least 19 MiB, two passes, one lane."""


class PinCheck(StrEnum):
    """What a PIN turned out to be."""

    RIGHT = "right"
    DURESS = "duress"
    WRONG = "wrong"


class PinHasher:
    """Hashes PINs with Argon2id.

    ``argon2`` is for tests, which need not pay the full cost.
    """

    def __init__(self, argon2: PasswordHasher | None = None) -> None:
        self._hasher = SecretHasher(argon2 or PasswordHasher(_PASSES, _MEMORY_KIB, _LANES))

    def hash(self, pin: str) -> str:
        """The Argon2id hash of ``pin`` with a salt of its own, in the PHC format."""
        return self._hasher.hash(pin)

    def check(self, pin: str, normal_hash: str | None, duress_hash: str | None) -> PinCheck:
        """Whether ``pin`` is somebody's PIN, their duress PIN or neither; a broken hash fits no PIN.

        Two hashes of this hasher's cost are computed in every case. Pass ``None`` for both where nobody has the number
        that was typed.
        """
        right = self._hasher.fits(pin, normal_hash)
        duress = self._hasher.fits(pin, duress_hash)
        if duress:
            return PinCheck.DURESS
        return PinCheck.RIGHT if right else PinCheck.WRONG

    def needs_rehash(self, kept_hash: str) -> bool:
        """Whether a hash was made at another cost and is to be made anew at the next right PIN."""
        return self._hasher.needs_rehash(kept_hash)


def check_new_pins(pin: str, duress_pin: str | None = None) -> None:
    """Refuse PINs that are guessed first, and a duress PIN that somebody types by mistake or in haste.

    Raises:
        BadDataError: one is too short or too long, one digit repeated, a straight run, or the two are alike.
    """
    _check_new(pin, "PIN")
    if duress_pin is None:
        return
    _check_new(duress_pin, "duress PIN")
    if _one_slip_apart(pin, duress_pin):
        raise BadDataError("the duress PIN is the PIN, or one slip away from it: choose one that differs more")


def _check_new(pin: str, what: str) -> None:
    if not (pin.isascii() and pin.isdigit() and LEAST_DIGITS <= len(pin) <= MOST_DIGITS):
        raise BadDataError(f"a {what} has {LEAST_DIGITS} to {MOST_DIGITS} digits and nothing else")
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    if steps <= {0}:
        raise BadDataError(f"the {what} is the same digit throughout: choose another")
    if steps in ({1}, {9}):
        raise BadDataError(f"the {what} is a run of digits, as 1234 or 9876: choose another")


def _one_slip_apart(pin: str, other: str) -> bool:
    """The same, one digit mistyped, or two neighbours exchanged."""
    if len(pin) != len(other):
        return False
    places = [place for place, (one, two) in enumerate(zip(pin, other, strict=True)) if one != two]
    if len(places) != 2:
        return len(places) < 2
    first, second = places
    return second == first + 1 and pin[first] == other[second] and pin[second] == other[first]
