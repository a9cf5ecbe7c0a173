from typing import Literal

import pytest
from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import VerifyMismatchError
from hypothesis import given, settings
from hypothesis import strategies as st

from limen.credentials.pin import PinCheck, PinHasher, check_new_pins
from limen.errors import BadDataError


class CountingArgon2(PasswordHasher):
    """Counts the hashes that were computed to their end."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.computed = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - as the base class
        try:
            fits = super().verify(hash, password)
        except VerifyMismatchError:
            self.computed += 1
            raise
        self.computed += 1
        return fits


ARGON2 = CountingArgon2()
HASHER = PinHasher(ARGON2)
# Salts of their own would give the tests other names each time.
SALT = b"salt of the test"
NORMAL, DURESS = (ARGON2.hash(pin, salt=SALT) for pin in ("2580", "9517"))
# Well made for 2580, but not as this hasher makes them.
FOREIGN = [
    PasswordHasher(1, 16, 1).hash("2580", salt=SALT),
    PasswordHasher(2, 8, 1).hash("2580", salt=SALT),
    PasswordHasher(1, 16, 2).hash("2580", salt=SALT),
    PasswordHasher(1, 8, 1, type=Type.I).hash("2580", salt=SALT),
    PasswordHasher(1, 8, 1, type=Type.D).hash("2580", salt=SALT),
]
BROKEN = [
    "",
    "no hash",
    "$argon2id$",
    NORMAL.replace("v=19", "v=99"),
    NORMAL.replace("m=8", "m=x"),
    NORMAL.replace("p=1", "p=0"),
    NORMAL[:-1],
    NORMAL[:40],
    NORMAL + "$",
    NORMAL.replace("m=8", "m=٨"),
    NORMAL.replace("m=8", "m=4194304"),
    *FOREIGN,
]


def test_at_least_what_owasp_asks_for() -> None:
    cost = extract_parameters(PinHasher().hash("2580"))
    assert (cost.type.name, cost.memory_cost, cost.time_cost, cost.parallelism) == ("ID", 19456, 2, 1)


def test_every_hash_has_a_salt_of_its_own() -> None:
    assert HASHER.hash("2580") != NORMAL


@pytest.mark.parametrize(
    ("pin", "normal", "duress", "expected"),
    [
        ("2580", NORMAL, DURESS, PinCheck.RIGHT),
        ("9517", NORMAL, DURESS, PinCheck.DURESS),
        ("2581", NORMAL, DURESS, PinCheck.WRONG),
        ("2580", NORMAL, None, PinCheck.RIGHT),
        ("9517", NORMAL, None, PinCheck.WRONG),
        ("9517", None, DURESS, PinCheck.DURESS),
        ("2580", None, None, PinCheck.WRONG),
        ("no PIN has letters", None, None, PinCheck.WRONG),
        ("", None, None, PinCheck.WRONG),
        ("2580", NORMAL, NORMAL, PinCheck.DURESS),
        *[("2580", broken, DURESS, PinCheck.WRONG) for broken in BROKEN],
        *[("2580", NORMAL, broken, PinCheck.RIGHT) for broken in BROKEN],
    ],
)
def test_a_check_is_two_hashes_whatever_comes_out(
    pin: str, normal: str | None, duress: str | None, expected: PinCheck
) -> None:
    before = ARGON2.computed
    assert HASHER.check(pin, normal, duress) is expected
    assert ARGON2.computed - before == 2


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=20), st.integers(0, len(NORMAL)), st.integers(0, 3))
def test_a_damaged_hash_fits_no_pin(what: str, place: int, removed: int) -> None:
    damaged = NORMAL[:place] + what + NORMAL[place + removed :]
    expected = PinCheck.RIGHT if damaged == NORMAL else PinCheck.WRONG
    assert HASHER.check("2580", damaged, None) is expected


def test_hashes_of_another_cost_are_made_anew() -> None:
    assert not HASHER.needs_rehash(NORMAL)
    assert HASHER.needs_rehash(PasswordHasher(1, 16, 1).hash("2580"))
    assert HASHER.needs_rehash("no hash")


def test_a_hash_of_less_cost_still_counts() -> None:
    dearer = PinHasher(PasswordHasher(2, 16, 1))
    assert dearer.check("2580", NORMAL, None) is PinCheck.RIGHT
    assert dearer.needs_rehash(NORMAL)


class TestNewPins:
    @pytest.mark.parametrize(
        ("pin", "duress"),
        [
            ("2580", None),
            ("1357", "2580"),
            ("1223", None),
            ("13579", "1357"),
            ("135790246813", None),
            ("2580", "2508246"),
        ],
    )
    def test_good_ones(self, pin: str, duress: str | None) -> None:
        check_new_pins(pin, duress)

    @pytest.mark.parametrize(
        ("pin", "why"),
        [
            ("", "4 to 12 digits"),
            ("258", "4 to 12 digits"),
            ("1357902468135", "4 to 12 digits"),
            ("25a0", "4 to 12 digits"),
            ("２５８０", "4 to 12 digits"),
            ("2580\n", "4 to 12 digits"),
            ("7777", "same digit"),
            ("1234", "run of digits"),
            ("9876", "run of digits"),
            ("7890", "run of digits"),
            ("2109", "run of digits"),
            ("012345678901", "run of digits"),
        ],
    )
    def test_poor_ones(self, pin: str, why: str) -> None:
        with pytest.raises(BadDataError, match=f"the PIN .*{why}|a PIN .*{why}"):
            check_new_pins(pin)
        with pytest.raises(BadDataError, match=f"duress PIN .*{why}"):
            check_new_pins("2580", pin)

    @pytest.mark.parametrize("duress", ["2580", "2581", "9580", "5280", "2850"])
    def test_a_duress_pin_is_not_typed_by_mistake(self, duress: str) -> None:
        with pytest.raises(BadDataError, match="one slip away"):
            check_new_pins("2580", duress)

    @given(st.from_regex(r"[0-9]{4,12}", fullmatch=True), st.data())
    def test_no_single_wrong_digit_is_a_duress_pin(self, pin: str, data: st.DataObject) -> None:
        place = data.draw(st.integers(0, len(pin) - 1))
        mistyped = pin[:place] + data.draw(st.sampled_from("0123456789")) + pin[place + 1 :]
        with pytest.raises(BadDataError):
            check_new_pins(pin, mistyped)
