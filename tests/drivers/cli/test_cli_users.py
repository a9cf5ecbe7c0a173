"""``limen users`` and ``limen tls``, in this process and with a real store."""

import json
from pathlib import Path

from typer.testing import CliRunner, Result

from limen.cli.app import app
from limen.errors import BadDataError, ConfigError, NoInputError, UnavailableError, UnknownNameError
from limen.store import open_store
from limen.web.passwords import Passwords

PASSWORD = "blue umbrella tuba"


def limen(data: Path, *arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(app, [*arguments, "--json", "--data-dir", str(data)], input=typed)


def test_accounts_are_made_and_given_new_passwords(tmp_path: Path) -> None:
    told = limen(tmp_path, "users", "add", "Anna", "--role", "owner", "--password-stdin", typed=f"{PASSWORD}\n")
    assert json.loads(told.stdout) == {
        "name": "anna", "role": "owner", "totp": False, "disabled": False, "signed_in_at": None
    }  # fmt: skip
    weak = limen(tmp_path, "users", "reset-password", "anna", "--password-stdin", typed="password12\n")
    assert isinstance(weak.exception, BadDataError)
    told = limen(tmp_path, "users", "reset-password", "anna", "--password-stdin", typed="seven quiet ferries\n")
    assert json.loads(told.stdout)["ended"] == 0
    with open_store(tmp_path, environment={}) as store:
        user = store.users.find("anna")
    assert user is not None
    assert Passwords().fits("seven quiet ferries", user.password_hash)
    assert isinstance(limen(tmp_path, "users", "add", "anna", "--password-stdin").exception, BadDataError)
    assert isinstance(limen(tmp_path, "users", "add", "ben", "--role", "boss").exception, BadDataError)
    assert isinstance(limen(tmp_path, "users", "add", "ben", typed=PASSWORD).exception, BadDataError)


def test_accounts_are_changed_and_the_last_owner_stays(tmp_path: Path) -> None:
    with open_store(tmp_path, environment={}) as store:
        owner = store.users.add("anna", "owner", "hash")
        store.users.add("ben", "viewer", "hash")
        store.users.set_totp(owner.id, bytes(20))
        store.users.confirm_totp(owner.id, 1)
    assert [one["totp"] for one in json.loads(limen(tmp_path, "users", "list").stdout)["users"]] == [True, False]
    assert json.loads(limen(tmp_path, "users", "reset-totp", "Anna").stdout)["totp"] is False
    assert json.loads(limen(tmp_path, "users", "disable", "ben").stdout)["disabled"] is True
    assert json.loads(limen(tmp_path, "users", "enable", "ben").stdout)["disabled"] is False
    for command in (("disable", "anna"), ("delete", "anna"), ("role", "anna", "viewer")):
        assert isinstance(limen(tmp_path, "users", *command).exception, BadDataError)
    assert json.loads(limen(tmp_path, "users", "role", "ben", "owner").stdout)["role"] == "owner"
    assert limen(tmp_path, "users", "delete", "anna").exit_code == 0
    assert isinstance(limen(tmp_path, "users", "delete", "anna").exception, UnknownNameError)
    assert (
        "ben: owner; never signed in" in CliRunner().invoke(app, ["users", "list", "--data-dir", str(tmp_path)]).stdout
    )


def test_certificates_are_made_shown_and_renewed(tmp_path: Path) -> None:
    assert isinstance(limen(tmp_path, "tls", "show").exception, NoInputError)
    (tmp_path / "config.toml").write_text('[web]\npublic_url = "https://door.example.com:8300"\n', "utf-8")
    made = json.loads(limen(tmp_path, "tls", "init", "--name", "limen.lan").stdout)
    assert made["new_authority"] is True
    assert {"limen.lan", "door.example.com", "localhost"} <= set(made["server"]["names"])
    shown = CliRunner().invoke(app, ["tls", "show", "--data-dir", str(tmp_path)]).stdout
    assert made["authority"]["sha256"] in shown
    assert "https://door.example.com:8300/ca.crt" in shown
    assert json.loads(limen(tmp_path, "tls", "init").stdout)["authority"] == made["authority"]


def test_serving_fails_clearly_where_it_cannot_begin(tmp_path: Path) -> None:
    served = limen(tmp_path, "serve", "--listen", "nonsense")
    assert isinstance(served.exception, ConfigError)
    served = limen(tmp_path, "serve", "--listen", "192.0.2.99:8300")
    assert isinstance(served.exception, UnavailableError)
    (tmp_path / "config.toml").write_text('[web]\ncertificate_file = "/no.crt"\nkey_file = "/no.key"\n', "utf-8")
    served = limen(tmp_path, "serve", "--listen", "127.0.0.1:0")
    assert isinstance(served.exception, ConfigError)
    assert "/no.crt" in str(served.exception)
