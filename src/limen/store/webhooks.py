"""Addresses that are told of events, and what is still to be told them."""

import ipaddress
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from limen.audit.events import AuditEvent, EventType
from limen.errors import BadDataError, UnknownNameError
from limen.store.events import insert_event
from limen.store.schema import deliveries, events, webhooks
from limen.store.sealing import Sealer
from limen.store.transactions import Transactions

TEST = "webhook.test"
"""The type of what a test sends: no event of the record."""
AGAIN_AFTER_S = (5.0, 30.0, 120.0, 600.0, 3600.0)
"""The waits after the first failed tries; after the last of them a delivery is given up."""
MOST = 20
"""So many webhooks there are at most."""

_SECRET_BYTES = 32
_LONGEST_URL = 2000
_PAGE = 500
_MOST_WAITING = 1000
_KEPT_FOR = timedelta(days=7)
_LONGEST_ERROR = 300


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that is told of events of these types, of all where there are none; with ``names`` also of whom."""

    id: str
    url: str
    types: frozenset[EventType]
    names: bool
    disabled: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """Something that an address is told; ``sequence`` is that of the event, ``None`` in a test.

    It waits while there is a ``next_at``; then it was delivered, or given up.
    """

    id: str
    webhook: str
    sequence: int | None
    type: str
    attempts: int
    created_at: datetime
    next_at: datetime | None
    delivered_at: datetime | None
    status: int | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of a try: the HTTP status if any came, and what was wrong, ``None`` where nothing was."""

    status: int | None
    error: str | None
    ms: int


class Webhooks:
    """The webhooks and their deliveries; each change of a webhook is on record."""

    def __init__(self, transactions: Transactions, sealer: Sealer) -> None:
        self._transactions, self._sealer = transactions, sealer

    def all(self) -> list[Webhook]:
        """Every webhook, the oldest first."""
        with self._transactions.reading() as connection:
            rows = connection.execute(select(webhooks).order_by(webhooks.c.created_at, webhooks.c.id)).all()
        return [_webhook(row) for row in rows]

    def get(self, identifier: str) -> Webhook:
        """The webhook with this id.

        Raises:
            UnknownNameError: there is none.
        """
        with self._transactions.reading() as connection:
            return _webhook(_row(connection, identifier))

    def secret(self, identifier: str) -> str:
        """What its deliveries are signed with.

        Raises:
            TemplateError: it was altered.
            UnknownNameError: there is no such webhook.
        """
        with self._transactions.reading() as connection:
            row = _row(connection, identifier)
        return self._sealer.open(row.sealed_secret, _place(identifier)).decode()

    def add(
        self, url: str, types: Collection[EventType] = (), *, names: bool = False, now: datetime | None = None
    ) -> tuple[Webhook, str]:
        """A new webhook, which is told of what happens from now on, and its secret, which is shown never again.

        Raises:
            BadDataError: the address cannot be one, or there are too many.
        """
        identifier, secret = str(uuid4()), _new_secret()
        row = {
            "id": identifier,
            "url": checked_url(url),
            "sealed_secret": self._sealer.seal(secret.encode(), _place(identifier)),
            "types": _words(types),
            "names": names,
            "disabled": False,
            "created_at": now or datetime.now(UTC),
        }
        with self._transactions.writing() as connection:
            if (connection.scalar(select(func.count()).select_from(webhooks)) or 0) >= MOST:
                raise BadDataError(f"there are {MOST} webhooks already, and no more can be: remove one first")
            # Its own making is nothing that it is told of.
            newest = self._tell(connection, "added", identifier)
            connection.execute(insert(webhooks).values(row | {"sequence": newest}))
            return _webhook(_row(connection, identifier)), secret

    def change(
        self,
        identifier: str,
        *,
        url: str | None = None,
        types: Collection[EventType] | None = None,
        names: bool | None = None,
        disabled: bool | None = None,
    ) -> Webhook:
        """The webhook with what is given in place of what was; what happened while it was disabled it never hears.

        Raises:
            BadDataError: the address cannot be one.
            UnknownNameError: there is no such webhook.
        """
        with self._transactions.writing() as connection:
            row = _row(connection, identifier)
            before = _webhook(row)
            values: dict[str, object] = {
                "url": before.url if url is None else checked_url(url),
                "types": _words(before.types if types is None else types),
                "names": before.names if names is None else names,
                "disabled": before.disabled if disabled is None else disabled,
            }
            if all(getattr(row, name) == value for name, value in values.items()):
                return before
            newest = self._tell(connection, "changed", identifier)
            if before.disabled != values["disabled"]:
                values["sequence"] = newest
                _give_up(connection, identifier, "the webhook was switched off")
            connection.execute(update(webhooks).where(webhooks.c.id == identifier).values(values))
            return _webhook(_row(connection, identifier))

    def new_secret(self, identifier: str) -> str:
        """Another secret, which is shown never again; the one before counts no longer.

        Raises:
            UnknownNameError: there is no such webhook.
        """
        secret = _new_secret()
        with self._transactions.writing() as connection:
            _row(connection, identifier)
            self._tell(connection, "new secret", identifier)
            sealed = self._sealer.seal(secret.encode(), _place(identifier))
            connection.execute(update(webhooks).where(webhooks.c.id == identifier).values(sealed_secret=sealed))
        return secret

    def remove(self, identifier: str) -> None:
        """Tell the address nothing any more.

        Raises:
            UnknownNameError: there is no such webhook.
        """
        with self._transactions.writing() as connection:
            _row(connection, identifier)
            self._tell(connection, "removed", identifier)
            connection.execute(delete(webhooks).where(webhooks.c.id == identifier))

    def deliveries(self, identifier: str, limit: int = 20) -> list[Delivery]:
        """The newest deliveries of a webhook, the newest first."""
        query = select(deliveries).where(deliveries.c.webhook_id == identifier)
        query = query.order_by(deliveries.c.created_at.desc(), deliveries.c.sequence.desc(), deliveries.c.id)
        with self._transactions.reading() as connection:
            return [_delivery(row) for row in connection.execute(query.limit(limit)).all()]

    def queue(self, now: datetime) -> int:
        """Note what has happened since the last time for all who want to hear of it; how many deliveries that are."""
        with self._transactions.reading() as connection:
            newest = connection.scalar(select(func.max(events.c.sequence))) or 0
            behind = select(webhooks.c.id).where(webhooks.c.sequence < newest, webhooks.c.disabled.is_(False)).limit(1)
            # Most of the time nobody is behind, and whoever only looks must not wait for those who write.
            if connection.scalar(behind) is None:
                return 0
        with self._transactions.writing() as connection:
            rows = connection.execute(select(webhooks).where(webhooks.c.disabled.is_(False))).all()
            return sum(_queue(connection, row, now) for row in rows)

    def waiting(self, now: datetime) -> list[str]:
        """The ids of the webhooks that have something to be told now."""
        query = select(deliveries.c.webhook_id).where(deliveries.c.next_at <= now).distinct()
        with self._transactions.reading() as connection:
            return list(connection.scalars(query))

    def take(self, identifier: str, now: datetime, lease_s: float, limit: int = 20) -> list[Delivery]:
        """What the webhook is to be told now, the oldest first; nobody else gets it for ``lease_s``.

        Whoever took it and ended without a word is followed by another try.
        """
        due = (deliveries.c.webhook_id == identifier) & (deliveries.c.next_at <= now)
        order = (deliveries.c.created_at, deliveries.c.sequence, deliveries.c.id)
        with self._transactions.writing() as connection:
            rows = connection.execute(select(deliveries).where(due).order_by(*order).limit(limit)).all()
            taken = deliveries.c.id.in_([row.id for row in rows])
            until = now + timedelta(seconds=lease_s)
            connection.execute(update(deliveries).where(taken).values(next_at=until))
        return [_delivery(row) for row in rows]

    def settle(self, delivery: Delivery, attempt: Attempt, now: datetime) -> None:
        """Keep what came of a try: delivered, to be tried again after a while, or given up."""
        attempts = delivery.attempts + 1
        values: dict[str, object] = {"attempts": attempts, "status": attempt.status, "error": _cut(attempt.error)}
        if attempt.error is None:
            values |= {"delivered_at": now, "next_at": None}
        elif attempts > len(AGAIN_AFTER_S) or delivery.sequence is None:
            values |= {"next_at": None}
        else:
            values |= {"next_at": now + timedelta(seconds=AGAIN_AFTER_S[attempts - 1])}
        own = (deliveries.c.id == delivery.id) & deliveries.c.next_at.is_not(None)
        with self._transactions.writing() as connection:
            connection.execute(update(deliveries).where(own).values(values))

    def add_test(self, identifier: str, now: datetime, lease_s: float) -> Delivery:
        """A delivery of a test, taken at once.

        Raises:
            UnknownNameError: there is no such webhook.
        """
        with self._transactions.writing() as connection:
            _row(connection, identifier)
            row = _new_delivery(identifier, None, TEST, now) | {"next_at": now + timedelta(seconds=lease_s)}
            connection.execute(insert(deliveries).values(row))
            return _delivery(connection.execute(select(deliveries).where(deliveries.c.id == row["id"])).one())

    def tidy(self, now: datetime) -> None:
        """Forget what was settled a week ago, and give up what waits behind too much else."""
        with self._transactions.writing() as connection:
            old = deliveries.c.next_at.is_(None) & (deliveries.c.created_at < now - _KEPT_FOR)
            connection.execute(delete(deliveries).where(old))
            for identifier in connection.scalars(select(webhooks.c.id)).all():
                _give_up(connection, identifier, "too much was waiting", beyond=_MOST_WAITING)

    def _tell(self, connection: Connection, reason: str, identifier: str) -> int:
        event = AuditEvent(EventType.WEBHOOK_CHANGED, datetime.now(UTC), reason=reason, detail=identifier)
        return insert_event(connection, self._sealer, event)


def checked_url(text: str) -> str:
    """``text``, which is an address that may be told of events.

    Raises:
        BadDataError: it is none, holds a user or a fragment, or is link-local: clouds answer there with secrets.
    """
    try:
        url = urlsplit(text)
        sound = url.scheme in ("http", "https") and url.hostname and (url.port is None or url.port > 0)
    except ValueError:
        sound = False
    if not sound or not text.isascii() or any(one <= " " or one == "\x7f" for one in text) or len(text) > _LONGEST_URL:
        raise BadDataError(f"an address as https://example.org/limen is expected, got {text[:200]!r}")
    if url.username is not None or url.fragment:
        raise BadDataError("the address must hold neither a user nor a fragment: deliveries are signed instead")
    if is_forbidden(url.hostname or ""):
        raise BadDataError(f"{url.hostname} is link-local, where clouds hand out secrets: nothing is sent there")
    return text


def is_forbidden(host: str) -> bool:
    """Whether ``host`` is a numeric address that nothing is sent to."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address.is_link_local or address.is_multicast or address.is_unspecified


def _queue(connection: Connection, row: Row[Any], now: datetime) -> int:
    """Note what one webhook is to be told of the next events."""
    webhook = _webhook(row)
    query = select(events.c.sequence, events.c.type).where(events.c.sequence > row.sequence)
    found = connection.execute(query.order_by(events.c.sequence).limit(_PAGE)).all()
    if not found:
        return 0
    wanted = [one for one in found if not webhook.types or one.type in webhook.types]
    if wanted:
        rows = [_new_delivery(webhook.id, one.sequence, one.type, now) for one in wanted]
        connection.execute(insert(deliveries), rows)
    connection.execute(update(webhooks).where(webhooks.c.id == webhook.id).values(sequence=found[-1].sequence))
    return len(wanted)


def _give_up(connection: Connection, identifier: str, why: str, beyond: int = 0) -> None:
    """Give up the oldest of what waits for a webhook, ``beyond`` so much of it."""
    waiting = select(deliveries.c.id).where(deliveries.c.webhook_id == identifier, deliveries.c.next_at.is_not(None))
    order = (deliveries.c.created_at.desc(), deliveries.c.sequence.desc())
    oldest: Sequence[str] = connection.scalars(waiting.order_by(*order).offset(beyond)).all()
    for start in range(0, len(oldest), _PAGE):
        these = deliveries.c.id.in_(oldest[start : start + _PAGE])
        connection.execute(update(deliveries).where(these).values(next_at=None, error=why))


def _new_delivery(webhook: str, sequence: int | None, type_: str, now: datetime) -> dict[str, object]:
    return {
        "id": str(uuid4()),
        "webhook_id": webhook,
        "sequence": sequence,
        "type": type_,
        "attempts": 0,
        "created_at": now,
        "next_at": now,
    }


def _row(connection: Connection, identifier: str) -> Row[Any]:
    row = connection.execute(select(webhooks).where(webhooks.c.id == identifier)).one_or_none()
    if row is None:
        raise UnknownNameError(f"there is no webhook {identifier!r}")
    return row


def _webhook(row: Row[Any]) -> Webhook:
    """A type that a newer version knows is left out: this one makes no such events."""
    known = frozenset(EventType(one) for one in row.types if one in list(EventType))
    return Webhook(row.id, row.url, known, row.names, row.disabled, row.created_at)


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        row.id, row.webhook_id, row.sequence, row.type, row.attempts, row.created_at, row.next_at, row.delivered_at,
        row.status, row.error,
    )  # fmt: skip


def _words(types: Collection[EventType]) -> list[str]:
    """The types as they are kept."""
    return sorted({one.value for one in types})


def _new_secret() -> str:
    return secrets.token_urlsafe(_SECRET_BYTES)


def _place(identifier: str) -> str:
    """The name that a secret is sealed for."""
    return f"secret of webhook {identifier}"


def _cut(text: str | None) -> str | None:
    return None if text is None else text[:_LONGEST_ERROR]
