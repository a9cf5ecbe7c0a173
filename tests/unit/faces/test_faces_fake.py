import numpy as np
import pytest

from limen.faces.fake import FakeDetector
from limen.types import Box, Face


def face(side: float, score: float) -> Face:
    return Face(Box(0, 0, side, side), score, np.zeros((5, 2), np.float32))


def test_answers_with_the_faces_that_are_large_enough_the_surest_first() -> None:
    small, sure, unsure = face(30, 0.99), face(100, 0.9), face(60, 0.8)
    detector = FakeDetector([unsure, small, sure])
    image = np.zeros((10, 10, 3), np.uint8)
    assert detector.detect(image, 60) == [sure, unsure]
    assert detector.detect(image, 20) == [small, sure, unsure]
    assert detector.calls == 2


def test_refuses_what_is_no_image() -> None:
    with pytest.raises(ValueError, match="uint8"):
        FakeDetector([]).detect(np.zeros((10, 10), np.uint8), 20)
