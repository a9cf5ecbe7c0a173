"""``limen cards`` and ``limen pins``, in this process and with a real store."""

import json
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from typer.testing import CliRunner, Result

from limen.cli import cards
from limen.cli.context import Context
from limen.credentials.card import CardNumber, from_facility
from limen.credentials.pin import PinCheck, PinHasher
from limen.errors import BadDataError, LimenError, NoInputError, UnknownNameError, UnknownPersonError
from limen.store import Store, open_store

KEY = from_facility(12, 345).key
root = typer.Typer(pretty_exceptions_enable=False)
root.add_typer(cards.app, name="cards")
root.add_typer(cards.pins_app, name="pins")


@root.callback()
def options(
    ctx: typer.Context,
    data_dir: Annotated[Path, typer.Option("--data-dir")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    ctx.obj = Context(as_json, data_dir)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with Ann and Ben, on a site in Berlin."""
    with open_store(tmp_path, environment={}) as store:
        store.people.add("Ann")
        store.people.add("Ben")
    (tmp_path / "config.toml").write_text('[site]\ntime_zone = "Europe/Berlin"\n')
    return tmp_path


def limen(data: Path, *arguments: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(root, ["--data-dir", str(data), *arguments], input=answer)


def document(data: Path, *arguments: str, answer: str | None = None) -> dict[str, Any]:
    result = CliRunner().invoke(root, ["--json", "--data-dir", str(data), *arguments], input=answer)
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def error(result: Result) -> LimenError:
    assert isinstance(result.exception, LimenError)
    return result.exception


def stored(data: Path) -> Store:
    return open_store(data, environment={})


@pytest.mark.parametrize(
    ("how", "card"),
    [
        (["--facility", "12", "--card", "345"], from_facility(12, 345)),
        (["--number", "012,00345"], from_facility(12, 345)),
        (["--number", "01200345", "--format", "wiegand26"], from_facility(12, 345)),
        (["--number", KEY], from_facility(12, 345)),
        (["--number", "04a1b2c3d4e5f6"], CardNumber(56, 0x04A1B2C3D4E5F6)),
        (["--number", "0012345678", "--format", "decimal"], CardNumber(32, 12345678)),
        (["--number", "01200345", "--format", "hex"], CardNumber(32, 0x01200345)),
    ],
)
def test_a_card_is_added_however_it_is_written(data: Path, how: list[str], card: CardNumber) -> None:
    found = document(data, "cards", "add", "Ann", *how)
    assert found.pop("created_at")
    assert found == {
        "person": "Ann", "card": card.key, "facility": card.facility, "number": card.number, "disabled": False,
        "valid_until": None,
    }  # fmt: skip
    with stored(data) as store:
        holder = store.credentials.holder(card)
        assert holder is not None
        assert store.people.get(holder.person).name == "Ann"


def test_the_last_day_of_a_card_is_the_sites(data: Path) -> None:
    found = document(data, "cards", "add", "Ann", "--number", KEY, "--until", "2026-12-31")
    assert found["valid_until"] == "2026-12-31T23:00:00+00:00"


@pytest.mark.parametrize(
    "how", [[], ["--facility", "1"], ["--card", "1"], ["--number", "abcd", "--facility", "1", "--card", "1"],
            ["--number", "abcd", "--format", "braille"]]
)  # fmt: skip
def test_usage_that_is_wrong(data: Path, how: list[str]) -> None:
    result = limen(data, "cards", "add", "Ann", *how)
    assert (result.exit_code, result.stdout) == (2, "")


def test_a_card_that_somebody_has(data: Path) -> None:
    document(data, "cards", "add", "Ann", "--number", KEY)
    refused = error(limen(data, "cards", "add", "Ben", "--number", KEY))
    assert isinstance(refused, BadDataError)
    assert "is Ann's already" in str(refused)


def test_cards_are_listed_by_person(data: Path) -> None:
    assert document(data, "cards", "list") == {"cards": []}
    assert limen(data, "cards", "list").stdout == "there are no cards\n"
    for person, number in (("Ben", "32:00000001"), ("Ann", "32:00000002"), ("Ann", KEY)):
        document(data, "cards", "add", person, "--number", number)
    listed = [(card["person"], card["card"]) for card in document(data, "cards", "list")["cards"]]
    assert listed == [("Ann", "32:00000002"), ("Ann", KEY), ("Ben", "32:00000001")]
    assert limen(data, "cards", "list", "--person", "Ben").stdout == "Ben: 32:00000001\n"
    assert f"Ann: {KEY} (facility 12, number 345)\n" in limen(data, "cards", "list").stdout
    assert isinstance(error(limen(data, "cards", "list", "--person", "Cem")), UnknownPersonError)


def test_a_card_is_switched_off_and_on_and_removed(data: Path) -> None:
    document(data, "cards", "add", "Ann", "--number", KEY)
    assert document(data, "cards", "off", KEY)["disabled"] is True
    assert "off" in limen(data, "cards", "list").stdout
    assert document(data, "cards", "on", "012,00345")["disabled"] is False
    assert document(data, "cards", "remove", KEY) == {"person": "Ann", "removed": KEY}
    for command in ("off", "on", "remove"):
        assert isinstance(error(limen(data, "cards", command, KEY)), UnknownNameError)


def test_pins_from_a_script(data: Path) -> None:
    found = document(data, "pins", "set", "Ann", "--duress", "--stdin", answer="2580\r\n1379\r\n")
    assert found == {"person": "Ann", "number": found["number"], "duress": True}
    with stored(data) as store:
        record = store.credentials.pin_of(found["number"])
    assert record is not None
    hasher = PinHasher()
    answers = [hasher.check(pin, record.pin_hash, record.duress_hash) for pin in ("2580", "1379")]
    assert answers == [PinCheck.RIGHT, PinCheck.DURESS]


def test_pins_are_asked_for_twice_and_never_shown(data: Path) -> None:
    result = limen(data, "pins", "set", "Ann", "--number", "42", answer="2580\n2581\n2580\n2580\n")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "Ann: the PIN was set; the number to type before it is 42"
    assert "258" not in result.output
    with stored(data) as store:
        assert store.credentials.pin_of("42") is not None


@pytest.mark.parametrize(
    ("lines", "kind"),
    [("1234\n", NoInputError), ("1234\n2580\n", BadDataError), ("2580\n2580\n", BadDataError), ("", NoInputError)],
)
def test_pins_that_are_refused_are_not_repeated(data: Path, lines: str, kind: type[LimenError]) -> None:
    refused = error(limen(data, "pins", "set", "Ann", "--duress", "--stdin", answer=lines))
    assert isinstance(refused, kind)
    assert "2580" not in str(refused)
    assert isinstance(error(limen(data, "pins", "remove", "Ann")), UnknownNameError)


def test_a_pin_is_removed(data: Path) -> None:
    document(data, "pins", "set", "Ann", "--number", "42", "--stdin", answer="2580\n")
    assert document(data, "pins", "remove", "Ann") == {"person": "Ann", "removed": True}
    with stored(data) as store:
        assert store.credentials.pin_of("42") is None
