"""What may be changed about people, all of it at once or nothing."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, insert, select, update

from limen.audit.events import AuditEvent, EventType
from limen.errors import BadDataError, LimenError, NoInputError
from limen.store.events import insert_event
from limen.store.named import tell
from limen.store.names import clean_name
from limen.store.people import Values, change_person, insert_person, person_of, row_of
from limen.store.removals import Removal, begin_removal, removal_of, undo_removal
from limen.store.schema import groups, memberships, people
from limen.store.sealing import Sealer
from limen.store.transactions import Transactions
from limen.types import PersonId

_OWN: Mapping[str, Callable[["PersonFacts"], str]] = {
    "name": lambda facts: "renamed",
    "disabled": lambda facts: "disabled" if facts.disabled else "enabled",
    "faceless": lambda facts: "faceless" if facts.faceless else "with_face",
}
"""What may differ in somebody's row, and what the event then says."""


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What may be changed about somebody; whoever has an ``erase_at`` is being deleted, which is no change to make."""

    name: str
    groups: frozenset[str] = frozenset()
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    disabled: bool = False
    faceless: bool = False
    erase_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """That one of many could not be changed, and why."""

    person: PersonId
    error: LimenError


class PeopleEdits:
    """Changes to the people of a store; each is on record, together with what it changes."""

    def __init__(self, transactions: Transactions, sealer: Sealer) -> None:
        self._transactions, self._sealer = transactions, sealer

    def facts(self, person: PersonId) -> PersonFacts:
        """What may be changed about the person.

        Raises:
            UnknownPersonError: nobody has this id.
        """
        with self._transactions.reading() as connection:
            return _facts(connection, person)

    def add(self, wanted: PersonFacts) -> PersonId:
        """A new person.

        Raises:
            BadDataError: the name is taken or cannot be one, there is no such group, or the dates contradict.
        """
        _check_dates(wanted)
        with self._transactions.changing_people() as connection:
            new = insert_person(connection, self._sealer, clean_name(wanted.name))
            event = AuditEvent(EventType.PERSON_CHANGED, datetime.now(UTC), person=new.id, reason="added")
            insert_event(connection, self._sealer, event)
            dates: Values = {"valid_from": wanted.valid_from, "valid_until": wanted.valid_until}
            own: Values = {"disabled": wanted.disabled, "faceless": wanted.faceless}
            connection.execute(update(people).where(people.c.id == new.id).values({**dates, **own}))
            self._join(connection, new.id, wanted.groups)
        return new.id

    def edit(self, person: PersonId, change: Callable[[PersonFacts], PersonFacts]) -> PersonFacts:
        """The facts as ``change`` makes them of those that are; what it raises leaves everything as it was.

        Raises:
            BadDataError: the name is taken or cannot be one, there is no such group, or the dates contradict.
            UnknownPersonError: nobody has this id.
        """
        with self._transactions.changing_people() as connection:
            before = _facts(connection, person)
            after = change(before)
            self._put(connection, person, before, replace(after, name=clean_name(after.name)))
            return _facts(connection, person)

    def edit_many(
        self, persons: Sequence[PersonId], change: Callable[[PersonFacts], PersonFacts]
    ) -> tuple[Refusal, ...]:
        """Change all of these people in one transaction; whoever cannot be changed is told and left as they are.

        Raises:
            StoreError: the database cannot be written.
        """
        return self._each(persons, lambda connection, person: self._change(connection, person, change))

    def remove_many(self, persons: Sequence[PersonId], erase_at: datetime, actor: str) -> tuple[Refusal, ...]:
        """As ``Removals.remove`` for all of these people, in one transaction.

        Raises:
            StoreError: the database cannot be written.
        """
        return self._each(
            persons,
            lambda connection, person: begin_removal(connection, self._sealer, Removal(person, erase_at, actor)),
        )

    def restore_many(self, persons: Sequence[PersonId]) -> tuple[Refusal, ...]:
        """As ``Removals.undo`` for all of these people, in one transaction.

        Raises:
            StoreError: the database cannot be written.
        """
        return self._each(persons, lambda connection, person: undo_removal(connection, self._sealer, person))

    def _each(self, persons: Sequence[PersonId], step: Callable[[Connection, PersonId], object]) -> tuple[Refusal, ...]:
        refused = []
        with self._transactions.changing_people() as connection:
            for person in dict.fromkeys(persons):
                try:
                    with connection.begin_nested():
                        step(connection, person)
                except (BadDataError, NoInputError) as error:
                    refused.append(Refusal(person, error))
        return tuple(refused)

    def _change(self, connection: Connection, person: PersonId, change: Callable[[PersonFacts], PersonFacts]) -> None:
        before = _facts(connection, person)
        self._put(connection, person, before, change(before))

    def _put(self, connection: Connection, person: PersonId, before: PersonFacts, after: PersonFacts) -> None:
        _check_dates(after)
        for column, word in _OWN.items():
            if getattr(before, column) != getattr(after, column):
                change_person(connection, self._sealer, person, {column: getattr(after, column)}, word(after))
        if (before.valid_from, before.valid_until) != (after.valid_from, after.valid_until):
            dates: Values = {"valid_from": after.valid_from, "valid_until": after.valid_until}
            change_person(connection, self._sealer, person, dates, "validity")
        self._leave(connection, person, before.groups - after.groups)
        self._join(connection, person, after.groups - before.groups)

    def _join(self, connection: Connection, person: PersonId, names: Iterable[str]) -> None:
        for name in sorted(names):
            connection.execute(insert(memberships).values(person_id=person, group_id=_group(connection, name)))
            tell(connection, self._sealer, "joined group", clean_name(name), person=person)

    def _leave(self, connection: Connection, person: PersonId, names: Iterable[str]) -> None:
        for name in sorted(names):
            own = (memberships.c.person_id == person) & (memberships.c.group_id == _group(connection, name))
            connection.execute(delete(memberships).where(own))
            tell(connection, self._sealer, "left group", clean_name(name), person=person)


def _facts(connection: Connection, person: PersonId) -> PersonFacts:
    found = person_of(row_of(connection, person))
    names = select(groups.c.name).join(memberships).where(memberships.c.person_id == person)
    removal = removal_of(connection, person)
    return PersonFacts(
        found.name,
        frozenset(connection.scalars(names)),
        found.valid_from,
        found.valid_until,
        found.disabled,
        found.faceless,
        None if removal is None else removal.erase_at,
    )


def _group(connection: Connection, name: str) -> str:
    found = connection.scalar(select(groups.c.id).where(groups.c.name == clean_name(name)))
    if found is None:
        raise BadDataError(f"there is no group {name!r}: choose one that there is, or add it first")
    return str(found)


def _check_dates(facts: PersonFacts) -> None:
    begin, end = facts.valid_from, facts.valid_until
    if begin is not None and end is not None and end <= begin:
        raise BadDataError(f"validity must end after it begins, got {begin.isoformat()} to {end.isoformat()}")
