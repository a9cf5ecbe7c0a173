"""A source's pictures as frames: the newest one at a door, every one when there is no hurry."""

import threading
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from limen.camera.base import FrameSource
from limen.camera.clock import SYSTEM_CLOCK, Clock
from limen.camera.freeze import FreezeWatch
from limen.errors import CameraError, ConfigError, LimenError
from limen.types import Frame, Image

_DEFAULT_INTERVAL_S = 1 / 25


class Capture:
    """The newest frame of ``source``, read by a thread of its own until ``close``.

    A source that is not ``realtime`` plays at its own speed: frames that nobody takes in time are lost, as
    they are on a camera. With ``fast`` there is neither thread nor loss: ``next_frame`` reads, and frame k
    has the time start + k · interval, so that two runs see the same. The source is closed with the capture.

    Raises:
        ConfigError: ``fast`` was asked of a camera, which cannot be read faster than it delivers.
    """

    def __init__(
        self, source: FrameSource, clock: Clock = SYSTEM_CLOCK, *, fast: bool = False, freeze_s: float = 2.0
    ) -> None:
        if fast and source.realtime:
            source.close()
            raise ConfigError("a camera cannot be read faster than it delivers: leave 'fast' to files and folders")
        self._source, self._clock, self._fast = source, clock, fast
        self._interval_s = source.frame_interval_s or _DEFAULT_INTERVAL_S
        self._watch = FreezeWatch(freeze_s)
        self._start_s, self._started_at = clock.monotonic_s(), clock.now_utc()
        self._last_s = self._start_s
        self._captured = self._dropped = 0
        self._newest: Frame | None = None
        self._over = False
        self._error: Exception | None = None
        self._changed = threading.Condition()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="limen-capture", daemon=True)
        if not fast:
            self._thread.start()

    @property
    def realtime(self) -> bool:
        """Whether pictures come by themselves, as from a camera."""
        return self._source.realtime

    @property
    def captured(self) -> int:
        """How many frames the source delivered."""
        return self._captured

    @property
    def dropped(self) -> int:
        """How many frames a newer one replaced before anybody took them."""
        return self._dropped

    @property
    def frozen(self) -> bool:
        """Whether the newest picture has been exactly the same for longer than ``freeze_s``."""
        return self._watch.frozen

    @property
    def cut(self) -> bool:
        """Never: it is one camera that looks."""
        return False

    @property
    def ended(self) -> bool:
        """Whether no frame will come any more: the last one was taken, or ``close`` was called.

        Never true of a source that failed: ``next_frame`` raises then.
        """
        with self._changed:
            return self._stop.is_set() or (self._over and self._newest is None and self._error is None)

    def stalled_for_s(self, now_s: float) -> float:
        """Seconds from the newest frame, or the start before the first one, to the monotonic ``now_s``."""
        with self._changed:
            return max(now_s - self._last_s, 0.0)

    def has_frame(self, timeout_s: float) -> bool:
        """Whether ``next_frame`` need not wait any more, waiting for that for ``timeout_s``."""
        if self._fast:
            return True
        with self._changed:
            return self._changed.wait_for(lambda: self._newest is not None or self._over, timeout_s)

    def next_frame(self, timeout_s: float) -> Frame | None:
        """A frame newer than the last one handed out; ``None`` where none came in ``timeout_s``.

        Raises:
            CameraError: the source no longer delivers.
        """
        if self._fast:
            self._read_one()
        with self._changed:
            self._changed.wait_for(lambda: self._newest is not None or self._over, timeout_s)
            if self._error is not None and not self._stop.is_set():
                raise CameraError(_message(self._error)) from self._error
            frame, self._newest = self._newest, None
            return frame

    def close(self) -> None:
        """Stop and let the device go; waits for a read under way, if the device cannot break it off."""
        self._stop.set()
        with self._changed:
            self._over, self._newest = True, None
            self._changed.notify_all()
        self._source.close()
        if self._thread.is_alive():
            self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self) -> None:
        try:
            self._read_all()
        except Exception as error:  # noqa: BLE001 - the top of a thread: kept for whoever takes the frames
            self._error = error
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def _read_all(self) -> None:
        while (image := self._source.read()) is not None:
            wait_s = 0.0 if self._source.realtime else self._due_s() - self._clock.monotonic_s()
            if self._stop.wait(max(wait_s, 0.0)):
                return
            self._arrive(image, self._clock.monotonic_s(), self._clock.now_utc())

    def _read_one(self) -> None:
        if self._over:
            return
        image = self._source.read()
        if image is None:
            self._over = True
            return
        due_s = self._due_s()
        self._arrive(image, due_s, self._started_at + timedelta(seconds=due_s - self._start_s))

    def _due_s(self) -> float:
        """When a source that is not ``realtime`` would show its next picture."""
        return self._start_s + self._captured * self._interval_s

    def _arrive(self, image: Image, at_s: float, captured_at: datetime) -> None:
        frame = Frame(image, at_s, captured_at, index=self._captured)
        self._watch.see(image, at_s)
        with self._changed:
            if self._stop.is_set():
                return
            self._dropped += self._newest is not None
            self._captured += 1
            self._newest, self._last_s = frame, at_s
            self._changed.notify_all()


def _message(error: Exception) -> str:
    return str(error) if isinstance(error, LimenError) else f"reading the camera failed: {error!r}"
