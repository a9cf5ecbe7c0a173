"""Errors recomputed by hand."""

import math

import numpy as np
import pytest

from limen.embedding.fake import FakeEmbedder
from limen.engine import Engine
from limen.evaluation.landmarks import (
    COMMON,
    KEYPOINTS,
    LANDMARKS,
    SIDE_PX,
    MarkedFace,
    choose_faces,
    mark_pictures,
    summarise,
)
from limen.evaluation.metrics import Proportion
from limen.evaluation.photos import PhotoWork
from limen.matching.thresholds import Thresholds
from limen.types import Box, Face, Image

IMAGE = np.zeros((96, 96, 3), np.uint8)
# As the picture shows them: left eye, right eye, nose, left and right corner of the mouth.
TRUE = np.array([[30, 40], [70, 40], [50, 60], [35, 75], [65, 75]], float)
OF_THE_PERSON = {
    "right_eye_center": 0, "left_eye_center": 1, "nose_tip": 2, "mouth_right_corner": 3, "mouth_left_corner": 4,
}  # fmt: skip


def keypoints(**unknown: bool) -> np.ndarray:
    """All fifteen points; those that are not compared lie far away."""
    points = np.full((15, 2), 1000.0)
    for name, place in OF_THE_PERSON.items():
        points[KEYPOINTS.index(name)] = np.nan if unknown.get(name) else TRUE[place]
    return points


def face(predicted: np.ndarray | None, true: np.ndarray | None = None, name: str = "a") -> MarkedFace:
    return MarkedFace(name, IMAGE, predicted, keypoints() if true is None else true)


def off_by(distance: float, name: str) -> MarkedFace:
    """A face whose every landmark is ``distance`` pixels off."""
    return face(TRUE + np.array([0.6, -0.8]) * distance, name=name)


def test_the_persons_right_is_the_pictures_left() -> None:
    assert [KEYPOINTS[place] for place in COMMON] == list(OF_THE_PERSON)
    np.testing.assert_allclose(face(TRUE).errors, 0)
    assert face(TRUE).nme == 0
    # Who takes the person's side for the picture's is a whole distance between the eyes off.
    assert face(TRUE[[1, 0, 2, 4, 3]]).errors[0] == pytest.approx(1)


def test_distances_count_in_distances_between_the_true_eyes() -> None:
    predicted = TRUE + np.array([[3, 4], [0, 0], [-6, 8], [0, 2], [1, 0]])
    expected = [5 / 40, 0, 10 / 40, 2 / 40, 1 / 40]
    np.testing.assert_allclose(face(predicted).errors, expected)
    assert face(predicted).nme == pytest.approx(sum(expected) / 5)


def test_the_mean_is_over_the_points_that_are_known() -> None:
    predicted = TRUE + np.array([[3, 4], [0, 0], [-6, 8], [0, 2], [1, 0]])
    some = face(predicted, keypoints(nose_tip=True))
    assert math.isnan(some.errors[2])
    assert some.nme == pytest.approx((5 + 0 + 2 + 1) / 40 / 4)


def test_without_the_true_eyes_there_is_no_error() -> None:
    assert face(TRUE, keypoints(left_eye_center=True)).nme is None
    one_place = keypoints()
    one_place[KEYPOINTS.index("left_eye_center")] = one_place[KEYPOINTS.index("right_eye_center")]
    assert face(TRUE, one_place).nme is None
    assert face(None).nme is None
    assert MarkedFace("a", IMAGE, TRUE).nme is None


def test_what_many_come_to() -> None:
    faces = [off_by(pixels, f"p{pixels}") for pixels in (1, 2, 3, 5, 8)]
    faces += [face(None, name="missed"), face(TRUE, keypoints(left_eye_center=True), "half")]
    report = summarise(faces)
    assert report.failures_to_acquire == Proportion(1, 7)
    assert report.measured == 5
    assert report.nme is not None
    assert report.nme == pytest.approx((3 / 40, 3.8 / 40, np.percentile([1, 2, 3, 5, 8], 95) / 40))
    assert report.far == Proportion(2, 5), "five and eight of forty pixels are more than a tenth"
    assert [name for name, _ in report.points] == list(LANDMARKS)
    assert [error for _, error in report.points] == pytest.approx([3 / 40] * 5)


def test_without_true_points_failures_alone_are_counted() -> None:
    twice = [MarkedFace("two.jpg", IMAGE, TRUE), MarkedFace("two.jpg", IMAGE, TRUE + 1)]
    report = summarise([*twice, MarkedFace("none.jpg", IMAGE, None)])
    assert report.failures_to_acquire == Proportion(1, 2), "two faces in one picture are one picture"
    assert (report.nme, report.far, report.points, report.measured) == (None, None, (), 0)


def test_a_point_that_is_never_known_has_no_median() -> None:
    report = summarise([face(TRUE, keypoints(nose_tip=True))])
    assert "nose" not in dict(report.points)


def names(faces: list[MarkedFace]) -> list[str]:
    return [one.name for one in faces]


def test_chosen_from_the_least_error_to_the_largest() -> None:
    faces = [off_by(pixels, str(pixels)) for pixels in (9, 1, 5, 3, 7, 2, 4, 8, 6)]
    assert names(choose_faces(faces, 3, failures=False)) == ["1", "5", "9"]
    assert names(choose_faces(faces, 100, failures=False)) == list("123456789")
    assert names(choose_faces(faces, 1, failures=False)) == ["1"]


def test_faces_without_an_error_do_not_take_the_place_of_those_with_one() -> None:
    unknown = face(TRUE, keypoints(left_eye_center=True), "unknown")
    assert names(choose_faces([unknown, off_by(1, "1")], 9, failures=False)) == ["1"]
    assert names(choose_faces([unknown], 9, failures=False)) == ["unknown"]


def test_failures_come_last_and_only_where_they_are_wanted() -> None:
    faces = [face(None, name="x"), *(off_by(pixels, str(pixels)) for pixels in (2, 1, 3)), face(None, name="y")]
    assert names(choose_faces(faces, 6, failures=True)) == ["1", "2", "3", "x", "y"]
    assert names(choose_faces(faces, 3, failures=True)) == ["1", "3", "x"]
    assert names(choose_faces(faces, 6, failures=False)) == ["1", "2", "3"]
    assert choose_faces([face(None)], 6, failures=False) == []


class Spot:
    """A detector whose landmarks are where the picture is brightest, each a little apart."""

    def __init__(self) -> None:
        self.sizes: list[tuple[int, ...]] = []

    def detect(self, image: Image, min_face_px: float) -> list[Face]:
        self.sizes.append(image.shape)
        weights = np.where(image[:, :, 0] > 140, image[:, :, 0].astype(float) - 140, 0)
        if not weights.any():
            return []
        y, x = np.mgrid[: weights.shape[0], : weights.shape[1]]
        spot = np.array([(weights * x).sum(), (weights * y).sum()]) / weights.sum()
        apart = np.array([[0, 0], [3, 0], [0, 3], [6, 0], [0, 6]])
        return [Face(Box(*(spot - 30), *(spot + 30)), 0.9, (spot + apart).astype(np.float32))]


def test_landmarks_come_back_in_the_pixels_of_the_small_picture() -> None:
    pictures = np.zeros((3, SIDE_PX, SIDE_PX), np.uint8)
    pictures[0, 39:42, 29:32] = 255
    pictures[1, 9:12, 79:82] = 255
    detector = Spot()
    work = PhotoWork([Engine(detector, FakeEmbedder(), Thresholds(()))], 40)
    first, second, missed = mark_pictures(pictures, None, work)
    assert detector.sizes[0][0] > 2 * SIDE_PX
    assert first.predicted is not None
    assert second.predicted is not None
    np.testing.assert_allclose(first.predicted[0], (30, 40), atol=0.05)
    np.testing.assert_allclose(second.predicted[0], (80, 10), atol=0.05)
    assert missed.predicted is None
    assert names([first, second, missed]) == ["picture 1", "picture 2", "picture 3"]
    assert first.image.shape == (96, 96, 3)
