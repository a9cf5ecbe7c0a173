"""Day seals: signatures over the chain that show afterwards that it was not made anew."""

from collections.abc import Callable, Iterator
from datetime import date

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import Connection, exists, insert, select, update

from limen.audit.record import Head, Seal, signed_text
from limen.errors import StoreError, TemplateError
from limen.store.rows import readable_rows
from limen.store.schema import seals, state
from limen.store.sealing import Sealer

_ROW = "signing-key"
_UNREADABLE = Seal(0, b"", date.min, b"")
"""Stands for a seal that was altered beyond reading: it fits nowhere."""


def add_seal(connection: Connection, sealer: Sealer, head: Head, day: date) -> None:
    """Seal the chain up to ``head``, whose record is of ``day``, unless it is sealed already.

    The key that signs is made with the first seal.

    Raises:
        StoreError: the key that signs was taken away or altered.
    """
    if connection.scalar(select(exists().where(seals.c.sequence == head.sequence))):
        return
    signature = _signing_key(connection, sealer).sign(signed_text(head.sequence, head.hash, day))
    row = {"sequence": head.sequence, "hash": head.hash, "day": day, "signature": signature}
    connection.execute(insert(seals).values(row))


def kept_seals(connection: Connection) -> Iterator[Seal]:
    """All seals, the oldest first."""
    query = select(seals.c.sequence, seals.c.hash, seals.c.day, seals.c.signature).order_by(seals.c.sequence)
    for row in readable_rows(connection, query):
        yield _UNREADABLE if row is None else Seal(*tuple(row))


def public_key(connection: Connection, sealer: Sealer) -> bytes | None:
    """What checks the seals, 32 bytes; ``None`` before the first, or where the key that signs was altered."""
    try:
        key = _kept_key(connection, sealer)
    except StoreError:
        return None
    return None if key is None else key.public_key().public_bytes_raw()


def checker(public: bytes | None) -> Callable[[Seal], bool]:
    """Tells of a seal whether its signature fits the public key; none does where there is no such key."""
    key = None if public is None else Ed25519PublicKey.from_public_bytes(public)

    def is_signed(seal: Seal) -> bool:
        if key is None:
            return False
        try:
            key.verify(seal.signature, signed_text(seal.sequence, seal.hash, seal.day))
        except (InvalidSignature, TypeError):
            return False
        return True

    return is_signed


def _signing_key(connection: Connection, sealer: Sealer) -> Ed25519PrivateKey:
    kept = _kept_key(connection, sealer)
    if kept is not None:
        return kept
    if connection.scalar(select(exists(select(seals.c.sequence)))):
        raise StoreError("the key that seals the audit was taken away: restore a backup")
    key = Ed25519PrivateKey.generate()
    connection.execute(update(state).values(signing_key=sealer.seal(key.private_bytes_raw(), _ROW)))
    return key


def _kept_key(connection: Connection, sealer: Sealer) -> Ed25519PrivateKey | None:
    """The key in the database, if there is one.

    Raises:
        StoreError: it was altered.
    """
    row = next(readable_rows(connection, select(state.c.signing_key)), None)
    try:
        sealed = b"" if row is None else row.signing_key
        return None if sealed is None else Ed25519PrivateKey.from_private_bytes(sealer.open(sealed, _ROW))
    except TemplateError as error:
        raise StoreError("the key that seals the audit was altered: restore a backup") from error
