"""Catalogue files: Limen's own, and the user's."""

from pathlib import Path

import pytest

from limen.errors import ModelError, NoInputError
from limen.models.catalogue import Task, load_catalogue

MINE = """
[[models]]
id = "mine"
task = "detection"
licence = "MIT"
source = "https://example.org"
input = { colour = "rgb", mean = [0, 0, 0], scale = 1 }
accuracy = { result = "unknown", reference = "none" }
[[models.files]]
name = "mine.onnx"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
path = "weights/mine.onnx"
"""


def written(folder: Path, text: str, name: str = "mine.toml") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_limens_own_catalogue() -> None:
    catalogue = load_catalogue()
    tasks = {entry.id: entry.task for entry in catalogue.entries}
    assert tasks["mtcnn"] is tasks["yunet"] is Task.DETECTION
    assert tasks["dlib-resnet"] is tasks["sface"] is tasks["mobilefacenet"] is Task.EMBEDDING
    assert tasks["minifasnet-v2"] is tasks["minifasnet-v1se"] is Task.LIVENESS
    assert catalogue.entry("mobilefacenet").input.scale * 127.5 == pytest.approx(1)
    assert catalogue.entry("mtcnn").input.scale * 128 == 1
    assert "non-commercial" in catalogue.entry("arcface-r50").licence
    assert "open question" in catalogue.entry("sface").licence


def test_an_unknown_model_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ModelError, match=r"'facenet'.*mtcnn, dlib-resnet"):
        load_catalogue().entry("facenet")


def test_a_users_catalogue_names_files_relative_to_itself(tmp_path: Path) -> None:
    entry = load_catalogue([written(tmp_path, MINE)]).entry("mine")
    assert entry.files[0].path == str(tmp_path / "weights" / "mine.onnx")


def test_a_second_model_of_an_id_is_refused(tmp_path: Path) -> None:
    first, second = written(tmp_path, MINE), written(tmp_path, MINE, "second.toml")
    with pytest.raises(ModelError, match=r"second\.toml, model mine: .*mine\.toml already"):
        load_catalogue([first, second])
    with pytest.raises(ModelError, match=r"model mtcnn: .*catalogue\.toml already"):
        load_catalogue([written(tmp_path, MINE.replace('"mine"', '"mtcnn"'))])
    with pytest.raises(ModelError, match="already has a model"):
        load_catalogue([written(tmp_path, MINE + MINE)])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('colour = "rgb"', 'colour = "grey"', r"mine\.toml, model mine: input\.colour: "),
        ('licence = "MIT"', 'license = "MIT"', r"model mine: licence: Field required; license: Extra"),
        ('id = "mine"', "", r"model number 1: id: Field required"),
        ("sha256", "sha1", r"model mine: files\.0\.sha256: Field required"),
        ("[[models]]", "[[model]]", r"\[\[models\]\] and nothing else, got model"),
        ("scale = 1", "scale = ", r"mine\.toml is not a TOML file"),
    ],
)
def test_a_malformed_catalogue_names_file_entry_and_field(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in MINE
    with pytest.raises(ModelError, match=said):
        load_catalogue([written(tmp_path, MINE.replace(old, new))])


def test_a_catalogue_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ModelError, match="not a TOML file"):
        load_catalogue([tmp_path / "mine.toml"])


def test_an_absent_catalogue_is_no_input(tmp_path: Path) -> None:
    with pytest.raises(NoInputError, match=r"nowhere\.toml"):
        load_catalogue([tmp_path / "nowhere.toml"])
