"""The cascade against what a reference implementation finds in the same photos."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from limen.camera.photo import load_photo
from limen.engine import Engine
from limen.types import Box, Face

Expected = dict[str, Any]
Reference = dict[str, list[Expected]]

MIN_FACE_PX = 40
SURE = 0.95
PHOTOS = [
    "people/alex-lacamoire.png", "people/biden.jpg", "people/lin-manuel-miranda.png", "people/obama.jpg",
    "people/obama2.jpg", "people/obama3.jpg", "people/obama_and_biden.jpg", "people/obama_partial_face.jpg",
    "people/two_people.jpg", "presentation/attack_1.jpg", "presentation/attack_2.jpg", "presentation/attack_3.jpg",
    "presentation/live_1.jpg", "presentation/live_2.jpg",
]  # fmt: skip


@pytest.fixture(scope="module")
def reference(shared: Path) -> Reference:
    images: Reference = json.loads((shared / "reference" / "mtcnn.json").read_text("utf-8"))["images"]
    return images


def found(engine: Engine, shared: Path, name: str) -> list[Face]:
    """The photo is turned as its EXIF orientation says: three of these need it."""
    return engine.detector.detect(load_photo(shared / "data" / name).image, MIN_FACE_PX)


def box_of(expected: Expected) -> Box:
    return Box(*expected["box_xyxy"])


def test_all_photos_of_the_reference_are_looked_at(reference: Reference) -> None:
    assert {f"data/{name}" for name in PHOTOS} == set(reference)


@pytest.mark.parametrize("name", PHOTOS)
def test_every_face_is_where_the_reference_has_it(
    engine: Engine, shared: Path, reference: Reference, name: str
) -> None:
    faces = found(engine, shared, name)
    for expected in reference[f"data/{name}"]:
        box = box_of(expected)
        face = max(faces, key=lambda face: face.box.iou(box), default=None)
        assert face is not None
        assert face.box.iou(box) >= 0.9
        offsets = np.linalg.norm(face.landmarks - np.array(expected["landmarks"]), axis=1)
        assert offsets.max() <= max(2.0, 0.02 * box.width)
        assert face.score == pytest.approx(expected["score"], abs=0.02)
    sure = [face for face in faces if face.score > SURE]
    known = [box_of(expected) for expected in reference[f"data/{name}"]]
    assert all(any(face.box.iou(box) >= 0.5 for box in known) for face in sure)


def test_faces_come_the_surest_first(engine: Engine, shared: Path) -> None:
    faces = found(engine, shared, "people/obama_and_biden.jpg")
    scores = [face.score for face in faces]
    assert len(faces) > 1
    assert scores == sorted(scores, reverse=True)


def test_small_faces_are_left_out_where_only_large_ones_matter(engine: Engine, shared: Path) -> None:
    image = load_photo(shared / "data" / "people" / "obama_and_biden.jpg").image
    large = engine.detector.detect(image, 150)
    assert len(large) < len(engine.detector.detect(image, MIN_FACE_PX))
    assert min(face.box.width for face in large) > 100
