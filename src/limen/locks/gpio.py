"""A lock, a contact and an exit button on the pins of a Raspberry Pi, through gpiozero."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from limen.config import GpioSettings
from limen.errors import ConfigError, LockError
from limen.locks.base import LockState, check_opening
from limen.locks.sensors import Inputs

if TYPE_CHECKING:
    from gpiozero.pins import Factory

_RETRY_S = 0.1
"""How soon a relay that did not let go is told again."""
_SAMPLE_S = 0.01
_STABLE_S = 0.05
"""Contacts bounce for some milliseconds, and long wires catch spikes that are far shorter than a press."""
_SILENT_S = 1.0
"""Without a sample for so long nothing is known of the inputs."""


class GpioLock:
    """A relay that pulls while the door is open.

    A timer thread of its own locks again, by the machine's monotonic clock and by ``now_s``, whichever is sooner: a
    program that hangs elsewhere does not keep the door open. The state is read back from the pin, which shows what
    the computer drives, not whether the bolt moved: a contact tells that.

    After ``kill -9`` no line of this file runs. The kernel lets the pin go, and it depends on the kernel whether the
    pin becomes an input, so that the relay falls off, or keeps its level: Raspberry Pi's own kernels keep it, unless
    ``dtparam=strict_gpiod`` stands in ``config.txt``. The next start locks in any case. Free egress, and what the door
    does without power, are hardware's.
    Source: https://github.com/raspberrypi/linux/pull/6117 (what the kernel does with a pin that is let go).

    Raises:
        ConfigError: no relay pin is set, or gpiozero or lgpio is not installed.
        LockError: the pin cannot be used, or does not show that the door is locked.
    """

    def __init__(
        self, settings: GpioSettings, now_s: Callable[[], float], pin_factory: "Factory | None" = None
    ) -> None:
        if settings.relay_pin is None:
            raise ConfigError("lock = gpio needs gpio.relay_pin, the BCM number of the relay's pin")
        self._now_s, self._pin = now_s, settings.relay_pin
        self._changed = threading.Condition()
        self._open = self._jammed = self._closed = False
        self._until_s = self._latest_s = float("-inf")
        self._factory, self._own_factory = pin_factory or lgpio_factory(settings.chip), pin_factory is None
        with _reporting(f"the relay's pin {self._pin} cannot be used"):
            from gpiozero import OutputDevice  # late: only doors with pins need it

            self._relay = OutputDevice(
                self._pin, active_high=not settings.active_low, initial_value=False, pin_factory=self._factory
            )
        self._timer = threading.Thread(target=self._run, name="limen-gpio-lock", daemon=True)
        self._timer.start()
        try:
            self.lock()
        except LockError:
            self._release()
            raise

    def open_for(self, seconds: float) -> None:
        """Unlock for ``seconds``."""
        check_opening(seconds)
        with self._changed:
            if self._closed or not self._timer.is_alive():
                raise LockError(f"the lock on pin {self._pin} is closed: it opens no more")
            self._until_s = max(self._until_s, self._now_s() + seconds)
            self._latest_s = max(self._latest_s, time.monotonic() + seconds)
            self._open = True
            self._changed.notify_all()
            try:
                self._switch(on=True)
            except LockError:
                with suppress(LockError):
                    self._lock()
                self._jammed = True
                raise

    def lock(self) -> None:
        """Lock now; nothing is left to move after ``close``."""
        with self._changed:
            if not self._closed:
                self._lock()

    def state(self) -> LockState:
        """What the pin shows; jammed where that is not what was asked for."""
        with self._changed:
            if self._closed:
                return LockState.JAMMED if self._jammed else LockState.LOCKED
            if self._open and self._left_s() <= 0:
                with suppress(LockError):
                    self._lock()
            shows_open = self._shows_open()
            if self._jammed or shows_open != self._open:
                return LockState.JAMMED
            return LockState.UNLOCKED if shows_open else LockState.LOCKED

    def close(self) -> None:
        """Lock, then let the pin go, which becomes an input."""
        with self._changed:
            if self._closed:
                return
        try:
            self.lock()
        finally:
            self._release()

    def _release(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._timer.join()
        with _reporting(f"the relay's pin {self._pin} cannot be let go"):
            self._relay.close()
            if self._own_factory:
                self._factory.close()

    def _lock(self) -> None:
        self._until_s = self._latest_s = float("-inf")
        self._switch(on=False)
        self._open = False

    def _switch(self, *, on: bool) -> None:
        """Drive the pin, and look whether it obeys."""
        self._jammed = True
        with _reporting(f"the relay's pin {self._pin} cannot be driven"):
            if on:
                self._relay.on()
            else:
                self._relay.off()
        if self._shows_open() != on:
            asked, shown = ("unlocked", "locked") if on else ("locked", "unlocked")
            raise LockError(
                f"pin {self._pin} still shows {shown} after it was {asked}: look for a short, or another user"
            )
        self._jammed = False

    def _shows_open(self) -> bool:
        with _reporting(f"the relay's pin {self._pin} cannot be read"):
            return bool(self._relay.value)

    def _left_s(self) -> float:
        return min(self._until_s - self._now_s(), self._latest_s - time.monotonic())

    def _run(self) -> None:
        try:
            self._lock_in_time()
        finally:
            # Without this thread nothing bounds an opening: it ends, and open_for refuses from now on.
            with suppress(LockError):
                self._switch(on=False)

    def _lock_in_time(self) -> None:
        with self._changed:
            while not self._closed:
                if not self._open:
                    self._changed.wait()
                elif (left_s := self._left_s()) > 0:
                    self._changed.wait(left_s)
                else:
                    self._try_to_lock()

    def _try_to_lock(self) -> None:
        try:
            self._lock()
        except LockError:
            self._changed.wait(_RETRY_S)


class Debounced:
    """A level that counts only once it was seen for ``stable_s`` on end."""

    def __init__(self, level: bool, stable_s: float) -> None:
        self.level = level
        self._stable_s = stable_s
        self._other_since_s: float | None = None

    def see(self, level: bool, now_s: float) -> bool:
        """The level that counts, after ``level`` was seen at ``now_s``."""
        if level == self.level:
            self._other_since_s = None
        elif self._other_since_s is None:
            self._other_since_s = now_s
        elif now_s - self._other_since_s >= self._stable_s:
            self.level, self._other_since_s = level, None
        return self.level


class GpioSensors:
    """The door's contact and its exit button, each from its pin to ground; what has no pin is not known.

    A thread looks every 10 ms, and a change counts after 50 ms. A press between two calls of ``read`` is told by the
    later one. A cut wire reads as an open door, and as a button that nobody presses.

    Raises:
        ConfigError: gpiozero or lgpio is not installed.
        LockError: a pin cannot be used.
    """

    def __init__(self, settings: GpioSettings, pin_factory: "Factory | None" = None) -> None:
        pins = {"contact": settings.contact_pin, "exit": settings.exit_pin}
        used = {name: pin for name, pin in pins.items() if pin is not None}
        self._own_factory = pin_factory is None and bool(used)
        self._factory = lgpio_factory(settings.chip) if self._own_factory else pin_factory
        self._devices = {}
        for name, pin in used.items():
            with _reporting(f"the {name}'s pin {pin} cannot be used"):
                from gpiozero import InputDevice  # late: only doors with pins need it

                self._devices[name] = InputDevice(pin, pull_up=True, pin_factory=self._factory)
        self._reading, self._stop = threading.Lock(), threading.Event()
        self._pressed = False
        self._error: Exception | None = None
        self._sampled_s = time.monotonic()
        self._contact = Debounced(self._grounded("contact"), _STABLE_S)
        self._exit = Debounced(level=False, stable_s=_STABLE_S)
        self._sampler = threading.Thread(target=self._run, name="limen-gpio-sensors", daemon=True)
        if used:
            self._sampler.start()

    def read(self) -> Inputs:
        """What the pins showed last."""
        if not self._devices:
            return Inputs()
        with self._reading:
            silent_s = time.monotonic() - self._sampled_s
            if self._error is not None or silent_s > _SILENT_S:
                raise LockError(f"contact and exit button are not read any more ({self._error or f'{silent_s:.1f} s'})")
            pressed, self._pressed = self._pressed or self._exit.level, False
            return Inputs(self._contact.level if "contact" in self._devices else None, pressed)

    def close(self) -> None:
        """Let the pins go."""
        self._stop.set()
        if self._sampler.is_alive():
            self._sampler.join()
        for device in self._devices.values():
            device.close()
        if self._own_factory and self._factory is not None:
            self._factory.close()
            self._factory = None

    def _run(self) -> None:
        while not self._stop.wait(_SAMPLE_S):
            try:
                self._sample(time.monotonic())
            except Exception as error:  # noqa: BLE001 - the top of a thread: told to whoever reads
                self._error = error
                return
        self._error = LockError("closed")

    def _sample(self, now_s: float) -> None:
        contact, button = self._grounded("contact"), self._grounded("exit")
        with self._reading:
            self._contact.see(contact, now_s)
            self._pressed |= self._exit.see(button, now_s)
            self._sampled_s = now_s

    def _grounded(self, name: str) -> bool:
        with _reporting(f"the {name}'s pin cannot be read"):
            return name in self._devices and bool(self._devices[name].value)


@contextmanager
def _reporting(what: str) -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise ConfigError(f"lock = gpio needs gpiozero and lgpio ({error}): pip install 'limen[gpio]'") from error
    except (
        Exception
    ) as error:  # gpiozero, lgpio and other pin factories share no root; whatever it was, it did not obey
        raise LockError(f"{what}: {error}") from error


def lgpio_factory(chip: int) -> "Factory":
    """The pins of ``/dev/gpiochip<chip>``, and of nothing else: gpiozero itself would fall back to other drivers.

    gpiozero makes an lgpio pin an output that is low and sets its level afterwards, by which an active-low relay pulls
    for a moment whenever the program starts; here an output has its level from the first moment.
    Source: https://github.com/gpiozero/gpiozero/pull/1177 (the fault), lgpio's ``gpio_claim_output`` (the level).
    """
    with _reporting(f"/dev/gpiochip{chip} cannot be opened: see gpio.chip, and let this user into the group gpio"):
        import lgpio  # late, as gpiozero
        from gpiozero.pins.lgpio import LGPIOFactory, LGPIOPin

        class Pin(LGPIOPin):  # type: ignore[misc] # gpiozero has no types
            def output_with_state(self, state: bool) -> None:
                lgpio.gpio_claim_output(self.factory._handle, self._number, int(state))

        factory = LGPIOFactory(chip=chip)
        factory.pin_class = Pin
        # gpiozero keeps one table of pins for all factories, and closing one of them would let everybody's pins go.
        factory.pins = {}
        return factory
