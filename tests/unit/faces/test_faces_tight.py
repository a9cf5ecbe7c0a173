import numpy as np
import pytest

from limen.faces.fake import FakeDetector
from limen.faces.tight import detect_in_photo
from limen.types import Box, Face, Image


class OnlyWithBorder:
    """Finds one face, ``margin`` of the picture away from each edge, in pictures larger than ``side_px``."""

    def __init__(self, side_px: int, margin: float) -> None:
        self.side_px, self.margin = side_px, margin
        self.asked: list[tuple[tuple[int, ...], float]] = []

    def detect(self, image: Image, min_face_px: float) -> list[Face]:
        self.asked.append((image.shape[:2], min_face_px))
        height, width = image.shape[:2]
        if min(height, width) <= self.side_px:
            return []
        edges = (width * self.margin, height * self.margin, width * (1 - self.margin), height * (1 - self.margin))
        points = np.array([[width, height]] * 5, np.float32) * np.float32(0.5)
        return [Face(Box(*edges), 0.9, points)]


def test_what_is_found_at_once_is_all_there_is() -> None:
    face = Face(Box(1, 1, 50, 50), 0.9, np.zeros((5, 2), np.float32))
    detector = FakeDetector([face])
    assert detect_in_photo(detector, np.zeros((96, 96, 3), np.uint8), 40) == [face]
    assert detector.calls == 1


@pytest.mark.parametrize("side_px", [96, 400])
def test_a_face_that_fills_the_photo_is_found_with_a_border(side_px: int) -> None:
    """The border is half the side, so the photo is the middle half of what is looked at."""
    detector = OnlyWithBorder(side_px, margin=0.25)
    (face,) = detect_in_photo(detector, np.zeros((side_px, side_px, 3), np.uint8), 40)
    np.testing.assert_allclose(face.box.xyxy, (0, 0, side_px, side_px), atol=0.01)
    np.testing.assert_allclose(face.landmarks, side_px / 2, atol=0.01)
    zoom = 2 if side_px == 96 else 1
    assert detector.asked[1] == ((2 * side_px * zoom, 2 * side_px * zoom), 40 * zoom)


def test_one_pixel_is_looked_at_once() -> None:
    detector = OnlyWithBorder(1, margin=0.25)
    assert detect_in_photo(detector, np.zeros((1, 1, 3), np.uint8), 40) == []
    assert len(detector.asked) == 1
