"""Who may be enrolled."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, RowMapping, Select, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from limen.audit.events import AuditEvent, EventType
from limen.errors import BadDataError, TemplateError, UnknownPersonError
from limen.store.erasure import Erasure, finish_erasure, mark_copies_stale
from limen.store.events import insert_event
from limen.store.names import clean_name
from limen.store.person_keys import key_of, new_sealed_key
from limen.store.schema import answers, people
from limen.store.sealing import Sealer
from limen.store.transactions import Transactions
from limen.types import Person, PersonId

Values = Mapping[str, str | bool | datetime | None]
_ASKED_AGAIN_WITHIN = timedelta(seconds=15)
"""Whoever lost an answer asks again sooner than somebody can be erased who was just deleted."""


class People:
    """The people of a store; their names are unique, compared exactly after ``clean_name``.

    Each change is on record: its event is kept together with it, or neither is.
    """

    def __init__(self, transactions: Transactions, sealer: Sealer) -> None:
        self._transactions, self._sealer = transactions, sealer

    def add(self, name: str) -> Person:
        """A new person without templates and without an event: for whoever puts on record what they come with.

        Raises:
            BadDataError: the name is taken or cannot be one.
        """
        with self._transactions.changing_people() as connection:
            return insert_person(connection, self._sealer, clean_name(name))

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

    def set_validity(self, person: PersonId, valid_from: datetime | None, valid_until: datetime | None) -> Person:
        """The person, who may enter from ``valid_from`` on and before ``valid_until``; ``None`` is no bound.

        Raises:
            BadDataError: the end is not after the beginning.
            UnknownPersonError: nobody has this id.
        """
        if valid_from is not None and valid_until is not None and valid_until <= valid_from:
            raise BadDataError(f"validity must end after it begins, got {valid_from} to {valid_until}")
        return self._change(person, {"valid_from": valid_from, "valid_until": valid_until}, "validity")

    def set_faceless(self, person: PersonId, faceless: bool) -> Person:
        """The person, whose face is used no longer (``faceless``) or again; templates stay until they are deleted.

        Raises:
            UnknownPersonError: nobody has this id.
        """
        return self._change(person, {"faceless": faceless}, "faceless" if faceless else "with_face")

    def entered(self, person: PersonId, at: datetime) -> None:
        """Remember that the person was let in last at ``at``; the event is that of the door, and no gallery changes.

        Raises:
            StoreError: the database cannot be written.
        """
        with self._transactions.writing() as connection:
            connection.execute(update(people).where(people.c.id == person).values(last_entry_at=at))

    def delete(self, person: PersonId) -> Erasure:
        """Remove all that is about the person, and their key, from the files and from every copy of keys.

        Raises:
            UnknownPersonError: nobody has this id.
        """
        with self._transactions.changing_people() as connection:
            row_of(connection, person)
            remove_person(connection, self._sealer, person, None)
        return finish_erasure(self._transactions, self._sealer)

    def unused(self, now: datetime, days: int) -> list[Person]:
        """Everybody who for ``days`` before ``now`` was there, might enter, and was let in nowhere, by name."""
        with self._transactions.reading() as connection:
            rows = connection.execute(_unused(now, days)).mappings().all()
        return [person_of(row) for row in rows]

    def delete_unused(self, now: datetime, days: int) -> tuple[list[Person], Erasure]:
        """As ``unused``, who are then deleted; call it only while the clock is believed."""
        with self._transactions.changing_people() as connection:
            gone = [person_of(row) for row in connection.execute(_unused(now, days)).mappings().all()]
            for person in gone:
                remove_person(connection, self._sealer, person.id, "unused")
        return gone, finish_erasure(self._transactions, self._sealer) if gone else Erasure(complete=True)

    def _change(self, person: PersonId, values: Values, what: str) -> Person:
        with self._transactions.changing_people() as connection:
            return change_person(connection, self._sealer, person, values, what)


def change_person(connection: Connection, sealer: Sealer, person: PersonId, values: Values, what: str) -> Person:
    """The person with other ``values`` in their row; ``what`` is the event's reason.

    Raises:
        BadDataError: somebody else has the name.
        UnknownPersonError: nobody has this id.
    """
    change = update(people).where(people.c.id == person).values(dict(values)).returning(people)
    try:
        row = connection.execute(change).mappings().one_or_none()
    except IntegrityError as error:
        raise _taken(str(values["name"])) from error
    if row is None:
        raise _unknown(person)
    event = AuditEvent(EventType.PERSON_CHANGED, datetime.now(UTC), person=person, reason=what)
    insert_event(connection, sealer, event)
    return person_of(row)


def remove_person(connection: Connection, sealer: Sealer, person: PersonId, reason: str | None) -> None:
    """Delete the person's rows, and their key; whoever calls it finishes the erasure after the transaction."""
    # The event first: it names the person by what only their key leads to.
    named: PersonId | None = person
    try:
        key_of(connection, sealer, person)
    except TemplateError:  # Whose key was altered can be deleted all the same.
        named = None
    now = datetime.now(UTC)
    insert_event(connection, sealer, AuditEvent(EventType.PERSON_DELETED, now, person=named, reason=reason))
    connection.execute(delete(people).where(people.c.id == person))
    # Answers that are kept for those who ask again may name anybody.
    connection.execute(delete(answers).where(answers.c.created_at < now - _ASKED_AGAIN_WITHIN))
    mark_copies_stale(connection)


def insert_person(connection: Connection, sealer: Sealer, name: str) -> Person:
    """The new person of this clean name, with a key of their own.

    Raises:
        BadDataError: the name is taken.
    """
    person = Person(PersonId(str(uuid4())), name)
    row = {
        "id": person.id,
        "name": name,
        "disabled": False,
        "faceless": False,
        "created_at": datetime.now(UTC),
        "sealed_key": new_sealed_key(sealer, person.id),
    }
    if person_named(connection, name) is not None:
        raise _taken(name)
    connection.execute(insert(people).values(row))
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
    return Person(
        PersonId(row["id"]),
        row["name"],
        row["disabled"],
        faceless=row["faceless"],
        valid_from=row["valid_from"],
        valid_until=row["valid_until"],
    )


def _unused(now: datetime, days: int) -> Select[Any]:
    limit = now - timedelta(days=days)
    last = func.coalesce(people.c.last_entry_at, people.c.created_at)
    may_enter = people.c.valid_from.is_(None) | (people.c.valid_from < limit)
    return select(people).where(last < limit, may_enter).order_by(people.c.name)


def _taken(name: str) -> BadDataError:
    return BadDataError(f"there is already somebody named {name!r}: give another name, or enrol more photos of them")


def _unknown(person: PersonId) -> UnknownPersonError:
    return UnknownPersonError(f"nobody has the id {person!r}: limen people list shows who is there")
