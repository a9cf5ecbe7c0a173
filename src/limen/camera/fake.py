"""A source without a device, for tests and for those who write a driver."""

import threading
from collections.abc import Iterable

from limen.errors import CameraError
from limen.types import Image


class FakeSource:
    """Delivers ``frames`` and does what cameras do: take their time, freeze, block, fail, end.

    Each of the three numbers counts delivered pictures: after ``freeze_after`` the last picture comes again
    and again; after ``block_after`` each ``read`` waits for ``allow``, or for ``close``; after ``fail_after``
    each ``read`` raises. A ``realtime`` fake takes ``frame_interval_s`` over each picture.
    """

    def __init__(
        self, frames: Iterable[Image], frame_interval_s: float | None = 0.04, *, realtime: bool = False,
        freeze_after: int | None = None, block_after: int | None = None, fail_after: int | None = None,
    ) -> None:  # fmt: skip
        self._frames = iter(frames)
        self._interval_s, self._realtime = frame_interval_s, realtime
        self._freeze_after, self._allowed, self._fail_after = freeze_after, block_after, fail_after
        self._last: Image | None = None
        self._changed = threading.Condition()
        self.delivered = 0
        self.closed = False

    @property
    def realtime(self) -> bool:
        """Whether pictures come by themselves."""
        return self._realtime

    @property
    def frame_interval_s(self) -> float | None:
        """Seconds between two pictures."""
        return self._interval_s

    def allow(self, pictures: int = 1) -> None:
        """Let a source that blocks deliver this many pictures more."""
        with self._changed:
            self._allowed = (self._allowed or 0) + pictures
            self._changed.notify_all()

    def read(self) -> Image | None:
        """The next of ``frames``; ``None`` after the last and after ``close``.

        Raises:
            CameraError: ``fail_after`` pictures were delivered.
        """
        with self._changed:
            self._changed.wait_for(self._may_go_on)
            if self._realtime and self._interval_s:
                self._changed.wait_for(lambda: self.closed, self._interval_s)
            if self.closed:
                return None
            if self.delivered == self._fail_after:
                raise CameraError(f"the fake camera fails after {self._fail_after} pictures, as it was told to")
            if self.delivered != self._freeze_after:
                self._last = next(self._frames, None)
                self.delivered += self._last is not None
            return self._last

    def close(self) -> None:
        """Deliver nothing more; a ``read`` that blocks returns."""
        with self._changed:
            self.closed = True
            self._changed.notify_all()

    def _may_go_on(self) -> bool:
        return self.closed or self._allowed is None or self.delivered < self._allowed
