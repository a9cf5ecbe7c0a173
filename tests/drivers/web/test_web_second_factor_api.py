"""Owners and admins without a second factor: from elsewhere they reach their own account, and nothing else."""

from datetime import timedelta
from pathlib import Path

import pytest
from accounts_samples import PASSWORD, account, cheap_site, code_of, signed_in

from limen.web import second_factor


def test_an_owner_sets_it_up_before_anything_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_factor, "GRACE", timedelta(0))  # as a day later
    site = cheap_site(tmp_path)
    account(site, "anna", "owner")
    account(site, "ben", "viewer")
    owner = signed_in(site, "anna")
    assert owner.get("/api/v1/session").json()["must_add_second_factor"] is True
    refused = owner.get("/api/v1/users")
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/second-factor-needed")
    sent = owner.get("/settings/users", headers={"Accept": "text/html"})
    assert (sent.status_code, sent.headers["location"]) == (303, "/account#second-factor")
    assert "Set up a second factor first" in owner.get("/account", headers={"Accept": "text/html"}).text
    begun = owner.post("/api/v1/account/totp", json={"password": PASSWORD}).json()
    owner.post("/api/v1/account/totp/confirm", json={"code": code_of(begun["secret"])})
    assert owner.get("/api/v1/users").status_code == 200
    assert signed_in(site, "ben").get("/api/v1/session").json()["must_add_second_factor"] is False
    site.close()
