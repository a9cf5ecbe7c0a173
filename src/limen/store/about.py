"""Everything that is kept about one person but their events, read at one moment: they have a right to it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, RowMapping, select

from limen.store.credentials import CardRecord, all_cards
from limen.store.records import PersonRecord
from limen.store.schema import (
    consents,
    crops,
    groups,
    invitations,
    labels,
    memberships,
    people,
    pins,
    presence,
    rules,
    schedules,
)
from limen.store.sealing import Sealer
from limen.store.templates import record_of
from limen.store.transactions import Transactions
from limen.types import PersonId


@dataclass(frozen=True, slots=True)
class ConsentRecord:
    """That somebody agreed to a version of the text, and when they took it back."""

    text_version: str
    given_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class RuleRecord:
    """A rule about this person alone."""

    name: str
    effect: str
    door: str | None
    zone: str | None
    schedule: str | None
    valid_from: datetime | None
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class CropRecord:
    """That a picture of a visit is kept, and until when."""

    sequence: int
    delete_after: datetime


@dataclass(frozen=True, slots=True)
class LabelRecord:
    """That somebody said of the event ``sequence`` that it shows this person, or does not."""

    sequence: int
    kind: str
    at: datetime


@dataclass(frozen=True, slots=True)
class InvitationRecord:
    """That a link was made for this person to enrol themselves."""

    created_at: datetime
    expires_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class About:
    """All of it but the vectors and the pictures themselves; ``inside`` are zones with the time of entry.

    ``number`` is what they type before their PIN, of which only a hash is kept.
    """

    record: PersonRecord
    last_entry_at: datetime | None
    groups: tuple[str, ...]
    cards: tuple[CardRecord, ...]
    number: str | None
    consents: tuple[ConsentRecord, ...]
    inside: tuple[tuple[str, datetime], ...]
    rules: tuple[RuleRecord, ...]
    crops: tuple[CropRecord, ...]
    labels: tuple[LabelRecord, ...]
    invitations: tuple[InvitationRecord, ...]


def about(transactions: Transactions, sealer: Sealer, person: PersonId) -> About:
    """Everything about ``person``.

    Raises:
        TemplateError: a card or the person's key was altered.
        UnknownPersonError: nobody has this id.
    """
    with transactions.reading() as connection:
        return About(
            record=record_of(connection, person),
            last_entry_at=connection.scalar(select(people.c.last_entry_at).where(people.c.id == person)),
            groups=tuple(connection.scalars(_groups(person))),
            cards=tuple(card for card in all_cards(connection, sealer) if card.person == person),
            number=connection.scalar(select(pins.c.number).where(pins.c.person_id == person)),
            consents=tuple(
                ConsentRecord(row["text_version"], row["given_at"], row["withdrawn_at"])
                for row in _rows(connection, consents.c.given_at, person)
            ),
            inside=tuple((row["zone"], row["entered_at"]) for row in _rows(connection, presence.c.zone, person)),
            rules=tuple(_rule(connection, row) for row in _rows(connection, rules.c.name, person)),
            crops=tuple(
                CropRecord(row["sequence"], row["delete_after"]) for row in _rows(connection, crops.c.sequence, person)
            ),
            labels=tuple(
                LabelRecord(row["sequence"], row["kind"], row["at"])
                for row in _rows(connection, labels.c.sequence, person)
            ),
            invitations=tuple(
                InvitationRecord(row["created_at"], row["expires_at"], row["used_at"])
                for row in _rows(connection, invitations.c.created_at, person)
            ),
        )


def _rows(connection: Connection, by: Column[Any], person: PersonId) -> list[RowMapping]:
    query = select(by.table).where(by.table.c.person_id == person).order_by(by)
    return list(connection.execute(query).mappings())


def _groups(person: PersonId) -> Any:
    return select(groups.c.name).join(memberships).where(memberships.c.person_id == person).order_by(groups.c.name)


def _rule(connection: Connection, row: RowMapping) -> RuleRecord:
    schedule = connection.scalar(select(schedules.c.name).where(schedules.c.id == row["schedule_id"]))
    places = (row["door"], row["zone"], schedule)
    return RuleRecord(row["name"], row["effect"], *places, row["valid_from"], row["valid_until"])
