"""Signing in: who is let in, who is slowed down, and what is on record of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from accounts_samples import CHEAP, OTHER, PASSWORD, Clock, account, cheap_site, code_of, signed_in

from limen.audit.events import EventType
from web_site import WebSite

SESSION = "/api/v1/session"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def site(tmp_path: Path, clock: Clock) -> Iterator[WebSite]:
    found = cheap_site(tmp_path, clock)
    account(found, "Anna", "owner")
    yield found
    found.close()


def refusals(site: WebSite) -> list[tuple[str | None, str | None]]:
    events = [record.event for record in site.store.events.latest(50)]
    return [(one.reason, one.detail) for one in events if one.type is EventType.ACCOUNT_REFUSED]


def test_the_right_password_signs_in_and_the_cookie_is_for_this_site_alone(site: WebSite) -> None:
    client = site.anonymous()
    answer = client.post(SESSION, json={"name": " ANNA ", "password": PASSWORD})
    assert answer.status_code == 201
    assert answer.json()["role"] == "owner"
    assert "accounts_change" in answer.json()["rights"]
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert client.get(SESSION).json()["name"] == "anna"
    assert site.store.events.latest(1)[0].event.type is EventType.ACCOUNT_SIGNED_IN
    assert client.delete(SESSION).status_code == 204
    assert client.get(SESSION).status_code == 401
    assert site.store.sessions.of(site.store.users.all()[0].id) == []


def test_whoever_signs_in_again_ends_the_session_before(site: WebSite) -> None:
    client = signed_in(site, "anna")
    client.post(SESSION, json={"name": "anna", "password": PASSWORD})
    assert len(site.store.sessions.of(site.store.users.all()[0].id)) == 1


@pytest.mark.parametrize(("name", "password"), [("anna", OTHER), ("nobody", PASSWORD), ("\x00", PASSWORD), ("", "x")])
def test_wrong_names_and_wrong_passwords_are_told_apart_by_nobody(site: WebSite, name: str, password: str) -> None:
    answer = site.anonymous().post(SESSION, json={"name": name, "password": password})
    assert answer.status_code == 401
    assert answer.json()["type"] == "/problems/wrong-password"
    assert "set-cookie" not in answer.headers
    assert refusals(site) == [("password", "from testclient")]


def test_disabled_accounts_do_not_sign_in(site: WebSite) -> None:
    user = account(site, "ben", "viewer")
    client = signed_in(site, "ben")
    site.store.users.set_disabled(user.id, True)
    assert client.get(SESSION).status_code == 401
    assert site.anonymous().post(SESSION, json={"name": "ben", "password": PASSWORD}).status_code == 401


def test_guessing_is_slowed_down_and_fills_no_disk(site: WebSite, clock: Clock) -> None:
    client = site.anonymous()
    statuses = [client.post(SESSION, json={"name": "anna", "password": OTHER}).status_code for _ in range(8)]
    assert statuses == [401] * 5 + [429] * 3
    answer = client.post(SESSION, json={"name": "anna", "password": PASSWORD})
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "30"
    assert len(refusals(site)) == 1
    clock.now_s += 61
    client.post(SESSION, json={"name": "anna", "password": OTHER})
    assert refusals(site)[0] == ("password", "from testclient, and 8 more since the one before")
    clock.now_s += 61
    assert client.post(SESSION, json={"name": "anna", "password": PASSWORD}).status_code == 201


def test_other_sites_sign_nobody_in(site: WebSite) -> None:
    answer = site.anonymous().post(
        SESSION, json={"name": "anna", "password": PASSWORD}, headers={"Origin": "https://other.example"}
    )
    assert answer.status_code == 403


def test_a_second_factor_is_asked_for_and_no_code_counts_twice(site: WebSite) -> None:
    client = signed_in(site, "anna")
    begun = client.post("/api/v1/account/totp", json={"password": PASSWORD}).json()
    assert begun["address"].startswith("otpauth://totp/Limen:anna?")
    assert begun["qr_code"].startswith("<svg")
    code = code_of(begun["secret"])
    assert client.post("/api/v1/account/totp/confirm", json={"code": "000000"}).status_code == 403
    assert client.post("/api/v1/account/totp/confirm", json={"code": code}).status_code == 204
    assert client.post("/api/v1/account/totp", json={"password": PASSWORD}).status_code == 409

    other, asked = site.anonymous(), {"name": "anna", "password": PASSWORD}
    kinds = [
        other.post(SESSION, json=asked | {"code": typed}).json().get("type")
        for typed in ("", "12345", code, code_of(begun["secret"], ahead=5))
    ]
    assert kinds == ["/problems/code-needed", *["/problems/wrong-code"] * 3]
    assert other.post(SESSION, json=asked | {"code": code_of(begun["secret"], ahead=1)}).status_code == 201
    assert other.post("/api/v1/account/totp/remove", json={"password": OTHER}).status_code == 403
    assert other.post("/api/v1/account/totp/remove", json={"password": PASSWORD}).status_code == 204
    assert signed_in(site, "anna").get("/api/v1/account").json()["second_factor"] is False


def test_a_hash_of_another_cost_is_made_anew(site: WebSite) -> None:
    from argon2 import PasswordHasher

    site.store.users.add("dora", "viewer", PasswordHasher(1, 16, 1).hash(PASSWORD))
    signed_in(site, "dora")
    found = site.store.users.find("dora")
    assert found is not None
    assert not CHEAP.check_needs_rehash(found.password_hash)
