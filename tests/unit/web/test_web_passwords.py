"""Which passwords may be chosen, and how they are kept."""

import threading

import pytest
from argon2 import PasswordHasher

from limen.errors import BadDataError, UnavailableError
from limen.web.passwords import Passwords, check_new_password

CHEAP = PasswordHasher(1, 8, 1)


@pytest.mark.parametrize(
    "password",
    ["correct horse umbrella", "grüne Katze am Zaun", "tr0ub4dor&3x", "83920174655", "猫と犬が庭で遊んでいるよ"],
)
def test_a_password_of_ones_own_may_be_chosen(password: str) -> None:
    check_new_password(password, ("Anna Müller", "Limen"))


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "10 to 200 characters"),
        ("ö" * 201, "10 to 200 characters"),
        ("aaaaaaaaaaaa", "repeats itself"),
        ("abcabcabcabc", "repeats itself"),
        ("Password2026!", "guessed first"),
        ("P@55w0rd1234", "guessed first"),
        ("qwertzuiop12", "guessed first"),
        ("1234567890", "guessed first"),
        ("WillkommenZuhause", "guessed first"),
        ("anna-müller-1", "guessed first"),
        ("chez-nous 2026", "guessed first"),
        ("tab\tin the middle", "control characters"),
    ],
)
def test_what_is_guessed_first_is_refused(password: str, why: str) -> None:
    with pytest.raises(BadDataError, match=why):
        check_new_password(password, ("Anna Müller", "Chez Nous"))


def test_a_password_fits_its_own_hash_alone_whatever_keyboard_typed_it() -> None:
    passwords = Passwords(CHEAP)
    kept = passwords.hash("café ﬁn am Zaun")
    assert passwords.fits("cafe\u0301 fin am Zaun", kept)
    assert not passwords.fits("café fin am Zaum", kept)
    assert not passwords.fits("café fin am Zaun", None)
    assert not passwords.fits("café fin am Zaun", "broken")
    assert not passwords.fits("\ud800", kept)


def test_hashes_of_another_cost_are_made_anew_and_those_that_take_all_memory_are_never_computed() -> None:
    passwords = Passwords(CHEAP)
    dear = PasswordHasher(1, 16, 1).hash("correct horse")
    assert passwords.fits("correct horse", dear)
    assert passwords.needs_rehash(dear)
    assert not passwords.needs_rehash(passwords.hash("correct horse"))
    assert passwords.needs_rehash("broken")
    assert not passwords.fits("correct horse", dear.replace("m=16", "m=99999999"))


def test_a_password_costs_64_mib_and_three_passes() -> None:
    kept = Passwords().hash("correct horse")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=1$")


def test_only_two_are_hashed_at_once_and_only_a_few_wait() -> None:
    slow, gate, running = _Slow(), threading.Event(), []
    slow.gate, slow.running = gate, running
    passwords = Passwords(slow)
    threads = [threading.Thread(target=passwords.hash, args=("correct horse",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    while len(running) < 2:
        pass
    with pytest.raises(UnavailableError, match="try again"):
        passwords.hash("one too many")
    assert len(running) == 2
    gate.set()
    for thread in threads:
        thread.join()
    assert len(running) == 8


class _Slow(PasswordHasher):
    """Waits before it hashes, until it may."""

    gate: threading.Event
    running: list[str]

    def __init__(self) -> None:
        super().__init__(1, 8, 1)

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        self.running.append("one")
        self.gate.wait(5)
        return super().hash(password, salt=salt)
