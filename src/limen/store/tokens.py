"""Secrets that programs and displays sign in with: shown once, kept as a digest."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from limen.audit.actor import current_actor
from limen.audit.events import AuditEvent, EventType
from limen.errors import UnknownNameError
from limen.store.events import insert_event
from limen.store.names import clean_name
from limen.store.schema import tokens
from limen.store.sealing import Sealer
from limen.store.transactions import Transactions

_PREFIX = "limen_"


@dataclass(frozen=True, slots=True)
class Token:
    """A token, without its secret; ``door`` is the one door that a display is for."""

    id: str
    name: str
    role: str
    door: str | None
    created_by: str
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None


class Tokens:
    """The tokens of a store; each change is on record."""

    def __init__(self, transactions: Transactions, sealer: Sealer) -> None:
        self._transactions, self._sealer = transactions, sealer

    def add(
        self, name: str, role: str, *, door: str | None = None, expires_at: datetime | None = None
    ) -> tuple[Token, str]:
        """The new token and its secret, which cannot be told again.

        Raises:
            BadDataError: the name cannot be one.
        """
        secret, new_id = f"{_PREFIX}{secrets.token_urlsafe(32)}", str(uuid4())
        row = {
            "id": new_id, "name": clean_name(name), "role": role, "door": door, "hash": _digest(secret),
            "created_by": current_actor() or "program", "created_at": datetime.now(UTC), "expires_at": expires_at,
        }  # fmt: skip
        with self._transactions.writing() as connection:
            connection.execute(insert(tokens).values(row))
            self._tell(connection, "added", f"token:{new_id}, {role}", door)
            return _token(_row(connection, new_id)), secret

    def find(self, secret: str, now: datetime) -> Token | None:
        """The token with this secret, unless its time is over."""
        with self._transactions.reading() as connection:
            query = select(tokens).where(tokens.c.hash == _digest(secret))
            row = connection.execute(query).mappings().one_or_none()
        found = None if row is None else _token(row)
        return None if found is None or (found.expires_at is not None and found.expires_at <= now) else found

    def used(self, token: str, now: datetime) -> None:
        """The token was used at ``now``."""
        with self._transactions.writing() as connection:
            connection.execute(update(tokens).where(tokens.c.id == token).values(last_used_at=now))

    def all(self) -> list[Token]:
        """Every token, the newest first."""
        with self._transactions.reading() as connection:
            return [_token(row) for row in connection.execute(_NEWEST_FIRST).mappings()]

    def delete(self, token: str) -> None:
        """The token no longer signs in.

        Raises:
            UnknownNameError: there is no such token.
        """
        with self._transactions.writing() as connection:
            row = _row(connection, token)
            connection.execute(delete(tokens).where(tokens.c.id == token))
            self._tell(connection, "deleted", f"token:{token}", row["door"])

    def _tell(self, connection: Connection, what: str, detail: str, door: str | None) -> None:
        event = AuditEvent(EventType.TOKEN_CHANGED, datetime.now(UTC), door, reason=what, detail=detail)
        insert_event(connection, self._sealer, event)


_NEWEST_FIRST = select(tokens).order_by(tokens.c.created_at.desc(), tokens.c.id)


def _row(connection: Connection, token: str) -> RowMapping:
    row = connection.execute(select(tokens).where(tokens.c.id == token)).mappings().one_or_none()
    if row is None:
        raise UnknownNameError(f"there is no token with the id {token!r}: the list of tokens shows what there is")
    return row


def _token(row: RowMapping) -> Token:
    return Token(
        row["id"], row["name"], row["role"], row["door"], row["created_by"], row["created_at"], row["last_used_at"],
        row["expires_at"],
    )  # fmt: skip


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
