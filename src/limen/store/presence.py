"""Who is inside a zone, for doors that let nobody in twice; for other doors nothing is kept.

One row a person and zone, without a history: it says since when, and is gone once they leave.
"""

from datetime import UTC, datetime

from sqlalchemy import Connection, delete, exists, insert, select, update

from limen.audit.events import AuditEvent, EventType
from limen.store.events import insert_event
from limen.store.schema import presence
from limen.store.sealing import Sealer
from limen.store.transactions import Transactions
from limen.types import PersonId


class Presence:
    """The presence of a store."""

    def __init__(self, transactions: Transactions, sealer: Sealer) -> None:
        self._transactions, self._sealer = transactions, sealer

    def inside(self, person: PersonId, zone: str, since: datetime) -> bool:
        """Whether ``person`` came into ``zone`` at ``since`` or later and has not left: before that nothing counts."""
        there = (presence.c.person_id == person) & (presence.c.zone == zone) & (presence.c.entered_at >= since)
        with self._transactions.reading() as connection:
            return bool(connection.scalar(select(exists().where(there))))

    def entered(self, person: PersonId, zone: str, at: datetime) -> None:
        """Remember that ``person`` came in at ``at``.

        Raises:
            StoreError: it could not be kept, or nobody has this id.
        """
        with self._transactions.writing() as connection:
            mark_entered(connection, person, zone, at)

    def left(self, person: PersonId, zone: str) -> None:
        """Forget that ``person`` came in."""
        with self._transactions.writing() as connection:
            mark_left(connection, person, zone)

    def forget(self, zone: str, before: datetime) -> None:
        """Forget those who came in before ``before``: they no longer count as inside."""
        old = (presence.c.zone == zone) & (presence.c.entered_at < before)
        with self._transactions.writing() as connection:
            connection.execute(delete(presence).where(old))

    def clear(self, zone: str) -> int:
        """How many were inside: all of them count as outside from now on, which is put on record."""
        with self._transactions.writing() as connection:
            were_inside = connection.execute(delete(presence).where(presence.c.zone == zone)).rowcount
            event = AuditEvent(EventType.RULES_CHANGED, datetime.now(UTC), reason="zone cleared", detail=zone)
            insert_event(connection, self._sealer, event)
        return were_inside


def mark_entered(connection: Connection, person: PersonId, zone: str, at: datetime) -> None:
    """As ``Presence.entered``, in the transaction under way."""
    there = (presence.c.person_id == person) & (presence.c.zone == zone)
    if connection.execute(update(presence).where(there).values(entered_at=at)).rowcount == 0:
        connection.execute(insert(presence).values(person_id=person, zone=zone, entered_at=at))


def mark_left(connection: Connection, person: PersonId, zone: str) -> None:
    """As ``Presence.left``, in the transaction under way."""
    connection.execute(delete(presence).where((presence.c.person_id == person) & (presence.c.zone == zone)))
