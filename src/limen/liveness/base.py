"""The port of the checks that tell a living face from a picture of one."""

from enum import StrEnum
from typing import Protocol

from limen.types import Face, Frame, TrackId


class Liveness(StrEnum):
    """What a check found of one face so far."""

    LIVE = "live"
    SPOOF = "spoof"
    UNSURE = "unsure"


class LivenessCheck(Protocol):
    """Looks at the faces of a door, each by its track: a passive check, or a challenge that asks for something."""

    def observe(self, track: TrackId, face: Face, frame: Frame) -> Liveness:
        """What is known of the track once this frame, too, was looked at."""
        ...

    def instruction(self, track: TrackId) -> str | None:
        """What the visitor is asked to do now; ``None`` where nothing is asked."""
        ...

    def forget(self, track: TrackId) -> None:
        """The track is over, or shows another face."""
        ...
