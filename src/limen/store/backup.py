"""Writes all of a store to one file while the program runs, and keeps the copies of people's keys beside it."""

import base64
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Connection, Table, func, select

from limen.audit.events import AuditEvent, EventType
from limen.config import CONFIG_FILE
from limen.config.written import WRITTEN_FILE
from limen.errors import BadDataError, StoreError
from limen.store.archive import ArchiveWriter, encoded
from limen.store.backup_check import INFO, Checked, check_backup
from limen.store.erasure import Erasure, copies, finish_erasure, forget_copy, publish_keys
from limen.store.events import insert_event
from limen.store.key_copies import KEY_FILE, sync_folder
from limen.store.person_keys import open_key
from limen.store.schema import answers, door_requests, events, metadata, people, sessions
from limen.store.sealing import Sealer
from limen.store.transactions import Transactions
from limen.store.upgrade import HEAD
from limen.types import PersonId

CALIBRATIONS = "calibrations"
TABLES = [table for table in metadata.sorted_tables if table not in (people, door_requests, sessions, answers)]
"""What is kept beside people themselves; what lasts seconds must never be repeated, nor anybody be signed in again."""
_ROWS = 5000


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made: ``size`` in bytes, ``sha256`` of the file, ``keys`` the copy of people's keys."""

    file: Path
    people: int
    events: int
    size: int
    sha256: str
    keys: Path


class Backups:
    """Makes backups of a store."""

    def __init__(self, transactions: Transactions, sealer: Sealer) -> None:
        self._transactions, self._sealer = transactions, sealer

    def make(self, file: Path, *, overwrite: bool = False) -> Backup:
        """Write everything to ``file`` as it is at this moment; whole, or not at all.

        Raises:
            BadDataError: there is such a file, or a copy of another database's keys lies beside it.
            StoreError: the file or the database cannot be written.
            TemplateError: the key of a person was altered.
        """
        path = file.absolute().parent.resolve() / file.name
        if path.exists() and not overwrite:
            raise BadDataError(f"{path} is there already: choose another name, or add --force")
        keys = path.with_name(KEY_FILE)
        if path == keys:
            raise BadDataError(f"{KEY_FILE} is where the keys go: choose another name for the backup")
        with _told(path), _whole(path) as draft:
            made = self._write(draft)
            sha256 = made.finish()
            publish_keys(self._transactions, self._sealer, keys)
        backup = Backup(path, made.people, made.events, path.stat().st_size, sha256, keys)
        self._record(backup)
        return backup

    def check(self, file: Path) -> Checked:
        """What is in a backup that is whole.

        Raises:
            BadDataError: it, or the copy of keys beside it, is damaged or belongs to another store.
            DatabaseVersionError: another version made it.
            NoInputError: it, or the copy of keys, cannot be read.
        """
        return check_backup(file, self._sealer)

    def finish_erasure(self) -> Erasure:
        """Take deleted people out of what could not be reached when they were deleted."""
        return finish_erasure(self._transactions, self._sealer)

    def key_copies(self) -> list[str]:
        """The paths of all copies of people's keys."""
        return copies(self._transactions)

    def forget_copy(self, path: str) -> None:
        """Take a copy of keys that is no more off the list.

        Raises:
            NoInputError: it is not on the list.
        """
        forget_copy(self._transactions, path)

    def _write(self, draft: BinaryIO) -> "_Archive":
        with self._transactions.reading() as connection:
            archive = _Archive(draft, self._sealer)
            archive.add_files(self._transactions.path.parent)
            archive.add_tables(connection)
            archive.add_people(connection)
        return archive

    def _record(self, backup: Backup) -> None:
        detail = f"{backup.people} people, {backup.events} events, sha256 {backup.sha256}"
        event = AuditEvent(EventType.BACKUP_MADE, datetime.now(UTC), detail=detail)
        with self._transactions.writing() as connection:
            insert_event(connection, self._sealer, event)


class _Archive:
    """An archive that is being written, and what went into it."""

    def __init__(self, draft: BinaryIO, sealer: Sealer) -> None:
        self._sealer, self._writer = sealer, ArchiveWriter(draft, sealer.derived(INFO), HEAD)
        self.people, self.events = 0, 0

    def add_files(self, folder: Path) -> None:
        """The settings, and the calibrations made here."""
        for path in (folder / CONFIG_FILE, folder / WRITTEN_FILE, *sorted((folder / CALIBRATIONS).glob("*.json"))):
            if path.is_file():
                content = base64.b64encode(path.read_bytes()).decode()
                self._writer.add({"file": path.relative_to(folder).as_posix(), "content": content})

    def add_tables(self, connection: Connection) -> None:
        """Every row that is about nobody."""
        for table in TABLES:
            for rows in _rows(connection, table, None):
                self._writer.add({"table": table.name, "rows": rows})
        self.events = connection.scalar(select(func.count()).select_from(events)) or 0

    def add_people(self, connection: Connection) -> None:
        """Everybody who has a key, each with all rows about them."""
        columns = [column for column in people.c if column is not people.c.sealed_key]
        for identifier, sealed in connection.execute(select(people.c.id, people.c.sealed_key)).all():
            if sealed is None:
                continue
            row = connection.execute(select(*columns).where(people.c.id == identifier)).mappings().one()
            about: dict[str, object] = {people.name: [encoded(row)]}
            for table in TABLES:
                if rows := [row for part in _rows(connection, table, identifier) for row in part]:
                    about[table.name] = rows
            self._writer.add_person(open_key(self._sealer, PersonId(identifier), sealed), {"tables": about})
            self.people += 1

    def finish(self) -> str:
        """Close it; returns the digest of the whole file."""
        return self._writer.finish()


def _rows(connection: Connection, table: Table, person: str | None) -> Iterator[list[dict[str, object]]]:
    """The rows about ``person``, or about nobody, some at a time."""
    query = select(table)
    if "person_id" in table.c:
        query = query.where(table.c.person_id.is_(None) if person is None else table.c.person_id == person)
    elif person is not None:
        return
    for rows in connection.execute(query.order_by(*table.primary_key)).mappings().partitions(_ROWS):
        yield [encoded(row) for row in rows]


@contextmanager
def _whole(path: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of ``path`` when the block ends, and is gone when the block raises."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise
    sync_folder(path.parent)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except StoreError:
        raise
    except OSError as error:
        raise StoreError(
            f"the backup cannot be written to {path}: {error.strerror}; choose a folder that is there, is writable "
            "and has room"
        ) from error
