"""Links that work once: for a person to enrol on their own phone, and for a display to become that of a door."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, RowMapping, Select, delete, exists, insert, select, update

from limen.audit.actor import current_actor
from limen.audit.events import AuditEvent, EventType
from limen.errors import BadDataError, UnknownNameError, UnknownPersonError
from limen.store.events import insert_event
from limen.store.names import clean_name
from limen.store.schema import invitations, people
from limen.store.sealing import Sealer
from limen.store.transactions import Transactions
from limen.types import PersonId


class InvitationKind(StrEnum):
    """What a link is for."""

    ENROL = "enrol"
    KIOSK = "kiosk"


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link, without its secret: of the kind ``enrol`` it has a ``person``, of the kind ``kiosk`` a ``door``."""

    id: str
    kind: InvitationKind
    person: PersonId | None
    door: str | None
    created_by: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None

    def open_at(self, now: datetime) -> bool:
        """Whether it can still be used."""
        return self.used_at is None and now < self.expires_at


class Invitations:
    """The invitations of a store; each change is on record."""

    def __init__(self, transactions: Transactions, sealer: Sealer) -> None:
        self._transactions, self._sealer = transactions, sealer

    def add(
        self, kind: InvitationKind, *, person: PersonId | None = None, door: str | None = None, expires_at: datetime,
        created_by: str | None = None,
    ) -> tuple[Invitation, str]:  # fmt: skip
        """The new invitation and its secret, which cannot be told again; ``created_by`` is whoever acts, if not given.

        Raises:
            BadDataError: it has passed already, or what it is for does not fit its kind.
            UnknownPersonError: nobody has this id.
        """
        wrong = (person is None) if kind is InvitationKind.ENROL else (door is None)
        if wrong or (person is not None and door is not None):
            raise BadDataError("an invitation to enrol is for a person, one of a display for a door")
        now = datetime.now(UTC)
        if not now < expires_at:
            raise BadDataError(f"{expires_at.isoformat()} has passed: give an end that is to come")
        secret, new_id = secrets.token_urlsafe(32), str(uuid4())
        row = {
            "id": new_id, "kind": kind.value, "hash": _digest(secret), "person_id": person,
            "door": None if door is None else clean_name(door),
            "created_by": created_by or current_actor() or "program", "created_at": now, "expires_at": expires_at,
        }  # fmt: skip
        with self._transactions.writing() as connection:
            if person is not None and not connection.scalar(select(exists().where(people.c.id == person))):
                raise UnknownPersonError(f"nobody has the id {person!r}: the list of people shows who there is")
            connection.execute(insert(invitations).values(row))
            made = _invitation(_row(connection, new_id))
            self._tell(connection, "added", made)
        return made, secret

    def find(self, secret: str, now: datetime, kind: str) -> Invitation | None:
        """The invitation with this secret, if it can still be used at ``now``; looking does not use it."""
        with self._transactions.reading() as connection:
            row = connection.execute(_by_secret(secret, kind)).mappings().one_or_none()
        found = None if row is None else _invitation(row)
        return found if found is not None and found.open_at(now) else None

    def use(self, secret: str, now: datetime, kind: str) -> Invitation | None:
        """The invitation with this secret, used up from now on; ``None`` where it cannot be used any more."""
        with self._transactions.writing() as connection:
            row = connection.execute(_by_secret(secret, kind)).mappings().one_or_none()
            if row is None or not _invitation(row).open_at(now):
                return None
            connection.execute(update(invitations).where(invitations.c.id == row["id"]).values(used_at=now))
            used = _invitation(_row(connection, row["id"]))
            self._tell(connection, "used", used)
        return used

    def all(self, kind: InvitationKind | None = None) -> list[Invitation]:
        """Every invitation, the newest first."""
        query = select(invitations).order_by(invitations.c.created_at.desc(), invitations.c.id)
        if kind is not None:
            query = query.where(invitations.c.kind == kind.value)
        with self._transactions.reading() as connection:
            return [_invitation(row) for row in connection.execute(query).mappings()]

    def delete(self, invitation: str) -> None:
        """The link no longer works.

        Raises:
            UnknownNameError: there is no such invitation.
        """
        with self._transactions.writing() as connection:
            gone = _invitation(_row(connection, invitation))
            connection.execute(delete(invitations).where(invitations.c.id == invitation))
            self._tell(connection, "deleted", gone)

    def _tell(self, connection: Connection, what: str, about: Invitation) -> None:
        event = AuditEvent(
            EventType.INVITATION_CHANGED, datetime.now(UTC), about.door, about.person, what, detail=about.kind.value
        )
        insert_event(connection, self._sealer, event)


def _by_secret(secret: str, kind: str) -> Select[Any]:
    return select(invitations).where(invitations.c.hash == _digest(secret), invitations.c.kind == str(kind))


def _row(connection: Connection, invitation: str) -> RowMapping:
    row = connection.execute(select(invitations).where(invitations.c.id == invitation)).mappings().one_or_none()
    if row is None:
        raise UnknownNameError(f"there is no invitation with the id {invitation!r}: it may have been withdrawn")
    return row


def _invitation(row: RowMapping) -> Invitation:
    return Invitation(
        row["id"], InvitationKind(row["kind"]), row["person_id"], row["door"], row["created_by"], row["created_at"],
        row["expires_at"], row["used_at"],
    )  # fmt: skip


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
