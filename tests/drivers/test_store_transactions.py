import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from limen.audit.events import AuditEvent, EventType
from limen.errors import StoreError
from limen.store.events import Events
from limen.store.sealing import Sealer
from limen.store.transactions import Transactions
from store_samples import opened

SEALER = Sealer(bytes(32))
EVENT = AuditEvent(EventType.DOOR_STARTED, datetime(2026, 1, 2, tzinfo=UTC), detail="x" * 20_000)


@pytest.fixture
def transactions(tmp_path: Path) -> Iterator[Transactions]:
    opened(tmp_path).close()
    transactions = Transactions(tmp_path / "limen.db")
    yield transactions
    transactions.close()


def set_pragma(transactions: Transactions, pragma: str) -> None:
    """On the one connection of the pool, which the next transaction gets too."""
    with transactions.reading() as connection:
        connection.exec_driver_sql(f"PRAGMA {pragma}")


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 5000), ("secure_delete", 1)],
)
def test_every_connection_is_careful(transactions: Transactions, pragma: str, value: object) -> None:
    with transactions.reading() as first, transactions.reading() as second:
        for connection in (first, second):
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one() == value


def test_a_locked_database_is_a_store_error(transactions: Transactions) -> None:
    set_pragma(transactions, "busy_timeout=20")
    with closing(sqlite3.connect(transactions.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match=r"limen\.db.*another program keeps it locked"):
            Events(transactions, SEALER).append(EVENT)
        other.execute("ROLLBACK")
    Events(transactions, SEALER).append(EVENT)


def test_opening_waits_for_whoever_sets_up_a_new_file(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        release = threading.Timer(0.1, other.execute, ["COMMIT"])
        release.start()
        transactions = Transactions(path)
        with transactions.reading() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        transactions.close()
        release.join()


def test_a_full_disk_is_a_store_error_and_keeps_nothing(transactions: Transactions) -> None:
    with transactions.reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    set_pragma(transactions, f"max_page_count={pages}")
    with pytest.raises(StoreError, match="free some space"):
        Events(transactions, SEALER).append(EVENT)
    assert Events(transactions, SEALER).latest(1) == []


def test_a_read_only_database_is_a_store_error(transactions: Transactions) -> None:
    set_pragma(transactions, "query_only=ON")
    with pytest.raises(StoreError, match="writable"):
        Events(transactions, SEALER).append(EVENT)


def test_a_replaced_file_is_not_written_to(transactions: Transactions) -> None:
    content = transactions.path.read_bytes()
    transactions.path.rename(transactions.path.with_name("moved.db"))
    transactions.path.write_bytes(content)
    with pytest.raises(StoreError, match="replaced while in use"):
        Events(transactions, SEALER).append(EVENT)


def test_what_fails_in_a_transaction_leaves_no_trace(transactions: Transactions) -> None:
    def fail() -> None:
        with transactions.changing_people() as connection:
            connection.execute(text("CREATE TABLE trace (id INTEGER)"))
            connection.execute(text("UPDATE store_state SET revision = 99"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with transactions.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM sqlite_master WHERE name = 'trace'")) == 0
        assert connection.scalar(text("SELECT revision FROM store_state")) == 0


def test_a_reader_sees_one_state_while_others_write(transactions: Transactions) -> None:
    count = text("SELECT count(*) FROM events")
    with transactions.reading() as connection:
        assert connection.scalar(count) == 0
        Events(transactions, SEALER).append(EVENT)
        assert connection.scalar(count) == 0
    with transactions.reading() as connection:
        assert connection.scalar(count) == 1
