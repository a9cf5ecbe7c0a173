"""Contact and exit button on gpiozero's mock pins."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from gpiozero.pins.mock import MockFactory, MockPin
from lock_samples import eventually

from limen.config import GpioSettings
from limen.errors import LockError
from limen.locks.gpio import GpioSensors
from limen.locks.sensors import Inputs


@dataclass
class Wired:
    sensors: GpioSensors
    contact: MockPin
    button: MockPin


@pytest.fixture
def wired() -> Iterator[Wired]:
    factory = MockFactory()
    sensors = GpioSensors(GpioSettings(contact_pin=27, exit_pin=22), factory)
    yield Wired(sensors, factory.pin(27), factory.pin(22))
    sensors.close()


def test_both_pins_are_inputs_that_are_pulled_up(wired: Wired) -> None:
    assert [(pin.function, pin.pull) for pin in (wired.contact, wired.button)] == [("input", "up")] * 2


def test_with_nothing_connected_the_door_is_open_and_the_button_at_rest(wired: Wired) -> None:
    assert wired.sensors.read() == Inputs(closed=False, exit_pressed=False)


def test_the_contact_closes_to_ground(wired: Wired) -> None:
    wired.contact.drive_low()
    assert eventually(lambda: wired.sensors.read() == Inputs(closed=True))
    wired.contact.drive_high()
    assert eventually(lambda: wired.sensors.read() == Inputs(closed=False))


def test_the_button_is_pressed_while_it_is_at_ground(wired: Wired) -> None:
    wired.button.drive_low()
    assert eventually(lambda: wired.sensors.read().exit_pressed)
    assert wired.sensors.read().exit_pressed
    wired.button.drive_high()
    assert eventually(lambda: not wired.sensors.read().exit_pressed)


def test_a_press_between_two_reads_is_told_once(wired: Wired) -> None:
    wired.button.drive_low()
    assert eventually(lambda: wired.sensors._exit.level)
    wired.button.drive_high()
    assert eventually(lambda: not wired.sensors._exit.level)
    assert wired.sensors.read().exit_pressed
    assert not wired.sensors.read().exit_pressed


def test_without_pins_nothing_is_known_and_nothing_is_needed() -> None:
    sensors = GpioSensors(GpioSettings())
    assert sensors.read() == Inputs(closed=None, exit_pressed=False)
    sensors.close()


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (GpioSettings(contact_pin=27), Inputs(closed=False)),
        (GpioSettings(exit_pin=22), Inputs(closed=None)),
    ],
)
def test_one_alone_is_enough(settings: GpioSettings, expected: Inputs) -> None:
    sensors = GpioSensors(settings, MockFactory())
    assert sensors.read() == expected
    sensors.close()


def test_a_pin_that_cannot_be_read_is_an_error_and_not_an_open_door() -> None:
    class Torn(MockPin):
        torn = False

        def _get_state(self) -> bool:
            if Torn.torn:
                raise OSError("no such device")
            return bool(super()._get_state())

    sensors = GpioSensors(GpioSettings(contact_pin=27), MockFactory(pin_class=Torn))
    assert sensors.read().closed is False
    Torn.torn = True
    assert eventually(lambda: refuses(sensors))
    sensors.close()


def test_after_closing_nothing_is_known_and_the_pins_are_free() -> None:
    factory = MockFactory()
    sensors = GpioSensors(GpioSettings(contact_pin=27), factory)
    sensors.close()
    sensors.close()
    assert refuses(sensors)
    again = GpioSensors(GpioSettings(contact_pin=27), factory)
    again.close()


def test_a_pin_twice_is_an_error() -> None:
    with pytest.raises(LockError, match="exit's pin 27 cannot be used"):
        GpioSensors(GpioSettings(contact_pin=27, exit_pin=27), MockFactory())


def test_reading_returns_at_once(wired: Wired) -> None:
    began_s = time.monotonic()
    for _ in range(1000):
        wired.sensors.read()
    assert time.monotonic() - began_s < 5


def refuses(sensors: GpioSensors) -> bool:
    try:
        sensors.read()
    except LockError:
        return True
    return False
