"""Single photos of people: taken away with the templates that were made from them."""

from datetime import UTC, datetime

from sqlalchemy import delete, select

from limen.audit.events import AuditEvent, EventType
from limen.errors import NoInputError
from limen.store.events import insert_event
from limen.store.people import row_of
from limen.store.records import PhotoId
from limen.store.schema import photos
from limen.store.sealing import Sealer
from limen.store.transactions import Transactions
from limen.types import PersonId


class Photos:
    """The photos of a store; each change is on record."""

    def __init__(self, transactions: Transactions, sealer: Sealer) -> None:
        self._transactions, self._sealer = transactions, sealer

    def remove(self, person: PersonId, photo: PhotoId) -> int:
        """Delete a photo of ``person`` and its templates from the files; how many photos are left.

        Raises:
            NoInputError: the person has no such photo.
            UnknownPersonError: nobody has this id.
        """
        own = photos.c.person_id == person
        with self._transactions.changing_people() as connection:
            row_of(connection, person)
            if connection.execute(delete(photos).where(own, photos.c.id == photo)).rowcount == 0:
                raise NoInputError(f"this person has no photo {photo!r}: it was deleted before")
            left = len(connection.scalars(select(photos.c.id).where(own)).all())
            event = AuditEvent(
                EventType.PERSON_CHANGED, datetime.now(UTC), person=person, reason="photo removed",
                detail=f"{left} photos left",
            )  # fmt: skip
            insert_event(connection, self._sealer, event)
        self._transactions.forget_deleted()
        return left

    def kept_of(self, person: PersonId) -> list[PhotoId]:
        """The photos of one person that can be looked at, the newest first."""
        kept = select(photos.c.id).where(photos.c.person_id == person, photos.c.sealed.is_not(None))
        with self._transactions.reading() as connection:
            return [PhotoId(found) for found in connection.scalars(kept.order_by(photos.c.created_at.desc()))]
