"""The commented example holds every setting, once, at its default.

A line that begins with ``#`` and no space is a setting, or the head of a section: without its ``#`` it is TOML. Where
"no default" stands in the words above a setting, its value is an example.
"""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel, SecretStr

from limen.config import DoorConfig, Settings, load_settings

EXAMPLE = Path(__file__).parents[2] / "docs" / "config.example.toml"
DOOR = "doors.front"


def uncommented(text: str) -> str:
    return re.sub(r"^#(?=[^ \n])", "", text, flags=re.MULTILINE)


def defaults(model: BaseModel, path: str = "") -> Iterator[tuple[str, object]]:
    """Every key below ``model``, by its full name, and its default."""
    for name, value in model:
        if isinstance(value, BaseModel):
            yield from defaults(value, f"{path}{name}.")
        elif name not in ("data_dir", "doors"):
            yield f"{path}{name}", _plain(value)


def _plain(value: object) -> object:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return list(value) if isinstance(value, tuple) else value


def told(text: str) -> Iterator[tuple[str, object, str]]:
    """Every setting of the example by its full name, its value, and the words right above it."""
    section, words = "", ""
    for line in text.splitlines():
        if head := re.fullmatch(r"#?\[([a-z.]+)\]", line):
            section, words = head[1], ""
        elif setting := re.fullmatch(r"#([a-z_.]+) = (.+)", line):
            yield f"{section}.{setting[1]}", tomllib.loads(f"it = {setting[2]}")["it"], words
            words = ""
        else:
            assert line in ("", "#") or line.startswith("# "), line
            words += line


@pytest.fixture
def example() -> str:
    return EXAMPLE.read_text("utf-8")


def expected() -> dict[str, object]:
    return dict(defaults(Settings())) | dict(defaults(DoorConfig(), f"{DOOR}."))


def test_every_setting_stands_there_once(example: str) -> None:
    names = [name for name, _, _ in told(example)]
    assert sorted(names) == sorted(expected())


def test_every_value_is_the_default_or_said_to_be_an_example(example: str) -> None:
    for name, value, words in told(example):
        default = expected()[name]
        assert ("no default" in words) == (default is None), name
        assert default is None or value == default, name


def test_as_it_is_it_changes_nothing(example: str, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(example, "utf-8")
    assert load_settings(tmp_path).model_dump() == Settings(data_dir=tmp_path).model_dump()


def test_all_of_it_is_accepted_without_the_signs(example: str, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(uncommented(example), "utf-8")
    loaded = load_settings(tmp_path)
    found = dict(defaults(loaded)) | dict(defaults(loaded.doors["front"], f"{DOOR}."))
    given = {name: value for name, value, _ in told(example)}
    shown = {name: str(value) if isinstance(value, Path) else value for name, value in found.items()}
    assert shown == given
