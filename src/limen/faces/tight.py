"""Photos: very large ones, and those that a face fills to the edge, as small ones often are."""

import cv2
import numpy as np

from limen.faces.base import Detector
from limen.types import Box, Face, Image, Size

_SMALLEST_PX = 20
_LARGEST_PX = 3000
"""Photos are shrunk to this side before faces are looked for: what a face needs is there, what memory costs is not."""


def detect_in_photo(detector: Detector, image: Image, min_face_px: float) -> list[Face]:
    """The faces in a photo; where none is found, once more with a border around it and at twice the size.

    Detectors look for a face with something around it, so one that fills the picture escapes them.
    """
    shrink = _LARGEST_PX / max(image.shape[:2])
    if shrink < 1:
        small = np.asarray(cv2.resize(image, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA), np.uint8)
        return [_back(face, shrink, 0) for face in detector.detect(small, max(min_face_px * shrink, _SMALLEST_PX))]
    found = detector.detect(image, min_face_px)
    size = Size(image.shape[1], image.shape[0])
    if found or min(size.width, size.height) < 2:
        return found
    border = max(size.width, size.height) // 2
    wide = cv2.copyMakeBorder(image, border, border, border, border, cv2.BORDER_CONSTANT, value=(128, 128, 128))
    zoom = 2 if max(size.width, size.height) <= 256 else 1
    large = np.asarray(cv2.resize(wide, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_LINEAR), np.uint8)
    return [_back(face, zoom, border) for face in detector.detect(large, min_face_px * zoom)]


def _back(face: Face, zoom: float, border: int) -> Face:
    """The face in the coordinates of the photo, without zoom and border."""
    x1, y1, x2, y2 = (edge / zoom - border for edge in face.box.xyxy)
    return Face(Box(x1, y1, x2, y2), face.score, np.asarray(face.landmarks / zoom - border, np.float32))
