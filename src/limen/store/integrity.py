"""What a database's file tells without its key."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, exists, select

from limen.store import sqlite
from limen.store.schema import key_copies, pins
from limen.store.transactions import Transactions

_FINDINGS = 5


def damage(path: Path, *, busy_s: float = sqlite.BUSY_S) -> tuple[str, ...]:
    """What is damaged in the existing database at ``path``, the first few findings; nothing where it is whole.

    Source: SQLite, PRAGMA quick_check: every page and row, but not whether indexes fit their tables.

    Raises:
        StoreError: it cannot be read or written, or is no database.
    """
    with _transactions(path, busy_s) as transactions:
        transactions.check_writable()
        with transactions.reading() as connection:
            found = connection.exec_driver_sql(f"PRAGMA quick_check({_FINDINGS})").scalars().all()
    return () if found == ["ok"] else tuple(map(str, found))


def stale_key_copies(path: Path) -> list[str]:
    """The copies of people's keys that still hold the key of somebody who was deleted.

    Raises:
        StoreError: the database cannot be read.
    """
    with _reading(path) as connection:
        query = select(key_copies.c.path).where(key_copies.c.stale).order_by(key_copies.c.path)
        return list(connection.scalars(query))


def has_duress_pins(path: Path) -> bool:
    """Whether anybody has a duress PIN.

    Raises:
        StoreError: the database cannot be read.
    """
    with _reading(path) as connection:
        return bool(connection.scalar(select(exists().where(pins.c.duress_hash.is_not(None)))))


@contextmanager
def _transactions(path: Path, busy_s: float) -> Iterator[Transactions]:
    transactions = Transactions(path, busy_s=busy_s)
    try:
        yield transactions
    finally:
        transactions.close()


@contextmanager
def _reading(path: Path) -> Iterator[Connection]:
    with _transactions(path, sqlite.BUSY_S) as transactions, transactions.reading() as connection:
        yield connection
