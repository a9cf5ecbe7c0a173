"""The lock on pins that remember: gpiozero's mock pins, and an lgpio that writes down what it is told."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from gpiozero.pins.mock import MockFactory
from lock_samples import RELAY_PIN, HandClock, RelayPin, eventually, relay_pin

from limen.config import GpioSettings
from limen.errors import ConfigError, LockError
from limen.locks.base import LockState
from limen.locks.gpio import GpioLock

FAKE_LGPIO = Path(__file__).parent / "fake_lgpio"


@dataclass
class Wired:
    """A lock and its pin; ``on`` and ``off`` are the levels at which the relay pulls and falls off."""

    lock: GpioLock
    pin: RelayPin
    on: bool

    @property
    def off(self) -> bool:
        return not self.on

    @property
    def pulls(self) -> bool:
        return bool(self.pin.state) is self.on


@pytest.fixture(params=[True, False], ids=["active low", "active high"])
def wired(request: pytest.FixtureRequest) -> Iterator[Wired]:
    factory = MockFactory(pin_class=RelayPin)
    pin = relay_pin(factory)
    lock = GpioLock(GpioSettings(relay_pin=RELAY_PIN, active_low=request.param), time.monotonic, factory)
    yield Wired(lock, pin, on=not request.param)
    pin.stuck = False
    lock.close()


def test_the_relay_does_not_pull_at_the_start(wired: Wired) -> None:
    assert wired.pin.driven == [wired.off]


def test_the_pin_of_an_opening_goes_on_and_off_once(wired: Wired) -> None:
    wired.lock.open_for(3600)
    assert wired.lock.state() is LockState.UNLOCKED
    wired.lock.open_for(3600)
    wired.lock.lock()
    assert wired.pin.driven == [wired.off, wired.on, wired.off]


def test_closing_locks_and_only_then_lets_the_pin_go(wired: Wired) -> None:
    wired.lock.open_for(3600)
    wired.lock.close()
    assert wired.pin.driven == [wired.off, wired.on, wired.off, "in"]


def test_closing_a_locked_lock_does_not_move_it(wired: Wired) -> None:
    wired.lock.close()
    assert wired.pin.driven == [wired.off, "in"]


def test_a_pulse_ends_by_itself_and_is_as_long_as_was_asked(wired: Wired) -> None:
    began_s = time.monotonic()
    wired.lock.open_for(0.3)
    assert eventually(lambda: not wired.pulls)
    assert 0.3 <= time.monotonic() - began_s < 5
    assert wired.pin.driven == [wired.off, wired.on, wired.off]


def test_a_second_opening_prolongs_the_pulse_and_a_shorter_one_does_not_cut_it(wired: Wired) -> None:
    began_s = time.monotonic()
    wired.lock.open_for(0.4)
    wired.lock.open_for(0.8)
    wired.lock.open_for(0.1)
    assert eventually(lambda: not wired.pulls)
    assert 0.8 <= time.monotonic() - began_s < 5
    assert wired.pin.driven == [wired.off, wired.on, wired.off]


def test_a_clock_that_stands_still_does_not_keep_the_door_open() -> None:
    factory = MockFactory(pin_class=RelayPin)
    pin = relay_pin(factory)
    lock = GpioLock(GpioSettings(relay_pin=RELAY_PIN, active_low=False), HandClock(), factory)
    lock.open_for(0.2)
    assert eventually(lambda: not pin.state)
    assert lock.state() is LockState.LOCKED
    lock.close()


def test_a_relay_that_does_not_pull_is_an_error_and_jammed(wired: Wired) -> None:
    wired.pin.stuck = True
    with pytest.raises(LockError, match="still shows locked"):
        wired.lock.open_for(3600)
    assert wired.lock.state() is LockState.JAMMED
    wired.pin.stuck = False
    assert wired.lock.state() is LockState.JAMMED
    assert wired.pin.driven == [wired.off]


def test_a_relay_that_does_not_fall_off_in_time_is_told_until_it_does(wired: Wired) -> None:
    wired.lock.open_for(0.1)
    wired.pin.stuck = True
    assert eventually(lambda: wired.lock.state() is LockState.JAMMED)
    wired.pin.stuck = False
    assert eventually(lambda: not wired.pulls)
    assert eventually(lambda: wired.lock.state() is LockState.LOCKED)


def test_a_pin_that_somebody_else_drives_is_jammed(wired: Wired) -> None:
    wired.pin.state = wired.on
    assert wired.lock.state() is LockState.JAMMED
    wired.lock.lock()
    assert wired.lock.state() is LockState.LOCKED


def test_a_relay_that_does_not_fall_off_at_close_is_an_error_and_the_pin_let_go(wired: Wired) -> None:
    wired.lock.open_for(3600)
    wired.pin.stuck = True
    with pytest.raises(LockError, match="still shows unlocked"):
        wired.lock.close()
    assert wired.pin.driven[-1] == "in"
    assert wired.lock.state() is LockState.JAMMED


def test_a_closed_lock_opens_no_more(wired: Wired) -> None:
    wired.lock.close()
    with pytest.raises(LockError, match="closed"):
        wired.lock.open_for(1)
    assert wired.pin.driven == [wired.off, "in"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_without_its_timer_a_lock_is_shut_and_opens_no_more() -> None:
    def breaks_after_the_command() -> float:
        if not times:
            raise OSError("no time")
        return times.pop()

    times = [0.0]
    factory = MockFactory(pin_class=RelayPin)
    pin = relay_pin(factory)
    lock = GpioLock(GpioSettings(relay_pin=RELAY_PIN, active_low=False), breaks_after_the_command, factory)
    lock.open_for(3600)
    assert eventually(lambda: not lock._timer.is_alive())
    times.append(0.0)
    with pytest.raises(LockError, match="opens no more"):
        lock.open_for(1)
    assert pin.driven == [False, True, False]
    lock.close()


def test_a_pin_that_is_in_use_is_an_error(wired: Wired) -> None:
    factory = wired.lock._factory
    with pytest.raises(LockError, match="pin 17 cannot be used"):
        GpioLock(GpioSettings(relay_pin=RELAY_PIN), time.monotonic, factory)
    assert wired.pin.driven == [wired.off]


def test_a_lock_that_cannot_be_locked_at_the_start_is_an_error() -> None:
    class Shorted(RelayPin):
        def _get_state(self) -> bool:
            return True

    with pytest.raises(LockError, match="still shows unlocked"):
        GpioLock(GpioSettings(relay_pin=RELAY_PIN, active_low=False), time.monotonic, MockFactory(pin_class=Shorted))


def test_a_lock_without_a_pin_is_refused() -> None:
    with pytest.raises(ConfigError, match="relay_pin"):
        GpioLock(GpioSettings(), time.monotonic, MockFactory())


def ran_with(lgpio: Path, program: str) -> subprocess.CompletedProcess[str]:
    """A program that finds the module ``lgpio`` in this folder."""
    environment = {"PYTHONPATH": str(lgpio), "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", program], env=environment, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip


@pytest.mark.parametrize("active_low", [True, False])
def test_on_lgpio_the_pin_has_its_level_from_the_first_moment(active_low: bool) -> None:
    program = f"""
import json, time, lgpio
from gpiozero.pins.pi import PiBoardInfo
from limen.config import GpioSettings
from limen.locks.gpio import GpioLock, lgpio_factory
factory = lgpio_factory(0)
factory._info = PiBoardInfo.from_revision(0xA02082)  # a Raspberry Pi 3B, wherever the test runs
lock = GpioLock(GpioSettings(relay_pin=17, active_low={active_low}), time.monotonic, factory)
lock.open_for(3600)
lock.close()
factory.close()
print(json.dumps([lgpio.levels, lgpio.open_chips]))
"""
    ran = ran_with(FAKE_LGPIO, program)
    assert ran.stderr == ""
    levels, open_chips = json.loads(ran.stdout)
    on, off = (0, 1) if active_low else (1, 0)
    assert [level for level in levels if level != "in"] == [off, on, off]
    assert levels[0] == levels[-1] == "in"
    assert open_chips == []


START = """
import time
from limen.config import GpioSettings
from limen.locks.gpio import GpioLock
try:
    GpioLock(GpioSettings(relay_pin=17, chip=9), time.monotonic)
except Exception as error:
    print(type(error).__name__, error)
"""


def test_without_lgpio_it_is_said_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "lgpio.py").write_text("raise ImportError('no lgpio here')")
    said = ran_with(tmp_path, START).stdout
    assert said.startswith("ConfigError")
    assert "pip install 'limen[gpio]'" in said


def test_a_chip_that_cannot_be_opened_is_an_error_and_no_other_driver_is_tried() -> None:
    ran = ran_with(FAKE_LGPIO, START)
    assert ran.stdout.startswith("LockError /dev/gpiochip9 cannot be opened")
    assert ran.stderr == ""
