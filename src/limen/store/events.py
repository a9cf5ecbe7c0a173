"""Events, kept for good: rows are added and read, never changed."""

import math
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from limen.audit.actor import current_actor
from limen.audit.events import AuditEvent, EventType
from limen.audit.record import AuditRecord, Head, Linked
from limen.errors import (
    AuditError,
    DatabaseVersionError,
    NoInputError,
    StoreError,
    TemplateError,
    UnknownNameError,
)
from limen.store.chain import RECORD_COLUMNS, Progress, Verification, extend, genuine_end, linked, verify
from limen.store.records import LabelKind
from limen.store.schema import Words, crops, events, labels
from limen.store.sealing import Sealer
from limen.store.seals import add_seal, public_key
from limen.store.subjects import Subjects, subject_at, subjects_on
from limen.store.transactions import Transactions
from limen.types import PersonId


@dataclass(frozen=True, slots=True)
class EventRecord:
    """A kept event; later ones have a greater ``sequence``, which is never given twice.

    ``event.person`` is told by ``subject`` and is ``None`` once the person was deleted.
    """

    sequence: int
    event: AuditEvent
    subject: bytes | None
    hash: bytes


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events are wanted: of one person, of some types, from ``since`` on, before ``until``; empty: all.

    ``labelled`` adds to those of the person what somebody said later was theirs. ``reasons`` are those of the events;
    ``has_crop`` asks for those with a picture, or without; ``has_label`` for those that somebody said something of, or
    nobody did, ``labels`` for what they said.
    """

    person: PersonId | None = None
    types: frozenset[EventType] = frozenset()
    since: datetime | None = None
    until: datetime | None = None
    labelled: bool = False
    reasons: frozenset[str] = frozenset()
    has_crop: bool | None = None
    has_label: bool | None = None
    labels: frozenset[LabelKind] = frozenset()


ALL = EventFilter()


class Events:
    """The events in the database, each chained to the one before it."""

    def __init__(self, transactions: Transactions, sealer: Sealer) -> None:
        self._transactions, self._sealer = transactions, sealer
        self._subjects = Subjects(sealer)

    def append(self, event: AuditEvent) -> None:
        """Return only once ``event`` is on the disk.

        Raises:
            StoreError: the event could not be kept, or the events before it were changed.
        """
        with self._transactions.writing() as connection:
            insert_event(connection, self._sealer, event)

    def latest(
        self,
        limit: int,
        *,
        door: str | None = None,
        after: int | None = None,
        before: int | None = None,
        only: EventFilter = ALL,
    ) -> list[EventRecord]:
        """At most ``limit`` events, the newest first.

        With ``door`` only those of that door, with ``after`` only those with a greater sequence number, with
        ``before`` only those with a smaller one.

        Raises:
            AuditError: an event was altered beyond reading.
            DatabaseVersionError: a newer version wrote an event.
        """
        query = _query(door, after).order_by(events.c.sequence.desc()).limit(limit)
        return self._read(query if before is None else query.where(events.c.sequence < before), only)

    def oldest(
        self, limit: int, *, door: str | None = None, after: int = 0, only: EventFilter = ALL
    ) -> list[EventRecord]:
        """At most ``limit`` events with a greater sequence number than ``after``, the oldest first.

        Raises:
            AuditError: an event was altered beyond reading.
            DatabaseVersionError: a newer version wrote an event.
        """
        return self._read(_query(door, after).order_by(events.c.sequence).limit(limit), only)

    def get(self, sequence: int) -> EventRecord:
        """The event of this number.

        Raises:
            AuditError: it was altered beyond reading.
            DatabaseVersionError: a newer version wrote it.
            UnknownNameError: there is none.
        """
        found = self._read(_query(None, None).where(events.c.sequence == sequence), ALL)
        if not found:
            raise UnknownNameError(f"there is no event {sequence}: limen audit list shows what there is")
        return found[0]

    def seal(self) -> tuple[Head, bytes]:
        """Seal all events up to now; the end of the chain and the public key that checks seals, to keep elsewhere.

        Raises:
            NoInputError: there is no event.
            StoreError: the database cannot be written, or events were changed.
        """
        with self._transactions.writing() as connection:
            end = genuine_end(connection, self._sealer)
            if end.day is None:
                raise NoInputError("nothing is on record yet, so there is nothing to seal: run a door first")
            add_seal(connection, self._sealer, end.head, end.day)
            key = public_key(connection, self._sealer)
        assert key is not None
        return end.head, key

    def verify(
        self, *, public: bytes | None = None, kept: Head | None = None, progress: Progress | None = None
    ) -> Verification:
        """What a check of every event, every seal and the end of the chain comes to: see ``chain.verify``.

        Raises:
            StoreError: the database cannot be read.
        """
        return verify(self._transactions, self._sealer, public=public, kept=kept, progress=progress)

    def head(self) -> Head:
        """The end of the chain as it is now; not checked.

        Raises:
            StoreError: the database cannot be read, or the end was changed by something else.
        """
        with self._transactions.reading() as connection:
            return genuine_end(connection, self._sealer).head

    def _read(self, query: Select[Any], only: EventFilter) -> list[EventRecord]:
        with self._transactions.reading() as connection:
            wanted = self._narrowed(connection, query, only)
            return [self._record(connection, found) for found in linked(connection, wanted)]

    def _narrowed(self, connection: Connection, query: Select[Any], only: EventFilter) -> Select[Any]:
        if only.types:
            query = query.where(events.c.type.in_(sorted(only.types)))
        if only.since is not None:
            query = query.where(events.c.at >= only.since)
        if only.until is not None:
            query = query.where(events.c.at < only.until)
        if only.person is not None:
            query = query.where(self._about(connection, only.person, only.labelled))
        return _narrowed_by_others(query, only)

    def _about(self, connection: Connection, person: PersonId, labelled: bool) -> ColumnElement[bool]:
        own = events.c.subject.in_(subjects_on(connection, self._sealer, person, _days(connection)))
        if not labelled:
            return own
        said = select(labels.c.sequence).where(labels.c.person_id == person, labels.c.kind == LabelKind.IS)
        return own | events.c.sequence.in_(said)

    def _record(self, connection: Connection, found: Linked | None) -> EventRecord:
        if found is None:
            raise AuditError("an event was altered beyond reading: limen audit verify says which; restore a backup")
        record, subject = found.record, found.record.subject
        event = AuditEvent(
            _type(record),
            record.at,
            door=record.door,
            person=None if subject is None else self._subjects.person(connection, subject, record.at.date()),
            reason=record.reason,
            similarity=record.similarity,
            threshold=record.threshold,
            detail=record.detail,
            actor=record.actor,
        )
        return EventRecord(record.sequence, event, subject, found.hash)


def insert_event(connection: Connection, sealer: Sealer, event: AuditEvent) -> int:
    """Add ``event`` to the transaction under way, which keeps it together with what it tells of; its number.

    The transaction must have begun as one that writes, so that nobody else adds to the chain meanwhile.

    Raises:
        StoreError: the events before it were changed, so that nothing can follow them, or the person's key was.
    """
    end = genuine_end(connection, sealer)
    if event.actor is None:
        event = replace(event, actor=current_actor())
    record = _kept(connection, record_of(end.head.sequence + 1, event, _subject(connection, sealer, event)))
    return extend(connection, sealer, end, record).sequence


def _subject(connection: Connection, sealer: Sealer, event: AuditEvent) -> bytes | None:
    if event.person is None:
        return None
    try:
        return subject_at(connection, sealer, event.person, event.at.astimezone(UTC))
    except TemplateError as error:
        if event.type is EventType.PERSON_DELETED:  # The one thing that can still be done about them.
            return None
        raise StoreError(f"nothing about this person can be put on record: {error}") from error


def record_of(sequence: int, event: AuditEvent, subject: bytes | None) -> AuditRecord:
    """The record of ``event``."""
    return AuditRecord(
        sequence,
        event.type.value,
        event.at.astimezone(UTC),
        event.door,
        subject,
        event.reason,
        _number(event.similarity),
        _number(event.threshold),
        event.detail,
        event.actor,
    )


def _query(door: str | None, after: int | None) -> Select[Any]:
    query = select(*RECORD_COLUMNS, events.c.hash)
    if door is not None:
        query = query.where(events.c.door == door)
    return query if after is None else query.where(events.c.sequence > after)


def _narrowed_by_others(query: Select[Any], only: EventFilter) -> Select[Any]:
    """By what stands in the row, and by what other tables say of the event."""
    if only.reasons:
        query = query.where(events.c.reason.in_(sorted(only.reasons)))
    if only.labels:
        wanted = select(labels.c.sequence).where(labels.c.kind.in_(sorted(only.labels)))
        query = query.where(events.c.sequence.in_(wanted))
    for table, is_there in ((crops, only.has_crop), (labels, only.has_label)):
        if is_there is not None:
            there = events.c.sequence.in_(select(table.c.sequence))
            query = query.where(there if is_there else ~there)
    return query


def _days(connection: Connection) -> list[date]:
    """The days (UTC) on which something happened to somebody."""
    query = select(func.date(events.c.at)).where(events.c.subject.is_not(None)).distinct()
    return [date.fromisoformat(day) for day in connection.scalars(query) if day is not None]


def _type(record: AuditRecord) -> EventType:
    try:
        return EventType(record.type)
    except ValueError as error:
        raise DatabaseVersionError(
            f"event {record.sequence} has type {record.type!r}, unknown to this version: upgrade limen"
        ) from error


def _number(value: float | None) -> float | None:
    """The number as databases keep it: what is not finite was not measured, and zero has no sign."""
    return float(value) + 0.0 if value is not None and math.isfinite(value) else None


def _kept(connection: Connection, record: AuditRecord) -> AuditRecord:
    """The record as the database will give it back: that is what must be hashed."""
    words = Words()

    def text(value: str | None) -> str | None:
        return words.process_bind_param(value, connection.dialect)

    return replace(record, door=text(record.door), reason=text(record.reason), detail=text(record.detail))
