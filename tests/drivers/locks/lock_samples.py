"""The locks that keep the contract, each with the means to let time pass and to jam it."""

import json
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from threading import Lock as Mutex

from gpiozero.pins.mock import MockFactory, MockPin
from mqtt_samples import lock_and_firmware
from pydantic import SecretStr

from limen.config import GpioSettings, WebhookSettings
from limen.locks.base import Lock, LockState
from limen.locks.gpio import GpioLock
from limen.locks.simulator import SimulatedLock
from limen.locks.webhook import WebhookLock, verify_signature

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECRET = "not a secret of anybody"
RELAY_PIN = 17


@dataclass
class HandClock:
    """A clock that is turned by hand."""

    now_s: float = 1000.0

    def __call__(self) -> float:
        return self.now_s

    def now_utc(self) -> datetime:
        return START + timedelta(seconds=self.now_s)


@dataclass
class Rig:
    """A lock under test: ``jam`` makes it refuse every command, ``free`` ends that."""

    lock: Lock
    clock: HandClock
    jam: Callable[[], None]
    free: Callable[[], None]

    def shows(self, state: LockState) -> bool:
        """Whether the lock comes to report ``state``; those that hear of it by messages need a moment."""
        return eventually(lambda: self.lock.state() is state)


def eventually(condition: Callable[[], bool], within_s: float = 20.0) -> bool:
    """Whether ``condition`` comes true."""
    until_s = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > until_s:
            return False
        time.sleep(0.005)
    return True


class RelayPin(MockPin):
    """Becomes an output at the level it is given; ``driven`` holds each level it had as one, and "in" for an input."""

    def __init__(self, factory: MockFactory, info: object) -> None:
        self.driven: list[bool | str] = []
        self.stuck = False
        super().__init__(factory, info)

    def output_with_state(self, state: bool) -> None:
        self._function = "output"
        self._change_state(bool(state))
        self._note(bool(state))

    def _set_state(self, value: bool) -> None:
        if not self.stuck:
            super()._set_state(value)
            self._note(bool(value))

    def _set_function(self, value: str) -> None:
        super()._set_function(value)
        self._note("in" if value == "input" else self._state)

    def _note(self, level: bool | str) -> None:
        if self.driven[-1:] != [level]:
            self.driven.append(level)


def relay_pin(factory: MockFactory) -> RelayPin:
    pin: RelayPin = factory.pin(RELAY_PIN)
    return pin


@dataclass
class Received:
    """A request as the server got it; ``genuine``: its signature is right, and fresh."""

    method: str
    path: str
    headers: Message
    body: bytes
    genuine: bool
    at_s: float = field(default_factory=time.monotonic)

    @property
    def command(self) -> dict[str, object]:
        command: dict[str, object] = json.loads(self.body)
        return command


Rule = Callable[[BaseHTTPRequestHandler], None]


class LockServer:
    """A receiver as somebody may write it: genuine commands move the bolt, each one once.

    ``rules`` answer instead of it, the first the next request; ``rule`` answers all. With ``reports`` answers carry the
    state, and GET is answered.
    """

    def __init__(self, clock: HandClock, *, reports: bool = False, tls: ssl.SSLContext | None = None) -> None:
        self.clock, self.reports, self.jammed = clock, reports, False
        self.received: list[Received] = []
        self.rules: list[Rule] = []
        self.rule: Rule | None = None
        self.moved: list[str] = []
        self.silence = Event()
        self._open_until_s = float("-inf")
        self._done: set[str] = set()
        self._one_at_a_time = Mutex()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                with suppress(OSError):  # clients hang up on those who are slow
                    server.take(self)

            do_GET = do_POST  # noqa: N815 - the base class names it

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: object, client_address: object) -> None:
                """Those who hang up are no news."""

        self._server = Server(("127.0.0.1", 0), Handler)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._scheme = "http" if tls is None else "https"
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"{self._scheme}://localhost:{self.port}/door?key=4"

    @property
    def port(self) -> int:
        return self._server.server_port

    @property
    def state(self) -> str:
        if self.jammed:
            return "jammed"
        return "unlocked" if self.clock() < self._open_until_s else "locked"

    def take(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length", "0")))
        timestamp, signature = (request.headers.get(f"X-Limen-{name}", "") for name in ("Timestamp", "Signature"))
        genuine = verify_signature(body, timestamp, signature, SECRET, self.clock.now_utc(), tolerance_s=5)
        received = Received(request.command, request.path, request.headers, body, genuine)
        with self._one_at_a_time:
            self.received.append(received)
            rule = self.rules.pop(0) if self.rules else self.rule
        if rule is None:
            self._obey(request, received)
        else:
            rule(request)

    def commands(self, action: str) -> list[Received]:
        return [got for got in self.received if got.method == "POST" and got.command["action"] == action]

    def close(self) -> None:
        self.silence.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _obey(self, request: BaseHTTPRequestHandler, received: Received) -> None:
        if not received.genuine:
            answer(request, 401)
        elif self.jammed and not self.reports:
            answer(request, 500)
        else:
            if received.method == "POST" and not self.jammed:
                self.move(received)
            answer(request, 200, json.dumps({"state": self.state}).encode() if self.reports else b"")

    def move(self, received: Received) -> None:
        command, key = received.command, received.headers["Idempotency-Key"]
        if key in self._done:
            return
        self._done.add(key)
        self.moved.append(str(command["action"]))
        seconds = float(str(command["seconds"]))
        self._open_until_s = self.clock() + seconds if command["action"] == "unlock" else float("-inf")


def answer(request: BaseHTTPRequestHandler, status: int, body: bytes = b"", **headers: str) -> None:
    request.send_response(status)
    request.send_header("Content-Length", str(len(body)))
    for name, value in headers.items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(body)


def webhook_settings(server: LockServer, **settings: object) -> WebhookSettings:
    return WebhookSettings.model_validate(
        {"url": server.url, "secret": SecretStr(SECRET), "timeout_s": 10.0, "attempts": 2} | settings
    )


@contextmanager
def simulated(clock: HandClock) -> Iterator[Rig]:
    lock = SimulatedLock(clock)
    yield Rig(lock, clock, lambda: setattr(lock, "jam", True), lambda: setattr(lock, "jam", False))


@contextmanager
def on_pins(clock: HandClock, *, active_low: bool = True) -> Iterator[Rig]:
    factory = MockFactory(pin_class=RelayPin)
    pin = relay_pin(factory)
    lock = GpioLock(GpioSettings(relay_pin=RELAY_PIN, active_low=active_low), clock, factory)
    yield Rig(lock, clock, lambda: setattr(pin, "stuck", True), lambda: setattr(pin, "stuck", False))
    pin.stuck = False
    lock.close()


@contextmanager
def behind_a_webhook(clock: HandClock, *, reports: bool) -> Iterator[Rig]:
    server = LockServer(clock, reports=reports)
    try:
        lock = WebhookLock(webhook_settings(server), "front", clock, clock.now_utc)
        yield Rig(lock, clock, lambda: setattr(server, "jammed", True), lambda: setattr(server, "jammed", False))
    finally:
        server.close()


@contextmanager
def behind_a_broker(clock: HandClock) -> Iterator[Rig]:
    with lock_and_firmware(clock) as (lock, firmware):
        yield Rig(lock, clock, lambda: setattr(firmware, "jam", True), lambda: setattr(firmware, "jam", False))


DRIVERS: dict[str, Callable[[HandClock], AbstractContextManager[Rig]]] = {
    "simulator": simulated,
    "gpio": on_pins,
    "gpio, active high": lambda clock: on_pins(clock, active_low=False),
    "mqtt": behind_a_broker,
    "webhook": lambda clock: behind_a_webhook(clock, reports=False),
    "webhook, reporting": lambda clock: behind_a_webhook(clock, reports=True),
}
"""One entry a driver: the contract is held against each."""
