"""``limen backup`` and ``limen restore``, in this process and with a real store."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from limen.cli.app import app
from limen.errors import BadDataError, ConfigError, NoInputError
from limen.store import open_store


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with open_store(tmp_path / "data", environment={}) as store:
        store.people.add("Anna")
        store.enrol("Ben", [])
    return tmp_path / "data"


def limen(data: Path, *arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments), "--json", "--data-dir", str(data)])


def restorable(data: Path) -> Path:
    new = data.with_name("new")
    new.mkdir()
    shutil.copy(data / "template.key", new)
    return new


def test_backup_and_restore(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "limen.backup"
    done = limen(data, "backup", file)
    assert done.exit_code == 0
    assert json.loads(done.stdout) == {
        "file": str(file),
        "people": 2,
        "events": 1,
        "bytes": file.stat().st_size,
        "keys": str(tmp_path / "people.keys"),
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
    }
    new = restorable(data)
    restored = limen(new, "restore", file)
    assert restored.exit_code == 0
    assert json.loads(restored.stdout) == {"people": 2, "erased": 0, "events": 1, "files": []}
    assert [person["person"] for person in json.loads(limen(new, "people", "list").stdout)["people"]] == ["Anna", "Ben"]


def test_who_was_erased_since_is_told(data: Path, tmp_path: Path) -> None:
    limen(data, "backup", tmp_path / "limen.backup")
    limen(data, "people", "delete", "Anna", "--yes")
    told = CliRunner().invoke(app, ["restore", str(tmp_path / "limen.backup"), "--data-dir", str(restorable(data))])
    assert told.stdout == "1 people, 1 events; 1 people were erased since\n"


@pytest.mark.parametrize("before", [True, False])
def test_force_overwrites(data: Path, tmp_path: Path, before: bool) -> None:
    file = tmp_path / "limen.backup"
    assert limen(data, "backup", file).exit_code == 0
    refused = limen(data, "backup", file)
    assert isinstance(refused.exception, BadDataError)
    assert "--force" in str(refused.exception)
    assert limen(data, "backup", *(("--force", file) if before else (file, "--force"))).exit_code == 0


def test_keys_are_rewritten_once_they_can_be_reached(data: Path, tmp_path: Path) -> None:
    assert json.loads(limen(data, "backup", "keys").stdout) == {"copies": [], "complete": True, "pending": []}
    limen(data, "backup", tmp_path / "limen.backup")
    keys, away = tmp_path / "people.keys", tmp_path / "away"
    keys.rename(away)
    assert limen(data, "people", "delete", "Anna", "--yes").exit_code == 1
    pending = limen(data, "backup", "keys")
    assert (pending.exit_code, json.loads(pending.stdout)["pending"]) == (1, [str(keys)])
    away.rename(keys)
    done = limen(data, "backup", "keys")
    assert (done.exit_code, json.loads(done.stdout)) == (0, {"copies": [str(keys)], "complete": True, "pending": []})
    forgotten = limen(data, "backup", "keys", "--forget", keys)
    assert json.loads(forgotten.stdout)["copies"] == []
    assert isinstance(limen(data, "backup", "keys", "--forget", keys).exception, NoInputError)


def test_what_is_missing_is_told(data: Path, tmp_path: Path) -> None:
    assert isinstance(limen(tmp_path / "empty", "backup", tmp_path / "limen.backup").exception, NoInputError)
    limen(data, "backup", tmp_path / "limen.backup")
    assert isinstance(limen(tmp_path / "empty", "restore", tmp_path / "limen.backup").exception, ConfigError)
    assert isinstance(limen(data, "restore", tmp_path / "limen.backup").exception, BadDataError)
