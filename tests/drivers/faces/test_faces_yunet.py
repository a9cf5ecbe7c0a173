from pathlib import Path

import numpy as np
import pytest

from limen.camera.photo import load_photo
from limen.errors import ModelError
from limen.faces.yunet import YuNetDetector
from limen.types import Image


@pytest.fixture(scope="module")
def detector(shared: Path) -> YuNetDetector:
    return YuNetDetector(shared / "models" / "yunet_n.onnx")


@pytest.fixture(scope="module")
def two(shared: Path) -> Image:
    return load_photo(shared / "data" / "people" / "obama_and_biden.jpg").image


@pytest.mark.parametrize("shape", [(1, 1), (2, 2), (1, 300), (300, 2), (31, 33)])
def test_a_picture_without_room_for_a_face_has_none(detector: YuNetDetector, shape: tuple[int, int]) -> None:
    for min_face_px in (20, 60):
        assert detector.detect(np.zeros((*shape, 3), np.uint8), min_face_px) == []


def test_a_picture_without_faces_has_none(detector: YuNetDetector) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (480, 640, 3), np.uint8)
    assert detector.detect(noise, 60) == []


def test_boxes_and_landmarks_lie_in_the_picture_whatever_it_was_shrunk_to(detector: YuNetDetector, two: Image) -> None:
    fine, coarse = (min(detector.detect(two, px), key=lambda face: face.box.x1) for px in (60, 150))
    assert fine.box.iou(coarse.box) > 0.7
    assert np.abs(fine.landmarks - coarse.landmarks).max() < 0.1 * fine.box.width
    for face in (fine, coarse):
        left_eye, right_eye, nose, left_mouth, right_mouth = face.landmarks
        assert left_eye[0] < nose[0] < right_eye[0]
        assert left_mouth[0] < right_mouth[0]
        assert left_eye[1] < nose[1] < left_mouth[1]
        assert face.box.x1 < nose[0] < face.box.x2


def test_smaller_faces_than_asked_for_are_left_out(detector: YuNetDetector, two: Image) -> None:
    faces = detector.detect(two, 60)
    assert faces
    for face in faces:
        assert min(face.box.width, face.box.height) >= 48
    assert detector.detect(two, 700) == []


def test_faces_come_the_surest_first(detector: YuNetDetector, two: Image) -> None:
    scores = [face.score for face in detector.detect(two, 60)]
    assert len(scores) >= 2
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("name", ["obama.jpg", "two_people.jpg"])
def test_it_is_surer_of_a_face_than_of_one_in_swapped_colours(detector: YuNetDetector, shared: Path, name: str) -> None:
    image = load_photo(shared / "data" / "people" / name).image
    right, swapped = (detector.detect(picture, 60) for picture in (image, image[:, :, ::-1].copy()))
    assert sum(face.score for face in right) > sum(face.score for face in swapped)


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"no network")
    with pytest.raises(ModelError, match=r"model\.onnx cannot be read by OpenCV"):
        YuNetDetector(path)
