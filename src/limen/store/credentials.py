"""Whose card it is, and whose number and PIN.

The bits of a card are sealed with its holder's own key; a card is looked up by a keyed digest of them.
"""

import hmac
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, RowMapping, delete, exists, insert, select, update

from limen.audit.events import AuditEvent, EventType
from limen.credentials.card import CardNumber, parse_key
from limen.credentials.pin import PinHasher, check_new_pins
from limen.errors import BadDataError, StoreError, UnknownNameError
from limen.store.events import insert_event
from limen.store.people import row_of
from limen.store.person_keys import open_key, sealer_of
from limen.store.schema import cards, people, pins
from limen.store.sealing import Sealer
from limen.store.transactions import Transactions
from limen.types import PersonId

MOST_NUMBER_DIGITS = 12
NO_PIN = ("", None)
"""In place of hashes: the number is the person's, and opens nothing before a PIN is set."""


_WITH_KEYS = (
    select(cards, people.c.sealed_key)
    .join(people, cards.c.person_id == people.c.id)
    .order_by(cards.c.person_id, cards.c.created_at, cards.c.id)
)


@dataclass(frozen=True, slots=True)
class CardRecord:
    """A card that is kept; valid up to, and no longer at, ``valid_until``."""

    id: str
    person: PersonId
    card: CardNumber = field(repr=False)
    disabled: bool
    valid_until: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has a card; ``disabled`` and ``valid_until`` are the card's, not the person's."""

    person: PersonId
    disabled: bool
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class PinRecord:
    """Who has a number, and the hashes of what they type after it."""

    person: PersonId
    pin_hash: str = field(repr=False)
    duress_hash: str | None = field(repr=False)


class Credentials:
    """The cards and PINs of a store; each change is on record together with what it changes.

    ``hasher`` makes what new PINs are hashed with, once one is set.
    """

    def __init__(self, transactions: Transactions, sealer: Sealer, hasher: Callable[[], PinHasher] = PinHasher) -> None:
        self._transactions, self._sealer, self._hasher = transactions, sealer, hasher
        self._card_key = card_key(sealer)

    def add_card(self, person: PersonId, card: CardNumber, valid_until: datetime | None = None) -> CardRecord:
        """The card, which is ``person``'s from now on.

        Raises:
            BadDataError: somebody has it already.
            UnknownPersonError: nobody has this id.
        """
        with self._transactions.changing_people() as connection:
            if (name := _holders_name(connection, self._tag(card))) is not None:
                raise BadDataError(f"the card {card.key} is {name}'s already: remove it there first (limen cards)")
            seal = person_sealer(connection, self._sealer, person)
            record = CardRecord(str(uuid4()), person, card, False, valid_until, datetime.now(UTC))
            insert_card(connection, record, self._tag(card), seal)
            self._tell(connection, person, "card added")
        return record

    def cards_of(self, person: PersonId) -> list[CardRecord]:
        """The cards of one person, the oldest first; none where there is no such person.

        Raises:
            TemplateError: a card cannot be decrypted.
        """
        with self._transactions.reading() as connection:
            rows = connection.execute(_WITH_KEYS.where(cards.c.person_id == person)).mappings().all()
        return _opened(self._sealer, rows)

    def all_cards(self) -> list[CardRecord]:
        """Everybody's cards, by person, the oldest first.

        Raises:
            TemplateError: a card cannot be decrypted.
        """
        with self._transactions.reading() as connection:
            return all_cards(connection, self._sealer)

    def holder(self, card: CardNumber) -> Holder | None:
        """Who has this card, if anybody."""
        query = select(cards.c.person_id, cards.c.disabled, cards.c.valid_until).where(cards.c.tag == self._tag(card))
        with self._transactions.reading() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else Holder(PersonId(row.person_id), row.disabled, row.valid_until)

    def switch_off(self, card: CardNumber) -> Holder:
        """The card's holder, who keeps it, though it opens nothing.

        Raises:
            UnknownNameError: nobody has this card.
        """
        return self._switch(card, disabled=True)

    def switch_on(self, card: CardNumber) -> Holder:
        """The card's holder, for whom it opens again.

        Raises:
            UnknownNameError: nobody has this card.
        """
        return self._switch(card, disabled=False)

    def remove_card(self, card: CardNumber) -> PersonId:
        """Who had the card, which is nobody's from now on.

        Raises:
            UnknownNameError: nobody has this card.
        """
        remove = delete(cards).where(cards.c.tag == self._tag(card)).returning(cards.c.person_id)
        with self._transactions.changing_people() as connection:
            row = connection.execute(remove).one_or_none()
            if row is None:
                raise _nobodys(card)
            person = PersonId(row.person_id)
            self._tell(connection, person, "card removed")
        self._transactions.forget_deleted()
        return person

    def set_pin(self, person: PersonId, number: str | None, pin: str, duress_pin: str | None = None) -> str:
        """The number to type before the new PIN: ``number``, else the one the person has, else a free one of 6 digits.

        Without ``duress_pin`` there is none, whatever there was before.

        Raises:
            BadDataError: the number is somebody else's, or it or a PIN cannot be one.
            UnknownPersonError: nobody has this id.
        """
        check_new_pins(pin, duress_pin)
        wanted = None if number is None else checked_number(number)
        hasher = self._hasher()  # before the transaction: it takes long
        hashes = hasher.hash(pin), None if duress_pin is None else hasher.hash(duress_pin)
        with self._transactions.changing_people() as connection:
            row_of(connection, person)
            before = connection.scalar(select(pins.c.number).where(pins.c.person_id == person))
            chosen = wanted or before or _free_number(connection)
            if chosen != before and _is_taken(connection, chosen):
                raise BadDataError(f"the number {chosen} is somebody else's: choose another, or let one be chosen")
            connection.execute(delete(pins).where(pins.c.person_id == person))
            insert_pin(connection, person, chosen, hashes)
            self._tell(connection, person, "PIN set")
        self._transactions.forget_deleted()
        return chosen

    def pin_of(self, number: str) -> PinRecord | None:
        """Whose number it is and what is to be typed after it; ``None`` too where no PIN was set for it."""
        return self._pin(pins.c.number == number)

    def pin_of_person(self, person: PersonId) -> PinRecord | None:
        """What this person is to type; ``None`` where no PIN was set."""
        return self._pin(pins.c.person_id == person)

    def number_of(self, person: PersonId) -> str | None:
        """What this person types before their PIN, which need not be set yet; ``None`` where they have no number."""
        with self._transactions.reading() as connection:
            return connection.scalar(select(pins.c.number).where(pins.c.person_id == person))

    def remove_pin(self, person: PersonId) -> None:
        """Take number and PIN from ``person``.

        Raises:
            UnknownNameError: there is none.
            UnknownPersonError: nobody has this id.
        """
        with self._transactions.changing_people() as connection:
            row_of(connection, person)
            if connection.execute(delete(pins).where(pins.c.person_id == person)).rowcount == 0:
                raise UnknownNameError("this person has no PIN: there is nothing to remove")
            self._tell(connection, person, "PIN removed")
        self._transactions.forget_deleted()

    def _pin(self, which: ColumnElement[bool]) -> PinRecord | None:
        with self._transactions.reading() as connection:
            row = connection.execute(select(pins).where(which, pins.c.pin_hash != NO_PIN[0])).one_or_none()
        return None if row is None else PinRecord(PersonId(row.person_id), row.pin_hash, row.duress_hash)

    def _switch(self, card: CardNumber, *, disabled: bool) -> Holder:
        change = update(cards).where(cards.c.tag == self._tag(card)).values(disabled=disabled)
        with self._transactions.changing_people() as connection:
            row = connection.execute(change.returning(cards.c.person_id, cards.c.valid_until)).one_or_none()
            if row is None:
                raise _nobodys(card)
            self._tell(connection, PersonId(row.person_id), f"card switched {'off' if disabled else 'on'}")
        return Holder(PersonId(row.person_id), disabled, row.valid_until)

    def _tell(self, connection: Connection, person: PersonId, what: str) -> None:
        event = AuditEvent(EventType.PERSON_CHANGED, datetime.now(UTC), person=person, reason=what)
        insert_event(connection, self._sealer, event)

    def _tag(self, card: CardNumber) -> bytes:
        return card_tag(self._card_key, card)


def card_key(sealer: Sealer) -> bytes:
    """The key that cards are looked up with: of the store, for the card comes before the person."""
    return sealer.derived("limen cards")


def card_tag(key: bytes, card: CardNumber) -> bytes:
    """What a card is looked up by: without the key nothing leads from it to the card's bits."""
    return hmac.digest(key, card.key.encode(), "sha256")


def person_sealer(connection: Connection, sealer: Sealer, person: PersonId) -> Sealer:
    """What seals all that is about ``person``.

    Raises:
        StoreError: the person has no key.
        UnknownPersonError: nobody has this id.
    """
    row_of(connection, person)
    own = sealer_of(connection, sealer, person)
    if own is None:
        raise StoreError("this person has no key to encrypt with: restore a backup, or delete the person and add again")
    return own


def insert_card(connection: Connection, record: CardRecord, tag: bytes, seal: Sealer) -> None:
    """Add a card of which ``tag`` is nobody's yet; ``seal`` is its holder's."""
    row = {
        "id": record.id,
        "person_id": record.person,
        "tag": tag,
        "sealed": seal.seal(record.card.key.encode(), _card_row(record.id, record.person)),
        "disabled": record.disabled,
        "valid_until": record.valid_until,
        "created_at": record.created_at,
    }
    connection.execute(insert(cards).values(row))


def all_cards(connection: Connection, sealer: Sealer) -> list[CardRecord]:
    """As ``Credentials.all_cards``, in the transaction under way."""
    return _opened(sealer, connection.execute(_WITH_KEYS).mappings().all())


def checked_number(number: str) -> str:
    """``number``, which may be typed before a PIN.

    Raises:
        BadDataError: it may not.
    """
    if not (number.isascii() and number.isdigit() and len(number) <= MOST_NUMBER_DIGITS):
        raise BadDataError(f"a number has 1 to {MOST_NUMBER_DIGITS} digits and nothing else, got {number!r}")
    return number


def _free_number(connection: Connection) -> str:
    """A random number of 6 digits that is nobody's; the first is no zero, which spreadsheets would drop.

    Raises:
        BadDataError: there are hardly any left.
    """
    for _ in range(200):
        number = str(100_000 + secrets.randbelow(900_000))
        if not _is_taken(connection, number):
            return number
    raise BadDataError("hardly any number of 6 digits is free: give one of more digits (--number)")


def _is_taken(connection: Connection, number: str) -> bool:
    return bool(connection.scalar(select(exists().where(pins.c.number == number))))


def insert_pin(connection: Connection, person: PersonId, number: str, hashes: tuple[str, str | None]) -> None:
    """Give a number that is nobody's to a person who has none, with the hashes of PIN and duress PIN."""
    row = {"person_id": person, "number": number, "pin_hash": hashes[0], "duress_hash": hashes[1]}
    connection.execute(insert(pins).values(row | {"created_at": datetime.now(UTC)}))


def _holders_name(connection: Connection, tag: bytes) -> str | None:
    found = select(people.c.name).join(cards, cards.c.person_id == people.c.id).where(cards.c.tag == tag)
    return connection.scalar(found)


def _opened(sealer: Sealer, rows: Iterable[RowMapping]) -> list[CardRecord]:
    own: dict[PersonId, Sealer] = {}
    records = []
    for row in rows:
        person = PersonId(row["person_id"])
        if person not in own:
            own[person] = Sealer(open_key(sealer, person, row["sealed_key"] or b""))
        key = own[person].open(row["sealed"], _card_row(row["id"], person)).decode()
        kept = (row["disabled"], row["valid_until"], row["created_at"])
        records.append(CardRecord(row["id"], person, parse_key(key), *kept))
    return records


def _card_row(identifier: str, person: str) -> str:
    return f"card:{identifier} of {person}"


def _nobodys(card: CardNumber) -> UnknownNameError:
    return UnknownNameError(f"nobody has the card {card.key}: limen cards list shows all of them")
