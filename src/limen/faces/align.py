"""Turning, moving and scaling a face until its landmarks lie where a network expects them."""

import cv2
import numpy as np
from numpy.typing import NDArray

from limen.types import Image, Size

Points = NDArray[np.float32]


def similarity_transform(points: Points, targets: Points) -> NDArray[np.float64]:
    """The rotation, scale and shift, float64 (2, 3), that brings ``points`` (n, 2) nearest to ``targets`` (n, 2).

    Nearest in the sense of least squares; never a reflection.
    Source: Umeyama, Least-squares estimation of transformation parameters, 1991; in the plane, with points as complex
    numbers z, it is one regression z → a · z + b.
    """
    z, w = (np.asarray(p, np.float64) @ (1, 1j) for p in (points, targets))
    spread = np.vdot(z - z.mean(), z - z.mean()).real
    if spread == 0:
        raise ValueError("landmarks that all lie in one point cannot be aligned")
    a = np.vdot(z - z.mean(), w - w.mean()) / spread
    b = w.mean() - a * z.mean()
    return np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag]])


def align(image: Image, landmarks: Points, targets: Points, size: Size) -> Image:
    """The face as a crop of ``size``: ``landmarks`` (5, 2) come nearest to ``targets`` (5, 2).

    Black where it reaches beyond ``image``.
    """
    matrix = similarity_transform(landmarks, targets)
    scale = float(np.hypot(*matrix[:, 0]))
    if scale < 0.5:
        # A much larger face sampled at a few points lets noise through: average it down first.
        shrink = 2 * scale
        image = np.asarray(cv2.resize(image, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA), np.uint8)
        matrix = similarity_transform((landmarks + 0.5) * np.float32(shrink) - 0.5, targets)
    crop = cv2.warpAffine(image, matrix, (size.width, size.height), flags=cv2.INTER_LINEAR)
    return np.asarray(crop, np.uint8)
