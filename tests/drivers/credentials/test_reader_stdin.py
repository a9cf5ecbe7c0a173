import io
import os
from collections.abc import Iterator
from pathlib import Path
from queue import Queue

import pytest

from limen.config.doors import ReaderSettings
from limen.credentials.base import Answer, Outcome, Reading
from limen.credentials.card import CardNumber
from limen.credentials.stdin import StdinReader
from limen.errors import ReaderError

SETTINGS = ReaderSettings(driver="stdin")
ENOUGH_S = 60


class Pipe:
    """A reader at the end of a pipe, and all that it does."""

    def __init__(self) -> None:
        self.input, self.feed = os.pipe()
        self.stream = os.fdopen(self.input, "rb", buffering=0)
        self.said: Queue[str] = Queue()
        self.readings: Queue[Reading] = Queue()
        self.health: Queue[str | None] = Queue()
        self.reader = StdinReader(SETTINGS, self.stream, self.said.put)
        self.reader.start(self.present, self.health.put)
        self.open = True

    def present(self, reading: Reading) -> Answer:
        self.readings.put(reading)
        if reading.number == "666":
            raise RuntimeError("broken")
        return Answer(Outcome.OPEN, f"Come in, {reading.number or 'you with the card'}.")

    def write(self, *parts: bytes) -> None:
        for part in parts:
            os.write(self.feed, part)

    def end(self) -> None:
        if self.open:
            os.close(self.feed)
        self.open = False


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    pipe = Pipe()
    yield pipe
    pipe.reader.close()
    pipe.end()
    pipe.stream.close()


def test_a_line_is_a_reading(pipe: Pipe) -> None:
    pipe.write(b"0012345678\r\n17*25", b"80#\n*2580*0012345678\n")
    card = CardNumber(32, 12345678)
    readings = [Reading(card=card), Reading(number="17", pin="2580"), Reading(card=card, pin="2580")]
    assert [pipe.readings.get(timeout=ENOUGH_S) for _ in readings] == readings
    assert [pipe.said.get(timeout=ENOUGH_S) for _ in readings] == [
        "Come in, you with the card.",
        "Come in, 17.",
        "Come in, you with the card.",
    ]


def test_what_is_no_reading_is_dropped_unsaid(pipe: Pipe, capfd: pytest.CaptureFixture[str]) -> None:
    pipe.write(b"17*SECRET\n", b"\xff\xfe\0\n", b"\n", b"9" * 20_000, b"\n", b"18*2580\n")
    assert pipe.readings.get(timeout=ENOUGH_S) == Reading(number="18", pin="2580")
    said = capfd.readouterr().err
    assert said.count("a line was dropped") == 3
    assert "SECRET" not in said
    assert "999" not in said


def test_it_goes_on_after_an_answer_that_failed(pipe: Pipe) -> None:
    pipe.write(b"666*2580\n17*2580\n")
    assert pipe.said.get(timeout=ENOUGH_S) == "Not now. Please ask for help."
    assert pipe.said.get(timeout=ENOUGH_S) == "Come in, 17."


def test_the_end_of_the_input(pipe: Pipe) -> None:
    pipe.write(b"17*2580")
    pipe.end()
    assert pipe.health.get(timeout=ENOUGH_S) is None
    assert pipe.health.get(timeout=ENOUGH_S) == "standard input ended"
    assert pipe.readings.get_nowait().number == "17"


def test_close_needs_no_line_and_presents_none(pipe: Pipe) -> None:
    pipe.write(b"17*2580")
    pipe.reader.close()
    pipe.reader.close()
    pipe.write(b"\n")
    assert pipe.readings.empty()
    assert pipe.health.get_nowait() is None
    assert pipe.health.empty()


def test_a_file_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "cards"
    path.write_text("0000000001\n0000000002\n")
    readings: Queue[Reading] = Queue()
    health: Queue[str | None] = Queue()

    def present(reading: Reading) -> Answer:
        readings.put(reading)
        return Answer(Outcome.SHUT, "")

    with path.open() as stream:
        reader = StdinReader(SETTINGS, stream, lambda _: None)
        reader.start(present, health.put)
        assert [health.get(timeout=ENOUGH_S) for _ in range(2)] == [None, "standard input ended"]
        reader.close()
    assert readings.qsize() == 2


def test_there_is_no_input() -> None:
    with pytest.raises(ReaderError, match="cannot be read"):
        StdinReader(SETTINGS, io.StringIO("0000000001\n"), lambda _: None).start(
            lambda _: Answer(Outcome.SHUT, ""), lambda _: None
        )
