"""Everybody's own key: what it seals can be read no longer, in any copy, once the key is destroyed."""

import hmac
import secrets
from datetime import date

from sqlalchemy import Connection, select

from limen.store.key import KEY_BYTES
from limen.store.schema import people
from limen.store.sealing import Sealer
from limen.types import PersonId

SUBJECT_BYTES = 16


def new_sealed_key(sealer: Sealer, person: PersonId) -> bytes:
    """A new random key for ``person``, sealed with the store's key for ``people.sealed_key``."""
    return sealer.seal(secrets.token_bytes(KEY_BYTES), _row(person))


def open_key(sealer: Sealer, person: PersonId, sealed: bytes) -> bytes:
    """The key of ``person``.

    Raises:
        TemplateError: it was altered, moved, or sealed with another store's key.
    """
    return sealer.open(sealed, _row(person))


def key_of(connection: Connection, sealer: Sealer, person: PersonId) -> bytes | None:
    """The key of ``person``; ``None`` where there is no such person, or no key any more.

    Raises:
        TemplateError: it was altered, moved, or sealed with another store's key.
    """
    sealed = connection.scalar(select(people.c.sealed_key).where(people.c.id == person))
    return None if sealed is None else open_key(sealer, person, sealed)


def sealer_of(connection: Connection, sealer: Sealer, person: PersonId) -> Sealer | None:
    """What seals and opens all that is about ``person``; ``None`` as for ``key_of``."""
    key = key_of(connection, sealer, person)
    return None if key is None else Sealer(key)


def subject_of(key: bytes, day: date) -> bytes:
    """What stands for the person in the events of ``day`` (UTC): nothing leads from it to the person but the key."""
    return hmac.digest(key, b"subject " + day.isoformat().encode(), "sha256")[:SUBJECT_BYTES]


def _row(person: PersonId) -> str:
    return f"key of {person}"
