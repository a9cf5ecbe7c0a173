"""The camera of a door's display: JPEGs that a browser sends."""

import threading
from dataclasses import dataclass
from datetime import timedelta

from limen.camera.clock import SYSTEM_CLOCK, Clock
from limen.camera.freeze import FreezeWatch
from limen.camera.photo import PhotoLimits, decode_photo
from limen.errors import ConfigError, ImageError
from limen.types import Frame, Image

BROWSER = "browser"
"""What a door's ``camera`` is called where its display has it."""
MOST_BYTES = 2_000_000
_LIMITS = PhotoLimits(max_bytes=MOST_BYTES, max_pixels=4_200_000)
_OLDEST_S = 1.0
"""A picture that nobody looked at for so long shows who was there, not who is."""


@dataclass(frozen=True, slots=True)
class _Sent:
    """A JPEG, the monotonic time it was received at, and the display that sent it."""

    jpeg: bytes
    at_s: float
    source: str


class BrowserCamera:
    """The newest of the pictures that are pushed; nothing waits, and each one replaces the one before.

    A picture is decoded where it is looked at, by the thread that asks for it. It was captured when it was received: a
    browser's clock is not believed. One that cannot be decoded is dropped and counted; a display that sends nothing
    stalls, as a camera that stands still does, and goes on as soon as it sends again.
    """

    def __init__(self, clock: Clock = SYSTEM_CLOCK, *, freeze_s: float = 2.0) -> None:
        self._clock, self._watch = clock, FreezeWatch(freeze_s)
        self._last_s = clock.monotonic_s()
        self._newest: _Sent | None = None
        self._received = self._taken = self._dropped = self._broken = 0
        self._closed = self._looking = self._cut = False
        self._source: str | None = None
        self._changed = threading.Condition()

    @property
    def realtime(self) -> bool:
        """Pictures come by themselves."""
        return True

    @property
    def captured(self) -> int:
        """How many pictures were pushed."""
        return self._received

    @property
    def dropped(self) -> int:
        """How many a newer one replaced, or grew old, before anybody looked at them."""
        return self._dropped

    @property
    def broken(self) -> int:
        """How many were no pictures, or too large."""
        return self._broken

    @property
    def frozen(self) -> bool:
        """Whether the newest picture has been exactly the same for longer than ``freeze_s``."""
        return self._watch.frozen

    @property
    def cut(self) -> bool:
        """Whether the newest picture handed out is another display's than the one before."""
        return self._cut

    @property
    def ended(self) -> bool:
        """Whether ``close`` was called."""
        return self._closed

    def push(self, jpeg: bytes, at_s: float, source: str = "") -> None:
        """Show a picture that the display ``source`` sent, received at the monotonic time ``at_s``; returns at once."""
        with self._changed:
            if self._closed:
                return
            self._received += 1
            if len(jpeg) > MOST_BYTES:
                self._broken += 1
                return
            self._dropped += self._newest is not None
            self._newest = _Sent(jpeg, at_s, source)
            self._changed.notify_all()

    def stalled_for_s(self, now_s: float) -> float:
        """Seconds to the monotonic ``now_s`` in which a picture was waited for in vain.

        What a look at the one before took does not count: meanwhile nobody waited.
        """
        with self._changed:
            return max(now_s - self._last_s, 0.0)

    def has_frame(self, timeout_s: float) -> bool:
        """Whether there is a picture that was not looked at, waiting for one for ``timeout_s``."""
        with self._changed:
            if self._looking:
                self._looking, self._last_s = False, self._clock.monotonic_s()
            self._changed.wait_for(lambda: self._newest is not None or self._closed, timeout_s)
            return self._newest is not None

    def next_frame(self, timeout_s: float) -> Frame | None:
        """A picture newer than the last one handed out; ``None`` where none came in ``timeout_s``."""
        if not self.has_frame(timeout_s):
            return None
        with self._changed:
            sent, self._newest = self._newest, None
        if sent is None:  # closed meanwhile
            return None
        if not 0 <= self._clock.monotonic_s() - sent.at_s <= _OLDEST_S:
            self._dropped += 1
            return None
        return self._frame(sent)

    def close(self) -> None:
        """Take no more pictures."""
        with self._changed:
            self._closed, self._newest = True, None
            self._changed.notify_all()

    def _frame(self, sent: _Sent) -> Frame | None:
        image = self._decoded(sent.jpeg)
        if image is None:
            return None
        self._cut = self._source not in (None, sent.source)
        self._source = sent.source
        self._watch.see(image, sent.at_s)
        self._looking = True
        self._taken += 1
        age = timedelta(seconds=self._clock.monotonic_s() - sent.at_s)
        return Frame(image, sent.at_s, self._clock.now_utc() - age, index=self._taken - 1)

    def _decoded(self, jpeg: bytes) -> Image | None:
        try:
            return decode_photo(jpeg, "the display's picture", _LIMITS).image
        except ImageError:
            self._broken += 1
            return None


def not_a_source() -> ConfigError:
    """What is said where a display's camera is asked for and there is no display."""
    return ConfigError(
        "camera = browser is the camera of the door's display, and only limen serve has displays: start the door with "
        "it, or name another camera (--camera)"
    )
