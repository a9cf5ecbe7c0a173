"""What people agreed to, and when they took it back."""

from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import Connection, delete, exists, insert, select, update

from limen.errors import BadDataError
from limen.store.about import ConsentRecord
from limen.store.erasure import Erasure, finish_erasure
from limen.store.people import change_person, person_of, row_of
from limen.store.schema import consents, crops, photos
from limen.store.sealing import Sealer
from limen.store.transactions import Transactions
from limen.types import Person, PersonId

MAX_VERSION = 100


class Consents:
    """The consents of the people of a store."""

    def __init__(self, transactions: Transactions, sealer: Sealer) -> None:
        self._transactions, self._sealer = transactions, sealer

    def give(self, person: PersonId, version: str) -> Person:
        """The person, who agreed to the text of this version: their face may be used.

        Raises:
            BadDataError: that is no version.
            UnknownPersonError: nobody has this id.
        """
        with self._transactions.changing_people() as connection:
            return record_consent(connection, self._sealer, person, version)

    def of(self, person: PersonId) -> list[ConsentRecord]:
        """What the person agreed to, the oldest first; nothing where there is no such person."""
        query = select(consents).where(consents.c.person_id == person).order_by(consents.c.given_at, consents.c.id)
        with self._transactions.reading() as connection:
            rows = connection.execute(query).mappings().all()
        return [ConsentRecord(row["text_version"], row["given_at"], row["withdrawn_at"]) for row in rows]

    def withdraw(self, person: PersonId) -> Erasure:
        """Delete the person's templates, photos and crops; the person stays, and their face is used no longer.

        Raises:
            UnknownPersonError: nobody has this id.
        """
        with self._transactions.changing_people() as connection:
            row_of(connection, person)
            given = (consents.c.person_id == person) & consents.c.withdrawn_at.is_(None)
            connection.execute(update(consents).where(given).values(withdrawn_at=datetime.now(UTC)))
            # Templates go with the photos they were made from.
            for table in (photos, crops):
                connection.execute(delete(table).where(table.c.person_id == person))
            change_person(connection, self._sealer, person, {"faceless": True}, "consent_withdrawn")
        return finish_erasure(self._transactions, self._sealer)


def record_consent(connection: Connection, sealer: Sealer, person: PersonId, version: str) -> Person:
    """The person, with their consent on record; one that stands already is not kept twice.

    Raises:
        BadDataError: that is no version.
        UnknownPersonError: nobody has this id.
    """
    text = version.strip()
    if not 1 <= len(text) <= MAX_VERSION:
        raise BadDataError(f"the version of a consent text has 1 to {MAX_VERSION} characters, got {len(text)}")
    found = person_of(row_of(connection, person))
    same = (consents.c.person_id == person) & (consents.c.text_version == text) & consents.c.withdrawn_at.is_(None)
    if connection.scalar(select(exists().where(same))) and not found.faceless:
        return found
    row = {"id": str(uuid4()), "person_id": person, "text_version": text, "given_at": datetime.now(UTC)}
    connection.execute(insert(consents).values(row))
    return change_person(connection, sealer, person, {"faceless": False}, "consent_given")


def check_version(required: str, given: str | None) -> None:
    """Refuse an enrolment without the consent that the settings ask for.

    Raises:
        BadDataError: no consent was given, or one to another text.
    """
    if required and given != required:
        raise BadDataError(
            f"nobody is enrolled here without their consent to version {required!r} of the text, got "
            f"{'none' if given is None else repr(given)}: ask the person, then add --consent {required}"
        )
