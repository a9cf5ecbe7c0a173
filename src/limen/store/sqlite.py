"""All that only SQLite needs: pragmas, the start of transactions, its error codes."""

import sqlite3
import time
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_S = 5.0

_ADVICE = {
    sqlite3.SQLITE_BUSY: "another program keeps it locked: close that or try again",
    sqlite3.SQLITE_LOCKED: "another program keeps it locked: close that or try again",
    sqlite3.SQLITE_FULL: "the disk is full: free some space",
    sqlite3.SQLITE_READONLY: "make the folder and its files writable for the user who runs limen",
    sqlite3.SQLITE_PERM: "make the folder and its files writable for the user who runs limen",
    sqlite3.SQLITE_CANTOPEN: "make the folder and its files writable for the user who runs limen",
    sqlite3.SQLITE_IOERR: "the disk failed: check it and its free space",
    sqlite3.SQLITE_CORRUPT: "the file is damaged: restore a backup",
    sqlite3.SQLITE_NOTADB: "the file is damaged: restore a backup",
}


def engine_for(path: Path, *, foreign_keys: bool = True, busy_s: float = BUSY_S) -> Engine:
    """An engine for the existing file at ``path``, usable from all threads; it waits ``busy_s`` for other programs."""
    # mode=rw: a file that vanished must be an error, not a new and empty database.
    url = URL.create("sqlite", database=path.absolute().as_uri(), query={"mode": "rw", "uri": "true"})
    engine = create_engine(url, hide_parameters=True, pool_timeout=busy_s)

    def prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        assert isinstance(connection, sqlite3.Connection)
        _prepare(connection, foreign_keys, busy_s)

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", _begin)
    return engine


def begin_with(connection: Connection, mode: str) -> Connection:
    """``connection``, whose transactions start as ``DEFERRED`` or ``IMMEDIATE``, or not at all (empty).

    A write must be ``IMMEDIATE``: a reader that turns writer is refused at once if somebody else wrote
    meanwhile.
    """
    return connection.execution_options(sqlite_begin=mode)


def forget_deleted(engine: Engine) -> bool:
    """Empty the write-ahead log, which still holds deleted rows; whether it is: a reader may need it for over 5 s."""
    with engine.connect() as connection:
        row = begin_with(connection, "").exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
    return bool(row[0] == 0)


def rewrite(engine: Engine) -> None:
    """Write the whole database anew, from its rows.

    ``secure_delete`` overwrites what is deleted, but not the copies of rows that lie in the unused part of a page since
    the tree of a table was balanced: of some 9,000 deleted values 2 to 4 were found in the file without this.
    """
    with engine.connect() as connection:
        begin_with(connection, "").exec_driver_sql("VACUUM")


def is_broken(error: BaseException | None) -> bool:
    """Whether ``error`` says that the file is no database, or a damaged one."""
    return _code(error) in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)


def advice(error: BaseException | None) -> str:
    """What to do about ``error``, of the driver or of SQLAlchemy."""
    return _ADVICE.get(_code(error), "check the data folder")


def _code(error: BaseException | None) -> int:
    """SQLite's primary result code, without the details in its higher bits; 0 for other errors."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _prepare(connection: sqlite3.Connection, foreign_keys: bool, busy_s: float) -> None:
    # The driver must not start transactions by itself: it leaves out those around changes of the schema.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout={busy_s * 1000:.0f}")
    _write_ahead(connection, busy_s)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA secure_delete=ON")
    connection.execute(f"PRAGMA foreign_keys={'ON' if foreign_keys else 'OFF'}")


def _write_ahead(connection: sqlite3.Connection, busy_s: float) -> None:
    """Let readers and a writer work at once; file systems that cannot keep the slower, as safe, journal."""
    # Only the first change of a new file needs it alone, and for this one lock SQLite ignores busy_timeout.
    deadline_s = time.monotonic() + busy_s
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").fetchone()
        except sqlite3.OperationalError as error:
            if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline_s:
                raise
            time.sleep(0.01)
        else:
            return


def _begin(connection: Connection) -> None:
    mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
    if mode:
        connection.exec_driver_sql(f"BEGIN {mode}")
