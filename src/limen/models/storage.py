"""Keeping files so that others see all of a file or none, and still see it after a power cut."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from limen.errors import LimenError, StoreError


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn what the operating system says while ``folder`` is written into one clear error.

    Raises:
        StoreError: something could not be written.
    """
    try:
        yield
    except LimenError:
        raise
    except OSError as error:
        raise StoreError(
            f"cannot write into {folder}: {error}. Free space, let the user that runs Limen write there, or "
            "name another folder with --data-dir"
        ) from error


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file ``path``, made with its folder where absent; waits for other processes that hold it.

    Raises:
        StoreError: the lock file cannot be made.
    """
    with writing(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = path.open("ab")
    with handle:
        with writing(path.parent):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield  # closing the file lets go of the lock


def write_durably(path: Path, data: bytes) -> None:
    """Write ``data`` and return once it would survive a power cut; others may see a part of it meanwhile."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def replace_file(path: Path, data: bytes) -> None:
    """Put a file with ``data`` in the place of ``path``: others see the old one or the new one."""
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        write_durably(new, data)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
    sync_folder(path.parent)


def replace_folder(new: Path, target: Path) -> None:
    """Move the finished folder ``new`` to ``target``, in place of what is there.

    For one process at a time.
    """
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    new.rename(target)
    sync_folder(target.parent)
    shutil.rmtree(old, ignore_errors=True)


def sync_folder(folder: Path) -> None:
    """Make renames in ``folder`` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
