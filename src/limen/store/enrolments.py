"""Enrolments that know whom they are for: somebody new, or somebody by their id; by invitation, once."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, update

from limen.audit.events import AuditEvent, EventType
from limen.errors import BadDataError
from limen.store.enrolment import Enrolled, NewTemplate, add_templates
from limen.store.events import insert_event
from limen.store.keycheck import check_key
from limen.store.names import clean_name
from limen.store.people import insert_person, person_of, row_of
from limen.store.schema import invitations
from limen.store.sealing import Sealer
from limen.store.transactions import Transactions
from limen.types import PersonId


class Enrolments:
    """Adds templates to people; all of an enrolment is kept, or nothing."""

    def __init__(self, transactions: Transactions, sealer: Sealer) -> None:
        self._transactions, self._sealer = transactions, sealer

    def add_new(self, name: str, new_templates: Sequence[NewTemplate], consent: str | None) -> Enrolled:
        """A new person of this name with these templates.

        Raises:
            BadDataError: somebody has the name, or nobody can.
            StoreError: the database cannot be written.
        """
        clean = clean_name(name)
        with self._transactions.changing_people() as connection:
            check_key(connection, self._sealer)
            person = insert_person(connection, self._sealer, clean)
            person, added = add_templates(connection, self._sealer, person, new_templates, consent)
        return Enrolled(person, created=True, added=added)

    def add_to(
        self,
        person: PersonId,
        new_templates: Sequence[NewTemplate],
        consent: str | None,
        invitation: str | None = None,
    ) -> Enrolled:
        """The person, with these templates too; the ``invitation`` by which they came is used up in the same moment.

        Raises:
            BadDataError: the invitation is not theirs, was used or revoked, or is over.
            StoreError: the database cannot be written.
            UnknownPersonError: nobody has this id.
        """
        with self._transactions.changing_people() as connection:
            check_key(connection, self._sealer)
            known = person_of(row_of(connection, person))
            if invitation is not None:
                _use(connection, self._sealer, invitation, person)
            known, added = add_templates(connection, self._sealer, known, new_templates, consent)
        return Enrolled(known, created=False, added=added)


def _use(connection: Connection, sealer: Sealer, invitation: str, person: PersonId) -> None:
    now = datetime.now(UTC)
    is_open = (
        (invitations.c.id == invitation)
        & (invitations.c.kind == "enrol")
        & (invitations.c.person_id == person)
        & invitations.c.used_at.is_(None)
        & (invitations.c.expires_at > now)
    )
    if connection.execute(update(invitations).where(is_open).values(used_at=now)).rowcount != 1:
        raise BadDataError("this invitation was used, revoked or is over: ask those who run it for another one")
    insert_event(
        connection, sealer, AuditEvent(EventType.INVITATION_CHANGED, now, person=person, reason="used", detail="enrol")
    )
