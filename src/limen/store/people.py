"""Who may be enrolled."""

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import Connection, RowMapping, delete, exists, insert, select, update
from sqlalchemy.exc import IntegrityError

from limen.audit.events import AuditEvent, EventType
from limen.errors import BadDataError, UnknownPersonError
from limen.store.events import insert_event
from limen.store.names import clean_name
from limen.store.schema import people, photos, state
from limen.store.transactions import Transactions
from limen.types import Person, PersonId


class People:
    """The people of a store; their names are unique, compared exactly after ``clean_name``.

    Each change is on record: its event is kept together with it, or neither is.
    """

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def add(self, name: str) -> Person:
        """A new person without templates.

        Raises:
            BadDataError: the name is taken or cannot be one.
        """
        with self._transactions.changing_people() as connection:
            return insert_person(connection, clean_name(name))

    def find(self, name: str) -> Person | None:
        """Who has this name, if anybody.

        Raises:
            BadDataError: nobody can have it.
        """
        with self._transactions.reading() as connection:
            return person_named(connection, clean_name(name))

    def get(self, person: PersonId) -> Person:
        """Who has this id.

        Raises:
            UnknownPersonError: nobody has.
        """
        with self._transactions.reading() as connection:
            return person_of(row_of(connection, person))

    def all(self) -> list[Person]:
        """Everybody, disabled people too, by name."""
        with self._transactions.reading() as connection:
            rows = connection.execute(select(people).order_by(people.c.name)).mappings().all()
        return [person_of(row) for row in rows]

    def rename(self, person: PersonId, name: str) -> Person:
        """The person under the new name.

        Raises:
            BadDataError: somebody else has the name, or it cannot be one.
            UnknownPersonError: nobody has this id.
        """
        return self._change(person, {"name": clean_name(name)}, "renamed")

    def disable(self, person: PersonId) -> Person:
        """The person, kept but no longer matched.

        Raises:
            UnknownPersonError: nobody has this id.
        """
        return self._change(person, {"disabled": True}, "disabled")

    def enable(self, person: PersonId) -> Person:
        """The person, matched again.

        Raises:
            UnknownPersonError: nobody has this id.
        """
        return self._change(person, {"disabled": False}, "enabled")

    def delete(self, person: PersonId) -> None:
        """Remove the person with photos and templates, from the files too; events keep the id.

        Raises:
            UnknownPersonError: nobody has this id.
        """
        with self._transactions.changing_people() as connection:
            if connection.execute(delete(people).where(people.c.id == person)).rowcount == 0:
                raise _unknown(person)
            # Nothing left that needs the key: whoever starts anew may choose another.
            connection.execute(update(state).where(~exists().select_from(photos)).values(key_check=None))
            insert_event(connection, AuditEvent(EventType.PERSON_DELETED, datetime.now(UTC), person=person))
        self._transactions.forget_deleted()

    def _change(self, person: PersonId, values: Mapping[str, str | bool], what: str) -> Person:
        with self._transactions.changing_people() as connection:
            change = update(people).where(people.c.id == person).values(values).returning(people)
            try:
                row = connection.execute(change).mappings().one_or_none()
            except IntegrityError as error:
                raise _taken(str(values["name"])) from error
            if row is None:
                raise _unknown(person)
            insert_event(
                connection, AuditEvent(EventType.PERSON_CHANGED, datetime.now(UTC), person=person, reason=what)
            )
            return person_of(row)


def insert_person(connection: Connection, name: str) -> Person:
    """The new person of this clean name.

    Raises:
        BadDataError: the name is taken.
    """
    person = Person(PersonId(str(uuid4())), name)
    row = {"id": person.id, "name": name, "disabled": False, "created_at": datetime.now(UTC)}
    try:
        connection.execute(insert(people).values(row))
    except IntegrityError as error:
        raise _taken(name) from error
    return person


def person_named(connection: Connection, name: str) -> Person | None:
    """Who has this clean name."""
    row = connection.execute(select(people).where(people.c.name == name)).mappings().one_or_none()
    return None if row is None else person_of(row)


def row_of(connection: Connection, person: PersonId) -> RowMapping:
    """The row of ``people`` with this id.

    Raises:
        UnknownPersonError: nobody has it.
    """
    row = connection.execute(select(people).where(people.c.id == person)).mappings().one_or_none()
    if row is None:
        raise _unknown(person)
    return row


def person_of(row: RowMapping) -> Person:
    """The person that a row of ``people`` stands for."""
    return Person(PersonId(row["id"]), row["name"], row["disabled"])


def _taken(name: str) -> BadDataError:
    return BadDataError(f"there is already somebody named {name!r}: give another name, or enrol more photos of them")


def _unknown(person: PersonId) -> UnknownPersonError:
    return UnknownPersonError(f"nobody has the id {person!r}: limen people list shows who is there")
