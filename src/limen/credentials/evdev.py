"""A keyboard reader at a Linux input device, taken for this program alone."""

import select
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Protocol

from limen.config.doors import ReaderSettings
from limen.credentials.base import Answer, Reading
from limen.credentials.keys import KeyLine
from limen.credentials.lines import never_raising, note, reading_of
from limen.errors import BadDataError, ConfigError, ReaderError

_POLL_S = 0.2
_AGAIN_S = 1.0
_KEY_EVENT = 1
"""Source: Linux, include/uapi/linux/input-event-codes.h, EV_KEY."""


class KeyDevice(Protocol):
    """An open input device; each method raises ``OSError`` once it is unplugged."""

    def grab(self) -> None:
        """Take it for this program alone, so that no PIN is typed into another."""
        ...

    def keys(self, timeout_s: float) -> Iterable[tuple[int, int]]:
        """The code and value of each key event, after waiting for some at most ``timeout_s``."""
        ...

    def close(self) -> None:
        """Let it go; never raises."""
        ...


class EvdevDevice:
    """The ``KeyDevice`` at a path.

    Raises:
        ReaderError: evdev is not installed.
        OSError: there is no such device, or it may not be read.
    """

    def __init__(self, path: str) -> None:
        # Late: evdev is an extra, and exists on Linux alone.
        try:
            import evdev
        except ImportError as error:
            raise ReaderError("readers at an input device need evdev: pip install 'limen[evdev]'") from error
        self._device = evdev.InputDevice(path)

    def grab(self) -> None:
        """Take it for this program alone."""
        self._device.grab()

    def keys(self, timeout_s: float) -> Iterable[tuple[int, int]]:
        """The key events of ``timeout_s``."""
        poll = select.poll()
        poll.register(self._device.fd, select.POLLIN)
        if not poll.poll(timeout_s * 1000):
            return []
        with suppress(BlockingIOError):  # nothing there after all
            return [(event.code, event.value) for event in self._device.read() if event.type == _KEY_EVENT]
        return []

    def close(self) -> None:
        """Let it go."""
        with suppress(OSError):  # unplugged
            self._device.close()


class EvdevReader:
    """Lines typed at ``settings.device``, in the grammar of ``lines``; looks for a reader that was unplugged.

    Raises:
        ConfigError: no device is set.
    """

    def __init__(self, settings: ReaderSettings, open_device: Callable[[str], KeyDevice] = EvdevDevice) -> None:
        if not settings.device:
            raise ConfigError("reader.driver = evdev needs reader.device: one of /dev/input/by-id/*-kbd")
        self._path, self._format, self._open_device = settings.device, settings.format, open_device
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, present: Callable[[Reading], Answer], health: Callable[[str | None], None]) -> None:
        """Take the device and read it until ``close``; while it is unplugged, look for it every second.

        Raises:
            ReaderError: evdev or the device is not there, it may not be read, or another program holds it.
        """
        try:
            device = self._taken()
        except OSError as error:
            raise ReaderError(self._why(error)) from error
        health(None)
        self._thread = threading.Thread(
            target=self._run, args=(device, never_raising(present), health), name="limen-evdev", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop and let the device go."""
        self._stop.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self, device: KeyDevice, ask: Callable[[Reading], Answer], health: Callable[[str | None], None]) -> None:
        try:
            found: KeyDevice | None = device
            while found is not None:
                why = self._read(found, ask)
                if why is None:
                    return
                health(why)
                found = self._again()
                if found is not None:
                    health(None)
        except Exception as error:  # noqa: BLE001 - the top of a thread: health hears it, and no card opens any more
            health(f"the reader {self._path} failed: {error!r}")

    def _read(self, device: KeyDevice, ask: Callable[[Reading], Answer]) -> str | None:
        """Why the device is gone; ``None`` after ``close``."""
        line = KeyLine()
        try:
            while not self._stop.is_set():
                self._press(line, device.keys(_POLL_S), ask)
        except OSError as error:
            return self._why(error)
        finally:
            device.close()
        return None

    def _press(self, line: KeyLine, keys: Iterable[tuple[int, int]], ask: Callable[[Reading], Answer]) -> None:
        for code, value in keys:
            typed = line.press(code, value, time.monotonic())
            if typed is not None:
                self._take(typed, ask)

    def _take(self, line: str, ask: Callable[[Reading], Answer]) -> None:
        try:
            reading = reading_of(line, self._format)
        except BadDataError as error:
            note(f"a reading at {self._path} was dropped: {error}")
        else:
            ask(reading)

    def _again(self) -> KeyDevice | None:
        while not self._stop.wait(_AGAIN_S):
            try:
                return self._taken()
            except OSError:
                continue  # not plugged in again yet
        return None

    def _taken(self) -> KeyDevice:
        device = self._open_device(self._path)
        try:
            device.grab()
        except OSError:
            device.close()
            raise
        return device

    def _why(self, error: OSError) -> str:
        if isinstance(error, ReaderError):
            return str(error)
        return (
            f"the reader {self._path} cannot be read ({error.strerror or error}): plug it in, give this user the group "
            "'input', and close other programs that hold it"
        )
