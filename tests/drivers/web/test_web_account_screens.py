"""The pages about accounts: who gets them, and where the others are sent."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from accounts_samples import account, cheap_site
from starlette.testclient import TestClient

from limen.web import tls
from web_site import WebSite

PAGE = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebSite]:
    found = cheap_site(tmp_path_factory.mktemp("screens"))
    yield found
    found.close()


def page(client: TestClient, path: str) -> tuple[int, str, str]:
    answer = client.get(path, headers=PAGE)
    return answer.status_code, answer.headers.get("location", ""), answer.text


def test_before_the_first_account_everything_leads_to_it(site: WebSite) -> None:
    client = site.anonymous()
    assert page(client, "/account")[:2] == (303, "/setup?next=/account")
    assert page(client, "/sign-in")[:2] == (303, "/setup")
    status, _, text = page(client, "/setup")
    assert status == 200
    assert "one-time code" in text
    assert site.site.setup_code not in text


def test_afterwards_everybody_signs_in_and_owners_go_on_setting_up(site: WebSite) -> None:
    account(site, "anna", "owner")
    client = site.anonymous()
    assert page(client, "/account")[:2] == (303, "/sign-in?next=/account")
    assert page(client, "/setup")[:2] == (303, "/sign-in?next=/setup")
    assert page(client, "/sign-in")[0] == 200
    owner, viewer = site.client("owner"), site.client("viewer")
    assert page(owner, "/sign-in")[:2] == (303, "/")
    assert page(viewer, "/setup")[:2] == (303, "/")
    status, _, text = page(owner, "/setup")
    assert status == 200
    assert 'data-step="privacy"' in text


def test_the_pages_show_what_there_is_and_no_secrets(site: WebSite) -> None:
    owner = site.client("owner")
    _, secret = site.store.tokens.add("Home Assistant", "viewer")
    status, _, text = page(owner, "/settings/users")
    assert (status, "anna" in text, "Your account" in text) == (200, True, True)
    status, _, text = page(owner, "/settings/tokens")
    assert (status, "Home Assistant" in text, secret in text) == (200, True, False)
    status, _, text = page(owner, "/account")
    assert (status, "This browser" in text, "Set up a second factor" in text) == (200, True, True)
    assert page(site.client("viewer"), "/settings/users")[0] == 403
    assert page(site.token("admin"), "/account")[0] == 403
    german = owner.get("/account", headers=PAGE | {"Accept-Language": "de"}).text
    assert "Zweiter Faktor" in german


def test_admins_are_offered_no_owner_and_cannot_change_one(site: WebSite) -> None:
    text = page(site.client("admin"), "/settings/users")[2]
    assert 'value="owner"' not in text
    assert 'value="viewer"' in text


def test_phones_get_the_certificate(site: WebSite) -> None:
    assert site.anonymous().get("/ca.crt").status_code == 404
    folder = tls.own_folder(site.desk.settings)
    tls.make(folder, [], datetime.now(UTC))
    answer = site.anonymous().get("/ca.crt")
    assert answer.headers["content-type"] == "application/x-x509-ca-cert"
    assert answer.content == tls.authority_certificate(folder)
    assert "/ca.crt" in page(site.anonymous(), "/sign-in")[2]
