"""Accounts to try signing in with, at a cost that tests can pay."""

import base64
from datetime import UTC, datetime
from pathlib import Path

from argon2 import PasswordHasher
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from fastapi import FastAPI
from starlette.testclient import TestClient

from limen.store.users import User
from limen.web.attempts import Attempts
from limen.web.passwords import Passwords
from limen.web.sign_in import SignIn
from web_site import WebSite, make_site

PASSWORD, OTHER = "blue umbrella tuba", "seven quiet ferries"
CHEAP = PasswordHasher(1, 8, 1)


class Clock:
    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


_APPS: list[FastAPI] = []
"""Building one takes longer than most tests: all of them use the same, each with its own site."""


def cheap_site(folder: Path, clock: Clock | None = None) -> WebSite:
    """A site whose passwords cost nothing; the one before it must be done with."""
    found, now_s = make_site(folder), clock or Clock()
    found.site.part(SignIn, lambda site: SignIn(site.store, Passwords(CHEAP), Attempts(now_s=now_s), now_s=now_s))
    if _APPS:
        found.app = _APPS[0]
        found.app.state.site = found.site
        found.clients.append(TestClient(found.app))
    else:
        found.anonymous()
        _APPS.append(found.app)
    return found


def account(site: WebSite, name: str, role: str, password: str = PASSWORD) -> User:
    return site.store.users.add(name, role, CHEAP.hash(password))


def signed_in(site: WebSite, name: str, password: str = PASSWORD, code: str = "") -> TestClient:
    client = site.anonymous()
    answer = client.post("/api/v1/session", json={"name": name, "password": password, "code": code})
    assert answer.status_code == 201, answer.text
    return client


def code_of(secret: str, *, ahead: int = 0) -> str:
    """The code that an app shows for the secret as it is told, so many half minutes from now."""
    text = secret.replace(" ", "")
    key = base64.b32decode(text + "=" * (-len(text) % 8))
    return TOTP(key, 6, SHA1(), 30).generate(int(datetime.now(UTC).timestamp()) + 30 * ahead).decode()
