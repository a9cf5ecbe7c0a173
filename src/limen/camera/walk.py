"""Films of somebody who walks up to a door, made from one photo: for the demonstration and for trying out cameras."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from limen.camera.cutout import person_mask
from limen.types import Box, Image, Size, check_image

_EYE_LEVEL = 0.42
"""How far down in the picture a face is that stands right before the camera."""
_SWAY_PX, _TILT_DEG = 5.0, 1.2
_SHIFTS = 32

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Walk:
    """How somebody comes: in how many frames, how wide the face is at first and at last, and how long they fade.

    ``fade_frames`` is the number of frames it takes to appear, and to vanish again at the end.
    """

    frames: int
    from_px: float
    to_px: float
    fade_frames: int = 6

    def __post_init__(self) -> None:
        if self.frames < 2 or not 0 < self.from_px <= self.to_px or not 0 <= 2 * self.fade_frames <= self.frames:
            raise ValueError(f"a walk has 2 frames or more, grows, and fades for at most half of them each, got {self}")


def empty_hall(size: Size) -> Image:
    """A grey hall with nobody in it: RGB uint8 (height, width, 3)."""
    down = np.linspace(0, 1, size.height, dtype=np.float32)[:, None]
    across = np.linspace(-1, 1, size.width, dtype=np.float32)[None]
    wall = 150 - 34 * across**2 - 26 * down
    floor = 96 + 30 * (down - 0.8) / 0.2 - 20 * across**2
    shade = cv2.GaussianBlur(np.where(down < 0.8, wall, floor), (0, 0), 2)
    return _picture(np.asarray(shade, np.float32)[..., None] * np.array([1.0, 1.01, 1.03], np.float32))


def walk_up(photo: Image, face: Box, hall: Image, walk: Walk) -> Iterator[Image]:
    """The frames, as large as ``hall``, in which the person of ``photo`` comes out of the hall up to the camera.

    ``face`` is where the face is in the photo. The person sways a little, and fades in and out.
    """
    check_image(photo)
    check_image(hall)
    ahead = min(1.0, walk.to_px / face.width)
    # Scaled down once, well: the affine warp below would leave out pixels.
    near = np.asarray(cv2.resize(photo, None, fx=ahead, fy=ahead, interpolation=cv2.INTER_AREA), np.uint8)
    place = Box(*(edge * ahead for edge in face.xyxy))
    mask = person_mask(near, place)[..., None]
    layers = np.concatenate([near * mask, mask], axis=2)
    for index in range(walk.frames):
        warped = cv2.warpAffine(layers, _where(index, walk, place, layers, hall), hall.shape[1::-1])
        presence = _presence(index, walk)
        yield _picture(warped[..., :3] * presence + hall * (1 - warped[..., 3:] * presence))


def with_noise(frames: Iterable[Image], seed: int, strength: float = 2.5) -> Iterator[Image]:
    """``frames``, all of one size, as a sensor delivers them: among a thousand no two are equal.

    The same ``seed`` gives the same noise.
    """
    dice = np.random.default_rng(seed)
    # New noise for every pixel of every frame would take longer than all else: one sheet of it, laid differently.
    places = dice.permutation(_SHIFTS * _SHIFTS)
    sheet: Array | None = None
    for index, frame in enumerate(frames):
        height, width = frame.shape[:2]
        if sheet is None:
            sheet = strength * dice.standard_normal((height + _SHIFTS, width + _SHIFTS, 3), np.float32)
        y, x = divmod(int(places[index % places.size]), _SHIFTS)
        yield np.asarray(cv2.add(frame, sheet[y : y + height, x : x + width], dtype=cv2.CV_8U), np.uint8)


def _where(index: int, walk: Walk, face: Box, photo: Array, hall: Image) -> NDArray[np.float64]:
    """The affine map, 2 × 3, from the photo to frame ``index``."""
    share = index / (walk.frames - 1)
    eased = share * share * (3 - 2 * share)
    scale = walk.from_px * (walk.to_px / walk.from_px) ** eased / face.width
    tilt = _TILT_DEG * math.sin(2 * math.pi * 1.5 * share)
    turn = cv2.getRotationMatrix2D(face.centre, tilt, scale)
    height, width = hall.shape[:2]
    # The photo shows nobody's feet, so it must reach down to the lower edge of the frame.
    level = max(_EYE_LEVEL * height, height - (photo.shape[0] - face.centre[1]) * scale)
    sway = _SWAY_PX * math.sin(2 * math.pi * 2 * share)
    move = np.array([[0, 0, width / 2 + sway - face.centre[0]], [0, 0, level - face.centre[1]]])
    return np.asarray(turn + move, np.float64)


def _presence(index: int, walk: Walk) -> float:
    """From 0 to 1 while the person fades in, and back while they fade out."""
    left = min(index, walk.frames - 1 - index) + 1
    return min(1.0, left / (walk.fade_frames + 1))


def _picture(values: Array) -> Image:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
