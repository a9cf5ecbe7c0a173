"""``limen people``, in this process and with a real store."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from limen.audit.events import EventType
from limen.cli.app import app
from limen.errors import BadDataError, LimenError, UnknownPersonError
from limen.store import NewTemplate, PhotoSource, Store, TakenFrom, open_store
from limen.types import Embedding, ModelKey, Size


def photo(seed: int) -> NewTemplate:
    vector = np.random.default_rng(seed).normal(size=8).astype(np.float32)
    source = PhotoSource(f"{seed}.jpg", f"{seed:064x}", Size(640, 480), TakenFrom.FILE, {"sharpness": 3.5})
    return NewTemplate(Embedding(vector, ModelKey("a:model")), source)


@pytest.fixture
def data(data_dir: Path) -> Path:
    """A data folder with Anna, of whom there are two photos, and Ben, of whom there is one."""
    with open_store(data_dir, environment={}) as store:
        store.enrol("Anna", [photo(1), photo(2)])
        store.enrol("Ben", [photo(3)])
    return data_dir


def people(data: Path, *arguments: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(app, ["people", *arguments, "--data-dir", str(data)], input=answer)


def document(data: Path, *arguments: str) -> dict[str, Any]:
    result = people(data, *arguments, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def stored(data: Path) -> Store:
    return open_store(data, environment={}, create=False)


def events(data: Path) -> Sequence[tuple[EventType, str | None]]:
    with stored(data) as store:
        return [(record.event.type, record.event.reason) for record in store.events.latest(9)]


def failed(result: Result, error: type[LimenError], message: str) -> None:
    assert isinstance(result.exception, error)
    assert message in str(result.exception)
    assert result.stdout == ""


def test_list(data: Path) -> None:
    anna = {"person": "Anna", "disabled": False, "photos": 2, "templates": 2}
    ben = {"person": "Ben", "disabled": False, "photos": 1, "templates": 1}
    assert document(data, "list") == {"people": [anna, ben]}
    assert people(data, "list").stdout == "Anna: 2 photo(s), 2 template(s)\nBen: 1 photo(s), 1 template(s)\n"


def test_list_of_nobody(data_dir: Path) -> None:
    assert document(data_dir, "list") == {"people": []}
    assert people(data_dir, "list").stdout == "nobody is enrolled\n"


@pytest.mark.parametrize("command", ["show", "export"])
def test_all_that_is_kept_of_a_person_but_the_vectors(data: Path, command: str) -> None:
    shown = document(data, command, "Anna")
    assert (shown["person"], shown["disabled"]) == ("Anna", False)
    first = shown["photos"][0]
    assert (first["file"], first["width"], first["height"], first["taken_from"]) == ("1.jpg", 640, 480, "file")
    assert (first["sha256"], first["quality"], first["kept"]) == (f"{1:064x}", {"sharpness": 3.5}, False)
    assert [template["model"] for template in first["templates"]] == ["a:model"]
    assert "vector" not in json.dumps(shown)


def test_show_in_words(data: Path) -> None:
    assert people(data, "show", "Ben").stdout == "Ben: 1 photo(s), 1 template(s)\n  3.jpg, 640 × 480, models a:model\n"


def test_export_is_json_in_any_case(data: Path) -> None:
    assert json.loads(people(data, "export", "Ben").stdout) == document(data, "export", "Ben")


def test_rename(data: Path) -> None:
    assert document(data, "rename", "Anna", "Zoë") == {"person": "Zoë", "disabled": False}
    assert [person["person"] for person in document(data, "list")["people"]] == ["Ben", "Zoë"]
    assert events(data)[0] == (EventType.PERSON_CHANGED, "renamed")


@pytest.mark.parametrize(("name", "message"), [("Ben", "already somebody named 'Ben'"), ("", "1 to 200 characters")])
def test_a_name_that_cannot_be_had_changes_nothing(data: Path, name: str, message: str) -> None:
    failed(people(data, "rename", "Anna", name), BadDataError, message)
    assert {person["person"] for person in document(data, "list")["people"]} == {"Anna", "Ben"}
    assert EventType.PERSON_CHANGED not in [kind for kind, _ in events(data)]


def test_disable_and_enable(data: Path) -> None:
    assert document(data, "disable", "Anna") == {"person": "Anna", "disabled": True}
    assert people(data, "list").stdout.startswith("Anna (disabled): 2 photo(s)")
    with stored(data) as store:
        assert len(store.templates.load(ModelKey("a:model"))) == 1
    assert document(data, "enable", "Anna") == {"person": "Anna", "disabled": False}
    assert events(data)[:2] == [(EventType.PERSON_CHANGED, "enabled"), (EventType.PERSON_CHANGED, "disabled")]


def test_delete(data: Path) -> None:
    assert document(data, "delete", "Anna", "--yes") == {"deleted": "Anna"}
    assert [person["person"] for person in document(data, "list")["people"]] == ["Ben"]
    assert events(data)[0][0] is EventType.PERSON_DELETED


@pytest.mark.parametrize(("answer", "code", "left"), [("n\n", 1, ["Anna", "Ben"]), ("y\n", 0, ["Ben"])])
def test_delete_asks(data: Path, answer: str, code: int, left: list[str]) -> None:
    result = people(data, "delete", "Anna", "--json", answer=answer)
    assert result.exit_code == code
    assert "Delete Anna for good?" in result.stderr
    assert ('{"deleted": "Anna"}' in result.stdout) is (code == 0)
    assert [person["person"] for person in document(data, "list")["people"]] == left


@pytest.mark.parametrize(
    "command", [("show", "Cleo"), ("export", "Cleo"), ("rename", "Cleo", "Clio"), ("disable", "Cleo"),
                ("enable", "Cleo"), ("delete", "Cleo", "--yes")], ids=lambda command: command[0]
)  # fmt: skip
def test_somebody_who_is_not_there(data: Path, command: tuple[str, ...]) -> None:
    failed(people(data, *command), UnknownPersonError, "nobody is called 'Cleo'")
    assert UnknownPersonError.exit_code == 66


def test_names_are_compared_as_they_are_kept(data: Path) -> None:
    assert document(data, "show", " Anna ")["person"] == "Anna"
    failed(people(data, "show", "anna"), UnknownPersonError, "nobody is called 'anna'")
