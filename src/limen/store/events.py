"""Events, kept for good: rows are added and read, never changed."""

from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, insert, select

from limen.audit.events import AuditEvent, EventType
from limen.errors import DatabaseVersionError
from limen.store.schema import events
from limen.store.transactions import Transactions
from limen.types import PersonId


@dataclass(frozen=True, slots=True)
class EventRecord:
    """A kept event; later ones have a greater ``sequence``, which is never given twice."""

    sequence: int
    event: AuditEvent


class Events:
    """The ``AuditSink`` in the database."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def append(self, event: AuditEvent) -> None:
        """Return only once ``event`` is on the disk.

        Raises:
            StoreError: the event could not be kept.
        """
        with self._transactions.writing() as connection:
            insert_event(connection, event)

    def latest(self, limit: int, *, door: str | None = None, after: int | None = None) -> list[EventRecord]:
        """At most ``limit`` events, the newest first.

        With ``door`` only those of that door, with ``after`` only those with a greater sequence number.
        """
        query = select(events).order_by(events.c.sequence.desc()).limit(limit)
        if door is not None:
            query = query.where(events.c.door == door)
        if after is not None:
            query = query.where(events.c.sequence > after)
        with self._transactions.reading() as connection:
            rows = connection.execute(query).mappings().all()
        return [_record(row) for row in rows]


def insert_event(connection: Connection, event: AuditEvent) -> None:
    """Add ``event`` to the transaction under way, which keeps it together with what it tells of."""
    row = {
        "type": event.type.value,
        "at": event.at,
        "door": event.door,
        "person_id": event.person,
        "reason": event.reason,
        "similarity": event.similarity,
        "threshold": event.threshold,
        "detail": event.detail,
    }
    connection.execute(insert(events).values(row))


def _record(row: RowMapping) -> EventRecord:
    try:
        event_type = EventType(row["type"])
    except ValueError as error:
        raise DatabaseVersionError(
            f"event {row['sequence']} has type {row['type']!r}, unknown to this version: upgrade limen"
        ) from error
    person = None if row["person_id"] is None else PersonId(row["person_id"])
    event = AuditEvent(
        event_type,
        row["at"],
        door=row["door"],
        person=person,
        reason=row["reason"],
        similarity=row["similarity"],
        threshold=row["threshold"],
        detail=row["detail"],
    )
    return EventRecord(row["sequence"], event)
