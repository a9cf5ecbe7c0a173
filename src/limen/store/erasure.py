"""What is left to do once a person's rows are gone: the database's files and the copies of keys."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select, update

from limen.errors import BadDataError, NoInputError, StoreError
from limen.store.key_copies import draft_keys, read_keys, replace_keys, sealed_keys
from limen.store.schema import key_copies
from limen.store.sealing import Sealer
from limen.store.transactions import Transactions


@dataclass(frozen=True, slots=True)
class Erasure:
    """Whether nothing is left of those who were deleted; ``pending`` are the files in which something still may be."""

    complete: bool
    pending: tuple[str, ...] = ()


def mark_copies_stale(connection: Connection) -> None:
    """Note, in the transaction that deletes somebody, that every copy of keys still holds theirs."""
    connection.execute(update(key_copies).values(stale=True))


def finish_erasure(transactions: Transactions, sealer: Sealer) -> Erasure:
    """Take deleted people out of the files and the copies of keys, as far as those can be reached; may be repeated."""
    pending = _forgotten(transactions)
    for path in _stale(transactions):
        try:
            read_keys(Path(path), sealer)  # One that was moved still holds the keys: no new one is made instead.
            _renew(transactions, sealer, Path(path))
        except (OSError, BadDataError):  # StoreError is an OSError too.
            pending.append(path)
    return Erasure(not pending, tuple(pending))


def forget_copy(transactions: Transactions, path: str) -> None:
    """Take a copy of keys that is no more, or that was dealt with by hand, off the list.

    Raises:
        NoInputError: it is not on the list.
    """
    with transactions.writing() as connection:
        if connection.execute(delete(key_copies).where(key_copies.c.path == path)).rowcount == 0:
            known = ", ".join(connection.scalars(select(key_copies.c.path))) or "none"
            raise NoInputError(f"{path} is no known copy of keys; known: {known}")


def copies(transactions: Transactions) -> list[str]:
    """The paths of all copies of keys."""
    with transactions.reading() as connection:
        return list(connection.scalars(select(key_copies.c.path).order_by(key_copies.c.path)))


def publish_keys(transactions: Transactions, sealer: Sealer, path: Path) -> int:
    """Write the keys of everybody to ``path``, which every erasure will rewrite from now on; how many they are.

    Raises:
        BadDataError: a copy of another database's keys is in the way.
        OSError: the file cannot be written.
        StoreError: the database cannot be written.
    """
    if path.exists():
        read_keys(path, sealer)
    # Noted before it is there: a copy that nobody knows of would keep the keys of those who are deleted.
    with transactions.writing() as connection:
        known = select(key_copies.c.path).where(key_copies.c.path == str(path))
        if connection.scalar(known) is None:
            connection.execute(insert(key_copies).values(path=str(path), stale=True))
    return _renew(transactions, sealer, path)


def _forgotten(transactions: Transactions) -> list[str]:
    """The database's files in which something may be left; no error: the deletion itself is kept in any case."""
    pending = []
    try:
        transactions.rewrite()
    except StoreError:
        pending.append(str(transactions.path))
    try:
        emptied = transactions.forget_deleted()
    except StoreError:
        emptied = False
    return pending if emptied else [*pending, f"{transactions.path}-wal"]


def _stale(transactions: Transactions) -> list[str]:
    with transactions.reading() as connection:
        query = select(key_copies.c.path).where(key_copies.c.stale).order_by(key_copies.c.path)
        return list(connection.scalars(query))


def _renew(transactions: Transactions, sealer: Sealer, path: Path) -> int:
    """Write the copy anew, with the keys of those who are there; how many they are.

    The file is written before the transaction: a slow disk elsewhere must not hold up a door.

    Raises:
        OSError: the file cannot be written.
        StoreError: the database cannot be written.
    """
    while True:
        with transactions.reading() as connection:
            keys = sealed_keys(connection)
        draft = draft_keys(path, sealer, keys)
        try:
            with transactions.writing() as connection:
                if sealed_keys(connection) == keys:
                    replace_keys(draft, path)
                    connection.execute(update(key_copies).where(key_copies.c.path == str(path)).values(stale=False))
                    return len(keys)
        finally:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
