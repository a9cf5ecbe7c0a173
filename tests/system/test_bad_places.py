"""Data folders, databases, settings and models that are not what they should be."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from limen_program import Ran, limen, limen_bound, with_models


@pytest.fixture(scope="module")
def enrolled(shared: Path, models_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = with_models(tmp_path_factory.mktemp("enrolled"), models_folder)
    done = limen("enrol", shared / "data" / "people" / "obama.jpg", data=data)
    assert done.code == 0, done.err
    return data


@pytest.fixture
def hall(enrolled: Path, tmp_path: Path) -> Path:
    """A data folder of one's own, in which obama is enrolled."""
    return shutil.copytree(enrolled, tmp_path / "hall", symlinks=True)


@pytest.fixture
def photo(shared: Path) -> Path:
    return shared / "data" / "people" / "obama2.jpg"


def refused(done: Ran, code: int, message: str) -> None:
    assert done.code == code, done.err
    assert message in done.err
    assert "Traceback" not in done.err
    assert done.out == ""


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """The folder and the files in it may be read, not written."""
    files = [path for path in folder.iterdir() if path.is_file()]
    modes = [(path, path.stat().st_mode) for path in (*files, folder)]
    for path in files:
        path.chmod(0o400)
    folder.chmod(0o500)
    try:
        yield
    finally:
        for path, mode in reversed(modes):
            path.chmod(mode)


def changed_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_a_database_of_a_newer_version(hall: Path, photo: Path) -> None:
    with closing(sqlite3.connect(hall / "limen.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    before = (hall / "limen.db").read_bytes()
    for command in (("people", "list"), ("verify", photo, "--person", "obama"), ("enrol", photo)):
        refused(limen(*command, "--json", data=hall), 65, "upgrade limen")
    assert (hall / "limen.db").read_bytes() == before


def test_a_database_of_another_program(data_dir: Path) -> None:
    (data_dir / "limen.db").unlink()
    with closing(sqlite3.connect(data_dir / "limen.db")) as database, database:
        database.execute("CREATE TABLE songs (title TEXT)")
    refused(limen("people", "list", "--json", data=data_dir), 65, "database of another program, with the tables songs")


def test_a_file_that_is_no_database(data_dir: Path) -> None:
    (data_dir / "limen.db").write_bytes(b"This is no database. " * 500)
    refused(limen("people", "list", "--json", data=data_dir), 65, "damaged or no database")


def test_a_new_folder_that_may_not_be_written(tmp_path: Path, photo: Path) -> None:
    folder = tmp_path / "read-only"
    folder.mkdir()
    with read_only(folder):
        refused(limen_bound("people", "list", "--json", data=folder), 69, "limen.db cannot be made")
        refused(limen_bound("enrol", photo, "--json", data=folder), 69, "cannot write into")
        refused(limen_bound("people", "list", "--json", data=folder / "new"), 69, "cannot be made")
    assert list(folder.iterdir()) == []


def test_a_folder_that_may_no_longer_be_written(hall: Path, photo: Path) -> None:
    with read_only(hall):
        refused(limen_bound("enrol", photo, "--json", data=hall), 69, "writable")
        door = ("door", "run", "front", "--camera", photo.parent, "--fast", "--json")
        refused(limen_bound(*door, data=hall), 69, "writable")
    people = limen("people", "list", "--json", data=hall)
    assert people.document() == {"people": [{"person": "obama", "disabled": False, "photos": 1, "templates": 1}]}


def test_a_data_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    done = limen("people", "list", "--json", data=tmp_path / "file")
    refused(done, 69, "cannot be read")


def test_a_key_that_is_lost_or_another(hall: Path, photo: Path) -> None:
    key = hall / "template.key"
    kept = key.read_bytes()
    key.unlink()
    verify = ("verify", photo, "--person", "obama", "--json")
    refused(limen(*verify, data=hall), 78, "template.key is missing")
    assert not key.exists()
    key.write_bytes(b"A" * 43 + b"=\n")
    key.chmod(0o600)
    refused(limen(*verify, data=hall), 65, "encrypted with another key")
    key.write_bytes(kept)
    key.chmod(0o644)
    refused(limen(*verify, data=hall), 78, "chmod 600")
    key.chmod(0o600)
    assert limen(*verify, data=hall).code == 0


@pytest.mark.parametrize("model", ["mtcnn", "dlib-resnet"])
def test_a_converted_model_with_one_byte_changed(hall: Path, models_folder: Path, photo: Path, model: str) -> None:
    (hall / "models").unlink()
    shutil.copytree(models_folder, hall / "models")
    network = max(hall.glob(f"models/{model}-*/*.onnx"), key=lambda path: path.stat().st_size)
    changed_byte(network)
    refused(limen("verify", photo, "--person", "obama", "--json", data=hall), 65, f"limen models pull {model}")
    assert limen("models", "pull", model, data=hall).code == 0
    assert limen("verify", photo, "--person", "obama", data=hall).code == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[door]\nagreeing_frame = 3\n", "door.agreeing_frame"),
        ("[matching]\nfmr = 2\n", "matching.fmr"),
        ("[door\n", "cannot be read as TOML"),
        ('[models]\nembedding = "mtcnn"\n', "one for embedding was expected"),
    ],
)
def test_settings_that_cannot_be(hall: Path, photo: Path, text: str, message: str) -> None:
    (hall / "config.toml").write_text(text, "utf-8")
    refused(limen("verify", photo, "--person", "obama", "--json", data=hall), 78, message)


def test_a_variable_that_cannot_be(data_dir: Path) -> None:
    done = limen("people", "list", "--json", data=data_dir, LIMEN_DOOR__OPEN_S="for ever")
    refused(done, 78, "door.open_s")


def test_a_catalogue_that_is_not_there(hall: Path, photo: Path) -> None:
    (hall / "config.toml").write_text('[models]\ncatalogues = ["/absent/mine.toml"]\n', "utf-8")
    refused(limen("verify", photo, "--person", "obama", "--json", data=hall), 66, "/absent/mine.toml")
