"""What was answered to a request that its client gave a name: asked again, it is not done again."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, insert, select, update

from limen.store.schema import answers
from limen.store.sealing import Sealer
from limen.store.transactions import Transactions

_KEPT = timedelta(hours=24)
_INFO = "limen answers"
UNDER_WAY = 0
"""The status of an answer that is not there yet."""


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer; ``same_request`` says whether it belongs to the request that was asked about."""

    same_request: bool
    status: int
    headers: dict[str, str]
    body: bytes


class Answers:
    """The newest answers of a store, by the name that a client gave its request; bodies may hold secrets: sealed."""

    def __init__(self, transactions: Transactions, sealer: Sealer) -> None:
        self._transactions, self._sealer = transactions, sealer

    def claim(self, key: str, actor: str, request: bytes, now: datetime) -> KeptAnswer | None:
        """``None`` where the request is new, and from now on under way; else what was answered, or is to be."""
        # With a key: what is asked may hold a password, which a plain digest would let others guess at.
        digest = hmac.digest(self._sealer.derived(_INFO), request, "sha256")
        row = {
            "key": key, "actor": actor, "request": digest, "status": UNDER_WAY, "headers": {}, "body": b"",
            "created_at": now,
        }  # fmt: skip
        with self._transactions.writing() as connection:
            connection.execute(delete(answers).where(answers.c.created_at < now - _KEPT))
            found = connection.execute(select(answers).where(_is(key, actor))).mappings().one_or_none()
            if found is None:
                connection.execute(insert(answers).values(row))
                return None
        body = self._sealer.open(found["body"], _row(key, actor)) if found["status"] != UNDER_WAY else b""
        return KeptAnswer(found["request"] == digest, found["status"], found["headers"], body)

    def keep(self, key: str, actor: str, status: int, headers: dict[str, str], body: bytes) -> None:
        """Keep what was answered."""
        sealed = self._sealer.seal(body, _row(key, actor))
        with self._transactions.writing() as connection:
            connection.execute(
                update(answers).where(_is(key, actor)).values(status=status, headers=headers, body=sealed)
            )

    def forget_under_way(self) -> None:
        """Whatever was being answered when the program ended may be asked again."""
        with self._transactions.writing() as connection:
            connection.execute(delete(answers).where(answers.c.status == UNDER_WAY))

    def release(self, key: str, actor: str) -> None:
        """The request failed, and may be made again."""
        with self._transactions.writing() as connection:
            connection.execute(delete(answers).where(_is(key, actor)))


def _is(key: str, actor: str) -> ColumnElement[bool]:
    return (answers.c.key == key) & (answers.c.actor == actor)


def _row(key: str, actor: str) -> str:
    return f"answer:{key} to {actor}"
