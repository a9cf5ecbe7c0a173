"""The backups that were made on the pages: files in ``backups`` of the data folder."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from limen.errors import StoreError, UnknownNameError
from limen.store import Store
from limen.store.backup import Backup
from limen.store.backup_check import Checked

FOLDER = "backups"
KEYS = "people.keys"
_NAME = re.compile(r"limen-\d{8}-\d{6}\.backup")


@dataclass(frozen=True, slots=True)
class BackupFile:
    """A backup: its name, its size in bytes, when it was made."""

    name: str
    size: int
    made_at: datetime


class BackupFolder:
    """Makes backups there, and finds them again by their names alone."""

    def __init__(self, data_dir: Path, store: Store) -> None:
        self._folder, self._store = data_dir / FOLDER, store

    @property
    def path(self) -> Path:
        """Where the backups lie."""
        return self._folder

    def all(self) -> list[BackupFile]:
        """The backups, the newest first."""
        if not self._folder.is_dir():
            return []
        files = [path for path in self._folder.iterdir() if _NAME.fullmatch(path.name)]
        return [_told(path) for path in sorted(files, reverse=True)]

    def make(self, now: datetime) -> tuple[BackupFile, Backup]:
        """A new backup.

        Raises:
            BadDataError: one was made in this very second.
            StoreError: it cannot be written.
        """
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{self._folder} cannot be made: {error.strerror}; check the data folder") from error
        path = self._folder / f"limen-{now.astimezone(UTC):%Y%m%d-%H%M%S}.backup"
        made = self._store.backups.make(path)
        return _told(path), made

    def find(self, name: str) -> Path:
        """The file of a backup, or of the copy of people's keys.

        Raises:
            UnknownNameError: there is none of that name.
        """
        path = self._folder / name
        if not ((_NAME.fullmatch(name) or name == KEYS) and path.is_file()):
            raise UnknownNameError(f"there is no backup {name!r}")
        return path

    def check(self, name: str) -> Checked:
        """What is in a backup, read from end to end.

        Raises:
            BadDataError: it is damaged.
            UnknownNameError: there is none of that name.
        """
        return self._store.backups.check(self.backup(name))

    def delete(self, name: str) -> None:
        """Delete a backup; the keys stay, for others.

        Raises:
            StoreError: it cannot be deleted.
            UnknownNameError: there is none of that name.
        """
        path = self.backup(name)
        try:
            path.unlink()
        except OSError as error:
            raise StoreError(f"{path} cannot be deleted: {error.strerror}; check the rights of its folder") from error

    def backup(self, name: str) -> Path:
        """The file of a backup.

        Raises:
            UnknownNameError: there is none of that name.
        """
        if name == KEYS:
            raise UnknownNameError(f"{name} is no backup")
        return self.find(name)


def headers_for(name: str) -> Mapping[str, str]:
    """What a download says beside its content."""
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}


def _told(path: Path) -> BackupFile:
    found = path.stat()
    made_at = datetime.strptime(path.name, "limen-%Y%m%d-%H%M%S.backup").replace(tzinfo=UTC)
    return BackupFile(path.name, found.st_size, made_at)
