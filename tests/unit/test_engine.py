import numpy as np
import pytest

from door_samples import ANNA, BEN, NOBODY, FakeParts, picture
from limen.engine import main_face
from limen.types import Box, Face, Measure


def test_faces_are_found_cropped_embedded_and_compared() -> None:
    engine = FakeParts().engine
    image = picture(ANNA, BEN)
    faces = engine.find_faces(image)
    assert len(faces) == 2
    a, b = engine.embed(image, faces)
    (again,) = engine.embed(picture(NOBODY, ANNA), engine.find_faces(picture(NOBODY, ANNA)))
    assert engine.compare(a, a) == pytest.approx(1)
    assert engine.compare(a, again) > 0.99
    assert engine.compare(a, b) < 0.5
    assert a.model == engine.model
    assert engine.measure is Measure.COSINE


def test_a_crop_is_of_the_embedders_size_and_shows_the_face() -> None:
    engine = FakeParts().engine
    image = picture(ANNA, BEN)
    left, right = engine.find_faces(image)
    assert engine.crop(image, left).shape == (16, 16, 3)
    np.testing.assert_allclose(engine.crop(image, left)[8, 8], ANNA, atol=2)
    np.testing.assert_allclose(engine.crop(image, right)[8, 8], BEN, atol=2)


def test_no_faces_no_embeddings() -> None:
    engine = FakeParts().engine
    assert engine.embed(picture(NOBODY), []) == []


def test_quality_is_that_of_the_face() -> None:
    engine = FakeParts().engine
    image = picture(ANNA, BEN)
    left, _ = engine.find_faces(image)
    assert engine.quality(image, left).size_px == 80


def face(x: float, y: float) -> Face:
    return Face(Box(x, y, x + 50, y + 50), 0.9, np.zeros((5, 2), np.float32))


def test_the_main_face_is_the_one_nearest_to_the_middle() -> None:
    image = picture(NOBODY)
    faces = [face(0, 0), face(150, 60), face(270, 100)]
    assert main_face(image, faces) is faces[1]
    assert main_face(image, faces[2:]) is faces[2]


def test_there_is_no_main_face_of_none() -> None:
    with pytest.raises(ValueError, match="empty"):
        main_face(picture(NOBODY), [])
