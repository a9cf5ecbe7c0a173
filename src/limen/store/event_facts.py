"""What is known around events: names, pictures, what operators said of them, and how many there were."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, func, select

from limen.audit.events import EventType
from limen.store.events import EventRecord
from limen.store.schema import crops, events, labels, people, tokens, users
from limen.store.sealing import Sealer
from limen.store.transactions import Transactions
from limen.types import PersonId

_ACTORS = {"user": users, "token": tokens}
ACTOR_KINDS = tuple(f"{kind}:" for kind in _ACTORS)
"""What the names of those who order things begin with in records, before their id."""


@dataclass(frozen=True, slots=True)
class LabelOfEvent:
    """What an operator said of an event: ``kind`` is ``is``, ``wrong`` or ``ignored``."""

    kind: str
    person: PersonId | None
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Around:
    """What is known around some events: who is gone has no name here.

    ``people`` are names by id, ``actors`` names by ``user:`` or ``token:`` and an id, ``crops`` the sequence numbers of
    those that have a picture.
    """

    people: dict[PersonId, str] = field(default_factory=dict)
    actors: dict[str, str] = field(default_factory=dict)
    crops: frozenset[int] = frozenset()
    labels: dict[int, LabelOfEvent] = field(default_factory=dict)


class EventFacts:
    """Reads what stands around events; nothing is changed."""

    def __init__(self, transactions: Transactions, _sealer: Sealer) -> None:
        self._transactions = transactions

    def around(self, records: Sequence[EventRecord]) -> Around:
        """What is known around ``records``, of which there should be no more than a page.

        Raises:
            StoreError: the database cannot be read.
        """
        if not records:
            return Around()
        sequences = [record.sequence for record in records]
        with self._transactions.reading() as connection:
            found = _labels(connection, sequences)
            wanted = {record.event.person for record in records} | {label.person for label in found.values()}
            told = {name for record in records for name in _named(record)} | {one.actor for one in found.values()}
            return Around(
                _people(connection, {one for one in wanted if one is not None}),
                _actors(connection, told),
                frozenset(connection.scalars(select(crops.c.sequence).where(crops.c.sequence.in_(sequences)))),
                found,
            )

    def counts(self, since: datetime, types: frozenset[EventType]) -> dict[tuple[str | None, EventType], int]:
        """How many events of these ``types`` there were since a moment (aware UTC), by door and type.

        Raises:
            StoreError: the database cannot be read.
        """
        with self._transactions.reading() as connection:
            query = (
                select(events.c.door, events.c.type, func.count())
                .where(events.c.sequence >= _first_since(connection, since), events.c.at >= since)
                .where(events.c.type.in_(sorted(types)))
                .group_by(events.c.door, events.c.type)
            )
            return {(door, EventType(kind)): number for door, kind, number in connection.execute(query)}

    def newest_sequence(self) -> int:
        """The number of the newest event, 0 where there is none.

        Raises:
            StoreError: the database cannot be read.
        """
        with self._transactions.reading() as connection:
            return connection.scalar(select(func.max(events.c.sequence))) or 0


def _named(record: EventRecord) -> Iterator[str]:
    """The users and tokens that a record speaks of: who ordered it, and whom its detail begins with."""
    for text in (record.event.actor, record.event.detail):
        if text is not None and text.startswith(ACTOR_KINDS):
            yield text.partition(", ")[0]


def _labels(connection: Connection, sequences: Sequence[int]) -> dict[int, LabelOfEvent]:
    rows = connection.execute(select(labels).where(labels.c.sequence.in_(sequences)))
    return {row.sequence: LabelOfEvent(row.kind, row.person_id, row.actor, row.at) for row in rows}


def _people(connection: Connection, wanted: set[PersonId]) -> dict[PersonId, str]:
    rows = connection.execute(select(people.c.id, people.c.name).where(people.c.id.in_(wanted)))
    return {PersonId(row.id): row.name for row in rows}


def _actors(connection: Connection, wanted: Iterable[str]) -> dict[str, str]:
    found = {}
    for kind, table in _ACTORS.items():
        ids = {one.partition(":")[2] for one in wanted if one.partition(":")[0] == kind}
        if ids:
            rows = connection.execute(select(table.c.id, table.c.name).where(table.c.id.in_(ids)))
            found.update({f"{kind}:{row.id}": row.name for row in rows})
    return found


def _first_since(connection: Connection, since: datetime) -> int:
    """About the first event at or after ``since``, found by halving: times have no index, and hardly ever go back."""
    low, high = 1, (connection.scalar(select(func.max(events.c.sequence))) or 0) + 1
    while low < high:
        middle = (low + high) // 2
        at = connection.scalar(
            select(events.c.at).where(events.c.sequence >= middle).order_by(events.c.sequence).limit(1)
        )
        low, high = (low, middle) if at is None or at >= since else (middle + 1, high)
    return low
