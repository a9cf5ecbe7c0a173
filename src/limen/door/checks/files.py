"""The disk, the data folder and the key."""

import os
import shutil
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

from limen.config import CONFIG_FILE
from limen.config.written import WRITTEN_FILE
from limen.door.checks.base import Check, fault, ok, warning
from limen.errors import LimenError
from limen.store.database import DATABASE_NAME, KEY_NAME
from limen.store.key import FILE_VARIABLE, VARIABLE

_NEEDED_MB = 64
_WANTED_MB = 1024
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_WRITE = stat.S_IWGRP | stat.S_IWOTH
_MAKE_PRIVATE = "chmod 700 {0} && chmod 600 {0}/limen.db* {0}/config.toml"


def check_disk(data_dir: Path) -> Check:
    """Whether there is room, and the data folder may be written."""
    folder = _existing(data_dir)
    if not os.access(folder, os.W_OK | os.X_OK):
        return fault("disk", f"{folder} cannot be written by this user", "let the user who runs limen write there")
    return judged_room(folder, shutil.disk_usage(folder).free)


def judged_room(folder: Path, free: int) -> Check:
    """What ``free`` bytes on the disk of ``folder`` mean."""
    free_mb = free // 10**6
    detail = f"{free_mb} MB are free on the disk of {folder}"
    if free_mb < _NEEDED_MB:
        return fault("disk", f"{detail}; without room for a record nobody is let in", "free some space")
    if free_mb < _WANTED_MB:
        return warning("disk", detail, "free some space: without room for a record nobody is let in")
    return ok("disk", detail)


def check_permissions(data_dir: Path, *, secrets: bool) -> Check:
    """Whether the data folder is its owner's alone; ``secrets`` says that secrets stand in the settings there."""
    name = "permissions"
    if not data_dir.is_dir():
        return ok(name, f"{data_dir} is not there yet; it is made for its owner alone")
    folder = data_dir.stat()
    files = [(path, path.stat()) for path in sorted(data_dir.iterdir()) if path.is_file()]
    foreign = [path.name for path, found in files if found.st_uid != folder.st_uid]
    if foreign:
        whose = f"{', '.join(foreign)} in {data_dir} are not of the folder's owner"
        return fault(name, f"{whose}: the door may not be able to use them", f"chown all of {data_dir} to one user")
    if os.geteuid() not in (0, folder.st_uid):
        return warning(name, f"{data_dir} belongs to another user", "run limen as the user who runs the doors")
    if not folder.st_mode & _OTHERS:
        return ok(name, f"{data_dir} is its owner's alone")
    return _open_to_others(data_dir, folder.st_mode, {path.name: found.st_mode for path, found in files}, secrets)


def _open_to_others(data_dir: Path, mode: int, files: Mapping[str, int], secrets: bool) -> Check:
    name, remedy = "permissions", _MAKE_PRIVATE.format(data_dir)
    changeable = [file for file, file_mode in files.items() if file_mode & _WRITE]
    private = [file for file, file_mode in files.items() if file_mode & _OTHERS and _is_private(file, secrets)]
    if mode & _WRITE or changeable:
        return fault(name, f"others may change {', '.join(changeable) or 'what lies'} in {data_dir}", remedy)
    if private:
        return fault(name, f"others may read {', '.join(private)} in {data_dir}", remedy)
    return warning(name, f"others may look into {data_dir}", f"chmod 700 {data_dir}")


def check_key(
    data_dir: Path, environment: Mapping[str, str], opening: LimenError | None, copies: Sequence[str]
) -> Check:
    """Where the key is, and who may read it; ``opening`` is why the store refused it, ``copies`` lie with backups."""
    name = "key"
    if VARIABLE in environment:
        return _unless(opening, ok(name, f"in the variable {VARIABLE}"))
    named = environment.get(FILE_VARIABLE)
    path = Path(named) if named is not None else data_dir / KEY_NAME
    if not path.exists():
        missing = ok(name, "there is none yet; the first enrolment makes it")
        if named is not None:
            missing = fault(name, f"{path}, which {FILE_VARIABLE} names, is not there", "put the key back")
        return _unless(opening, missing)
    # What systemd hands to a service, nobody else sees; the modes say otherwise.
    if path.parent == Path(environment.get("CREDENTIALS_DIRECTORY", "/nowhere")):
        return _unless(opening, ok(name, f"{path}, handed over by systemd"))
    return _unless(opening, _placed(path, copies))


def _placed(path: Path, copies: Sequence[str]) -> Check:
    mode, folder = path.stat().st_mode, path.parent
    if mode & _OTHERS:
        return fault("key", f"{path} has mode {stat.S_IMODE(mode):04o}: others may read it", f"chmod 600 {path}")
    if folder.stat().st_mode & _WRITE:
        return fault("key", f"others may put another key into {folder}", f"chmod 700 {folder}")
    if any((Path(copy).parent / KEY_NAME).exists() or Path(copy).parent == folder for copy in copies):
        beside = "a key lies in a folder of backups: whoever takes that folder can read everything"
        return warning("key", beside, f"keep {KEY_NAME} and backups in different places")
    if folder.stat().st_mode & _OTHERS:
        return warning("key", f"{path}, mode 0600, in a folder that others may look into", f"chmod 700 {folder}")
    return ok("key", f"{path}, its owner's alone; keep a copy in another place")


def _unless(opening: LimenError | None, check: Check) -> Check:
    """``check``, unless the store refused the key for a reason that it does not tell of."""
    if opening is None or check.state == "fault":
        return check
    return fault("key", str(opening), "put the key that belongs to this database back")


def _is_private(name: str, secrets: bool) -> bool:
    return (
        name.startswith(DATABASE_NAME)
        or name in (KEY_NAME, "people.keys")
        or (secrets and name in (CONFIG_FILE, WRITTEN_FILE))
    )


def _existing(folder: Path) -> Path:
    """``folder``, else the nearest one around it that is there."""
    return next(one for one in (folder, *folder.absolute().parents) if one.exists())
