"""Somebody cut out of their photo, from where the face is."""

import cv2
import numpy as np
from numpy.typing import NDArray

from limen.types import Box, Image, check_image

_FACE_PX = 32
"""The photo is scaled so that the face is so wide: enough for an outline, and quick."""
_ROUNDS = 4
_Points = tuple[tuple[float, float], ...]

# In widths and heights of the face's box, from its centre: where a person may be, probably is, and certainly is.
_MAY: _Points = ((-2.4, 9), (-2.2, 1.3), (-0.5, 0.3), (0.5, 0.3), (2.2, 1.3), (2.4, 9))
_PROBABLY: _Points = ((-1.5, 9), (-1.4, 1.5), (-0.4, 0.5), (0.4, 0.5), (1.4, 1.5), (1.5, 9))
_CERTAINLY: _Points = ((-0.9, 9), (-0.3, 0), (0.3, 0), (0.9, 9))
_REGIONS = (
    (cv2.GC_PR_BGD, _MAY, (0.9, 0.8), -0.22),
    (cv2.GC_PR_FGD, _PROBABLY, (0.65, 0.7), -0.12),
    (cv2.GC_FGD, _CERTAINLY, (0.42, 0.5), 0.0),
)
"""Label, body, and the half axes and height of the ellipse that the head is."""


def person_mask(photo: Image, face: Box) -> NDArray[np.float32]:
    """How much of each pixel is the person whose ``face`` it is: float32 (height, width), 0 to 1.

    A guess from colours and from how people are built, for pictures to look at and nothing else.

    Source: Rother, Kolmogorov and Blake, GrabCut, 2004; OpenCV's ``grabCut``.
    """
    check_image(photo)
    scale = _FACE_PX / face.width
    small = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    labels = _first_guess(small.shape[0], small.shape[1], Box(*(edge * scale for edge in face.xyxy)))
    cv2.setRNGSeed(0)  # grabCut starts from random clusters: the same photo must give the same outline
    no_matter, models = (0, 0, 1, 1), (np.zeros((1, 65)), np.zeros((1, 65)))
    cv2.grabCut(small, labels, no_matter, *models, _ROUNDS, cv2.GC_INIT_WITH_MASK)
    person = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    x, y = (int(middle * scale) for middle in face.centre)
    parts = cv2.connectedComponents(person)[1]
    outline = cv2.GaussianBlur((parts == parts[y, x]).astype(np.float32), (0, 0), 0.8)
    whole = cv2.resize(outline, photo.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(whole, 0, 1), np.float32)


def _first_guess(height: int, width: int, face: Box) -> NDArray[np.uint8]:
    """What ``grabCut`` starts from: uint8 (height, width) of its four labels."""
    labels = np.full((height, width), cv2.GC_BGD, np.uint8)
    centre, side = np.array(face.centre), np.array([face.width, face.height])
    for label, body, axes, up in _REGIONS:
        middle = np.rint(centre + (0, up) * side).astype(int).tolist()
        cv2.ellipse(labels, middle, np.rint(axes * side).astype(int).tolist(), 0, 0, 360, label, cv2.FILLED)
        cv2.fillPoly(labels, [np.rint(centre + np.array(body) * side).astype(np.int32)], label)
    return labels
