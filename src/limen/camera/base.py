"""The port every source of frames stands behind."""

from typing import Protocol

from limen.types import Image


class FrameSource(Protocol):
    """Pictures, one after the other.

    ``realtime`` sources (a camera, a stream) deliver when they have something and lose what nobody reads; others (a
    file, a folder) keep every picture until it is read, and ``frame_interval_s`` is the time between two of them.
    """

    @property
    def realtime(self) -> bool:
        """Whether pictures come by themselves."""
        ...

    @property
    def frame_interval_s(self) -> float | None:
        """Seconds between two pictures, ``None`` where the source does not say."""
        ...

    def read(self) -> Image | None:
        """The next picture, RGB uint8 (height, width, 3), or ``None`` after the last.

        Blocks until there is one.

        Raises:
            CameraError: the source no longer delivers.
        """
        ...

    def close(self) -> None:
        """Let the device go; safe to call twice."""
        ...
