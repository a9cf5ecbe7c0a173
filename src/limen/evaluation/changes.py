"""What light, cameras, hands and heads do to a photo, as changes of a given strength: pure, and the same each time."""

import io
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image as Pillow

from limen.types import Box, Face, Image, check_image

GREY = 128
"""What covers a face."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of photos: what it is called, what its rising ``strengths`` count, and how it is done.

    ``neutral`` is the strength that leaves a photo as it is, ``None`` where there is none. ``apply`` takes a photo, the
    face it is about and a strength, and gives the changed photo, or ``None`` where this photo cannot be changed so.
    """

    name: str
    title: str
    unit: str
    strengths: tuple[float, ...]
    neutral: float | None
    apply: Callable[[Image, Face, float], Image | None]


def mirrored(image: Image) -> Image:
    """The photo with left and right exchanged."""
    return np.ascontiguousarray(image[:, ::-1])


def rotated(image: Image, centre: tuple[float, float], angle_deg: float) -> Image:
    """The photo turned anticlockwise about ``centre``, its edge repeated where nothing was."""
    matrix = cv2.getRotationMatrix2D(centre, angle_deg, 1.0)
    turned = cv2.warpAffine(image, matrix, image.shape[1::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(turned, np.uint8)


def blurred(image: Image, sigma_px: float) -> Image:
    """The photo out of focus: a Gaussian with a standard deviation of ``sigma_px`` > 0."""
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma_px), np.uint8)


def exposed(image: Image, stops: float) -> Image:
    """The photo with 2 to the power ``stops`` times the light; what becomes too bright is cut off.

    Source of the curve between light and pixels: IEC 61966-2-1 (sRGB).
    """
    pixels = np.arange(256) / 255
    light = np.where(pixels <= 0.04045, pixels / 12.92, ((pixels + 0.055) / 1.055) ** 2.4)
    light = np.clip(light * 2.0**stops, 0, 1)
    changed = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(changed * 255).astype(np.uint8)[image])


def recompressed(image: Image, quality: int) -> Image:
    """The photo written and read as JPEG; ``quality`` is 1 to 95 as libjpeg counts."""
    file = io.BytesIO()
    Pillow.fromarray(image).save(file, "JPEG", quality=quality)
    return np.array(Pillow.open(file))


def covered(image: Image, part: Box) -> Image:
    """The photo with what lies in ``part`` under a grey patch."""
    height, width = image.shape[:2]
    left, right = (min(max(round(x), 0), width) for x in (part.x1, part.x2))
    top, bottom = (min(max(round(y), 0), height) for y in (part.y1, part.y2))
    changed = image.copy()
    changed[top:bottom, left:right] = GREY
    return changed


def shrunk(image: Image, scale: float) -> Image:
    """The photo ``scale`` (0 to 1) times as large, each pixel the mean of what it covers."""
    size = [max(round(side * scale), 1) for side in image.shape[1::-1]]
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def lower_part(face: Face, share: float) -> Box:
    """The lowest ``share`` of a face's box."""
    box = face.box
    return Box(box.x1, box.y2 - share * box.height, box.x2, box.y2)


def eyes_band(face: Face, share: float) -> Box:
    """A band across a face's box, ``share`` of its height, with the eyes in its middle."""
    box, middle = face.box, float(face.landmarks[:2, 1].mean())
    return Box(box.x1, middle - share * box.height / 2, box.x2, middle + share * box.height / 2)


def side_part(face: Face, share: float) -> Box:
    """The leftmost ``share`` of a face's box, as the picture shows it."""
    box = face.box
    return Box(box.x1, box.y1, box.x1 + share * box.width, box.y2)


def _covering(part: Callable[[Face, float], Box]) -> Callable[[Image, Face, float], Image]:
    return lambda image, face, share: covered(image, part(face, share))


def _to_width(image: Image, face: Face, width_px: float) -> Image | None:
    check_image(image)
    scale = width_px / face.box.width
    return shrunk(image, scale) if scale < 1 else None


_SHARES = (0.1, 0.2, 0.3, 0.4, 0.5)
_COVERED = "part of the face's box"
CHANGES = (
    Change("mirror", "Mirrored", "0: as it is, 1: mirrored", (1,), 0, lambda image, face, on: mirrored(image)),
    Change(
        "rotation", "Turned in the picture", "degrees, anticlockwise", (-45, -30, -20, -10, -5, 5, 10, 20, 30, 45), 0,
        lambda image, face, angle: rotated(image, face.box.centre, angle),
    ),
    Change(
        "blur", "Out of focus", "Gaussian sigma, % of the face's width", (1, 2, 3, 4, 6, 8), 0,
        lambda image, face, percent: blurred(image, percent / 100 * face.box.width),
    ),
    Change(
        "brightness", "Darker and brighter", "stops: each doubles the light", (-5, -4, -3, -2, -1, 1, 2, 3), 0,
        lambda image, face, stops: exposed(image, stops),
    ),
    Change(
        "jpeg", "JPEG", "quality", (5, 10, 20, 30, 50, 75, 95), None,
        lambda image, face, quality: recompressed(image, round(quality)),
    ),
    Change("occlusion_lower", "Lower face covered", _COVERED, _SHARES, 0, _covering(lower_part)),
    Change("occlusion_eyes", "Band over the eyes", _COVERED, _SHARES, 0, _covering(eyes_band)),
    Change("occlusion_side", "Left side covered", _COVERED, _SHARES, 0, _covering(side_part)),
    Change("size", "Smaller", "width of the face, pixels", (15, 20, 30, 40, 60, 80), None, _to_width),
)  # fmt: skip
"""What is measured unless told otherwise."""
