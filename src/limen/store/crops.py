"""The faces that decisions were about, kept for a while where the installation wants that."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import Connection, delete, func, insert, select, update

from limen.audit.events import AuditEvent, EventType
from limen.store.events import insert_event
from limen.store.person_keys import sealer_of
from limen.store.records import LabelKind
from limen.store.rows import readable_rows
from limen.store.schema import crops, events, labels
from limen.store.sealing import Sealer
from limen.store.sequence_words import sequence_words
from limen.store.transactions import Transactions
from limen.types import PersonId


@dataclass(frozen=True, slots=True)
class StrangerCrop:
    """That there is a picture of somebody who was turned away and is nobody who is known."""

    sequence: int
    at: datetime
    door: str | None
    reason: str | None


class Crops:
    """Pictures of faces, each of one event, encrypted, and deleted after their time."""

    def __init__(self, transactions: Transactions, sealer: Sealer) -> None:
        self._transactions, self._sealer = transactions, sealer

    def append(self, event: AuditEvent, jpeg: bytes, delete_after: datetime) -> int:
        """The number of ``event``, which is on the disk together with its picture: both, or neither.

        The picture of somebody who was recognised is sealed with their own key, so that it goes with them.

        Raises:
            StoreError: they could not be kept.
        """
        with self._transactions.writing() as connection:
            sequence = insert_event(connection, self._sealer, event)
            insert_crop(connection, self._sealer, sequence, event.person, jpeg, delete_after)
        return sequence

    def of(self, sequence: int) -> bytes | None:
        """The JPEG of an event; ``None`` where there is none, or none any more.

        Raises:
            TemplateError: it was altered, moved, or sealed with another key.
        """
        with self._transactions.reading() as connection:
            return _opened(connection, self._sealer, sequence)

    def kept(self, sequences: Collection[int]) -> dict[int, datetime]:
        """Until when there is a picture, for those of these events that have one."""
        query = select(crops.c.sequence, crops.c.delete_after).where(crops.c.sequence.in_(list(sequences)))
        with self._transactions.reading() as connection:
            return {row.sequence: row.delete_after for row in connection.execute(query)}

    def strangers(self, limit: int) -> list[StrangerCrop]:
        """At most ``limit`` pictures of those who were turned away unrecognised, the newest first.

        None that somebody said is a person who is known, or is of no matter.
        """
        settled = select(labels.c.sequence).where(labels.c.kind.in_((LabelKind.IS, LabelKind.IGNORED)))
        query = (
            select(events.c.sequence, events.c.at, events.c.door, events.c.reason)
            .where(events.c.sequence.in_(select(crops.c.sequence).where(crops.c.person_id.is_(None))))
            .where(events.c.type == EventType.ACCESS_DENIED.value, events.c.sequence.not_in(settled))
            .order_by(events.c.sequence.desc())
            .limit(limit)
        )
        with self._transactions.reading() as connection:
            rows = [row for row in readable_rows(connection, query) if row is not None]
        return [StrangerCrop(row.sequence, row.at, row.door, row.reason) for row in rows]

    def erase(self, sequences: Collection[int]) -> int:
        """How many of these events had a picture, which is gone from the files now; that it is gone is on record.

        Raises:
            StoreError: the database cannot be written.
        """
        with self._transactions.writing() as connection:
            gone = list(
                connection.scalars(
                    delete(crops).where(crops.c.sequence.in_(list(sequences))).returning(crops.c.sequence)
                )
            )
            if gone:
                event = AuditEvent(
                    EventType.CROPS_DELETED, datetime.now(UTC), reason="erased", detail=sequence_words(gone)
                )
                insert_event(connection, self._sealer, event)
        if gone:
            self._transactions.forget_deleted()
        return len(gone)

    def due(self, now: datetime) -> int:
        """How many have outlived their time."""
        with self._transactions.reading() as connection:
            query = select(func.count()).select_from(crops).where(crops.c.delete_after <= now)
            return connection.scalar(query) or 0

    def delete_due(self, now: datetime) -> int:
        """How many had outlived their time and are gone from the files now; that they were deleted is on record.

        Raises:
            StoreError: the database cannot be written.
        """
        if not self.due(now):
            return 0
        with self._transactions.writing() as connection:
            deleted = connection.execute(delete(crops).where(crops.c.delete_after <= now)).rowcount
            insert_event(connection, self._sealer, AuditEvent(EventType.CROPS_DELETED, now, detail=f"{deleted} crops"))
        self._transactions.forget_deleted()
        return deleted


def insert_crop(
    connection: Connection, sealer: Sealer, sequence: int, person: PersonId | None, jpeg: bytes, delete_after: datetime
) -> None:
    """Add the picture of the event ``sequence`` to the transaction under way; none of somebody just erased."""
    own = None if person is None else sealer_of(connection, sealer, person)
    if person is not None and own is None:
        return
    identifier = str(uuid4())
    row = {
        "id": identifier,
        "sequence": sequence,
        "person_id": None if own is None else person,
        "sealed": (own or sealer).seal(jpeg, _row(identifier, sequence)),
        "delete_after": delete_after,
    }
    connection.execute(insert(crops).values(row))


def hand_over_crop(connection: Connection, sealer: Sealer, sequence: int, person: PersonId | None) -> None:
    """Seal the picture of an event, if there is one, with the key of ``person``, or with the store's for nobody's.

    Raises:
        TemplateError: the picture, or a person's key, was altered.
    """
    row = connection.execute(select(crops.c.id, crops.c.person_id).where(crops.c.sequence == sequence)).one_or_none()
    if row is None or row.person_id == person:
        return
    jpeg = _opened(connection, sealer, sequence)
    own = None if person is None else sealer_of(connection, sealer, person)
    if jpeg is None or (person is not None and own is None):
        return
    sealed = (own or sealer).seal(jpeg, _row(row.id, sequence))
    connection.execute(update(crops).where(crops.c.id == row.id).values(person_id=person, sealed=sealed))


def _opened(connection: Connection, sealer: Sealer, sequence: int) -> bytes | None:
    row = connection.execute(select(crops).where(crops.c.sequence == sequence)).mappings().first()
    if row is None:
        return None
    if row["person_id"] is not None:
        sealer = sealer_of(connection, sealer, PersonId(row["person_id"])) or sealer
    return sealer.open(row["sealed"], _row(row["id"], sequence))


def _row(identifier: str, sequence: int) -> str:
    return f"crop:{identifier} of event {sequence}"
