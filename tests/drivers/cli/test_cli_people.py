"""``limen people``, in this process and with a real store."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from limen.audit.events import AuditEvent, EventType
from limen.cli.app import app
from limen.credentials.card import CardNumber
from limen.errors import BadDataError, LimenError, UnknownPersonError
from limen.store import NewTemplate, PhotoSource, Store, TakenFrom, open_store
from limen.store.invitations import InvitationKind
from limen.store.records import LabelKind
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
    told, plain = document(data, "export", "Ben"), json.loads(people(data, "export", "Ben").stdout)
    assert [event["type"] for event in told["events"]] == ["person.enrolled", "person.exported"]
    assert [event["type"] for event in plain["events"]] == ["person.enrolled", "person.exported", "person.exported"]
    assert {**plain, "events": told["events"]} == told


def test_export_is_everything_about_one_person_and_nothing_of_others(data: Path) -> None:
    now = datetime.now(UTC)
    (data / "config.toml").write_text('[doors.front]\ncamera = "0"\npurpose = "entry to the harbour"\n')
    with stored(data) as store:
        anna, ben = store.people.all()
        for person, number in ((anna, "111222"), (ben, "333444")):
            store.credentials.add_card(person.id, CardNumber(26, int(number)))
            store.credentials.set_pin(person.id, number, "4711", "8052")
            store.presence.entered(person.id, "vault", now)
            store.consents.give(person.id, f"text {number}")
            store.people.entered(person.id, now)
            event = AuditEvent(EventType.ACCESS_GRANTED, now, door="front", person=person.id, reason="matched")
            visit = store.crops.append(event, b"a picture", now + timedelta(days=1))
            store.labels.set(visit, LabelKind.IS, person.id, "user:1")
            store.invitations.add(InvitationKind.ENROL, person=person.id, expires_at=now + timedelta(days=1))
        store.people.set_validity(anna.id, None, now + timedelta(days=9))
        hashes = store.credentials.pin_of("111222")
        assert hashes is not None
    told = document(data, "export", "Anna")
    assert told["cards"][0]["card"] == CardNumber(26, 111222).key
    assert (told["pin_number"], told["last_entry_at"]) == ("111222", now.isoformat())
    assert told["valid_until"] == (now + timedelta(days=9)).isoformat()
    assert [consent["version"] for consent in told["consents"]] == ["text 111222"]
    assert told["inside"] == [{"zone": "vault", "since": now.isoformat()}]
    assert told["purposes"] == {"front": "entry to the harbour"}
    granted = [event for event in told["events"] if event["type"] == "access.granted"]
    assert [(event["door"], event["reason"]) for event in granted] == [("front", "matched")]
    assert [crop["event"] for crop in told["crops"]] == [granted[0]["sequence"]]
    assert [(label["event"], label["kind"]) for label in told["labels"]] == [(granted[0]["sequence"], "is")]
    assert [one["used_at"] for one in told["invitations"]] == [None]
    text = json.dumps(told)
    for other in ("Ben", ben.id, "333444", CardNumber(26, 333444).key, hashes.pin_hash, "$argon2"):
        assert other not in text


def test_consent_and_its_withdrawal(data: Path) -> None:
    assert document(data, "consent", "Anna", "--version", "2") == {"person": "Anna", "consent": "2"}
    withdrawn = document(data, "consent", "Anna", "--withdrawn", "--yes")
    assert withdrawn == {"person": "Anna", "consent": None, "complete": True, "pending": []}
    shown = document(data, "show", "Anna")
    assert (shown["faceless"], shown["photos"]) == (True, [])
    assert events(data)[0] == (EventType.PERSON_CHANGED, "consent_withdrawn")


@pytest.mark.parametrize("options", [(), ("--version", "1", "--withdrawn")])
def test_consent_needs_to_know_which(data: Path, options: tuple[str, ...]) -> None:
    assert people(data, "consent", "Anna", *options).exit_code == 2


def test_withdrawal_asks(data: Path) -> None:
    result = people(data, "consent", "Anna", "--withdrawn", answer="n\n")
    assert result.exit_code == 1
    assert "Delete all templates and photos of Anna?" in result.stderr
    assert len(document(data, "show", "Anna")["photos"]) == 2


def test_unused_people_are_shown_and_deleted_when_asked(data: Path) -> None:
    assert document(data, "unused") == {"days": 1095, "unused": [], "deleted": False, "pending": []}
    (data / "config.toml").write_text("[privacy]\nunused_days = 30\n")
    with stored(data) as store:
        anna, ben = store.people.all()
        store.people.entered(ben.id, datetime.now(UTC) - timedelta(days=31))
    assert document(data, "unused")["unused"] == ["Ben"]
    assert people(data, "unused", "--delete", answer="n\n").exit_code == 1
    assert document(data, "unused", "--delete", "--yes")["unused"] == ["Ben"]
    with stored(data) as store:
        assert [person.id for person in store.people.all()] == [anna.id]


def test_delete_says_which_copy_of_keys_still_holds_the_person(data: Path, tmp_path: Path) -> None:
    with stored(data) as store:
        keys = store.backups.make(tmp_path / "limen.backup").keys
    keys.rename(tmp_path / "away")
    result = people(data, "delete", "Anna", "--yes", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {"deleted": "Anna", "complete": False, "pending": [str(keys)]}
    assert f"{keys} may still hold something" in result.stderr
    assert "limen backup keys" in result.stderr


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
    assert document(data, "delete", "Anna", "--yes") == {"deleted": "Anna", "complete": True, "pending": []}
    assert [person["person"] for person in document(data, "list")["people"]] == ["Ben"]
    assert events(data)[0][0] is EventType.PERSON_DELETED


@pytest.mark.parametrize(("answer", "code", "left"), [("n\n", 1, ["Anna", "Ben"]), ("y\n", 0, ["Ben"])])
def test_delete_asks(data: Path, answer: str, code: int, left: list[str]) -> None:
    result = people(data, "delete", "Anna", "--json", answer=answer)
    assert result.exit_code == code
    assert "Delete Anna for good?" in result.stderr
    assert ('{"deleted": "Anna"' in result.stdout) is (code == 0)
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
