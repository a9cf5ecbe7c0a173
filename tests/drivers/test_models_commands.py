"""``limen models`` as people type it."""

import hashlib
import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from limen.cli.models import app
from limen.config import Settings, load_settings
from limen.errors import ConfigError, ModelError


@dataclass(frozen=True)
class FakeContext:
    """What the root command hands down."""

    data_dir: Path
    settings: Settings
    json: bool = True


@pytest.fixture
def context(tmp_path: Path) -> FakeContext:
    """A data folder whose configuration names a catalogue with one model of the user's."""
    data = tmp_path / "data"
    data.mkdir()
    (tmp_path / "mine.onnx").write_bytes(b"weights")
    digest = hashlib.sha256(b"weights").hexdigest()
    (tmp_path / "mine.toml").write_text(
        f"""
[[models]]
id = "mine"
task = "detection"
licence = "MIT"
source = "https://example.org"
input = {{ colour = "rgb", mean = [0, 0, 0], scale = 1 }}
accuracy = {{ result = "unknown", reference = "none" }}
files = [{{ name = "mine.onnx", sha256 = "{digest}", path = "mine.onnx" }}]
""",
        "utf-8",
    )
    (data / "config.toml").write_text(f'[models]\ncatalogues = ["{tmp_path / "mine.toml"}"]\n', "utf-8")
    return FakeContext(data, load_settings(data))


def run(context: FakeContext, *arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, obj=context)


def document(result: Result) -> dict[str, Any]:
    read = json.loads(result.stdout)
    assert isinstance(read, dict)
    return read


def test_list_tells_what_is_ready_and_in_use(context: FakeContext) -> None:
    result = run(context, "list")
    assert result.exit_code == 0
    rows = {row["id"]: row for row in document(result)["models"]}
    assert rows["mtcnn"]["status"] == rows["mine"]["status"] == "ready"
    assert rows["sface"]["status"] == "not downloaded"
    assert rows["sface"]["bytes"] == 38696353
    assert rows["minifasnet-v2"]["bytes"] is None
    assert {name for name, row in rows.items() if row["in_use"]} == {"mtcnn", "dlib-resnet"}
    lines = run(FakeContext(context.data_dir, context.settings, json=False), "list").stdout.splitlines()
    assert any(line.startswith("* dlib-resnet") for line in lines)
    assert any(line.startswith("  arcface-r50") and "non-commercial" in line for line in lines)


def test_pull_converts_and_tells_the_digest(context: FakeContext) -> None:
    result = run(context, "pull", "mtcnn", "mine")
    assert result.exit_code == 0
    pulled = document(result)["pulled"]
    assert [one["model"] for one in pulled] == ["mtcnn", "mine"]
    assert all(len(one["digest"]) == 64 for one in pulled)
    assert list((context.data_dir / "models").glob("mtcnn-*/pnet.onnx"))


def test_pull_of_an_unknown_model_fails(context: FakeContext) -> None:
    result = run(context, "pull", "facenet")
    assert isinstance(result.exception, ModelError)
    assert result.stdout == ""


def test_verify_finds_one_changed_byte_and_repairs_it(context: FakeContext) -> None:
    run(context, "pull", "mtcnn")
    assert run(context, "verify").exit_code == 0
    (path,) = (context.data_dir / "models").glob("mtcnn-*/rnet.onnx")
    path.write_bytes(path.read_bytes()[:-1])

    result = run(context, "verify")
    assert result.exit_code == 1
    read = document(result)
    assert read["ok"] is False
    assert [model["model"] for model in read["models"] if not model["ok"]] == ["mtcnn"]
    assert {"mtcnn", "dlib-resnet", "mine"} == {model["model"] for model in read["models"]}

    result = run(context, "verify", "mtcnn", "--repair")
    assert result.exit_code == 0
    assert document(result)["ok"] is True


def test_verify_says_when_a_model_in_use_is_not_there(context: FakeContext) -> None:
    (context.data_dir / "config.toml").write_text('[models]\nembedding = "sface"\n', "utf-8")
    result = run(FakeContext(context.data_dir, load_settings(context.data_dir)), "verify")
    assert result.exit_code == 1
    assert [model["model"] for model in document(result)["models"] if not model["ok"]] == ["sface"]


def test_verify_refuses_settings_that_name_an_unknown_model(context: FakeContext) -> None:
    (context.data_dir / "config.toml").write_text('[models]\ndetection = "nothing"\n', "utf-8")
    result = run(FakeContext(context.data_dir, load_settings(context.data_dir)), "verify")
    assert isinstance(result.exception, ModelError)


def test_use_writes_the_choice_and_warns_of_templates(context: FakeContext) -> None:
    result = run(context, "use", "mine")
    assert result.exit_code == 0
    assert document(result)["task"] == "detection"
    assert "enrolled again" not in result.stderr
    result = run(context, "use", "dlib-resnet")
    assert "enrolled again" in result.stderr
    models = tomllib.loads((context.data_dir / "config.toml").read_text("utf-8"))["models"]
    assert (models["detection"], models["embedding"]) == ("mine", "dlib-resnet")
    assert load_settings(context.data_dir).models.detection == "mine"
    assert sorted(path.name for path in context.data_dir.iterdir()) == ["config.toml", "models"]


def test_use_refuses_what_is_not_there_and_changes_nothing(context: FakeContext) -> None:
    before = (context.data_dir / "config.toml").read_bytes()
    result = run(context, "use", "sface")
    assert isinstance(result.exception, ModelError)
    assert "limen models pull sface" in str(result.exception)
    result = run(context, "use", "minifasnet-v2")
    assert isinstance(result.exception, ConfigError)
    assert (context.data_dir / "config.toml").read_bytes() == before
