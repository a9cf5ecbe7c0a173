"""Makes a store of a backup, in a data folder that has none."""

import base64
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select, update

from limen.audit.events import AuditEvent, EventType
from limen.config import CONFIG_FILE
from limen.config.written import WRITTEN_FILE
from limen.errors import BadDataError, NoInputError, StoreError
from limen.store.archive import ArchiveReader, decoded
from limen.store.backup import CALIBRATIONS
from limen.store.backup_check import INFO
from limen.store.events import insert_event
from limen.store.key import load_or_create_key
from limen.store.key_copies import KEY_FILE, SealedKeys, read_keys, sync_folder
from limen.store.person_keys import open_key
from limen.store.schema import events, key_copies, metadata, people, rules, state
from limen.store.sealing import Sealer
from limen.store.transactions import Transactions
from limen.store.upgrade import HEAD, bring_to_head
from limen.types import PersonId

DATABASE_NAME = "limen.db"
KEY_NAME = "template.key"

_STAGING = ".restoring"
_FILES = re.compile(rf"{re.escape(CONFIG_FILE)}|{re.escape(WRITTEN_FILE)}|{CALIBRATIONS}/[^/\\]+\.json")


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore brought back; ``erased`` people are in the backup, and can be read no longer."""

    people: int
    erased: int
    events: int
    files: tuple[str, ...]


def restore(data_dir: Path, file: Path, keys: Path | None, environment: Mapping[str, str]) -> Restored:
    """Make the store of ``data_dir`` from a backup, wholly or not at all.

    ``keys`` is the copy of people's keys, by default the one beside the backup.

    Raises:
        BadDataError: there is a store already, or the backup or its keys are damaged or belong to another key.
        ConfigError: the key that everything is encrypted with is not there.
        DatabaseVersionError: another version made the backup.
        NoInputError: there is no such backup, or no copy of keys.
        StoreError: the data folder cannot be written.
    """
    if (data_dir / DATABASE_NAME).exists():
        raise BadDataError(f"there is a store in {data_dir} already: restore into a data folder that has none")
    sealer = Sealer(load_or_create_key(data_dir / KEY_NAME, environment, may_create=False))
    copy = (keys or file.absolute().with_name(KEY_FILE)).resolve()
    found = _keys(copy, sealer)
    staging = data_dir / _STAGING
    try:
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(mode=0o700)
        try:
            restoring = _Restoring(sealer, found, str(copy))
            restoring.read(file, staging)
            _publish(staging, data_dir, restoring.files)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    except (NoInputError, StoreError):
        raise
    except OSError as error:
        raise StoreError(
            f"{data_dir} cannot be written: {error.strerror}; free some space or check its rights"
        ) from error
    return Restored(restoring.people, restoring.erased, restoring.events, tuple(sorted(restoring.files)))


@dataclass
class _Restoring:
    """A backup on its way into a database."""

    sealer: Sealer
    keys: SealedKeys
    copy: str
    people: int = 0
    erased: int = 0
    events: int = 0
    files: dict[str, bytes] = field(default_factory=dict)

    def read(self, file: Path, staging: Path) -> None:
        """Fill a new database in ``staging``."""
        path = staging / DATABASE_NAME
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        transactions = Transactions(path)
        try:
            bring_to_head(transactions)
            with transactions.writing() as connection:
                connection.execute(delete(rules))
                connection.execute(delete(state))
                self._fill(connection, file)
                self._close(connection)
            transactions.forget_deleted()
        finally:
            transactions.close()
        if path.with_name(f"{DATABASE_NAME}-wal").exists():
            raise StoreError(f"{path} is not whole: something else has it open")

    def _fill(self, connection: Connection, file: Path) -> None:
        opened = [open_key(self.sealer, PersonId(person), sealed) for person, sealed in self.keys.items()]
        try:
            with file.open("rb") as content:
                reader = ArchiveReader(content, self.sealer.derived(INFO), HEAD, opened)
                for section in reader.sections():
                    self._take(connection, section.content)
        except OSError as error:
            raise NoInputError(f"{file} cannot be read: {error.strerror}") from error

    def _take(self, connection: Connection, content: dict[str, object] | None) -> None:
        match content:
            case None:
                self.erased += 1
            case {"table": str(table), "rows": list(rows)}:
                self._insert(connection, table, rows)
            case {"tables": dict(tables)}:
                self.people += 1
                for table in (table.name for table in metadata.sorted_tables if table.name in tables):
                    self._insert(connection, table, tables[table])
            case {"file": str(name), "content": str(text)} if _FILES.fullmatch(name):
                self.files[name] = base64.b64decode(text)
            case _:
                raise BadDataError(f"the backup holds something unknown ({', '.join(content)}): upgrade limen")

    def _insert(self, connection: Connection, name: str, rows: list[dict[str, object]]) -> None:
        table = metadata.tables[name]
        plain = [decoded(table, row) for row in rows]
        if table is people:
            plain = [{**row, "sealed_key": self.keys[str(row["id"])]} for row in plain]
        if table is events:
            self.events += len(plain)
        connection.execute(insert(table), plain)

    def _close(self, connection: Connection) -> None:
        """What is other than it was when the backup was made."""
        connection.execute(update(state).values(revision=state.c.revision + 1))
        if connection.scalar(select(key_copies.c.path).where(key_copies.c.path == self.copy)) is None:
            connection.execute(insert(key_copies).values(path=self.copy, stale=False))
        detail = f"{self.people} people, {self.erased} erased since, {self.events} events"
        event = AuditEvent(EventType.BACKUP_RESTORED, datetime.now(UTC), detail=detail)
        insert_event(connection, self.sealer, event)


def _keys(copy: Path, sealer: Sealer) -> SealedKeys:
    try:
        return read_keys(copy, sealer)
    except OSError as error:
        raise NoInputError(
            f"{copy} cannot be read: {error.strerror}; name the copy of people's keys with --keys, without it nobody "
            "in the backup can be read"
        ) from error


def _publish(staging: Path, data_dir: Path, files: Mapping[str, bytes]) -> None:
    """Put everything in its place; the database last, for with it the store is there."""
    for name, content in files.items():
        place = data_dir / name
        if place.exists() and place.read_bytes() != content:
            raise BadDataError(f"{place} is there already, with other content: move it away, then restore again")
    for name, content in files.items():
        place, draft = data_dir / name, staging / "draft"
        place.parent.mkdir(mode=0o700, exist_ok=True)
        draft.touch(mode=0o600)
        draft.write_bytes(content)
        _sync(draft)
        os.replace(draft, place)
        sync_folder(place.parent)
    _sync(staging / DATABASE_NAME)
    os.link(staging / DATABASE_NAME, data_dir / DATABASE_NAME)  # A rename would overwrite a store made meanwhile.
    sync_folder(data_dir)


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
