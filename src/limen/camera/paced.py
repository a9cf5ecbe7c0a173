"""A film in memory that plays like a camera: for measuring how long a door takes."""

import threading
import time
from collections.abc import Callable, Sequence

from limen.types import Image


class PacedSource:
    """Delivers ``frames`` over and over, ``fps`` a second, and skips what nobody was there to read in time.

    ``delivered`` is told the place of each frame in ``frames`` and the monotonic time it was delivered at.
    """

    def __init__(self, frames: Sequence[Image], fps: float, delivered: Callable[[int, float], None]) -> None:
        self._frames, self._interval_s, self._delivered = frames, 1 / fps, delivered
        self._start_s = time.monotonic()
        self._next = 0
        self._closed = threading.Event()

    @property
    def realtime(self) -> bool:
        """Pictures come by themselves."""
        return True

    @property
    def frame_interval_s(self) -> float | None:
        """Seconds between two pictures."""
        return self._interval_s

    def read(self) -> Image | None:
        """The picture of this moment, once it is due; ``None`` after ``close``."""
        late = int((time.monotonic() - self._start_s) / self._interval_s)
        self._next = max(self._next, late)
        if self._closed.wait(max(self._start_s + self._next * self._interval_s - time.monotonic(), 0)):
            return None
        place = self._next % len(self._frames)
        self._next += 1
        self._delivered(place, time.monotonic())
        return self._frames[place]

    def close(self) -> None:
        """Deliver nothing more."""
        self._closed.set()
