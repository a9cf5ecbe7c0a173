"""Webhooks get through signed, again where they did not, and hold up nobody; a real server receives them."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from limen.audit.events import AuditEvent, EventType
from limen.door.http_post import post
from limen.door.webhooks import WebhookSender, deliver, send_test, verify_signature
from limen.errors import BadDataError, UnknownNameError
from limen.store import Store
from limen.store.webhooks import AGAIN_AFTER_S, MOST, Delivery, checked_url
from store_samples import new_template, opened

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


class Receiver:
    """A server that remembers what it was sent, and answers with ``status``."""

    def __init__(self) -> None:
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.status = 204
        self.headers: dict[str, str] = {}
        self.hang = threading.Event()
        self.hanging = False
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.received.append((dict(self.headers), body))
                if outer.hanging:
                    outer.hang.wait(20)
                    return
                self.send_response(outer.status)
                for name, value in outer.headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?of=limen"
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.hang.set()
        self.server.shutdown()
        self.server.server_close()

    def messages(self) -> list[Any]:
        return [json.loads(body) for _, body in self.received]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path) as store:
        yield store


def granted(store: Store, person: Any = None) -> AuditEvent:
    event = AuditEvent(
        EventType.ACCESS_GRANTED, NOW, "front", person, "granted", similarity=0.93, threshold=0.91, detail="by face"
    )
    store.events.append(event)
    return event


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def due(store: Store, webhook: str, now: datetime) -> list[Delivery]:
    store.webhooks.queue(now)
    return store.webhooks.take(webhook, now, 60)


def test_an_event_comes_signed_without_names_or_scores(store: Store, receiver: Receiver) -> None:
    ann = store.enrol("Ann", [new_template(1)]).person
    hook, secret = store.webhooks.add(receiver.url)
    granted(store, ann.id)
    sender = WebhookSender(store, poll_s=0.01)
    sender.start()
    until(lambda: any(one.delivered_at for one in store.webhooks.deliveries(hook.id)))
    sender.close()
    ((headers, body),) = receiver.received
    message = json.loads(body)
    assert message["type"] == "access.granted"
    assert message["time"] == "2026-11-02T08:00:00.000Z"
    assert message["data"].keys() == {"sequence", "door", "reason", "detail"}
    assert "Ann" not in body.decode()
    assert headers["Limen-Delivery"] == message["id"]
    now = datetime.now(UTC)
    signed = headers["Limen-Signature"]
    assert verify_signature(signed, body, secret, now)
    assert not verify_signature(signed, body + b" ", secret, now)
    assert not verify_signature(signed, body, secret + "x", now)
    assert not verify_signature(signed, body, secret, now + timedelta(minutes=6))
    assert not verify_signature("t=x,v1=", body, secret, now)
    assert store.webhooks.secret(hook.id) == secret
    assert secret.encode() not in (store._transactions.path).read_bytes()


def test_whom_it_is_about_is_told_where_the_operator_wants_it(store: Store, receiver: Receiver) -> None:
    ann = store.enrol("Ann", [new_template(1)]).person
    hook, _ = store.webhooks.add(receiver.url, [EventType.ACCESS_GRANTED], names=True)
    granted(store, ann.id)
    granted(store)
    store.events.append(AuditEvent(EventType.DOOR_CLOSED, NOW, "front"))
    for delivery in due(store, hook.id, datetime.now(UTC)):
        assert deliver(store, delivery, lambda: NOW).status == 204
    people = [message["data"]["person"] for message in receiver.messages()]
    assert people == [{"id": ann.id, "name": "Ann"}, None]


def test_what_failed_is_tried_again_ever_later_and_then_given_up(store: Store, receiver: Receiver) -> None:
    hook, _ = store.webhooks.add(receiver.url)
    granted(store)
    receiver.status = 500
    now, waits = NOW, []
    store.webhooks.queue(now)
    for _ in range(len(AGAIN_AFTER_S) + 1):
        (delivery,) = store.webhooks.take(hook.id, now, 60)
        deliver(store, delivery, lambda: now)  # noqa: B023 - called at once
        (after,) = store.webhooks.deliveries(hook.id)
        if after.next_at is not None:
            waits.append((after.next_at - now).total_seconds())
            now = after.next_at
    assert waits == list(AGAIN_AFTER_S)
    assert (after.attempts, after.next_at, after.delivered_at, after.status) == (6, None, None, 500)
    assert "2xx was expected" in (after.error or "")
    assert len({message["id"] for message in receiver.messages()}) == 1


def test_what_waits_outlasts_the_program(tmp_path: Path, receiver: Receiver) -> None:
    with opened(tmp_path) as store:
        hook, _ = store.webhooks.add(receiver.url)
        granted(store)
        store.webhooks.queue(NOW)
        (taken,) = store.webhooks.take(hook.id, NOW, 60)
        granted(store)
    with opened(tmp_path) as store:
        assert [one.sequence for one in due(store, hook.id, NOW)] == [(taken.sequence or 0) + 1]
        assert store.webhooks.waiting(NOW) == []
        assert store.webhooks.take(hook.id, NOW + timedelta(seconds=61), 60)[0].id == taken.id


def test_a_dead_receiver_holds_up_nobody_else(
    store: Store, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Receiver()
    slow.hanging = True
    store.webhooks.add(slow.url)
    hook, _ = store.webhooks.add(receiver.url)
    sender = WebhookSender(store, poll_s=0.01)
    sender.start()
    try:
        until(lambda: bool(slow.received))
        for _ in range(5):
            granted(store)
        until(lambda: len(receiver.received) >= 5)
    finally:
        slow.close()
        sender.close()
    assert len(slow.received) == 1
    assert [one.delivered_at is not None for one in store.webhooks.deliveries(hook.id)][:5] == [True] * 5


def test_a_test_is_sent_at_once_and_never_again(store: Store, receiver: Receiver) -> None:
    hook, _ = store.webhooks.add(receiver.url)
    assert send_test(store, hook.id).status == 204
    assert receiver.messages()[0]["type"] == "webhook.test"
    receiver.status, receiver.headers = 302, {"Location": f"{receiver.url}/elsewhere"}
    attempt = send_test(store, hook.id)
    assert (attempt.status, attempt.error) == (302, "it answered 302: redirects are not followed")
    assert len(receiver.received) == 2
    assert all(one.next_at is None for one in store.webhooks.deliveries(hook.id))
    with pytest.raises(UnknownNameError):
        send_test(store, "nothing")


def test_what_does_not_answer_is_told_in_words(receiver: Receiver) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        dead = post(f"http://127.0.0.1:{taken.getsockname()[1]}/", b"{}", {}, 5)
    assert (dead.status, dead.error) == (None, "Connection refused")
    receiver.hanging = True
    slow = post(receiver.url, b"{}", {}, 0.1)
    assert (slow.status, slow.error) == (None, "no answer within 0.1 s")
    assert post("http://no-such-host.invalid/", b"{}", {}, 5).status is None
    assert "nothing is sent" in (post("http://[::ffff:169.254.169.254]/latest", b"{}", {}, 5).error or "")
    plain = post(receiver.url.replace("http", "https"), b"{}", {}, 5)
    assert plain.status is None


@pytest.mark.parametrize(
    "url",
    [
        "", "ftp://host/", "http://", "https://user@host/", "https://host/#x", "http://169.254.169.254/latest",
        "http://[fe80::1]/", "http://[::ffff:169.254.1.1]/", "http://höst/", "http://host:99999/", "http://a b/",
        f"http://host/{'x' * 2000}", "http://0.0.0.0/", "\x00",
    ],
)  # fmt: skip
def test_addresses_that_cannot_be_are_refused(url: str) -> None:
    with pytest.raises(BadDataError):
        checked_url(url)


def test_every_change_is_on_record_and_a_switched_off_one_hears_nothing(store: Store) -> None:
    assert checked_url("http://192.168.1.20:8123/api") == "http://192.168.1.20:8123/api"
    hook, secret = store.webhooks.add("http://lock.lan/")
    granted(store)
    store.webhooks.queue(NOW)
    off = store.webhooks.change(hook.id, disabled=True)
    granted(store)
    assert (off.disabled, store.webhooks.queue(NOW), store.webhooks.waiting(NOW)) == (True, 0, [])
    on = store.webhooks.change(hook.id, disabled=False, types=[EventType.ACCESS_DENIED], url="http://other.lan/")
    assert (on.url, on.types) == ("http://other.lan/", {EventType.ACCESS_DENIED})
    assert store.webhooks.change(hook.id, disabled=False) == on
    granted(store)
    assert due(store, hook.id, NOW) == []
    assert store.webhooks.new_secret(hook.id) != secret
    store.webhooks.remove(hook.id)
    with pytest.raises(UnknownNameError):
        store.webhooks.get(hook.id)
    told = [one.event.reason for one in store.events.latest(20) if one.event.type is EventType.WEBHOOK_CHANGED]
    assert told == ["removed", "new secret", "changed", "changed", "added"]


def test_there_is_a_bound_to_everything(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("limen.store.webhooks._MOST_WAITING", 3)
    hook, _ = store.webhooks.add("http://lock.lan/")
    for _ in range(5):
        granted(store)
    store.webhooks.queue(NOW)
    store.webhooks.tidy(NOW)
    assert [one.next_at is None for one in store.webhooks.deliveries(hook.id)] == [False, False, False, True, True]
    store.webhooks.tidy(NOW + timedelta(days=8))
    assert len(store.webhooks.deliveries(hook.id)) == 3
    for _ in range(MOST - 1):
        store.webhooks.add("http://lock.lan/")
    with pytest.raises(BadDataError, match="already"):
        store.webhooks.add("http://lock.lan/")
