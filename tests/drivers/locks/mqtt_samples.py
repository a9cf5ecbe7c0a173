"""A real broker, a lock with the reference firmware, and a client that looks on."""

import getpass
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from limen.config import MqttLockSettings, MqttSettings
from limen.errors import LockError
from limen.locks.base import LockState
from limen.locks.firmware import Action, FirmwareLock, Flash, Heard, command_topic, report_topic
from limen.locks.mqtt import MqttLock
from limen.locks.mqtt_link import Message, MqttLink

DOOR = "front"
SECRET = "0123456789abcdef0123456789abcdef"
_PATIENCE_S = 30.0


def wait_until(happened: Callable[[], bool], what: str) -> None:
    """Return once ``happened``; a failure of the test where it takes too long."""
    until_s = time.monotonic() + _PATIENCE_S
    while not happened():
        if time.monotonic() > until_s:
            pytest.fail(f"never happened: {what}")
        time.sleep(0.01)


class Broker:
    """A mosquitto of one's own on 127.0.0.1; ``lines`` are added to its listener."""

    def __init__(self, folder: Path, lines: str = "allow_anonymous true") -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._file = folder / "mosquitto.conf"
        self._file.write_text(
            f"user {getpass.getuser()}\npersistence false\nset_tcp_nodelay true\nlog_dest stderr\n"
            f"listener {self.port} 127.0.0.1\n{lines}\n"
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(["/usr/sbin/mosquitto", "-c", str(self._file)], stderr=subprocess.DEVNULL)
        wait_until(self._answers, "the broker answers")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.send_signal(how)
            self._process.wait(_PATIENCE_S)
            self._process = None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Meanwhile it takes bytes and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def settings(self, **more: object) -> MqttSettings:
        return MqttSettings.model_validate({"host": "127.0.0.1", "port": self.port, **more})

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, "mosquitto ended at once: its port or its configuration is bad"
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@contextmanager
def linked(settings: MqttSettings, client_id: str, availability: str | None = None) -> Iterator[MqttLink]:
    """A link that is up."""
    link = MqttLink(settings, client_id, availability)
    assert link.start(_PATIENCE_S), "the broker does not take the connection"
    try:
        yield link
    finally:
        link.close()


class Onlooker:
    """Keeps what it sees under ``topic``."""

    def __init__(self, link: MqttLink, topic: str) -> None:
        self.seen: list[Message] = []
        link.subscribe(topic, self.seen.append)

    def payloads(self) -> list[bytes]:
        return [message.payload for message in self.seen]


class LockOnLine:
    """The reference firmware behind a link: reports often and after each change, as firmware does."""

    def __init__(
        self,
        settings: MqttSettings,
        *,
        flash: Flash | None = None,
        nonce_s: float = 5.0,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.flash = flash or Flash()
        self.firmware = FirmwareLock(SECRET, DOOR, now_s, flash=self.flash, nonce_s=nonce_s)
        self.heard: list[Heard] = []
        self._settings, self._guard, self._stop = settings, threading.Lock(), threading.Event()
        self.silent = False
        self.connect()
        self._thread = threading.Thread(target=self._report_often, daemon=True)
        self._thread.start()

    def connect(self) -> None:
        self.link = MqttLink(self._settings, f"lock-{DOOR}")
        self.link.subscribe(command_topic("limen", DOOR), self._hear)
        assert self.link.start(_PATIENCE_S)

    def unlocks(self) -> int:
        return sum(action is Action.UNLOCK for _, action, _ in self.firmware.history)

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        self.link.close()

    def _hear(self, message: Message) -> None:
        with self._guard:
            self.heard.append(self.firmware.hear(message.payload, retained=message.retained))
            self._report()

    def _report_often(self) -> None:
        due_s, state = 0.0, self.firmware.state
        while not self._stop.wait(0.01):
            with self._guard:
                if time.monotonic() >= due_s or self.firmware.state is not state:
                    due_s, state = time.monotonic() + 0.2, self.firmware.state
                    self._report()

    def _report(self) -> None:
        if not self.silent:
            self.link.post(report_topic("limen", DOOR), self.firmware.report())


class PatientLock(MqttLock):
    """Waits for the next report where a clock turned by hand has made the last one old."""

    def state(self) -> LockState:
        wait_until(self._reports, "the lock reports")
        return super().state()

    def _reports(self) -> bool:
        try:
            return super().state() in LockState
        except LockError:
            return False


@contextmanager
def lock_and_firmware(now_s: Callable[[], float]) -> Iterator[tuple[MqttLock, FirmwareLock]]:
    """The driver and the lock that it moves, both by the clock given."""
    with tempfile.TemporaryDirectory() as folder:
        broker = Broker(Path(folder))
        broker.start()
        try:
            with linked(broker.settings(), "limen-front") as link:
                settings = MqttLockSettings(secret=SecretStr(SECRET), timeout_s=20)
                on_line = LockOnLine(broker.settings(), nonce_s=float("inf"), now_s=now_s)
                try:
                    driver = PatientLock(link, DOOR, settings, "limen", now_s, lambda: time.time_ns() // 1_000_000)
                    yield driver, on_line.firmware
                finally:
                    on_line.close()
        finally:
            broker.stop()
