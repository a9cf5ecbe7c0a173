"""The chain of events in the database: its head, which only the store's key can sign, its growth, and its check."""

import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Select, exists, func, insert, select, update

from limen.audit.record import GENESIS, AuditRecord, Finding, Head, Linked, What, first_broken, link
from limen.errors import StoreError
from limen.store.rows import readable_rows
from limen.store.schema import events, seals, state, templates
from limen.store.sealing import Sealer
from limen.store.seals import add_seal, checker, kept_seals, public_key
from limen.store.transactions import Transactions

RECORD_COLUMNS = tuple(events.c[name] for name in AuditRecord.__match_args__)
_EMPTY = Head(0, GENESIS)
_UNREADABLE = Head(-1, b"")
_BEFORE_ALL = Linked(AuditRecord(0, "", datetime.min.replace(tzinfo=UTC), *(None,) * 6), GENESIS)
_INFO = "limen audit head"
_TOLD_EVERY = 500

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Verification:
    """What a check of the whole chain came to.

    ``records`` and ``seals`` are how many there are, ``head`` is the end to keep elsewhere, ``head_ok`` whether it is
    signed with the store's key, ``key`` the public key that the seals were checked with, if there is one.
    """

    records: int
    seals: int
    first_broken: Finding | None
    head: Head
    head_ok: bool
    key: bytes | None


@dataclass(frozen=True, slots=True)
class End:
    """The end of a chain that fits; ``day`` is that of its last record."""

    head: Head
    day: date | None


def verify(
    transactions: Transactions,
    sealer: Sealer,
    *,
    public: bytes | None = None,
    kept: Head | None = None,
    progress: Progress | None = None,
) -> Verification:
    """Check every record, every seal and the head, at one moment and without keeping records in memory.

    ``public`` checks the seals in place of the key in the database, ``kept`` is a head that was written down elsewhere.
    ``progress`` is told now and then how many records have been looked at.

    Raises:
        StoreError: the database cannot be read.
    """
    with transactions.reading() as connection:
        claim, key = _claimed(connection), public or public_key(connection, sealer)
        query = select(*RECORD_COLUMNS, events.c.hash).order_by(events.c.sequence)
        records = _counted(linked(connection, query), progress)
        found = first_broken(records, kept_seals(connection), claim.head, checker(key), kept)
        # Who enrols is on record: templates without a single record are what is left of an audit that was emptied.
        emptied = claim.head == _EMPTY and bool(connection.scalar(select(exists(select(templates.c.id)))))
        genuine = claim.is_genuine(sealer) and not emptied
        if found is None and not genuine:
            found = Finding(claim.head.sequence, What.HEAD_WRONG)
        counts = [connection.scalar(select(func.count()).select_from(table)) or 0 for table in (events, seals)]
    return Verification(counts[0], counts[1], found, claim.head, genuine, key)


def _counted(records: Iterator[Linked | None], progress: Progress | None) -> Iterator[Linked | None]:
    for number, record in enumerate(records, 1):
        if progress is not None and number % _TOLD_EVERY == 0:
            progress(number)
        yield record


def genuine_end(connection: Connection, sealer: Sealer) -> End:
    """The end of the chain, which somebody without the key cannot have moved.

    Raises:
        StoreError: it was moved, or the last record is not the one that it names: nothing may be added.
    """
    claim = _claimed(connection)
    query = select(*RECORD_COLUMNS, events.c.hash).order_by(events.c.sequence.desc()).limit(1)
    last = next(linked(connection, query), _BEFORE_ALL)
    found = _UNREADABLE if last is None else Head(last.record.sequence, last.hash)
    if last is None or found != claim.head or not claim.is_genuine(sealer):
        raise StoreError(
            "the audit was changed by something other than limen, or with another key, and takes no more records: "
            "limen audit verify says where; restore a backup"
        )
    return End(found, last.record.at.date() if found.sequence else None)


def extend(connection: Connection, sealer: Sealer, end: End, record: AuditRecord) -> Head:
    """The new end, once ``record`` stands behind ``end``; the first record of a later day seals the days before."""
    if end.day is not None and record.at.date() > end.day:
        add_seal(connection, sealer, end.head, end.day)
    head = Head(record.sequence, link(end.head.hash, record))
    row = {name: getattr(record, name) for name in AuditRecord.__match_args__} | {"hash": head.hash}
    connection.execute(insert(events).values(row))
    values = {"audit_sequence": head.sequence, "audit_hash": head.hash, "audit_mac": _mac(sealer, head)}
    connection.execute(update(state).values(values))
    return head


def linked(connection: Connection, query: Select[Any]) -> Iterator[Linked | None]:
    """The records of a query for ``RECORD_COLUMNS`` and the hash; one that cannot be read is ``None`` and the last."""
    for row in readable_rows(connection, query):
        try:
            yield None if row is None else Linked(AuditRecord(*tuple(row)[:-1]), row[-1])
        except ValueError:
            yield None
            return


@dataclass(frozen=True, slots=True)
class _Claim:
    """The end of the chain as the state of the database has it."""

    head: Head
    mac: bytes | None
    signing_key: bytes | None

    def is_genuine(self, sealer: Sealer) -> bool:
        """Whether it is signed with the store's key; it need not be before the first record."""
        if self.mac is None:
            return self.head == _EMPTY and self.signing_key is None
        return hmac.compare_digest(self.mac, _mac(sealer, self.head))


def _claimed(connection: Connection) -> _Claim:
    query = select(state.c.audit_sequence, state.c.audit_hash, state.c.audit_mac, state.c.signing_key)
    row = next(readable_rows(connection, query), None)
    values: list[object] = [] if row is None else list(row)
    # Columns take values of any kind, from somebody who writes with other means than these.
    if (
        row is None
        or not isinstance(values[0], int)
        or not all(isinstance(value or b"", bytes) for value in values[1:3])
    ):
        return _Claim(_UNREADABLE, None, None)
    return _Claim(Head(row.audit_sequence, row.audit_hash), row.audit_mac, row.signing_key)


def _mac(sealer: Sealer, head: Head) -> bytes:
    return hmac.digest(sealer.derived(_INFO), str(head).encode("ascii"), "sha256")
