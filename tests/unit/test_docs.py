"""What is documented exists, and what exists is documented."""

import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import BaseModel, SecretStr

from limen import errors
from limen.audit.events import EventType
from limen.cli.app import app
from limen.config import DoorConfig, Settings, load_settings
from limen.decision.levels import Level
from limen.decision.reasons import Reason
from limen.door.build_door import LOCK_DRIVERS
from limen.faces.quality import Flaw
from limen.matching.base import Method, Outcome
from limen.models.catalogue import load_catalogue
from limen.store import key

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
ROOT_OPTIONS = {"--json", "--data-dir", "--version", "--help"}
VARIABLES = {"LIMEN_SHARED", "LIMEN_", key.VARIABLE, key.FILE_VARIABLE}


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text("utf-8")


def section(text: str, title: str) -> str:
    """What stands between the heading ``title`` and the next."""
    return text.split(f"\n## {title}\n")[1].split("\n## ", maxsplit=1)[0]


def table(text: str) -> dict[str, list[str]]:
    """The rows of the tables in ``text``: the first cell, without its backticks, and the others."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:2] == "| "]
    return {first.strip("`"): others for first, *others in rows if first.startswith("`") or first.isdigit()}


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def leaves(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every command that does something, by its full name."""
    if not hasattr(command, "commands"):
        yield path, command
        return
    for name, below in command.commands.items():
        yield from leaves(below, f"{path} {name}")


def options(command: Any) -> dict[str, Any]:
    """Its options by name, but for those every command has."""
    found = [param for param in command.params if param.param_type_name == "option"]
    return {name: param for param in found for name in (*param.opts, *param.secondary_opts) if name != "--help"}


def settings(model: BaseModel, path: str) -> dict[str, object]:
    """Every value below ``model``, by its full name."""
    found: dict[str, object] = {}
    for name in type(model).model_fields:
        value = getattr(model, name)
        found |= settings(value, f"{path}.{name}") if isinstance(value, BaseModel) else {f"{path}.{name}": value}
    return found


def default_settings() -> dict[str, object]:
    """Every setting by its name, those of a door too, as the documentation writes them."""
    others = ("data_dir", "doors")
    sections = {name: field.default for name, field in Settings.model_fields.items() if name not in others}
    found = {path: value for name, model in sections.items() for path, value in settings(model, name).items()}
    return {name: written(value) for name, value in (found | settings(DoorConfig(), "doors.NAME")).items()}


def written(value: object) -> object:
    """A default as TOML has it; what has none is ``None``."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return list(value) if isinstance(value, tuple) else value


COMMANDS = dict(leaves(typer.main.get_command(app), "limen"))
HEADINGS = re.findall(r"^## `(limen .*)`$", page("commands.md"), re.MULTILINE)


def heading_of(command: str) -> str:
    """The heading that begins with a command, and goes on with its arguments."""
    (found,) = [heading for heading in HEADINGS if f"{heading} ".startswith(f"{command} ")]
    return found


class TestCommands:
    def test_each_has_a_section(self) -> None:
        documented = [" ".join(word for word in heading.split() if word.islower()) for heading in HEADINGS]
        assert sorted(documented) == sorted(COMMANDS)

    @pytest.mark.parametrize("name", COMMANDS)
    def test_arguments(self, name: str) -> None:
        arguments = [param for param in COMMANDS[name].params if param.param_type_name == "argument"]
        assert heading_of(name).removeprefix(name).split() == [param.metavar for param in arguments]

    @pytest.mark.parametrize("name", COMMANDS)
    def test_options(self, name: str) -> None:
        documented = {}
        for names, (meaning,) in table(section(page("commands.md"), f"`{heading_of(name)}`")).items():
            documented |= dict.fromkeys(re.findall(r"--[a-z-]+", names), meaning)
        known = options(COMMANDS[name])
        assert set(documented) == set(known)
        required = {option for option, meaning in documented.items() if meaning.endswith("; required")}
        assert required == {option for option, param in known.items() if param.required}

    @pytest.mark.parametrize("choice", [*Method, *LOCK_DRIVERS, *Level])
    def test_choices(self, choice: str) -> None:
        assert f"`{choice}`" in page("commands.md")

    def test_options_of_every_command(self) -> None:
        documented = set(table(section(page("commands.md"), "Options of every command")))
        assert documented == ROOT_OPTIONS == {*options(typer.main.get_command(app)), "--help"}

    def test_exit_codes(self) -> None:
        raised = {e.exit_code for e in vars(errors).values() if isinstance(e, type) and issubclass(e, Exception)}
        documented = {int(code) for code in table(section(page("commands.md"), "Exit codes"))}
        assert documented == raised | {0, 1, 2, 130}


class TestSettings:
    def test_each_has_a_row_with_its_default(self) -> None:
        rows = {name: cells for name, cells in table(page("settings.md")).items() if "." in name}
        told = {name: cells[0].strip("`") for name, cells in rows.items()}
        read = {name: tomllib.loads(f"it = {text}")["it"] if text else None for name, text in told.items()}
        assert read == default_settings()

    def test_the_data_folder_and_the_key(self) -> None:
        others = {name for name in table(page("settings.md")) if "." not in name}
        assert others == {"data_dir", key.VARIABLE, key.FILE_VARIABLE}

    def test_the_example_is_accepted(self, tmp_path: Path) -> None:
        (example,) = blocks(page("settings.md"), "toml")
        (tmp_path / "config.toml").write_text(example, "utf-8")
        settings = load_settings(tmp_path)
        assert settings.door.open_s == 4.0
        assert settings.doors["front"].gpio.relay_pin == 17

    @pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
    def test_variables_exist(self, path: Path) -> None:
        names = (*default_settings(), "data_dir", "doors")
        known = {f"LIMEN_{name.upper().replace('.', '__')}" for name in names} | VARIABLES
        assert set(re.findall(r"\bLIMEN_[A-Z_]*", path.read_text("utf-8"))) <= known


class TestReasons:
    def test_each_reason_in_its_own_words(self) -> None:
        title = "Why a door opened or stayed shut"
        expected = {str(reason): [reason.for_visitor, reason.for_operator] for reason in Reason}
        assert table(section(page("reasons.md"), title)) == expected

    @pytest.mark.parametrize(
        ("title", "known"),
        [
            ("Events", EventType),
            ("What `limen verify` and `limen identify` say", Outcome),
            ("What can be wrong with a face", Flaw),
        ],
    )
    def test_each_has_a_row(self, title: str, known: type[EventType | Outcome | Flaw]) -> None:
        assert set(table(section(page("reasons.md"), title))) == {str(one) for one in known}


class TestModels:
    def test_each_has_a_row_with_task_licence_and_size(self) -> None:
        rows = table(page("models.md").split("\n## ")[0])
        entries = load_catalogue().entries
        assert {name: cells[:2] for name, cells in rows.items()} == {e.id: [e.task, e.licence] for e in entries}
        for entry in entries:
            if all(file.bytes for file in entry.files):
                megabytes = sum(file.bytes or 0 for file in entry.files) / 1e6
                assert float(rows[entry.id][2].removesuffix(" MB")) == pytest.approx(megabytes, abs=0.5), entry.id

    def test_the_example_is_accepted(self, tmp_path: Path) -> None:
        (example,) = blocks(page("models.md"), "toml")
        (tmp_path / "ours.toml").write_text(example, "utf-8")
        assert load_catalogue([tmp_path / "ours.toml"]).entry("ours").output is not None


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
class TestPages:
    def test_command_lines_are_accepted(self, path: Path) -> None:
        for line in "".join(blocks(path.read_text("utf-8"), "sh")).splitlines():
            words = shlex.split(line, comments=True)
            while words and "=" in words[0]:
                words.pop(0)
            if words and words[0] == "limen":
                accept([word for word in words if word != "--json"])

    def test_make_targets_exist(self, path: Path) -> None:
        (known,) = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
        assert set(re.findall(r"(?:^|`)make ([a-z]+)", path.read_text("utf-8"), re.MULTILINE)) <= set(known.split())

    def test_commands_in_the_text_exist(self, path: Path) -> None:
        for words in re.findall(r"`limen ([a-z]+(?:[ -][a-z]+)*)", path.read_text("utf-8")):
            named = f"limen {words.strip()}"
            assert any(f"{named} ".startswith(f"{c} ") or c.startswith(f"{named} ") for c in COMMANDS), named

    def test_json_is_json(self, path: Path) -> None:
        for block in blocks(path.read_text("utf-8"), "json"):
            assert isinstance(json.loads(block), dict)

    def test_links_lead_somewhere(self, path: Path) -> None:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text("utf-8")):
            assert (path.parent / target).exists(), target


def accept(words: list[str]) -> None:
    """Parse a command line as the program would, without running it."""
    command = typer.main.get_command(app)
    rest = words[1:]
    while hasattr(command, "commands"):
        command = command.commands[rest.pop(0)]
    command.make_context(words[0], rest)


def test_a_command_line_that_is_wrong_is_noticed() -> None:
    with pytest.raises(Exception, match="No such option: --camra"):
        accept(["limen", "door", "run", "front", "--camra", "0"])
