"""Passwords: which may be chosen, and how they are kept and checked."""

import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher

from limen.credentials.secret_hash import SecretHasher
from limen.errors import BadDataError, UnavailableError

LEAST_CHARACTERS, MOST_CHARACTERS = 10, 200

_MEMORY_KIB, _PASSES, _LANES = 64 * 1024, 3, 1
"""Source: RFC 9106, 4, the choice for little memory; on one lane: a small machine needs its cores for doors."""
_AT_ONCE, _WAITING = 2, 6
_WAIT_S = 5.0
_LEAST_OF_ONES_OWN = 4
_LEAST_DIFFERENT = 5

_OBVIOUS = (
    "administrator", "administrateur", "passwort", "password", "passwd", "kennwort", "kennung", "willkommen", "welcome",
    "letmein", "hallo", "hello", "geheim", "secret", "iloveyou", "ichliebedich", "changeme", "default", "standard",
    "anmeldung", "anmelden", "login", "signin", "master", "admin", "owner", "besitzer", "guest", "gast", "user",
    "benutzer", "test", "testing", "demo", "limen", "door", "haustür", "haustur", "tür", "access", "zugang", "sesame",
    "sesam", "open", "öffne", "dich", "schatz", "sunshine", "sonnenschein", "princess", "prinzessin", "dragon",
    "drache", "monkey", "football", "fussball", "baseball", "superman", "batman", "trustno", "whatever", "computer",
    "internet", "summer", "sommer", "winter", "spring", "frühling", "autumn", "herbst", "january", "januar", "monday",
    "montag", "berlin", "london", "raspberry", "raspberrypi", "homeassistant", "correcthorsebatterystaple",
    "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "zxcvbnm", "yxcvbnm", "qwerty", "qwertz", "azerty", "asdf",
    "qazwsx", "qayxsw", "abcdefghijklmnopqrstuvwxyz", "abcdef", "abcd", "abc", "my", "mein", "meine", "the", "das",
    "der", "die", "is", "ist", "please", "bitte", "new", "neu", "neues", "home", "haus", "house",
)  # fmt: skip
_STAND_INS = str.maketrans("0134578@$!€", "oieastbasie")
_ROWS = ("01234567890", "1234567890", "09876543210", "147258369", "qwertyuiop", "qwertzuiop", "asdfghjkl")


class Passwords:
    """Hashes and checks passwords with Argon2id, two at once at most: each takes 64 MiB.

    ``argon2`` is for tests, which need not pay the full cost.
    """

    def __init__(self, argon2: PasswordHasher | None = None) -> None:
        self._hasher = SecretHasher(argon2 or PasswordHasher(_PASSES, _MEMORY_KIB, _LANES), dearest=4)
        self._turns = threading.BoundedSemaphore(_AT_ONCE)
        self._places = threading.BoundedSemaphore(_AT_ONCE + _WAITING)

    def hash(self, password: str) -> str:
        """The hash of ``password`` with a salt of its own, in the PHC format.

        Raises:
            UnavailableError: too many passwords are looked at already.
        """
        with self._turn():
            return self._hasher.hash(prepared(password))

    def fits(self, password: str, kept_hash: str | None) -> bool:
        """Whether ``password`` is the one that ``kept_hash`` was made of; ``None`` takes the same work, and fits none.

        Raises:
            UnavailableError: too many passwords are looked at already.
        """
        text = prepared(password[: 4 * MOST_CHARACTERS])
        with self._turn():
            return self._hasher.fits(text, kept_hash)

    def needs_rehash(self, kept_hash: str) -> bool:
        """Whether the hash was made at another cost, and is to be made anew while the right password is at hand."""
        return self._hasher.needs_rehash(kept_hash)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        busy = "too many people sign in at this moment: try again in a few seconds"
        if not self._places.acquire(blocking=False):
            raise UnavailableError(busy)
        try:
            if not self._turns.acquire(timeout=_WAIT_S):
                raise UnavailableError(busy)
            try:
                yield
            finally:
                self._turns.release()
        finally:
            self._places.release()


def prepared(password: str) -> str:
    """The password in Unicode's form NFKC, so that it is the same whatever keyboard typed it."""
    text = unicodedata.normalize("NFKC", password)
    return text.encode("utf-8", "backslashreplace").decode()


def check_new_password(password: str, about: Iterable[str] = ()) -> None:
    """Refuse passwords that are guessed first; ``about`` is what anybody would try: the names of user and site.

    Raises:
        BadDataError: it is too short or too long, repeats itself, or has too little in it that is nobody's guess.
    """
    text = prepared(password)
    if not LEAST_CHARACTERS <= len(text) <= MOST_CHARACTERS:
        raise BadDataError(
            f"a password has {LEAST_CHARACTERS} to {MOST_CHARACTERS} characters, got {len(text)}: "
            "a few words in a row are easy to keep in mind"
        )
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        raise BadDataError("a password has no control characters: type it again")
    plain = text.casefold()
    if len(set(plain)) < _LEAST_DIFFERENT or re.fullmatch(r"(.{1,6}?)\1+.{0,5}", plain, re.DOTALL):
        raise BadDataError("the password repeats itself: choose one with more in it")
    if min(_own_part(plain, about), _own_part(plain.translate(_STAND_INS), about)) < _LEAST_OF_ONES_OWN:
        raise BadDataError(
            "the password is made of what is guessed first (well-known words, rows of keys, a name, a year): "
            "choose a few words that do not belong together"
        )


def _own_part(plain: str, about: Iterable[str]) -> int:
    """How many letters are left without well-known words, rows of keys, and digits and signs."""
    names = [word for name in about for word in re.findall(r"\w{3,}", prepared(name).casefold())]
    left = plain
    for word in sorted((*names, *_OBVIOUS), key=len, reverse=True):
        left = left.replace(word, " ")
    for row in _ROWS:
        for length in range(len(row), 3, -1):
            for start in range(len(row) - length + 1):
                left = left.replace(row[start : start + length], " ")
    if not any(character.isalpha() for character in plain):
        return len({character for character in left if not character.isspace()})  # digits alone: a long number is fine
    return sum(character.isalpha() or ord(character) > 127 for character in left)
