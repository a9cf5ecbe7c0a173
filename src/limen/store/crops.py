"""The faces that decisions were about, kept for a while where the installation wants that."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection, delete, func, insert, select

from limen.audit.events import AuditEvent, EventType
from limen.store.events import insert_event
from limen.store.person_keys import sealer_of
from limen.store.schema import crops
from limen.store.sealing import Sealer
from limen.store.transactions import Transactions
from limen.types import PersonId


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
            row = connection.execute(select(crops).where(crops.c.sequence == sequence)).mappings().first()
            if row is None:
                return None
            sealer = self._sealer
            if row["person_id"] is not None:
                sealer = sealer_of(connection, sealer, PersonId(row["person_id"])) or sealer
            return sealer.open(row["sealed"], _row(row["id"], sequence))

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


def _row(identifier: str, sequence: int) -> str:
    return f"crop:{identifier} of event {sequence}"
