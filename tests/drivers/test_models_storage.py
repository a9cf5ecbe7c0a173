"""Files kept so that others see all or nothing, by one process at a time."""

import fcntl
from pathlib import Path

import pytest

from limen.errors import ModelError, StoreError
from limen.models.storage import locked, replace_file, replace_folder, writing


def test_a_lock_keeps_others_out_until_it_is_let_go(tmp_path: Path) -> None:
    path = tmp_path / "models" / "one.lock"
    with locked(path), path.open("ab") as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with path.open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_lock_is_let_go_by_an_error(tmp_path: Path) -> None:
    path = tmp_path / "one.lock"
    with pytest.raises(ValueError, match="broken"), locked(path):
        raise ValueError("broken")
    with locked(path):
        pass


def test_errors_of_ones_own_pass_through(tmp_path: Path) -> None:
    with pytest.raises(ModelError), writing(tmp_path):
        raise ModelError("of another kind")
    with pytest.raises(StoreError, match="No space left"), writing(tmp_path):
        raise OSError(28, "No space left on device")


def test_a_file_is_replaced_whole_and_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    for data in (b"one", b"two"):
        replace_file(path, data)
        assert path.read_bytes() == data
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_take_its_place_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.mkdir()
    with pytest.raises(IsADirectoryError):
        replace_file(path, b"one")
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_takes_the_place_of_another(tmp_path: Path) -> None:
    target = tmp_path / "target"
    for name in ("one", "two"):
        new = tmp_path / "new"
        new.mkdir()
        (new / name).touch()
        replace_folder(new, target)
        assert [path.name for path in target.iterdir()] == [name]
    assert list(tmp_path.iterdir()) == [target]
