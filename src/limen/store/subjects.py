"""Which person a subject stands for, told by everybody's keys."""

import threading
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Connection, select

from limen.errors import TemplateError
from limen.store.person_keys import key_of, open_key, subject_of
from limen.store.schema import people, state
from limen.store.sealing import Sealer
from limen.types import PersonId

_KEPT_DAYS = 31


class Subjects:
    """Finds people by what stands for them; days that were looked at stay in memory until people change."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer
        self._lock = threading.Lock()
        self._revision = -1
        self._days: dict[date, dict[bytes, PersonId]] = {}

    def person(self, connection: Connection, subject: bytes, day: date) -> PersonId | None:
        """Who ``subject`` stands for in the events of ``day``; ``None`` where their key is no more."""
        return self._of_day(connection, day).get(subject)

    def _of_day(self, connection: Connection, day: date) -> dict[bytes, PersonId]:
        revision = connection.execute(select(state.c.revision)).scalar_one()
        with self._lock:
            if revision != self._revision or len(self._days) > _KEPT_DAYS:
                self._revision, self._days = revision, {}
            if day not in self._days:
                self._days[day] = self._read(connection, day)
            return self._days[day]

    def _read(self, connection: Connection, day: date) -> dict[bytes, PersonId]:
        query = select(people.c.id, people.c.sealed_key).where(people.c.sealed_key.is_not(None))
        found = {}
        for identifier, sealed in connection.execute(query):
            person = PersonId(identifier)
            try:
                found[subject_of(open_key(self._sealer, person, sealed), day)] = person
            except TemplateError:  # One altered key must not hide everybody's events.
                continue
        return found


def subject_at(connection: Connection, sealer: Sealer, person: PersonId, at: datetime) -> bytes | None:
    """What stands for ``person`` in an event at ``at``; ``None`` for who has no key.

    Raises:
        TemplateError: the person's key was altered.
    """
    found = subjects_on(connection, sealer, person, [at.date()])
    return found[0] if found else None


def subjects_on(connection: Connection, sealer: Sealer, person: PersonId, days: Sequence[date]) -> list[bytes]:
    """What stands for ``person`` on each of the ``days``; nothing where they have no key.

    Raises:
        TemplateError: the person's key was altered.
    """
    key = key_of(connection, sealer, person)
    return [] if key is None else [subject_of(key, day) for day in days]
