"""A lock behind a real broker: what opens it, and all that must not."""

import math
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest
from mqtt_samples import DOOR, SECRET, Broker, LockOnLine, Onlooker, linked, wait_until
from pydantic import SecretStr

from limen.config import MqttLockSettings
from limen.errors import LockError
from limen.locks.base import LockState
from limen.locks.firmware import (
    Action,
    Command,
    Flash,
    Heard,
    command_topic,
    read_command,
    read_report,
    report_topic,
    sign_command,
    sign_report,
)
from limen.locks.mqtt import MqttLock
from limen.locks.mqtt_link import MqttLink

COMMANDS, REPORTS = command_topic("limen", DOOR), report_topic("limen", DOOR)


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


class Place:
    """A broker, the lock on it, the door's own link, and somebody else's."""

    def __init__(self, broker: Broker, stack: ExitStack) -> None:
        self.broker, self._stack = broker, stack
        self.other = stack.enter_context(linked(broker.settings(), "somebody"))
        self.commands, self.reports = Onlooker(self.other, COMMANDS), Onlooker(self.other, REPORTS)
        self.link = stack.enter_context(linked(broker.settings(), "limen-front"))

    def lock_on_line(self, *, flash: Flash | None = None, nonce_s: float = 5.0) -> LockOnLine:
        lock = LockOnLine(self.broker.settings(), flash=flash, nonce_s=nonce_s)
        self._stack.callback(lock.close)
        return lock

    def driver(self, *, timeout_s: float = 20.0, now_s: Callable[[], float] = time.monotonic) -> MqttLock:
        settings = MqttLockSettings(secret=SecretStr(SECRET), timeout_s=timeout_s)
        return MqttLock(self.link, DOOR, settings, "limen", now_s, wall_ms)

    def signed_now(self) -> bytes:
        """What only the holder of the secret can write: an unlock with the newest nonce."""
        count = len(self.reports.seen)
        wait_until(lambda: len(self.reports.seen) > count, "a report comes")
        report = read_report(self.reports.payloads()[-1], SECRET)
        assert report is not None
        return sign_command(Command(DOOR, Action.UNLOCK, 60_000, wall_ms(), report.nonce), SECRET)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    broker = Broker(tmp_path)
    broker.start()
    with ExitStack() as stack:
        stack.callback(broker.stop)
        yield Place(broker, stack)


def heard(lock: LockOnLine, *expected: Heard) -> None:
    wait_until(lambda: len(lock.heard) >= len(expected), f"the lock hears {len(expected)} messages")
    assert lock.heard == list(expected)


def test_opens_and_locks_again_by_itself(place: Place) -> None:
    lock, driver = place.lock_on_line(), place.driver()
    assert driver.state() is LockState.LOCKED
    driver.open_for(0.5)
    wait_until(lambda: driver.state() is LockState.LOCKED, "locked again")
    assert [(action, open_ms) for _, action, open_ms in lock.firmware.history] == [(Action.UNLOCK, 500)]


def test_reports_that_it_is_open_and_locks_when_told(place: Place) -> None:
    lock, driver = place.lock_on_line(), place.driver()
    driver.open_for(3600)
    assert driver.state() is LockState.UNLOCKED
    driver.lock()
    assert driver.state() is LockState.LOCKED
    driver.open_for(3600)
    driver.close()
    driver.close()
    assert driver.state() is LockState.LOCKED
    assert lock.unlocks() == 2


def test_a_later_opening_prolongs_and_a_shorter_one_does_not_cut_short(place: Place) -> None:
    lock, driver = place.lock_on_line(), place.driver()
    driver.open_for(60)
    driver.open_for(600)
    driver.open_for(1)
    assert driver.state() is LockState.UNLOCKED
    assert [open_ms for _, _, open_ms in lock.firmware.history] == [60_000, 600_000]


@pytest.mark.parametrize("seconds", [0, -1, 3600.1, math.inf, math.nan])
def test_an_opening_without_a_bound_is_refused(place: Place, seconds: float) -> None:
    lock, driver = place.lock_on_line(), place.driver()
    with pytest.raises(ValueError, match="3600 seconds"):
        driver.open_for(seconds)
    assert lock.firmware.history == []


def test_a_jammed_lock_says_so(place: Place) -> None:
    lock, driver = place.lock_on_line(), place.driver()
    lock.firmware.jam = True
    with pytest.raises(LockError, match="jammed"):
        driver.open_for(5)
    assert driver.state() is LockState.JAMMED
    lock.firmware.jam = False
    driver.open_for(60)
    assert driver.state() is LockState.UNLOCKED


def test_a_foreign_client_moves_nothing(place: Place) -> None:
    lock = place.lock_on_line()
    right = read_command(place.signed_now(), SECRET)
    assert right is not None
    unsigned = b'{"action":"unlock","counter":1,"door":"front","open_ms":5000,"v":1}'
    for payload in (unsigned, b"UNLOCK", b"", sign_command(right, SECRET[::-1])):
        place.other.publish(COMMANDS, payload)
    heard(lock, *[Heard.NOT_AUTHENTIC] * 4)
    assert lock.firmware.history == []


def test_a_retained_command_moves_nothing(place: Place) -> None:
    lock = place.lock_on_line(nonce_s=3600)
    command = place.signed_now()
    lock.link.close()
    place.other.publish(COMMANDS, command, retain=True)
    lock.connect()
    heard(lock, Heard.RETAINED)
    assert lock.firmware.history == []


def test_the_same_bytes_twice_open_once(place: Place) -> None:
    lock = place.lock_on_line()
    command = place.signed_now()
    place.other.publish(COMMANDS, command)
    place.other.publish(COMMANDS, command)
    heard(lock, Heard.OBEYED, Heard.OLD_COUNTER)
    assert lock.unlocks() == 1


def test_a_command_held_back_moves_nothing(place: Place) -> None:
    lock = place.lock_on_line(nonce_s=1.0)
    command, taken_s = place.signed_now(), time.monotonic()
    wait_until(lambda: time.monotonic() > taken_s + 1.1, "the nonce is old")
    place.other.publish(COMMANDS, command)
    heard(lock, Heard.OLD_NONCE)
    assert lock.firmware.history == []


def test_a_command_that_a_frozen_broker_held_back_moves_nothing(place: Place) -> None:
    lock, driver = place.lock_on_line(nonce_s=1.0), place.driver(timeout_s=0.5)
    assert driver.state() is LockState.LOCKED
    with place.broker.frozen():
        sent_s = time.monotonic()
        with pytest.raises(LockError, match="did not take a message"):
            driver.open_for(5)
        wait_until(lambda: time.monotonic() > sent_s + 1.5, "the nonce is old")
    heard(lock, Heard.OLD_NONCE)
    assert lock.firmware.history == []


@pytest.mark.parametrize(("keeps", "why"), [(True, Heard.OLD_COUNTER), (False, Heard.OLD_NONCE)])
def test_a_recorded_command_moves_nothing_later_or_after_a_restart_of_the_lock(
    place: Place, keeps: bool, why: Heard
) -> None:
    lock, driver = place.lock_on_line(), place.driver()
    driver.open_for(0.1)
    wait_until(lambda: len(place.commands.seen) == 1, "the command was recorded")
    [recorded] = place.commands.payloads()
    place.other.publish(COMMANDS, recorded)
    heard(lock, Heard.OBEYED, Heard.OLD_COUNTER)
    assert lock.unlocks() == 1
    lock.close()

    started_again = place.lock_on_line(flash=lock.flash if keeps else Flash())
    place.other.publish(COMMANDS, recorded)
    heard(started_again, why)
    assert started_again.firmware.history == []


def test_works_again_after_the_lock_was_started_again(place: Place) -> None:
    lock, driver = place.lock_on_line(), place.driver()
    driver.open_for(5)
    lock.close()
    started_again = place.lock_on_line(flash=lock.flash)
    wait_until(lambda: driver.state() is LockState.LOCKED, "the new start is heard")
    driver.open_for(60)
    assert started_again.unlocks() == 1


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_without_a_broker_nothing_is_sent_now_or_later(place: Place, how: signal.Signals) -> None:
    lock, driver = place.lock_on_line(), place.driver()
    driver.open_for(0.1)
    place.broker.stop(how)
    wait_until(lambda: not place.link.connected, "the loss is noticed")
    for command in (lambda: driver.open_for(5), driver.lock, driver.state):
        asked_s = time.monotonic()
        with pytest.raises(LockError, match="not connected"):
            command()
        assert time.monotonic() - asked_s < 5, "told at once, long before the 20 s that a lock may take"

    place.broker.start()
    wait_until(lambda: place.link.connected and lock.link.connected, "both are back")
    driver.open_for(60)
    assert driver.state() is LockState.UNLOCKED
    assert lock.unlocks() == 2
    assert Heard.OLD_NONCE not in lock.heard


def test_a_hundred_requests_at_once_give_one_opening(place: Place) -> None:
    lock, driver = place.lock_on_line(), place.driver()
    together = Barrier(100)

    def ask() -> None:
        together.wait()
        driver.open_for(60)

    with ThreadPoolExecutor(100) as pool:
        for asked in [pool.submit(ask) for _ in range(100)]:
            asked.result()
    assert driver.state() is LockState.UNLOCKED
    assert lock.unlocks() == 1
    assert [command for command in lock.heard if command is not Heard.OBEYED] == []


def test_who_asks_together_fails_together(place: Place) -> None:
    lock, driver = place.lock_on_line(), place.driver(timeout_s=1.0)
    assert driver.state() is LockState.LOCKED
    lock.silent = True
    together = Barrier(20)

    def ask() -> None:
        together.wait()
        driver.open_for(60)

    with ThreadPoolExecutor(20) as pool:
        failures = [asked.exception() for asked in [pool.submit(ask) for _ in range(20)]]
    assert {type(failure) for failure in failures} == {LockError}
    assert len(place.commands.seen) < 20


def test_an_opening_that_was_confirmed_too_late_is_ended(place: Place) -> None:
    lock, driver = place.lock_on_line(), place.driver(timeout_s=0.5)
    assert driver.state() is LockState.LOCKED
    lock.silent = True
    with pytest.raises(LockError, match="did not confirm"):
        driver.open_for(60)
    lock.silent = False
    wait_until(lambda: lock.firmware.state is LockState.LOCKED, "what nobody waits for any more is ended")
    assert [action for _, action, _ in lock.firmware.history] == [Action.UNLOCK, Action.LOCK]


def test_an_opening_of_an_earlier_run_is_ended(place: Place) -> None:
    lock = place.lock_on_line()
    place.other.publish(COMMANDS, place.signed_now())
    heard(lock, Heard.OBEYED)
    driver = place.driver()
    wait_until(lambda: driver.state() is LockState.LOCKED, "locked")
    assert [action for _, action, _ in lock.firmware.history] == [Action.UNLOCK, Action.LOCK]


def test_a_clock_set_back_shuts_nobody_out(place: Place) -> None:
    lock = place.lock_on_line(flash=Flash(counter=wall_ms() + 86_400_000))
    place.driver().open_for(60)
    assert lock.unlocks() == 1


def test_foreign_and_replayed_reports_change_nothing(place: Place) -> None:
    lock, driver = place.lock_on_line(), place.driver()
    driver.open_for(0.3)
    wait_until(lambda: driver.state() is LockState.LOCKED, "locked again")
    lock.silent = True
    true = [report for payload in place.reports.payloads() if (report := read_report(payload, SECRET))]
    open_once = next(report for report in true if report.state is LockState.UNLOCKED)
    newest = replace(true[-1], state=LockState.UNLOCKED, seq=true[-1].seq + 1000)
    others_door = replace(newest, door="back")
    for payload in (
        sign_report(open_once, SECRET),
        sign_report(newest, SECRET[::-1]),
        sign_report(others_door, SECRET),
        b"unlocked",
    ):
        place.other.publish(REPORTS, payload)
    wait_until(lambda: place.reports.payloads()[-1:] == [b"unlocked"], "all of them were sent")
    # Sent through the driver's own link, and so answered only after that link has seen the rest.
    mark = Onlooker(place.link, "mark")
    place.link.publish("mark", b"")
    wait_until(lambda: bool(mark.seen), "the driver has heard them too")
    assert driver.state() is LockState.LOCKED


def test_a_retained_report_is_not_believed(place: Place) -> None:
    lock = place.lock_on_line()
    wait_until(lambda: bool(place.reports.seen), "a report comes")
    lock.close()
    place.other.publish(REPORTS, place.reports.payloads()[-1], retain=True)
    with pytest.raises(LockError, match="silent"):
        place.driver(timeout_s=1.0).state()


def test_silence_is_neither_locked_nor_open(place: Place) -> None:
    now = [1000.0]
    lock, driver = place.lock_on_line(), place.driver(timeout_s=1.0, now_s=lambda: now[0])
    wait_until(lambda: driver.state() is LockState.LOCKED, "a report comes")
    lock.close()
    now[0] += 5
    with pytest.raises(LockError, match="silent"):
        driver.state()
    with pytest.raises(LockError, match="silent"):
        driver.open_for(5)
    assert lock.firmware.history == []


def test_a_lock_that_was_never_there_is_told_after_the_time_it_has(place: Place) -> None:
    with pytest.raises(LockError, match="silent"):
        place.driver(timeout_s=0.5).open_for(5)
    assert place.commands.seen == []


def test_a_link_that_was_never_up_is_told_at_once(place: Place) -> None:
    link = MqttLink(place.broker.settings(port=1), "limen-front")
    driver = MqttLock(
        link, DOOR, MqttLockSettings(secret=SecretStr(SECRET), timeout_s=3600), "limen", time.monotonic, wall_ms
    )
    with pytest.raises(LockError, match="not connected"):
        driver.open_for(5)
    link.close()
