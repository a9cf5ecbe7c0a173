"""A lock behind an MQTT broker that runs Limen's own firmware protocol."""

import threading
from collections.abc import Callable

from limen.config import MqttLockSettings, secret_text
from limen.errors import LockError
from limen.locks.base import LockState, check_opening
from limen.locks.firmware import (
    NONCE_S,
    Action,
    Command,
    Report,
    command_topic,
    read_report,
    report_topic,
    sign_command,
)
from limen.locks.mqtt_link import Message, MqttLink

_SHARED_S = 1.0
"""Who asks for an opening that ends at most so much later than the one under way shares it."""


class MqttLock:
    """Sends one command at a time and believes it obeyed once the lock's signed report names its counter.

    Calls that come while a command is under way share its opening, or its failure. An opening that this object did
    not ask for, or that was confirmed too late to count, is ended as soon as it is reported. A report that the broker
    holds back is believed when it comes, unless a newer one came before: what it says may then be old. No command is
    ever believed obeyed for it.

    ``topic`` is that of the MQTT settings, ``wall_ms`` gives the time of day in milliseconds since 1970.

    Raises:
        ConfigError: there is no secret, or it is shorter than 32 characters.
        LockError: the broker does not let us hear the lock.
    """

    def __init__(
        self,
        link: MqttLink,
        door: str,
        settings: MqttLockSettings,
        topic: str,
        now_s: Callable[[], float],
        wall_ms: Callable[[], int],
    ) -> None:
        self._secret = secret_text("mqtt.secret", settings.secret, settings.secret_file, at_least=32)
        self._link, self._door, self._timeout_s = link, door, settings.timeout_s
        self._now_s, self._wall_ms = now_s, wall_ms
        self._command_topic = command_topic(topic, door)
        self._turn = threading.Lock()
        self._changed = threading.Condition()
        self._report: Report | None = None
        self._heard_s = float("-inf")
        self._counter = 0
        self._mine: int | None = None
        self._under_way = False
        self._open_until_s = float("-inf")
        self._failures, self._failure = 0, ""
        self._waited = self._closed = False
        link.subscribe(report_topic(topic, door), self._hear)

    def open_for(self, seconds: float) -> None:
        """Unlock for ``seconds``; returns once the lock has confirmed it."""
        check_opening(seconds)
        asked_s, failures = self._now_s(), self._failures
        with self._turn:
            if self._failures > failures:
                raise LockError(self._failure)
            if self._is_open_until(asked_s + seconds - min(_SHARED_S, seconds / 5)):
                return
            sent_s = self._now_s()
            try:
                self._command(Action.UNLOCK, max(1, round(seconds * 1000)))
            except LockError as error:
                self._failures, self._failure = self._failures + 1, str(error)
                raise
            self._open_until_s = max(self._open_until_s, sent_s + seconds)

    def lock(self) -> None:
        """Lock now; returns once the lock has confirmed it."""
        with self._turn:
            self._open_until_s = float("-inf")
            self._command(Action.LOCK, 0)

    def state(self) -> LockState:
        """What the lock last reported, no longer ago than ``NONCE_S``; the first time it may wait for a report."""
        with self._changed:
            if not self._waited:
                self._waited = True
                self._wait(self._is_fresh, self._now_s() + self._timeout_s)
            return self._fresh_report().state

    def close(self) -> None:
        """Lock; the link is left to whoever made it."""
        if not self._closed:
            self._closed = True
            self.lock()

    def _is_open_until(self, at_s: float) -> bool:
        with self._changed:
            open_now = self._is_fresh() and self._report is not None and self._report.state is LockState.UNLOCKED
        return open_now and self._open_until_s >= at_s

    def _command(self, action: Action, open_ms: int) -> None:
        until_s = self._now_s() + self._timeout_s
        with self._changed:
            self._wait(self._is_fresh, until_s)
            command = self._next_command(action, open_ms, self._fresh_report().nonce)
            self._mine, self._under_way = command.counter, True
        obeyed = False
        try:
            payload = sign_command(command, self._secret)
            self._link.publish(self._command_topic, payload, timeout_s=max(0.0, until_s - self._now_s()))
            self._await(command, until_s)
            obeyed = True
        finally:
            with self._changed:
                self._under_way = False
                self._mine = command.counter if obeyed else None

    def _await(self, command: Command, until_s: float) -> None:
        """Return once the lock has obeyed ``command``."""
        with self._changed:
            self._wait(lambda: self._obeyed() == command.counter, until_s)
            if self._report is None or self._obeyed() != command.counter:
                raise LockError(f"the lock of {self._door} did not confirm within {self._timeout_s:g} s")
            state = self._report.state
        if state is LockState.JAMMED:
            raise LockError(f"the lock of {self._door} reports that it is jammed: free it")
        if command.action is Action.LOCK and state is not LockState.LOCKED:
            raise LockError(f"the lock of {self._door} was told to lock and reports that it is {state}")

    def _wait(self, happened: Callable[[], bool], until_s: float) -> None:
        if self._link.connected:
            self._changed.wait_for(happened, max(0.0, until_s - self._now_s()))

    def _obeyed(self) -> int | None:
        return None if self._report is None else self._report.counter

    def _is_fresh(self) -> bool:
        return self._report is not None and self._now_s() - self._heard_s < NONCE_S

    def _fresh_report(self) -> Report:
        if not self._link.connected:
            raise LockError(f"nothing is known of the lock of {self._door}: the MQTT broker is not connected")
        if self._report is None or not self._is_fresh():
            raise LockError(
                f"the lock of {self._door} has been silent for {NONCE_S:g} s: check it, its topic and secret"
            )
        return self._report

    def _next_command(self, action: Action, open_ms: int, nonce: str) -> Command:
        # Above what the lock obeyed, so that a clock set back shuts nobody out; and of this moment, so that no earlier
        # run of the program used it and no recorded report confirms it.
        self._counter = max(self._counter + 1, (self._obeyed() or 0) + 1, self._wall_ms())
        return Command(self._door, action, open_ms, self._counter, nonce)

    def _hear(self, message: Message) -> None:
        if message.retained:
            return
        report = read_report(message.payload, self._secret)
        if report is None or report.door != self._door:
            return
        with self._changed:
            last = self._report
            if last is not None and (report.boot, report.seq) <= (last.boot, last.seq):
                return
            self._report, self._heard_s = report, self._now_s()
            self._changed.notify_all()
            if report.state is not LockState.UNLOCKED or self._under_way or report.counter == self._mine:
                return
            undo = sign_command(self._next_command(Action.LOCK, 0, report.nonce), self._secret)
        self._link.post(self._command_topic, undo)
