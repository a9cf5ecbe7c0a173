"""How good a face in a picture is: each reason to refuse is a measured number against a bound."""

import math
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np

from limen.config import QualityBounds
from limen.faces.align import align
from limen.types import Box, Face, Image, Size

_SIDE_PX = 100
_POINTS = np.array([[32, 36], [68, 36], [50, 57], [35, 78], [65, 78]], np.float32)
"""Where the landmarks lie in the crop that brightness and sharpness are measured on."""


class Flaw(StrEnum):
    """A reason not to use a face."""

    TOO_SMALL = "too_small"
    CUT_OFF = "cut_off"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    BLURRED = "blurred"
    TURNED_AWAY = "turned_away"


@dataclass(frozen=True, slots=True)
class Quality:
    """What was measured of a face.

    ``size_px`` is the box's shorter side, ``inside`` the part of the box within the picture, ``brightness`` the mean
    of the face's luma, 0 to 255, ``sharpness`` the variance of its Laplacian with contrast evened out, ``yaw_deg`` and
    ``pitch_deg`` how far the head is turned, estimated from five points: positive to the image's right and upwards.
    """

    size_px: float
    inside: float
    brightness: float
    sharpness: float
    yaw_deg: float
    pitch_deg: float


@dataclass(frozen=True, slots=True)
class FlawFound:
    """A flaw, the number measured and the bound it missed."""

    flaw: Flaw
    measured: float
    bound: float

    def __str__(self) -> str:
        return _TEXTS[self.flaw].format(measured=self.measured, bound=self.bound)


_TEXTS = {
    Flaw.TOO_SMALL: "too small: {measured:.0f} pixels, at least {bound:.0f} are needed; come nearer",
    Flaw.CUT_OFF: "cut off: {measured:.0%} of the face is in the picture, at least {bound:.0%} are needed",
    Flaw.TOO_DARK: "too dark: brightness {measured:.0f} of 255, at least {bound:.0f} is needed",
    Flaw.TOO_BRIGHT: "too bright: brightness {measured:.0f} of 255, at most {bound:.0f} is allowed",
    Flaw.BLURRED: "blurred: sharpness {measured:.1f}, at least {bound:.1f} is needed; hold still",
    Flaw.TURNED_AWAY: "turned away: {measured:.0f} degrees, at most {bound:.0f} are allowed; look at the camera",
}


def measure(image: Image, face: Face) -> Quality:
    """What is measured of ``face`` in ``image``."""
    crop = align(image, face.landmarks, _POINTS, Size(_SIDE_PX, _SIDE_PX))
    inner = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)[20:90, 20:80].astype(np.float32)
    yaw, pitch = _pose(face)
    within = face.box.overlap(Box(0, 0, image.shape[1], image.shape[0])) / face.box.area
    return Quality(
        size_px=min(face.box.width, face.box.height),
        inside=within,
        brightness=float(inner.mean()),
        sharpness=_sharpness(inner),
        yaw_deg=yaw,
        pitch_deg=pitch,
    )


def flaws(quality: Quality, bounds: QualityBounds) -> list[FlawFound]:
    """What ``quality`` misses of ``bounds``; a number that is none misses its bound."""
    turns = (abs(quality.yaw_deg), bounds.max_yaw_deg), (abs(quality.pitch_deg), bounds.max_pitch_deg)
    facing = all(turn <= bound for turn, bound in turns)
    # What is not a number is larger than nothing, so it is looked for: it would be told as the smaller turn.
    turned = max(turns, key=lambda pair: math.inf if math.isnan(pair[0]) else pair[0] / pair[1])
    checks = (
        (Flaw.TOO_SMALL, quality.size_px, bounds.min_size_px, quality.size_px >= bounds.min_size_px),
        (Flaw.CUT_OFF, quality.inside, bounds.min_inside, quality.inside >= bounds.min_inside),
        (Flaw.TOO_DARK, quality.brightness, bounds.min_brightness, quality.brightness >= bounds.min_brightness),
        (Flaw.TOO_BRIGHT, quality.brightness, bounds.max_brightness, quality.brightness <= bounds.max_brightness),
        (Flaw.BLURRED, quality.sharpness, bounds.min_sharpness, quality.sharpness >= bounds.min_sharpness),
        (Flaw.TURNED_AWAY, *turned, facing),
    )
    return [FlawFound(flaw, measured, bound) for flaw, measured, bound, good in checks if not good]


def _sharpness(grey: np.ndarray) -> float:
    """Variance of the Laplacian in a picture whose contrast was brought to a standard deviation of 40."""
    spread = float(grey.std())
    if spread < 1:
        return 0.0
    return float(cv2.Laplacian(grey * (40 / spread), cv2.CV_32F).var()) / 10


_NOSE = 0.6
"""How far the nose's tip stands out before the plane of eyes and mouth, in distances between the eyes."""
_LEVEL_NOSE = 0.52
"""Where the nose's tip lies between eyes (0) and mouth (1) of a head held level."""


def _pose(face: Face) -> tuple[float, float]:
    """Yaw and pitch in degrees, from where the nose lies between eyes and mouth once the head is held upright.

    The tip stands out before the plane of the other four points, so a turn by an angle shifts it by the sine. The
    proportions are those of an average face: an estimate, good to about ten degrees.
    """
    points = face.landmarks.astype(np.float64) @ (1, 1j)
    eyes, mouth = points[:2].mean(), points[3:].mean()
    down = mouth - eyes
    height, width = abs(down), abs(points[1] - points[0])
    if height == 0 or width == 0:
        return 90.0, 90.0
    nose = (points[2] - eyes) / down  # real part: along the face; imaginary part: across
    across = -nose.imag * height / _facing_width(width, height)
    along = (_LEVEL_NOSE - nose.real) * height / _facing_width(width, height)
    return _angle(across / _NOSE), _angle(along / _NOSE)


def _facing_width(width: float, height: float) -> float:
    """The distance between the eyes as seen from the front: a turned head shows less of it, but not of its height."""
    return max(width, height / 1.15)


def _angle(sine: float) -> float:
    return math.degrees(math.asin(max(-1.0, min(1.0, sine))))
