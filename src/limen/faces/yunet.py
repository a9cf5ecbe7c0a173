"""YuNet, run by OpenCV.

Source: Wu et al., YuNet: A Tiny Millisecond-level Face Detector, 2023; OpenCV's ``FaceDetectorYN``.
"""

from pathlib import Path

import cv2
import numpy as np

from limen.errors import ModelError
from limen.types import Box, Face, Image, check_image

_SMALLEST_PX = 20
"""The smallest face the network is asked for: larger pictures are shrunk until the wanted one is of this size."""


class YuNetDetector:
    """A detector behind OpenCV's own wrapper; not to be shared between threads."""

    def __init__(self, path: Path, min_score: float = 0.7) -> None:
        """Load ``path``.

        Raises:
            ModelError: OpenCV cannot read the file as YuNet.
        """
        try:
            self._network = cv2.FaceDetectorYN.create(str(path), "", (320, 240), min_score, 0.3, 5000)
        except cv2.error as error:
            raise ModelError(f"{path} cannot be read by OpenCV as YuNet: {error.err}") from error

    def detect(self, image: Image, min_face_px: float) -> list[Face]:
        """The faces of at least about ``min_face_px`` pixels in ``image``, the surest first."""
        check_image(image)
        shrink = min(1.0, _SMALLEST_PX / min_face_px)
        bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
        if shrink < 1:
            size = (max(1, round(bgr.shape[1] * shrink)), max(1, round(bgr.shape[0] * shrink)))
            bgr = cv2.resize(bgr, size, interpolation=cv2.INTER_AREA)
        self._network.setInputSize((bgr.shape[1], bgr.shape[0]))
        # OpenCV gives None, not an empty array, where there is no face; its type hints do not say so.
        rows: np.ndarray | None = self._network.detect(bgr)[1]
        found = np.empty((0, 15), np.float32) if rows is None else rows
        scale = np.array([image.shape[1] / bgr.shape[1], image.shape[0] / bgr.shape[0]], np.float32)
        found = found[np.argsort(-found[:, 14], kind="stable")]
        return [_face(row, scale) for row in found if (row[2:4] * scale >= 0.8 * min_face_px).all()]


def _face(row: np.ndarray, scale: np.ndarray) -> Face:
    """A row holds x, y, width, height, five points and the score; its points come in Limen's order."""
    corner, side = row[0:2] * scale, row[2:4] * scale
    box = Box(*map(float, [*corner, *(corner + side)]))
    return Face(box, float(min(row[14], 1.0)), row[4:14].reshape(5, 2) * scale)
