"""People as a table has them, read and written all at once: what people are imported from and exported to."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import Connection, delete, insert, select, update

from limen.audit.events import AuditEvent, EventType
from limen.credentials.card import CardNumber
from limen.errors import StoreError
from limen.store.credentials import (
    NO_PIN,
    CardRecord,
    all_cards,
    card_key,
    card_tag,
    insert_card,
    insert_pin,
    person_sealer,
)
from limen.store.events import insert_event
from limen.store.named import insert_named, tell
from limen.store.people import insert_person
from limen.store.schema import cards, groups, memberships, people, pins, state
from limen.store.sealing import Sealer
from limen.store.transactions import Transactions
from limen.types import PersonId

_OWN_COLUMNS = ("valid_from", "valid_until", "disabled", "faceless")


@dataclass(frozen=True, slots=True)
class CardEntry:
    """A card in somebody's row."""

    card: CardNumber = field(repr=False)
    disabled: bool = False
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class PersonEntry:
    """Somebody's row; ``number`` is what they type before their PIN, which stands nowhere."""

    name: str
    groups: frozenset[str] = frozenset()
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    disabled: bool = False
    faceless: bool = False
    cards: frozenset[CardEntry] = frozenset()
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Roster:
    """Everybody at one ``revision`` of the store, by name, and the groups there are."""

    revision: int
    entries: Mapping[str, PersonEntry]
    groups: frozenset[str]


@dataclass(frozen=True, slots=True)
class Change:
    """Somebody's row before, ``None`` where there was none, and after; ``columns`` are those that differ."""

    before: PersonEntry | None
    after: PersonEntry
    columns: tuple[str, ...]


class PeopleTable:
    """Everybody in a store, as a table."""

    def __init__(self, transactions: Transactions, sealer: Sealer) -> None:
        self._transactions, self._sealer = transactions, sealer

    def read(self) -> Roster:
        """Everybody.

        Raises:
            TemplateError: a card cannot be decrypted.
        """
        with self._transactions.reading() as connection:
            return _roster(connection, self._sealer)

    def export(self) -> Roster:
        """Everybody, once it is on record that they were taken out.

        Raises:
            TemplateError: a card cannot be decrypted.
        """
        with self._transactions.writing() as connection:
            roster = _roster(connection, self._sealer)
            detail = f"{len(roster.entries)} people as a table"
            event = AuditEvent(EventType.PERSON_EXPORTED, datetime.now(UTC), reason="table", detail=detail)
            insert_event(connection, self._sealer, event)
        return roster

    def write(self, changes: Sequence[Change], revision: int) -> None:
        """Make all of the changes, or none; an event for each says what kind of thing changed.

        Groups are made where there are none; who leaves a number takes its PIN along to the new one.

        Raises:
            StoreError: people were changed since ``revision``, or the database cannot be written.
        """
        with self._transactions.changing_people() as connection:
            if connection.scalar(select(state.c.revision)) != revision:
                raise StoreError("people were changed by somebody else meanwhile: nothing was imported, try again")
            _Writing(connection, self._sealer).write(changes)
        self._transactions.forget_deleted()


class _Writing:
    """One transaction that changes people."""

    def __init__(self, connection: Connection, sealer: Sealer) -> None:
        self._connection, self._sealer, self._card_key = connection, sealer, card_key(sealer)
        self._ids = {row.name: PersonId(row.id) for row in connection.execute(select(people.c.id, people.c.name))}
        self._groups: dict[str, str] = dict(connection.execute(select(groups.c.name, groups.c.id)).all())

    def write(self, changes: Sequence[Change]) -> None:
        # All are taken away before any is given: cards and numbers may pass from one person to another.
        for change in changes:
            if change.before is not None and "cards" in change.columns:
                self._take_cards(change.before.cards - change.after.cards)
        kept = self._take_numbers([change for change in changes if change.before and "number" in change.columns])
        for change in changes:
            self._put(change, kept)

    def _take_cards(self, gone: Iterable[CardEntry]) -> None:
        for entry in gone:
            tag = card_tag(self._card_key, entry.card)
            self._connection.execute(delete(cards).where(cards.c.tag == tag))

    def _take_numbers(self, changes: Iterable[Change]) -> dict[PersonId, tuple[str, str | None]]:
        """The hashes of those who had a number."""
        kept = {}
        for change in changes:
            person = self._ids[change.after.name]
            take = delete(pins).where(pins.c.person_id == person).returning(pins.c.pin_hash, pins.c.duress_hash)
            if (row := self._connection.execute(take).one_or_none()) is not None:
                kept[person] = (row.pin_hash, row.duress_hash)
        return kept

    def _put(self, change: Change, kept: Mapping[PersonId, tuple[str, str | None]]) -> None:
        after = change.after
        if change.before is None:
            self._ids[after.name] = insert_person(self._connection, self._sealer, after.name).id
        person = self._ids[after.name]
        values = {name: getattr(after, name) for name in _OWN_COLUMNS if name in change.columns}
        if values:
            self._connection.execute(update(people).where(people.c.id == person).values(values))
        if "groups" in change.columns:
            if change.before is not None:
                self._connection.execute(delete(memberships).where(memberships.c.person_id == person))
            self._put_groups(person, after.groups)
        if "cards" in change.columns:
            self._put_cards(person, after.cards - (change.before.cards if change.before else frozenset()))
        if "number" in change.columns and after.number is not None:
            insert_pin(self._connection, person, after.number, kept.get(person, NO_PIN))
        event = AuditEvent(
            EventType.PERSON_CHANGED, datetime.now(UTC), person=person, reason="imported", detail=_detail(change)
        )
        insert_event(self._connection, self._sealer, event)

    def _put_groups(self, person: PersonId, names: Iterable[str]) -> None:
        rows = [{"person_id": person, "group_id": self._group(name)} for name in sorted(names)]
        if rows:
            self._connection.execute(insert(memberships), rows)

    def _group(self, name: str) -> str:
        """The id of the group, which is made where there is none."""
        if name not in self._groups:
            self._groups[name] = insert_named(self._connection, groups, name)
            tell(self._connection, self._sealer, "group added", name)
        return self._groups[name]

    def _put_cards(self, person: PersonId, new: Iterable[CardEntry]) -> None:
        seal = person_sealer(self._connection, self._sealer, person)
        for entry in new:
            kept = (entry.disabled, entry.valid_until, datetime.now(UTC))
            record = CardRecord(str(uuid4()), person, entry.card, *kept)
            insert_card(self._connection, record, card_tag(self._card_key, entry.card), seal)


def _detail(change: Change) -> str:
    """What kind of thing changed; groups by name, for they say who may enter."""
    before = change.before.groups if change.before else frozenset()
    words = [*([] if change.before else ["new"]), *change.columns]
    words += [f"joined {name}" for name in sorted(change.after.groups - before)]
    return ", ".join([*words, *(f"left {name}" for name in sorted(before - change.after.groups))])


def _roster(connection: Connection, sealer: Sealer) -> Roster:
    member_of = select(memberships.c.person_id, groups.c.name).join(groups, memberships.c.group_id == groups.c.id)
    names, held = defaultdict(set), defaultdict(set)
    for person, group in connection.execute(member_of):
        names[person].add(group)
    for card in all_cards(connection, sealer):
        held[card.person].add(CardEntry(card.card, card.disabled, card.valid_until))
    numbers = dict(connection.execute(select(pins.c.person_id, pins.c.number)).all())
    entries = {
        row.name: PersonEntry(
            row.name,
            groups=frozenset(names[row.id]),
            cards=frozenset(held[row.id]),
            number=numbers.get(row.id),
            **{column: getattr(row, column) for column in _OWN_COLUMNS},
        )
        for row in connection.execute(select(people).order_by(people.c.name))
    }
    revision = connection.execute(select(state.c.revision)).scalar_one()
    return Roster(revision, entries, frozenset(connection.scalars(select(groups.c.name))))
