"""Tells other programs of events: signed, in the background, and again where it did not get through."""

import hashlib
import hmac
import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from limen.audit.events import AuditEvent
from limen.door.http_post import post
from limen.errors import LimenError
from limen.store import Store
from limen.store.webhooks import Attempt, Delivery, Webhook
from limen.version import __version__

SIGNATURE = "Limen-Signature"
TIMEOUT_S = 10.0
"""How long a receiver may take."""

_LEASE_S = 60.0
"""Longer than a try can take: after it whoever took a delivery has died."""
_POLL_S = 1.0
_TIDY_EVERY = timedelta(hours=1)
_STOP_S = 5.0


def signature(secret: str, at: int, body: bytes) -> str:
    """The value of ``Limen-Signature``: HMAC-SHA256 of ``at``, seconds since 1970, a dot and the body."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def verify_signature(header: str, body: bytes, secret: str, now: datetime, tolerance_s: float = 300.0) -> bool:
    """Whether Limen signed exactly these bytes, less than ``tolerance_s`` before or after ``now``.

    A delivery may come twice, with the same ``id``: remember those of the last hours, and pass over what is known.
    """
    time, _, rest = header.partition(",")
    at = time.removeprefix("t=")
    if not (at.isascii() and at.isdigit() and len(at) < 20 and rest.startswith("v1=")):
        return False
    right = hmac.compare_digest(header.encode(), signature(secret, int(at), body).encode())
    return right and abs(now.timestamp() - int(at)) < tolerance_s


class WebhookSender:
    """Sends what the webhooks are to be told, in threads of its own between ``start`` and ``close``.

    Each webhook has a thread while there is something for it, so that none waits for another. What is to be sent
    stands in the database: it outlasts this process.
    """

    def __init__(
        self, store: Store, *, now: Callable[[], datetime] = lambda: datetime.now(UTC), poll_s: float = _POLL_S
    ) -> None:
        self._store, self._now, self._poll_s = store, now, poll_s
        self._stop = threading.Event()
        self._busy: dict[str, threading.Thread] = {}
        self._tidy_at = now()
        self._thread = threading.Thread(target=self._run, name="limen-webhooks", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def close(self) -> None:
        """Stop; a try under way may go on for a moment, and counts once it is done."""
        self._stop.set()
        for thread in (self._thread, *self._busy.values()):
            if thread.is_alive():
                thread.join(_STOP_S)

    def _run(self) -> None:
        while not self._stop.wait(self._poll_s):
            try:
                self._look()
            except LimenError:
                continue  # A database that is gone for a while: what was to be sent stands in it.

    def _look(self) -> None:
        now = self._now()
        self._store.webhooks.queue(now)
        if now >= self._tidy_at:
            self._store.webhooks.tidy(now)
            self._tidy_at = now + _TIDY_EVERY
        for identifier in self._store.webhooks.waiting(now):
            busy = self._busy.get(identifier)
            if busy is None or not busy.is_alive():
                name = f"limen-webhook-{identifier[:8]}"
                self._busy[identifier] = threading.Thread(target=self._send, args=(identifier,), name=name, daemon=True)
                self._busy[identifier].start()

    def _send(self, identifier: str) -> None:
        try:
            while not self._stop.is_set():
                # One at a time: what is taken and not sent would wait for as long as the lease.
                taken = self._store.webhooks.take(identifier, self._now(), _LEASE_S, limit=1)
                if not taken:
                    return
                deliver(self._store, taken[0], self._now)
        except LimenError:
            return  # Taken up again at the next look.


def send_test(store: Store, identifier: str) -> Attempt:
    """What comes of telling the webhook at once that this is a test.

    Raises:
        StoreError: it could not be noted.
        UnknownNameError: there is no such webhook.
    """
    return deliver(store, store.webhooks.add_test(identifier, datetime.now(UTC), _LEASE_S), lambda: datetime.now(UTC))


def deliver(store: Store, delivery: Delivery, now: Callable[[], datetime]) -> Attempt:
    """Try once, and note what came of it.

    Raises:
        StoreError: it could not be noted.
    """
    attempt = _attempt(store, delivery, now())
    store.webhooks.settle(delivery, attempt, now())
    return attempt


def _attempt(store: Store, delivery: Delivery, now: datetime) -> Attempt:
    try:
        webhook, secret = store.webhooks.get(delivery.webhook), store.webhooks.secret(delivery.webhook)
        body = json.dumps(_message(store, webhook, delivery), ensure_ascii=False).encode("utf-8", "backslashreplace")
    except LimenError as error:
        return Attempt(None, str(error), 0)
    headers = {
        "User-Agent": f"limen/{__version__}",
        "Content-Type": "application/json",
        "Limen-Delivery": delivery.id,
        SIGNATURE: signature(secret, int(now.timestamp()), body),
        "Connection": "close",
    }
    reply = post(webhook.url, body, headers, TIMEOUT_S)
    if reply.status is None:
        return Attempt(None, reply.error, reply.ms)
    return Attempt(reply.status, _refusal(reply.status), reply.ms)


def _refusal(status: int) -> str | None:
    if 200 <= status < 300:
        return None
    hint = "redirects are not followed" if 300 <= status < 400 else "2xx was expected"
    return f"it answered {status}: {hint}"


def _message(store: Store, webhook: Webhook, delivery: Delivery) -> dict[str, object]:
    """What is sent: no scores, and whom it is about only where the webhook is to know."""
    if delivery.sequence is None:
        return _enveloped(delivery, delivery.created_at, {"message": "This is a test."})
    found = store.events.oldest(1, after=delivery.sequence - 1)
    if not found or found[0].sequence != delivery.sequence:
        raise LimenError(f"event {delivery.sequence} is not on record")
    event = found[0].event
    data: dict[str, object] = {
        "sequence": delivery.sequence,
        "door": event.door,
        "reason": event.reason,
        "detail": event.detail,
    }
    return _enveloped(delivery, event.at, data | (_person(store, event) if webhook.names else {}))


def _enveloped(delivery: Delivery, at: datetime, data: dict[str, object]) -> dict[str, object]:
    time = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"id": delivery.id, "type": delivery.type, "time": time, "data": data}


def _person(store: Store, event: AuditEvent) -> dict[str, object]:
    """Whom the event is about; nobody, too, where they were deleted since."""
    if event.person is None:
        return {"person": None}
    return {"person": {"id": event.person, "name": store.people.get(event.person).name}}
