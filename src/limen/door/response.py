"""How long a door takes: from the first frame with a face, and from a card, to the lock."""

import http.client
import json
import random
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, repeat
from pathlib import Path

from limen.camera.capture import Capture
from limen.camera.paced import PacedSource
from limen.camera.walk import Walk, empty_hall, walk_up, with_noise
from limen.config import DoorConfig, Settings
from limen.door.build_door import Surroundings, build_door
from limen.engine import Engine, main_face
from limen.errors import BadDataError
from limen.store import Store
from limen.types import Image, Size

FPS = 30
_SIZE = Size(640, 480)
_HALL, _VISIT = 36, 45
_WALK = Walk(frames=_VISIT, from_px=110, to_px=140, fade_frames=0)
_SEED = 6


@dataclass(frozen=True, slots=True)
class FaceTime:
    """One visit, in milliseconds: all of it, and what of it the door spent waiting for a frame."""

    total_ms: float
    waiting_ms: float

    @property
    def computing_ms(self) -> float:
        """The rest."""
        return self.total_ms - self.waiting_ms


@dataclass(frozen=True, slots=True)
class Response:
    """What was measured: visits, and cards that were shown while the camera kept the door busy."""

    faces: tuple[FaceTime, ...]
    cards_ms: tuple[float, ...]
    visits: int


def film(image: Image, engine: Engine) -> list[Image]:
    """An empty hall, and from one frame to the next the person of ``image`` before the camera.

    Raises:
        BadDataError: there is no face in the image.
    """
    faces = engine.find_faces(image)
    if not faces:
        raise BadDataError("no face was found in the photo: name one of one large face (--image)")
    hall = empty_hall(_SIZE)
    walk = walk_up(image, main_face(image, faces).box, hall, _WALK)
    return list(with_noise(chain(repeat(hall, _HALL), walk), _SEED))


@dataclass(slots=True)
class _Stopwatch:
    """When the first frame of each visit came, and when the door waited for frames."""

    first_s: list[float] = field(default_factory=list)
    waits: list[tuple[float, float]] = field(default_factory=list)

    def delivered(self, place: int, at_s: float) -> None:
        """A frame came; a visit's first may have been skipped, and then the next one counts."""
        if place >= _HALL and (not self.first_s or at_s - self.first_s[-1] > _VISIT / FPS):
            self.first_s.append(at_s)

    def waited_s(self, start_s: float, end_s: float) -> float:
        """How much of the time from start to end was spent waiting."""
        return sum(max(min(to_s, end_s) - max(from_s, start_s), 0.0) for from_s, to_s in self.waits)


class _TimedCapture(Capture):
    """Remembers when it made the door wait."""

    stopwatch: _Stopwatch

    def has_frame(self, timeout_s: float) -> bool:
        """Whether there is a frame."""
        start_s = time.monotonic()
        try:
            return super().has_frame(timeout_s)
        finally:
            self.stopwatch.waits.append((start_s, time.monotonic()))


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A door that is measured.

    ``config`` has a simulated lock with a log, and an HTTP reader; the person of ``frames`` is enrolled.
    """

    settings: Settings
    engine: Engine
    store: Store
    config: DoorConfig
    frames: Sequence[Image]

    def run(self, visits: int, cards: Sequence[str], step: Callable[[], None]) -> Response:
        """What ``visits`` and the showing of ``cards`` meanwhile took; ``step`` is called after each visit."""
        stopwatch, stop = _Stopwatch(), threading.Event()
        shower = _Shower(self.config, cards)

        def open_capture() -> Capture:
            source = PacedSource(self.frames, FPS, stopwatch.delivered)
            capture = _TimedCapture(source, freeze_s=self.settings.door.freeze_s)
            capture.stopwatch = stopwatch
            return capture

        with ExitStack() as closing:
            around = Surroundings(self.store, self.engine, (), lambda text: None)
            door = build_door(self.settings, "bench", self.config, around, closing)
            running = threading.Thread(target=door.run, args=(open_capture, stop), name="limen-bench-door")
            running.start()
            seen = 0
            while running.is_alive() and (len(stopwatch.first_s) <= visits + 1 or shower.is_showing):
                shower.go_on()
                time.sleep(0.02)
                if len(stopwatch.first_s) > seen:
                    seen = len(stopwatch.first_s)
                    step()
            stop.set()
            running.join()
        assert self.config.simulator_log is not None
        faces = _faces(stopwatch, _unlocks_s(self.config.simulator_log))
        return Response(faces[:visits], tuple(shower.times_ms), visits)


def _faces(stopwatch: _Stopwatch, unlocks_s: Sequence[float]) -> tuple[FaceTime, ...]:
    """The first opening of each visit but the first one, which pays for warming up."""
    times = []
    for first_s, next_s in zip(stopwatch.first_s[1:], [*stopwatch.first_s[2:], float("inf")], strict=True):
        unlock_s = next((at_s for at_s in unlocks_s if first_s <= at_s < next_s), None)
        if unlock_s is not None:
            times.append(FaceTime((unlock_s - first_s) * 1e3, stopwatch.waited_s(first_s, unlock_s) * 1e3))
    return tuple(times)


def _unlocks_s(log: Path) -> list[float]:
    """The monotonic times of the lock's openings."""
    ahead_s = time.time() - time.monotonic()
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    opened = [datetime.fromisoformat(line["at"]) for line in lines if line["moved"] == "unlock"]
    return [at.timestamp() - ahead_s for at in opened]


class _Shower:
    """Shows one card after the other at the door's HTTP reader, at times of its own."""

    def __init__(self, config: DoorConfig, cards: Sequence[str]) -> None:
        self._address, self._token = config.reader.listen, config.reader.token.get_secret_value()
        self._waiting = list(cards)
        self._dice = random.Random(_SEED)  # noqa: S311 - when a card is shown, not a secret
        self._next_s = time.monotonic() + 3
        self.times_ms: list[float] = []

    @property
    def is_showing(self) -> bool:
        """Whether there are cards left."""
        return bool(self._waiting)

    def go_on(self) -> None:
        """Show the next card, if it is time to."""
        if self._waiting and time.monotonic() >= self._next_s:
            self._next_s = time.monotonic() + self._dice.uniform(0.1, 0.9)
            with suppress(OSError):  # counted: the door may not listen yet
                self.times_ms.append(self._show(self._waiting[0]))
                self._waiting.pop(0)

    def _show(self, card: str) -> float:
        """Milliseconds from sending to the answer, which comes after the lock was told to open."""
        body = json.dumps({"card": {"text": card}, "id": str(self._dice.random()), "at": time.time()})
        connection = http.client.HTTPConnection(self._address, timeout=5)
        try:
            start_s = time.perf_counter()
            connection.request("POST", "/reading", body, {"Authorization": f"Bearer {self._token}"})
            answer = json.loads(connection.getresponse().read())
            took_ms = (time.perf_counter() - start_s) * 1e3
        finally:
            connection.close()
        if answer.get("outcome") != "open":
            raise BadDataError(f"the door did not open for the card of the measurement: {answer}")
        return took_ms
