import math

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.faces.align import align, similarity_transform
from limen.types import Size

POINTS = np.array([[38.3, 51.7], [73.5, 51.5], [56.0, 71.7], [41.5, 92.4], [70.7, 92.2]], np.float32)


def known(turn_rad: float, scale: float, shift: tuple[float, float]) -> np.ndarray:
    a, b = scale * math.cos(turn_rad), scale * math.sin(turn_rad)
    return np.array([[a, -b, shift[0]], [b, a, shift[1]]])


def brought(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    return np.asarray(points @ matrix[:, :2].T + matrix[:, 2], np.float32)


@given(
    st.floats(-math.pi, math.pi), st.floats(0.05, 20), st.floats(-500, 500), st.floats(-500, 500)
)  # fmt: skip
def test_recovers_a_known_turn_scale_and_shift(turn_rad: float, scale: float, x: float, y: float) -> None:
    matrix = known(turn_rad, scale, (x, y))
    found = similarity_transform(POINTS, brought(POINTS, matrix))
    np.testing.assert_allclose(found[:, :2], matrix[:, :2], atol=2e-4 * max(1.0, scale))
    np.testing.assert_allclose(found[:, 2], matrix[:, 2], atol=0.02 * max(1.0, scale))


def test_never_mirrors() -> None:
    mirrored = POINTS * np.array([-1, 1], np.float32)
    found = similarity_transform(POINTS, mirrored)
    assert np.linalg.det(found[:, :2]) > 0


def test_nothing_else_comes_nearer() -> None:
    generator = np.random.default_rng(5)
    targets = POINTS + generator.normal(0, 3, POINTS.shape).astype(np.float32)

    def miss(matrix: np.ndarray) -> float:
        return float(np.square(brought(POINTS, matrix) - targets).sum())

    best = similarity_transform(POINTS, targets)
    for turn_rad, scale, x, y in generator.normal(0, 0.02, (200, 4)):
        change = np.vstack([known(turn_rad, 1 + scale, (x * 20, y * 20)), [0, 0, 1]])
        assert miss(best) <= miss(best @ change) + 1e-3


def test_points_all_in_one_place_are_refused() -> None:
    with pytest.raises(ValueError, match="one point"):
        similarity_transform(np.ones((5, 2), np.float32), POINTS)


def dots(points: np.ndarray, side: int, radius: int) -> np.ndarray:
    """A black picture with a white dot at each point."""
    image = np.zeros((side, side, 3), np.uint8)
    for x, y in points:
        cv2.circle(image, (round(float(x)), round(float(y))), radius, (255, 255, 255), -1)
    return image


@pytest.mark.parametrize(("scale", "radius"), [(0.8, 2), (1.5, 3), (4.0, 8), (9.0, 18)])
def test_landmarks_come_to_lie_where_they_are_wanted(scale: float, radius: int) -> None:
    landmarks = brought(POINTS, known(0.3, scale, (60 * scale, 10 * scale)))
    crop = align(dots(landmarks, round(200 * scale), radius), landmarks, POINTS, Size(112, 112))
    assert crop.shape == (112, 112, 3)
    for target in POINTS:
        x, y = (round(float(value)) for value in target)
        around = crop[y - 4 : y + 5, x - 4 : x + 5, 0].astype(float)
        rows, columns = np.mgrid[y - 4 : y + 5, x - 4 : x + 5]
        centre = np.array([(columns * around).sum(), (rows * around).sum()]) / around.sum()
        np.testing.assert_allclose(centre, target, atol=0.75)


def test_what_lies_beyond_the_picture_is_black() -> None:
    image = np.full((112, 112, 3), 200, np.uint8)
    crop = align(image, POINTS + np.float32(56), POINTS, Size(112, 112))
    assert (crop[:50, :50] == 200).all()
    assert (crop[60:, 60:] == 0).all()


def test_a_much_larger_face_is_averaged_not_sampled() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (1600, 1600, 3), np.uint8)
    crop = align(noise, POINTS * np.float32(14), POINTS, Size(112, 112))
    assert crop.std() < 20 < noise.std()
