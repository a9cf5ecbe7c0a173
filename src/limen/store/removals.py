"""People who are being deleted: shut out at once, and erased once it can be undone no longer."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, RowMapping, delete, insert, select

from limen.errors import UnknownNameError
from limen.store.erasure import Erasure, finish_erasure
from limen.store.people import change_person, remove_person, row_of
from limen.store.schema import people, removals
from limen.store.sealing import Sealer
from limen.store.transactions import Transactions
from limen.types import Person, PersonId


@dataclass(frozen=True, slots=True)
class Removal:
    """That somebody is erased from ``erase_at`` on; ``actor`` ordered it, as ``user:`` or ``token:`` and an id."""

    person: PersonId
    erase_at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class Erased:
    """Who is gone, and whether nothing is left of them anywhere."""

    people: tuple[PersonId, ...]
    erasure: Erasure


NOBODY = Erased((), Erasure(complete=True))


class Removals:
    """The people of a store who are being deleted; each step is on record."""

    def __init__(self, transactions: Transactions, sealer: Sealer) -> None:
        self._transactions, self._sealer = transactions, sealer

    def remove(self, person: PersonId, erase_at: datetime, actor: str) -> Removal:
        """Disable the person now, to be erased at ``erase_at``; who is being deleted already is so no sooner or later.

        Raises:
            UnknownPersonError: nobody has this id.
        """
        with self._transactions.changing_people() as connection:
            return begin_removal(connection, self._sealer, Removal(person, erase_at, actor))

    def undo(self, person: PersonId) -> Person:
        """The person, who is disabled only if they were so before.

        Raises:
            UnknownNameError: the person is not being deleted.
            UnknownPersonError: nobody has this id, any more perhaps.
        """
        with self._transactions.changing_people() as connection:
            return undo_removal(connection, self._sealer, person)

    def of(self, person: PersonId) -> Removal | None:
        """When the person is erased; ``None`` where nobody deleted them."""
        with self._transactions.reading() as connection:
            return removal_of(connection, person)

    def all(self) -> list[Removal]:
        """Everybody who is being deleted, whoever is erased first at the front."""
        with self._transactions.reading() as connection:
            rows = connection.execute(select(removals).order_by(removals.c.erase_at, removals.c.person_id))
            return [_removal(row) for row in rows.mappings()]

    def due(self, now: datetime) -> list[PersonId]:
        """Who is to be erased at ``now`` (aware UTC)."""
        with self._transactions.reading() as connection:
            return _due(connection, now)

    def erase_due(self, now: datetime) -> Erased:
        """Erase those whose time has come, in the files and in every copy of keys; cheap where there is nobody.

        Raises:
            StoreError: the database cannot be written; whoever is due stays so.
        """
        if not self.due(now):
            return NOBODY
        with self._transactions.changing_people() as connection:
            # Asked again where nobody else can write: an undo between the two holds.
            gone = _due(connection, now)
            for person in gone:
                remove_person(connection, self._sealer, person, "removed")
        return Erased(tuple(gone), finish_erasure(self._transactions, self._sealer)) if gone else NOBODY


def begin_removal(connection: Connection, sealer: Sealer, wanted: Removal) -> Removal:
    """As ``Removals.remove``, in the transaction under way.

    Raises:
        UnknownPersonError: nobody has this id.
    """
    row = row_of(connection, wanted.person)
    if (already := removal_of(connection, wanted.person)) is not None:
        return already
    values = {"person_id": wanted.person, "erase_at": wanted.erase_at, "actor": wanted.actor}
    connection.execute(insert(removals).values(values | {"was_disabled": row["disabled"]}))
    change_person(connection, sealer, wanted.person, {"disabled": True}, "removed")
    return wanted


def undo_removal(connection: Connection, sealer: Sealer, person: PersonId) -> Person:
    """As ``Removals.undo``, in the transaction under way.

    Raises:
        UnknownNameError: the person is not being deleted.
        UnknownPersonError: nobody has this id, any more perhaps.
    """
    row_of(connection, person)
    own = removals.c.person_id == person
    was = connection.execute(delete(removals).where(own).returning(removals.c.was_disabled)).one_or_none()
    if was is None:
        raise UnknownNameError("this person is not being deleted: there is nothing to undo")
    return change_person(connection, sealer, person, {"disabled": was.was_disabled}, "restored")


def removal_of(connection: Connection, person: PersonId) -> Removal | None:
    """When the person is erased, in the transaction under way."""
    row = connection.execute(select(removals).where(removals.c.person_id == person)).mappings().one_or_none()
    return None if row is None else _removal(row)


def _due(connection: Connection, now: datetime) -> list[PersonId]:
    query = select(removals.c.person_id).join(people).where(removals.c.erase_at <= now.astimezone(UTC))
    return [PersonId(person) for person in connection.scalars(query.order_by(removals.c.erase_at))]


def _removal(row: RowMapping) -> Removal:
    return Removal(PersonId(row["person_id"]), row["erase_at"], row["actor"])
