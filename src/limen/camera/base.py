"""The ports that sources of pictures, and of frames with their times, stand behind."""

from typing import Protocol

from limen.types import Frame, Image


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


class FrameStream(Protocol):
    """What a door looks at: the newest frame, each once, and what is wrong where none comes."""

    @property
    def realtime(self) -> bool:
        """Whether pictures come by themselves."""
        ...

    @property
    def frozen(self) -> bool:
        """Whether the newest picture has been exactly the same for too long."""
        ...

    @property
    def cut(self) -> bool:
        """Whether the newest frame handed out was taken by another camera than the one before."""
        ...

    @property
    def ended(self) -> bool:
        """Whether no frame will come any more."""
        ...

    def stalled_for_s(self, now_s: float) -> float:
        """Seconds from the newest frame, or the start before the first one, to the monotonic ``now_s``."""
        ...

    def has_frame(self, timeout_s: float) -> bool:
        """Whether ``next_frame`` need not wait any more, waiting for that for ``timeout_s``."""
        ...

    def next_frame(self, timeout_s: float) -> Frame | None:
        """A frame newer than the last one handed out; ``None`` where none came in ``timeout_s``.

        Raises:
            CameraError: the source no longer delivers.
        """
        ...

    def close(self) -> None:
        """Let the device go; safe to call twice."""
        ...
