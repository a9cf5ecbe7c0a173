"""One's own account, those of others, tokens, and the first of all."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from accounts_samples import OTHER, PASSWORD, account, cheap_site, signed_in

from limen.audit.events import EventType
from web_site import WebSite

API = "/api/v1"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[WebSite]:
    found = cheap_site(tmp_path)
    yield found
    found.close()


@pytest.fixture
def staffed(site: WebSite) -> dict[str, str]:
    """The ids of an owner, an admin and a viewer."""
    return {name: account(site, name, role).id for name, role in (("o", "owner"), ("a", "admin"), ("v", "viewer"))}


def test_the_first_account_needs_the_code_and_leaves_a_door(site: WebSite) -> None:
    client, asked = site.anonymous(), {"name": "Anna", "password": PASSWORD, "time_zone": "Europe/Berlin"}
    assert client.get(f"{API}/setup").json() == {"needed": True}
    assert client.post(f"{API}/setup", json=asked | {"code": "000-000"}).status_code == 403
    assert client.post(f"{API}/setup", json=asked | {"code": "123456", "password": "anna-limen"}).status_code == 422
    assert client.post(f"{API}/setup", json=asked | {"code": "123456", "time_zone": "Mars/North"}).status_code == 422
    assert not site.store.users.any()
    made = client.post(f"{API}/setup", json=asked | {"code": " 123456 ", "site_name": "Chez nous", "language": "de"})
    assert made.status_code == 201
    assert made.json()["role"] == "owner"
    assert client.get(f"{API}/session").status_code == 200
    settings = site.desk.settings
    assert (settings.site.name, settings.site.time_zone, settings.site.language) == ("Chez nous", "Europe/Berlin", "de")
    assert settings.doors["front"].camera == "browser"
    assert settings.doors["front"].lock == "simulator"
    assert client.post(f"{API}/setup", json=asked | {"code": "123456"}).status_code == 409
    assert client.get(f"{API}/setup").json() == {"needed": False}


def test_the_code_cannot_be_guessed(site: WebSite) -> None:
    asked = {"name": "Anna", "password": PASSWORD}
    client = site.anonymous()
    statuses = [client.post(f"{API}/setup", json=asked | {"code": f"{n}"}).status_code for n in range(6)]
    assert statuses == [403] * 5 + [429]
    assert client.post(f"{API}/setup", json=asked | {"code": "123-456"}).status_code == 429


def test_a_new_password_ends_every_other_session(site: WebSite, staffed: dict[str, str]) -> None:
    here, there = signed_in(site, "v"), signed_in(site, "v")
    path = f"{API}/account/password"
    assert here.post(path, json={"password": OTHER, "new_password": OTHER}).status_code == 403
    assert here.post(path, json={"password": PASSWORD, "new_password": "limen-2026"}).status_code == 422
    assert here.post(path, json={"password": PASSWORD, "new_password": OTHER}).status_code == 204
    assert here.get(f"{API}/account").status_code == 200
    assert there.get(f"{API}/account").status_code == 401
    signed_in(site, "v", OTHER)


def test_sessions_are_shown_and_ended_one_by_one_or_all(site: WebSite, staffed: dict[str, str]) -> None:
    here, there, third = (signed_in(site, "v") for _ in range(3))
    shown = here.get(f"{API}/account/sessions").json()["items"]
    assert [one["this"] for one in shown].count(True) == 1
    other = next(one["id"] for one in shown if not one["this"])
    assert here.delete(f"{API}/account/sessions/{other}").status_code == 204
    assert here.delete(f"{API}/account/sessions/{other}").status_code == 404
    assert sorted(one.get(f"{API}/account").status_code for one in (there, third)) == [200, 401]
    assert here.delete(f"{API}/account/sessions").status_code == 204
    assert {one.get(f"{API}/account").status_code for one in (there, third)} == {401}
    assert here.patch(f"{API}/account", json={"language": "de"}).json()["language"] == "de"


def test_accounts_are_made_and_changed_and_signed_out(site: WebSite, staffed: dict[str, str]) -> None:
    owner = signed_in(site, "o")
    made = owner.post(f"{API}/users", json={"name": "Ben", "role": "attendant", "password": PASSWORD})
    assert made.status_code == 201
    path = made.headers["location"]
    assert owner.post(f"{API}/users", json={"name": "BEN", "password": PASSWORD}).status_code == 422
    stale = {"If-Match": made.headers["etag"]}
    changed = owner.patch(path, json={"role": "viewer", "name": "Benno", "language": "de"}, headers=stale)
    assert (changed.json()["name"], changed.json()["role"], changed.json()["language"]) == ("benno", "viewer", "de")
    assert owner.patch(path, json={"role": "admin"}, headers=stale).status_code == 412
    ben = signed_in(site, "benno")
    assert owner.delete(f"{path}/sessions").status_code == 204
    assert ben.get(f"{API}/account").status_code == 401
    assert owner.post(f"{path}/password", json={"password": OTHER}).status_code == 204
    ben = signed_in(site, "benno", OTHER)
    assert owner.patch(path, json={"disabled": True}).json()["sessions"] == 0
    assert ben.get(f"{API}/account").status_code == 401
    assert owner.post(f"{path}/totp/remove").status_code == 204
    assert owner.delete(path).status_code == 204
    assert owner.get(path).status_code == 404
    actors = {one.event.actor for one in site.store.events.latest(5) if one.event.type is EventType.ACCOUNT_CHANGED}
    assert actors == {f"user:{staffed['o']}"}


def test_the_last_owner_stays_and_admins_leave_owners_alone(site: WebSite, staffed: dict[str, str]) -> None:
    owner, admin = signed_in(site, "o"), signed_in(site, "a")
    own, admins = f"{API}/users/{staffed['o']}", f"{API}/users/{staffed['a']}"
    for change in ({"role": "viewer"}, {"disabled": True}):
        assert owner.patch(own, json=change).status_code == 409
        assert admin.patch(own, json=change).status_code == 403
    assert owner.delete(own).status_code == 409
    assert admin.delete(own).status_code == 403
    assert admin.post(f"{own}/password", json={"password": OTHER}).status_code == 403
    assert admin.delete(f"{own}/sessions").status_code == 403
    assert admin.post(f"{API}/users", json={"name": "x", "role": "owner", "password": PASSWORD}).status_code == 403
    assert admin.patch(f"{API}/users/{staffed['v']}", json={"role": "owner"}).status_code == 403
    assert admin.patch(admins, json={"disabled": True}).status_code == 409
    assert owner.patch(admins, json={"role": "owner"}).json()["role"] == "owner"
    assert admin.patch(own, json={"role": "viewer"}).json()["role"] == "viewer"


def test_a_token_is_shown_once_and_works_until_it_is_deleted(site: WebSite, staffed: dict[str, str]) -> None:
    admin = signed_in(site, "a")
    made = admin.post(f"{API}/tokens", json={"name": "Backup", "role": "admin", "days": 30})
    assert made.status_code == 201
    secret, path = made.json()["secret"], made.headers["location"]
    assert made.json()["created_by"] == "a"
    program = site.anonymous(Authorization=f"Bearer {secret}")
    assert program.get(f"{API}/session").json()["kind"] == "token"
    shown = admin.get(f"{API}/tokens")
    assert secret not in shown.text
    assert shown.json()["items"][0]["last_used_at"] is not None
    assert program.post(f"{API}/tokens", json={"name": "another"}).status_code == 403
    assert program.post(f"{API}/users", json={"name": "x", "password": PASSWORD}).status_code == 403
    assert program.get(f"{API}/account").status_code == 403
    assert admin.get(path).json()["name"] == "Backup"
    assert admin.delete(path).status_code == 204
    assert program.get(f"{API}/session").status_code == 401
    assert admin.get(path).status_code == 404
    assert admin.post(f"{API}/tokens", json={"name": "x", "role": "owner"}).status_code == 422
    assert admin.post(f"{API}/tokens", json={"name": "x", "role": "kiosk"}).status_code == 422
    assert admin.post(f"{API}/tokens", json={"name": "x", "role": "kiosk", "door": "no"}).status_code == 404
