import errno
import importlib.util
from collections.abc import Iterable, Iterator
from queue import Empty, Queue

import pytest

from limen.config.doors import ReaderSettings
from limen.credentials.base import Answer, Outcome, Reading
from limen.credentials.evdev import EvdevReader
from limen.errors import ConfigError, ReaderError

SETTINGS = ReaderSettings(driver="evdev", device="/dev/input/by-id/usb-reader-event-kbd", format="decimal")
ENOUGH_S = 60
# Source: Linux, include/uapi/linux/input-event-codes.h.
CODES = dict(zip("1234567890", range(2, 12), strict=True)) | {"\n": 28, "*": 55, "#": 523, "?": 1}


class FakeDevice:
    """A keyboard reader that types what a test puts into ``typing``; ``None`` unplugs it."""

    def __init__(self, typing: Queue[str | None], held: bool = False) -> None:
        self.typing, self.held = typing, held
        self.grabbed = self.closed = False

    def grab(self) -> None:
        if self.held:
            raise OSError(errno.EBUSY, "Device or resource busy")
        self.grabbed = True

    def keys(self, timeout_s: float) -> Iterable[tuple[int, int]]:
        assert self.grabbed
        assert not self.closed
        try:
            text = self.typing.get(timeout=timeout_s)
        except Empty:
            return []
        if text is None:
            raise OSError(errno.ENODEV, "No such device")
        return [(CODES[key], value) for key in text for value in (1, 0)]

    def close(self) -> None:
        self.closed = True


class Bench:
    """A reader, the devices it opened, and the devices that it will find: an error stands for none."""

    def __init__(self) -> None:
        self.typing: Queue[str | None] = Queue()
        self.found: list[FakeDevice | OSError] = []
        self.opened: list[FakeDevice] = []
        self.readings: Queue[Reading] = Queue()
        self.health: Queue[str | None] = Queue()
        self.reader = EvdevReader(SETTINGS, self.open)

    def open(self, path: str) -> FakeDevice:
        assert path == SETTINGS.device
        device = self.found.pop(0) if self.found else FakeDevice(self.typing)
        if isinstance(device, OSError):
            raise device
        self.opened.append(device)
        return device

    def start(self) -> None:
        self.reader.start(self.present, self.health.put)

    def present(self, reading: Reading) -> Answer:
        self.readings.put(reading)
        return Answer(Outcome.SHUT, "")


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.reader.close()


def test_what_is_typed_is_read(bench: Bench) -> None:
    bench.start()
    bench.typing.put("17*25")
    bench.typing.put("80#0012345678\n")
    first, second = (bench.readings.get(timeout=ENOUGH_S) for _ in range(2))
    assert (first.number, first.pin) == ("17", "2580")
    assert second.card is not None
    assert second.card.key == "32:00bc614e"


def test_what_is_no_reading_is_dropped_unsaid(bench: Bench, capfd: pytest.CaptureFixture[str]) -> None:
    bench.start()
    bench.typing.put("4711\n17*?\n17*2580#")
    assert bench.readings.get(timeout=ENOUGH_S).number == "17"
    said = capfd.readouterr().err
    assert said.count("was dropped") == 2
    assert "4711" not in said


def test_it_is_let_go(bench: Bench) -> None:
    bench.start()
    bench.reader.close()
    bench.reader.close()
    assert [device.closed for device in bench.opened] == [True]
    assert bench.health.get_nowait() is None
    assert bench.health.empty()


def test_it_was_unplugged_and_is_there_again(bench: Bench) -> None:
    gone = FileNotFoundError(errno.ENOENT, "No such file or directory")
    bench.found = [FakeDevice(bench.typing), gone, FakeDevice(bench.typing, held=True), FakeDevice(bench.typing)]
    bench.start()
    bench.typing.put("17*25")
    bench.typing.put(None)
    assert bench.health.get(timeout=ENOUGH_S) is None
    why = bench.health.get(timeout=ENOUGH_S)
    assert why is not None
    assert "No such device" in why
    assert bench.health.get(timeout=ENOUGH_S) is None
    bench.typing.put("18*2580#")
    assert bench.readings.get(timeout=ENOUGH_S) == Reading(number="18", pin="2580")
    assert [(device.grabbed, device.closed) for device in bench.opened] == [(True, True), (False, True), (True, False)]


def test_close_ends_the_search(bench: Bench) -> None:
    bench.found = [FakeDevice(bench.typing), *[OSError(errno.ENOENT, "gone")] * 1000]
    bench.start()
    bench.typing.put(None)
    assert bench.health.get(timeout=ENOUGH_S) is None
    assert bench.health.get(timeout=ENOUGH_S) is not None
    bench.reader.close()
    assert bench.health.empty()


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (FileNotFoundError(errno.ENOENT, "No such file or directory"), "No such file or directory"),
        (PermissionError(errno.EACCES, "Permission denied"), "group 'input'"),
        (FakeDevice(Queue(), held=True), "resource busy"),
    ],
)
def test_it_is_not_there_at_the_start(bench: Bench, found: FakeDevice | OSError, why: str) -> None:
    bench.found = [found]
    with pytest.raises(ReaderError, match=why):
        bench.start()
    assert all(device.closed for device in bench.opened)
    assert bench.health.empty()


def test_the_real_device_is_absent() -> None:
    why = "No such file" if importlib.util.find_spec("evdev") else r"pip install 'limen\[evdev\]'"
    with pytest.raises(ReaderError, match=why):
        EvdevReader(SETTINGS).start(lambda _: Answer(Outcome.SHUT, ""), lambda _: None)


def test_no_device_is_set() -> None:
    with pytest.raises(ConfigError, match=r"reader\.device"):
        EvdevReader(ReaderSettings(driver="evdev"))
