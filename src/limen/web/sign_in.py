"""Signing in: a name, a password, and a code where the account has a second factor."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from limen.audit.events import AuditEvent, EventType
from limen.errors import BadDataError, UnavailableError
from limen.store import Store
from limen.store.users import User
from limen.web.attempts import Attempt, Attempts
from limen.web.passwords import Passwords
from limen.web.totp import matching_step

_TOLD_EVERY_S = 60.0


class Refusal(StrEnum):
    """Why somebody is not signed in."""

    WRONG = "wrong"
    """There is no such account, it is disabled, or the password is another one: which, nobody is told."""
    CODE_NEEDED = "code_needed"
    """Name and password are right, and the code is still to come."""
    WRONG_CODE = "wrong_code"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What somebody typed, and where; ``code`` is empty where none was asked for yet."""

    name: str
    password: str
    code: str
    address: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Why nobody was signed in, and after how many seconds the next try makes sense."""

    why: Refusal
    wait_s: float = 0.0


class SignIn:
    """Checks who somebody says they are: every answer takes the same work, and failures make it slower.

    Each sign-in is on record. Refusals are too, one a minute at most, with the number of those since the one before:
    a flood must not fill the disk.
    """

    def __init__(
        self,
        store: Store,
        passwords: Passwords | None = None,
        attempts: Attempts | None = None,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._now_s = store, now_s
        self.passwords = passwords or Passwords()
        self._attempts = attempts or Attempts(now_s=now_s)
        self._telling = threading.Lock()
        self._told_s, self._untold = float("-inf"), 0

    def check(self, typed: Credentials) -> User | Refused:
        """The account, or why not.

        Raises:
            UnavailableError: too many passwords are looked at already.
        """
        attempt = self._attempts.begin(typed.name, typed.address)
        if not isinstance(attempt, Attempt):
            self._tell("throttled", typed.address)
            return Refused(Refusal.WAIT, attempt)
        user = self._find(typed.name)
        if not self._fits(typed.password, user, attempt) or user is None or user.disabled:
            self._tell("password" if user is None or not user.disabled else "disabled", typed.address)
            return Refused(Refusal.WRONG)
        if user.totp and not typed.code.strip():
            self._attempts.take_back(attempt)
            return Refused(Refusal.CODE_NEEDED)
        if user.totp and not self.takes_code(user, typed.code):
            self._tell("code", typed.address)
            return Refused(Refusal.WRONG_CODE)
        self._attempts.succeeded(typed.name, typed.address)
        self._hash_anew(user, typed.password)
        return user

    def confirm(self, user: User, password: str, address: str) -> Refused | None:
        """``None`` where ``password`` is that of ``user``, who is signed in and is asked for it once more.

        Raises:
            UnavailableError: too many passwords are looked at already.
        """
        attempt = self._attempts.begin(user.name, address)
        if not isinstance(attempt, Attempt):
            self._tell("throttled", address)
            return Refused(Refusal.WAIT, attempt)
        if not self._fits(password, user, attempt):
            self._tell("password", address)
            return Refused(Refusal.WRONG)
        self._attempts.succeeded(user.name, address)
        return None

    def try_code(self, name: str, address: str) -> Attempt | float:
        """A try that counts against ``name`` until ``took_code`` says that it was right, or how long to wait."""
        return self._attempts.begin(name, address)

    def took_code(self, name: str, address: str) -> None:
        """The try was right."""
        self._attempts.succeeded(name, address)

    def takes_code(self, user: User, code: str) -> bool:
        """Whether ``code`` is the account's, now or half a minute off, and was not used before; now it is used."""
        step = self.step_of(user, code)
        return step is not None and self._store.users.take_totp_step(user.id, step)

    def step_of(self, user: User, code: str) -> int | None:
        """The half minute that ``code`` of the account belongs to, ``None`` where it is none of now."""
        secret = self._store.users.totp_secret(user.id)
        return None if secret is None else matching_step(secret, code, datetime.now(UTC))

    def _find(self, name: str) -> User | None:
        try:
            return self._store.users.find(name)
        except BadDataError:  # nobody can have this name
            return None

    def _fits(self, password: str, user: User | None, attempt: Attempt) -> bool:
        try:
            return self.passwords.fits(password, None if user is None else user.password_hash)
        except UnavailableError:  # nobody looked at it
            self._attempts.take_back(attempt)
            raise

    def _hash_anew(self, user: User, password: str) -> None:
        if self.passwords.needs_rehash(user.password_hash):
            self._store.users.set_password_hash(user.id, self.passwords.hash(password), quietly=True)

    def _tell(self, why: str, address: str) -> None:
        with self._telling:
            now_s = self._now_s()
            if now_s - self._told_s < _TOLD_EVERY_S:
                self._untold += 1
                return
            more = f", and {self._untold} more since the one before" if self._untold else ""
            self._told_s, self._untold = now_s, 0
        detail = f"from {address[:64]}{more}"
        self._store.events.append(AuditEvent(EventType.ACCOUNT_REFUSED, datetime.now(UTC), reason=why, detail=detail))
