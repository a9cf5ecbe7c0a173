"""Reads and writes, each kept wholly or not at all; whatever goes wrong is a ``StoreError``."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, update
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from limen.errors import StoreError
from limen.store import sqlite
from limen.store.schema import state


class Transactions:
    """Connections to the database file at ``path``, for all threads."""

    def __init__(self, path: Path, *, foreign_keys: bool = True) -> None:
        self.path = path
        self._engine = sqlite.engine_for(path, foreign_keys=foreign_keys)
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
            StoreError: the database cannot be written, or is locked for longer than 5 s.
        """
        with self._translated(), self._engine.connect() as connection:
            sqlite.begin_with(connection, "IMMEDIATE")
            yield connection
            connection.commit()

    @contextmanager
    def changing_people(self) -> Iterator[Connection]:
        """As ``writing``, and tell running doors that people or templates changed."""
        with self.writing() as connection:
            yield connection
            connection.execute(update(state).values(revision=state.c.revision + 1))

    def forget_deleted(self) -> None:
        """Take what was deleted out of the files."""
        with self._translated():
            sqlite.forget_deleted(self._engine)

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
