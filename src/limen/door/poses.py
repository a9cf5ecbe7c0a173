"""The directions a head is captured in, and how far it must turn for each.

Angles are those of ``faces.quality``: estimates from five points, good to about ten degrees, and different from one
person and one camera to the next. So left, right, up and down are counted from how the same person looks straight.
"""

from dataclasses import dataclass
from enum import StrEnum


class Direction(StrEnum):
    """Where the person looks; left and right are their own."""

    STRAIGHT = "straight"
    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"


class Turn(StrEnum):
    """What a head must do to show a direction."""

    RIGHT_SO = "right_so"
    THERE = "there"
    """Turn there: it does not yet."""
    MORE = "more"
    LESS = "less"


@dataclass(frozen=True, slots=True)
class Pose:
    """Yaw and pitch in degrees: positive to the image's right, which is the person's own left, and upwards."""

    yaw_deg: float
    pitch_deg: float


@dataclass(frozen=True, slots=True)
class _Window:
    """Which yaw and pitch show a direction: counted from straight, or, for the first picture, as they are."""

    yaw: tuple[float, float]
    pitch: tuple[float, float]


_FIRST = _Window(yaw=(-12, 12), pitch=(-22, 26))
"""A camera may stand below or above the face, and the estimate of a face held level differs by person: −15 to 15 in
nine of ten photos of Labeled Faces in the Wild, 11 to 16 in three clips of people before a camera."""
_WINDOWS = {
    Direction.STRAIGHT: _Window(yaw=(-10, 10), pitch=(-9, 9)),
    Direction.LEFT: _Window(yaw=(13, 34), pitch=(-18, 18)),
    Direction.RIGHT: _Window(yaw=(-34, -13), pitch=(-18, 18)),
    Direction.UP: _Window(yaw=(-14, 14), pitch=(9, 28)),
    Direction.DOWN: _Window(yaw=(-14, 14), pitch=(-28, -9)),
}
_EASE_DEG = 3.0
_ALMOST = 0.6
"""A turn of this part of the way is told to go on."""


def needed_turn(
    pose: Pose, wanted: Direction, straight: Pose | None, *, eased: bool = False, too_far: bool = False
) -> Turn:
    """What the head must do to show ``wanted``, where ``straight`` is how the person looks straight.

    ``eased``: it was right a moment ago, and the windows are a little wider. ``too_far``: it is turned by more than is
    allowed at all.
    """
    window = _WINDOWS[wanted] if straight else _FIRST
    base = straight or Pose(0.0, 0.0)
    yaw, pitch = pose.yaw_deg - base.yaw_deg, pose.pitch_deg - base.pitch_deg
    ease = _EASE_DEG if eased else 0.0
    if not too_far and _within(yaw, window.yaw, ease) and _within(pitch, window.pitch, ease):
        return Turn.RIGHT_SO
    along = {Direction.LEFT: yaw, Direction.RIGHT: -yaw, Direction.UP: pitch, Direction.DOWN: -pitch}.get(wanted)
    if along is None:
        return Turn.THERE
    bounds = window.yaw if wanted in (Direction.LEFT, Direction.RIGHT) else window.pitch
    least, most = sorted(map(abs, bounds))
    if along > most or (too_far and along > least):
        return Turn.LESS
    return Turn.MORE if _ALMOST * least <= along < least else Turn.THERE


def _within(value: float, bounds: tuple[float, float], ease: float) -> bool:
    return bounds[0] - ease <= value <= bounds[1] + ease
