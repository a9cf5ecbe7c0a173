"""Reads and writes, each kept wholly or not at all; whatever goes wrong is a ``StoreError``."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, update
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from limen.errors import StoreError
from limen.store import sqlite
from limen.store.schema import state

_LEAST_FREE = 4 * 1024 * 1024


class Transactions:
    """Connections to the database file at ``path``, for all threads."""

    def __init__(self, path: Path, *, foreign_keys: bool = True, busy_s: float = sqlite.BUSY_S) -> None:
        self.path = path
        self._engine = sqlite.engine_for(path, foreign_keys=foreign_keys, busy_s=busy_s)
        self._file = self._identity()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One view of the data, in which nothing changes.

        Raises:
            StoreError: the database cannot be read.
        """
        with self._translated(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is on the disk when the block ends, and leaves no trace when the block raises.

        Raises:
            StoreError: the database cannot be written, or is locked for longer than ``busy_s``.
        """
        with self._translated(), self._engine.connect() as connection:
            # At once: what runs inside (a migration) must find itself in a transaction, or commits step by step.
            sqlite.begin_with(connection, "IMMEDIATE").begin()
            yield connection
            connection.commit()

    @contextmanager
    def changing_people(self) -> Iterator[Connection]:
        """As ``writing``, and tell running doors that people or templates changed."""
        with self.writing() as connection:
            yield connection
            connection.execute(update(state).values(revision=state.c.revision + 1))

    def check_writable(self) -> None:
        """Return if something could be written now; nothing is.

        Raises:
            StoreError: the database is locked for longer than ``busy_s`` or gone, or the disk is as good as full.
        """
        with self._translated(), self._engine.connect() as connection:
            sqlite.begin_with(connection, "IMMEDIATE").begin().rollback()
        # In its log SQLite writes nothing before something is to be kept: a read-only disk shows only then.
        if not os.access(self.path, os.W_OK):
            raise StoreError(f"{self.path} cannot be written: see to its disk, which may have become read-only")
        free = shutil.disk_usage(self.path.parent).free
        if free < _LEAST_FREE:
            raise StoreError(f"{self.path}: only {free} bytes are free on its disk: free some space")

    def forget_deleted(self) -> bool:
        """Take what was deleted out of the files; ``False`` where a reader still needs them as they were.

        Raises:
            StoreError: the database cannot be written.
        """
        with self._translated():
            return sqlite.forget_deleted(self._engine)

    def rewrite(self) -> None:
        """Write the database anew, so that its pages hold nothing of what was ever deleted; ``forget_deleted`` ends it.

        Nobody else can write meanwhile: a second and a half for a million events.

        Raises:
            StoreError: the database cannot be written, or is locked for longer than 5 s.
        """
        with self._translated():
            sqlite.rewrite(self._engine)

    def close(self) -> None:
        """Let the file go; safe to call twice."""
        self._engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        # An open file that was deleted or replaced still reads and writes, and loses everything.
        if self._identity() != self._file:
            raise StoreError(f"{self.path} was replaced while in use: start limen again")
        try:
            yield
        except DBAPIError as error:
            raise StoreError(f"{self.path}: {error.orig}; {sqlite.advice(error.orig)}") from error
        except SQLAlchemyError as error:
            raise StoreError(f"{self.path}: {error}; close what else uses it or start limen again") from error

    def _identity(self) -> tuple[int, int]:
        try:
            found = self.path.stat()
        except OSError as error:
            raise StoreError(
                f"{self.path} cannot be reached: {error.strerror}; put it back or restore a backup"
            ) from error
        return found.st_dev, found.st_ino
