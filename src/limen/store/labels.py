"""What people say of events afterwards: it was this person, it was not, it is of no matter."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, insert, select

from limen.audit.events import AuditEvent, EventType
from limen.errors import BadDataError, UnknownNameError
from limen.store.crops import hand_over_crop
from limen.store.events import insert_event
from limen.store.people import row_of
from limen.store.records import LabelKind
from limen.store.schema import crops, events, labels
from limen.store.sealing import Sealer
from limen.store.sequence_words import sequence_words
from limen.store.subjects import Subjects
from limen.store.transactions import Transactions
from limen.types import PersonId

MOST = 2000
"""So many events are labelled at once at most."""
_VISITS = frozenset((EventType.ACCESS_GRANTED.value, EventType.ACCESS_DENIED.value))


@dataclass(frozen=True, slots=True)
class Label:
    """What ``actor`` said at ``at`` of the event ``sequence``: ``person`` is who it was, or who it was not."""

    sequence: int
    kind: LabelKind
    person: PersonId | None
    actor: str
    at: datetime


class Labels:
    """One label an event, the newest; each change is on record, and events themselves never change."""

    def __init__(self, transactions: Transactions, sealer: Sealer) -> None:
        self._transactions, self._sealer = transactions, sealer
        self._subjects = Subjects(sealer)

    def set(self, sequence: int, kind: LabelKind, person: PersonId | None, actor: str) -> Label:
        """The label that the event has now.

        Raises:
            BadDataError: it is no visit, or the kind and the person do not fit.
            UnknownNameError: there is no such event.
            UnknownPersonError: nobody has this id.
        """
        return self.set_all([sequence], kind, person, actor)[0]

    def set_all(self, sequences: Collection[int], kind: LabelKind, person: PersonId | None, actor: str) -> list[Label]:
        """The labels that these events have now: all of them, or none, with one event on record.

        The picture of an event goes over to whom it is said to show: it is then erased together with them.

        Raises:
            BadDataError: as for ``set``, or there are too many or none.
            UnknownNameError: there is no such event.
            UnknownPersonError: nobody has this id.
        """
        wanted, now = _checked(sequences, kind, person), datetime.now(UTC)
        with self._transactions.writing() as connection:
            door = _door_of(connection, wanted)
            if person is not None:
                row_of(connection, person)
            connection.execute(delete(labels).where(labels.c.sequence.in_(wanted)))
            found = [Label(sequence, kind, person, actor, now) for sequence in wanted]
            connection.execute(insert(labels), [_row(label) for label in found])
            self._hand_over(connection, wanted, person if kind is LabelKind.IS else None)
            self._tell(connection, kind.value, door, person, wanted)
        return found

    def of(self, sequences: Collection[int]) -> dict[int, Label]:
        """The labels of those of these events that have one."""
        query = select(labels).where(labels.c.sequence.in_(list(sequences)))
        with self._transactions.reading() as connection:
            rows = connection.execute(query).mappings().all()
        return {
            row["sequence"]: Label(
                row["sequence"],
                LabelKind(row["kind"]),
                None if row["person_id"] is None else PersonId(row["person_id"]),
                row["actor"],
                row["at"],
            )
            for row in rows
        }

    def clear(self, sequences: Collection[int]) -> int:
        """How many of these events had a label, and have none now; that is on record.

        Raises:
            UnknownNameError: there is no such event.
        """
        with self._transactions.writing() as connection:
            door = _door_of(connection, list(sequences))
            own = labels.c.sequence.in_(list(sequences))
            gone = sorted(connection.scalars(select(labels.c.sequence).where(own)))
            if gone:
                connection.execute(delete(labels).where(own))
                self._hand_over(connection, gone, None)
                self._tell(connection, "cleared", door, None, gone)
        return len(gone)

    def _hand_over(self, connection: Connection, sequences: Sequence[int], person: PersonId | None) -> None:
        """Give the pictures of these events to ``person``, or back to whom the door took each for."""
        with_crop = events.c.sequence.in_(select(crops.c.sequence).where(crops.c.sequence.in_(list(sequences))))
        for sequence, subject, at in connection.execute(
            select(events.c.sequence, events.c.subject, events.c.at).where(with_crop)
        ).all():
            owner = person
            if owner is None and subject is not None:
                owner = self._subjects.person(connection, subject, at.date())
            hand_over_crop(connection, self._sealer, sequence, owner)

    def _tell(
        self, connection: Connection, what: str, door: str | None, person: PersonId | None, sequences: Sequence[int]
    ) -> None:
        event = AuditEvent(
            EventType.EVENT_LABELLED,
            datetime.now(UTC),
            door=door,
            person=person,
            reason=what,
            detail=sequence_words(sequences),
        )
        insert_event(connection, self._sealer, event)


def _checked(sequences: Collection[int], kind: LabelKind, person: PersonId | None) -> list[int]:
    wanted = sorted(set(sequences))
    if not 1 <= len(wanted) <= MOST:
        raise BadDataError(f"1 to {MOST} events are labelled at once, got {len(wanted)}")
    if (kind is LabelKind.IGNORED) != (person is None):
        raise BadDataError(f"a label {kind.value!r} {'needs a' if person is None else 'names no'} person")
    return wanted


def _door_of(connection: Connection, sequences: Sequence[int]) -> str | None:
    """The door that all of these visits were at; ``None`` where they were at several.

    Raises:
        BadDataError: one of them is no visit.
        UnknownNameError: one of them is not there.
    """
    query = select(events.c.sequence, events.c.type, events.c.door).where(events.c.sequence.in_(list(sequences)))
    rows = {row.sequence: row for row in connection.execute(query)}
    for sequence in sequences:
        if sequence not in rows:
            raise UnknownNameError(f"there is no event {sequence}: limen audit list shows what there is")
        if rows[sequence].type not in _VISITS:
            raise BadDataError(f"event {sequence} is {rows[sequence].type}: only visits (access.…) show somebody")
    doors = {row.door for row in rows.values()}
    return doors.pop() if len(doors) == 1 else None


def _row(label: Label) -> dict[str, object]:
    return {
        "sequence": label.sequence,
        "kind": label.kind.value,
        "person_id": label.person,
        "actor": label.actor,
        "at": label.at,
    }
