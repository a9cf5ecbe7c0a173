"""The webhook lock against a real server that checks signatures, and misbehaves when told to."""

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from lock_samples import SECRET, HandClock, LockServer, Received, Rule, answer, eventually, webhook_settings

from limen.config import WebhookSettings
from limen.errors import ConfigError, LockError
from limen.locks.base import LockState
from limen.locks.webhook import WebhookLock, _Exchange, _Request, sign

LOCKED, UNLOCKED, JAMMED = LockState


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def server(clock: HandClock) -> Iterator[LockServer]:
    server = LockServer(clock)
    yield server
    server.close()


def made(server: LockServer, **settings: object) -> WebhookLock:
    return WebhookLock(webhook_settings(server, **settings), "front", server.clock, server.clock.now_utc)


def answers(status: int, body: bytes = b"", **headers: str) -> Rule:
    return lambda request: answer(request, status, body, **headers)


def hangs(server: LockServer) -> Rule:
    return lambda request: bool(server.silence.wait(120)) and None


def test_a_command_says_all_there_is_to_know(server: LockServer, clock: HandClock) -> None:
    lock = made(server)
    lock.open_for(5)
    (got,) = server.commands("unlock")
    now = clock.now_utc()
    assert got.path == "/door?key=4"
    assert got.headers["Content-Type"] == "application/json"
    assert got.command == {
        "action": "unlock",
        "door": "front",
        "seconds": 5,
        "issued_at": "2026-03-01T12:16:40.000Z",
        "expires_at": "2026-03-01T12:16:42.000Z",
        "id": got.headers["Idempotency-Key"],
    }
    assert got.headers["X-Limen-Timestamp"] == str(int(now.timestamp()))
    assert got.headers["X-Limen-Signature"] == sign(got.body, got.headers["X-Limen-Timestamp"], SECRET)
    assert got.genuine


def test_it_locks_at_the_start_and_at_close_what_may_be_open(server: LockServer) -> None:
    lock = made(server)
    assert server.moved == ["lock"]
    lock.close()
    assert server.moved == ["lock"]
    lock.open_for(5)
    lock.close()
    lock.close()
    assert server.moved == ["lock", "unlock", "lock"]


def test_commands_have_ids_of_their_own(server: LockServer) -> None:
    lock = made(server)
    lock.open_for(5)
    lock.open_for(5)
    assert len({got.headers["Idempotency-Key"] for got in server.received}) == 3


def test_a_shorter_opening_asks_for_the_rest_of_the_longer_one(server: LockServer, clock: HandClock) -> None:
    lock = made(server)
    lock.open_for(60)
    clock.now_s += 20
    lock.open_for(5)
    assert [got.command["seconds"] for got in server.commands("unlock")] == [60, 40]


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_what_may_be_better_the_next_time_is_tried_again_with_the_same_request(server: LockServer, status: int) -> None:
    lock = made(server, attempts=3)
    server.rules = [answers(status), answers(status)]
    lock.open_for(5)
    assert lock.state() is UNLOCKED
    tries = server.commands("unlock")
    assert len(tries) == 3
    assert len({(got.headers["Idempotency-Key"], got.body, got.headers["X-Limen-Signature"]) for got in tries}) == 1
    assert server.moved == ["lock", "unlock"]


def test_a_command_that_was_obeyed_though_the_answer_got_lost_is_obeyed_once(server: LockServer) -> None:
    lock = made(server)

    def obeys_and_hangs_up(request: BaseHTTPRequestHandler) -> None:
        server.move(server.received[-1])
        request.connection.shutdown(socket.SHUT_RDWR)

    server.rules = [obeys_and_hangs_up]
    lock.open_for(5)
    assert len(server.commands("unlock")) == 2
    assert server.moved == ["lock", "unlock"]


def test_tries_have_a_bound_and_waits_between(server: LockServer) -> None:
    lock = made(server, attempts=3)
    server.rule = answers(500)
    with pytest.raises(LockError, match="did not confirm in time: it answered 500"):
        lock.open_for(5)
    times = [got.at_s for got in server.commands("unlock")]
    first, second = (later - earlier for earlier, later in pairwise(times))
    assert first > 0.09
    assert second > 0.19


@pytest.mark.parametrize("status", [300, 301, 302, 307, 308, 304, 400, 401, 403, 404, 409])
def test_what_will_not_be_better_is_not_tried_again_nor_elsewhere(server: LockServer, status: int) -> None:
    lock = made(server, attempts=3)
    server.rules = [answers(status, Location="/elsewhere")]
    with pytest.raises(LockError, match=f"answered {status}"):
        lock.open_for(5)
    assert lock.state() is JAMMED
    assert [got.path for got in server.received] == ["/door?key=4"] * 2


@pytest.mark.parametrize(
    "body",
    [b"OK", b"<html>", b"[]", b'"unlocked"', b'{"state": "open"}', b'{"state": null}', b"\xff", b"[" * 60_000],
    ids=["OK", "HTML", "list", "text", "unknown state", "null", "no UTF-8", "nested"],
)
def test_an_answer_that_is_not_understood_is_an_error(server: LockServer, body: bytes) -> None:
    lock = made(server)
    server.rules = [answers(200, body)]
    with pytest.raises(LockError, match="not understood"):
        lock.open_for(5)
    assert lock.state() is JAMMED
    assert len(server.commands("unlock")) == 1


def test_an_answer_that_is_too_long_is_an_error(server: LockServer) -> None:
    lock = made(server)
    server.rules = [answers(200, b" " * 65_537)]
    with pytest.raises(LockError, match="more than 65536 bytes"):
        lock.open_for(5)
    assert lock.state() is JAMMED


@pytest.mark.parametrize("body", [b"", b" \n", b"{}", b'{"battery": 3}', b" " * 65_000])
def test_an_answer_without_state_is_good(server: LockServer, body: bytes) -> None:
    lock = made(server)
    server.rules = [answers(200, body)]
    lock.open_for(5)
    assert lock.state() is UNLOCKED


def test_a_server_that_is_not_there_is_jammed_until_it_is(server: LockServer) -> None:
    server.rule = answers(503)
    lock = made(server)
    assert lock.state() is JAMMED
    server.rule = None
    lock.open_for(5)
    assert lock.state() is UNLOCKED


def test_nobody_listening_is_an_error_that_names_the_address_without_its_path(clock: HandClock) -> None:
    with closing(socket.socket()) as taken:  # bound, so that nobody else gets the port, but not listening
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        settings = WebhookSettings.model_validate(
            {"url": f"http://{address}/token-4711", "secret": SECRET, "attempts": 2}
        )
        lock = WebhookLock(settings, "front", clock, clock.now_utc)
        with pytest.raises(LockError, match=f"{address} did not confirm") as caught:
            lock.open_for(5)
        assert "4711" not in str(caught.value)
        assert lock.state() is JAMMED
        with pytest.raises(LockError):
            lock.close()


def real(server: LockServer, unlock_within_s: float, **settings: object) -> WebhookLock:
    """A lock on the machine's own clock, by which the server judges as well."""
    return WebhookLock(
        webhook_settings(server, **settings), "front", time.monotonic, server.clock.now_utc,
        unlock_within_s=unlock_within_s,
    )  # fmt: skip


def timed(opening: Callable[[], None]) -> float:
    began_s = time.monotonic()
    with pytest.raises(LockError, match="did not confirm in time"):
        opening()
    return time.monotonic() - began_s


def test_a_server_that_hangs_is_waited_for_no_longer_than_an_unlock_is_good_for(server: LockServer) -> None:
    lock = real(server, unlock_within_s=1, timeout_s=0.4, attempts=10)
    server.rule = hangs(server)
    assert 0.99 < timed(lambda: lock.open_for(5)) < 10
    assert lock.state() is JAMMED
    # The second try begins 0.5 s after the first, or later; a third would begin after 1.1 s.
    assert 1 <= len(server.commands("unlock")) <= 2


def test_a_late_answer_does_not_open_and_no_unlock_follows_it(server: LockServer) -> None:
    lock = real(server, unlock_within_s=0.3, timeout_s=10, attempts=10)

    def answers_late(request: BaseHTTPRequestHandler) -> None:
        server.silence.wait(1)
        answer(request, 200)

    server.rules = [answers_late]
    timed(lambda: lock.open_for(5))
    assert lock.state() is JAMMED
    lock.close()
    assert [got.command["action"] for got in server.received] == ["lock", "unlock", "lock"]
    assert lock.state() is LOCKED


def test_no_unlock_is_sent_after_its_time(server: LockServer) -> None:
    lock = real(server, unlock_within_s=1, timeout_s=10, attempts=10)
    server.rule = answers(503)
    timed(lambda: lock.open_for(5))
    sent = len(server.commands("unlock"))
    # After waits of 0.1, 0.2, 0.4 and 0.8 s the fifth try would begin after 1.5 s.
    assert 2 <= sent <= 4
    server.rule = None
    lock.lock()
    assert len(server.commands("unlock")) == sent


def test_a_server_that_sends_a_byte_now_and_then_is_given_up(server: LockServer) -> None:
    lock = real(server, unlock_within_s=0.5, timeout_s=10, attempts=1)

    def drips(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not server.silence.wait(0.02):
            request.wfile.write(b"x")

    server.rule = drips
    assert timed(lambda: lock.open_for(5)) < 5


def test_a_body_that_comes_a_byte_at_a_time_is_given_up(server: LockServer) -> None:
    lock = real(server, unlock_within_s=0.5, timeout_s=10, attempts=1)
    hung_up = []

    def drips(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n")
        try:
            while not server.silence.wait(0.02):
                request.wfile.write(b" ")
        except OSError:
            hung_up.append(True)

    server.rule = drips
    assert timed(lambda: lock.open_for(5)) < 5
    assert eventually(lambda: bool(hung_up))


@pytest.mark.parametrize("given_up", [False, True])
def test_what_is_given_up_while_it_connects_is_never_sent(server: LockServer, given_up: bool) -> None:
    exchange = _Exchange(urlsplit(server.url), None, _Request("POST", b'{"action": "unlock"}', {}))
    if given_up:
        exchange._give_up()
    exchange._run(20)
    made(server)  # what was sent before has arrived by now
    assert len(server.commands("unlock")) == (0 if given_up else 1)


def test_the_state_that_answers_carry_is_asked_for(clock: HandClock) -> None:
    with reporting(clock) as server:
        lock = made(server)
        lock.open_for(500)
        clock.now_s += 2
        server.jammed = True
        assert lock.state() is JAMMED
        asked = server.received[-1]
        assert (asked.method, asked.body, asked.genuine) == ("GET", b"", True)
        server.jammed = False
        clock.now_s += 2
        assert lock.state() is UNLOCKED


def test_the_state_is_asked_for_once_a_second(clock: HandClock) -> None:
    with reporting(clock) as server:
        lock = made(server)
        lock.open_for(500)
        for _ in range(30):
            assert lock.state() is UNLOCKED
            clock.now_s += 0.1
        assert len(asked(server)) == 2


def test_the_state_is_asked_for_at_once_when_an_opening_ran_out(clock: HandClock) -> None:
    with reporting(clock) as server:
        lock = made(server)
        lock.open_for(0.5)
        clock.now_s += 0.5
        server.rules = [answers(200, b'{"state": "unlocked"}')]
        assert lock.state() is UNLOCKED
        clock.now_s += 1
        assert lock.state() is LOCKED


def test_a_state_that_does_not_come_is_an_error_and_asked_for_less_often(clock: HandClock) -> None:
    with reporting(clock) as server:
        lock = made(server)
        lock.open_for(500)
        server.rule = answers(503)
        for _ in range(40):
            clock.now_s += 0.1
            if clock.now_s > 1001:
                with pytest.raises(LockError, match="does not report its state"):
                    lock.state()
        assert len(asked(server)) == 1
        server.rule = None
        clock.now_s += 5
        assert lock.state() is UNLOCKED


def test_a_state_that_hangs_is_not_waited_for(clock: HandClock) -> None:
    with reporting(clock) as server:
        lock = made(server)
        clock.now_s += 2
        server.rule = hangs(server)
        began_s = time.monotonic()
        with pytest.raises(LockError, match="does not report its state"):
            lock.state()
        assert time.monotonic() - began_s < 5


def test_a_receiver_that_stops_reporting_is_an_error(clock: HandClock) -> None:
    with reporting(clock) as server:
        lock = made(server)
        clock.now_s += 2
        server.reports = False
        with pytest.raises(LockError, match="did so before"):
            lock.state()


@pytest.mark.parametrize("reported", ["locked", "jammed"])
def test_an_unlock_that_leaves_the_bolt_where_it_was_is_an_error(server: LockServer, reported: str) -> None:
    lock = made(server)
    server.rules = [answers(200, f'{{"state": "{reported}"}}'.encode())]
    with pytest.raises(LockError, match=f"told to unlock and reports that it is {reported}"):
        lock.open_for(5)
    assert lock.state() is JAMMED


def test_a_lock_that_stays_open_is_an_error(server: LockServer) -> None:
    lock = made(server)
    lock.open_for(5)
    server.rules = [answers(200, b'{"state": "unlocked"}')]
    with pytest.raises(LockError, match="told to lock and reports that it is unlocked"):
        lock.lock()
    assert lock.state() is JAMMED


def test_a_certificate_that_the_file_vouches_for_is_good(tmp_path: Path, clock: HandClock) -> None:
    server = LockServer(clock, tls=serving(tmp_path, "the lock"))
    with closing(server):
        lock = made(server, ca_file=tmp_path / "the lock.pem")
        lock.open_for(5)
        assert lock.state() is UNLOCKED
        assert server.moved == ["lock", "unlock"]


@pytest.mark.parametrize("ca", ["somebody else", None])
def test_a_certificate_of_somebody_else_is_refused(tmp_path: Path, clock: HandClock, ca: str | None) -> None:
    serving(tmp_path, "somebody else")
    server = LockServer(clock, tls=serving(tmp_path, "the lock"))
    with closing(server):
        lock = made(server, attempts=3, ca_file=tmp_path / f"{ca}.pem" if ca else None)
        with pytest.raises(LockError, match=r"not who it says.*ca_file"):
            lock.open_for(5)
        assert lock.state() is JAMMED
        assert server.received == []


@pytest.mark.parametrize(
    "url",
    ["", "lock.example", "ftp://lock.example", "http://", "http://lock.example:0", "http://lock.example:99999",
     "http://lock.example/ü", "http://lock.example/a b", "http://[::1"],
)  # fmt: skip
def test_what_is_no_address_is_refused(clock: HandClock, url: str) -> None:
    with pytest.raises(ConfigError, match=r"webhook\.url"):
        WebhookLock(WebhookSettings(url=url, secret=SECRET), "front", clock, clock.now_utc)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"url": "http://me:secret@lock.example"}, "neither a user nor a fragment"),
        ({"url": "http://lock.example#here"}, "neither a user nor a fragment"),
        ({"secret": ""}, r"webhook\.secret"),
        ({"secret": "x" * 15}, "15 characters, at least 16"),
        ({"ca_file": "ca.pem"}, "of no use with http"),
        ({"url": "https://lock.example", "ca_file": "/no/such/file"}, "no usable certificate"),
        ({"url": "https://lock.example", "ca_file": __file__}, "no usable certificate"),
    ],
)
def test_settings_that_cannot_be_right_are_refused(clock: HandClock, settings: dict[str, str], message: str) -> None:
    given = WebhookSettings.model_validate({"url": "http://lock.example", "secret": SECRET} | settings)
    with pytest.raises(ConfigError, match=message):
        WebhookLock(given, "front", clock, clock.now_utc)


def reporting(clock: HandClock) -> "closing[LockServer]":
    return closing(LockServer(clock, reports=True))


def asked(server: LockServer) -> list[Received]:
    return [got for got in server.received if got.method == "GET"]


def serving(folder: Path, name: str) -> ssl.SSLContext:
    """What a server for localhost needs; its certificate vouches for itself, and lies in the folder."""
    key, subject = ec.generate_private_key(ec.SECP256R1()), x509.Name.from_rfc4514_string(f"CN={name}")
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    written = certificate.public_bytes(pem)
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / f"{name}.pem").write_bytes(written)
    (folder / f"{name} with key.pem").write_bytes(written + secret)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / f"{name} with key.pem")
    return context
