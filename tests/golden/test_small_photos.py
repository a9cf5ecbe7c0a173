"""Photos of 96 × 96 pixels that a face fills: enrolled with a warning, and the same person is verified."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from limen.camera.photo import load_photo
from limen.config import Settings, load_settings
from limen.door.build import match_policy
from limen.door.build_store import build_store
from limen.door.enrolment import Enrolment, EnrolmentReport
from limen.engine import Engine
from limen.matching.base import Outcome
from limen.matching.exact import ExactGallery
from limen.matching.match import verify
from limen.types import Embedding, Image
from limen_program import limen

SIDE_PX = 96
WARNING = "a small photo (96 × 96 pixels)"
GREY = (0, 1, 2, 7, 12, 17, 21, 27)
"""Some of the grey photos, of different people."""


def shrunk_face(engine: Engine, path: Path) -> Image:
    """The square around the face, at 96 × 96."""
    image = load_photo(path).image
    box = max(engine.find_faces(image), key=lambda face: face.box.area).box
    half = max(box.width, box.height) / 2
    x, y = box.centre
    square = image[max(0, int(y - half)) : int(y + half), max(0, int(x - half)) : int(x + half)]
    return np.asarray(cv2.resize(square, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA), np.uint8)


def saved(image: Image, path: Path) -> Path:
    Pillow.fromarray(image).save(path)
    return path


def test_small_photos_of_known_people(engine: Engine, shared: Path, data_dir: Path, tmp_path: Path) -> None:
    people = shared / "data" / "people"
    for name in ("obama", "biden", "obama2"):
        saved(shrunk_face(engine, people / f"{name}.jpg"), tmp_path / f"{name}.png")
    enrolled = limen("enrol", tmp_path / "obama.png", tmp_path / "biden.png", "--json", data=data_dir)
    assert enrolled.code == 0, enrolled.err
    document = enrolled.document()
    assert [person["templates"] for person in document["enrolled"]] == [1, 1]
    assert [WARNING in warning["reason"] for warning in document["warnings"]] == [True, True]
    assert enrolled.err.count(WARNING) == 2
    for photo in (tmp_path / "obama2.png", people / "obama2.jpg"):
        done = limen("verify", photo, "--person", "obama", data=data_dir)
        assert (done.code, WARNING in done.err) == (0, photo.suffix == ".png")
    assert limen("verify", tmp_path / "obama2.png", "--person", "biden", data=data_dir).code == 1


@pytest.fixture(scope="module")
def grey_faces(shared: Path) -> dict[int, Image]:
    with np.load(shared / "data" / "keypoints" / "face_images.npz") as faces:
        images = faces["face_images"][:, :, list(GREY)]
    return {number: np.repeat(images[:, :, [i]], 3, axis=2) for i, number in enumerate(GREY)}


def altered(image: Image) -> Image:
    """As another camera would have it: mirrored, shifted, in less light."""
    darker = np.clip(image[:, ::-1].astype(np.float32) * 0.85 + 10, 0, 255).astype(np.uint8)
    return np.ascontiguousarray(np.pad(darker[3:, :-3], ((0, 3), (3, 0), (0, 0)), mode="edge"))


def enrolled(engine: Engine, settings: Settings, photos: dict[str, Path]) -> EnrolmentReport:
    with build_store(settings) as store:
        enrolment = Enrolment(engine, store, settings.enrolment, match_policy(settings, engine))
        return enrolment.run([(name, [path]) for name, path in photos.items()], lambda: None)


def test_small_grey_photos(engine: Engine, grey_faces: dict[int, Image], data_dir: Path, tmp_path: Path) -> None:
    settings = load_settings(data_dir)
    photos = {f"person {number}": saved(face, tmp_path / f"{number}.png") for number, face in grey_faces.items()}
    report = enrolled(engine, settings, photos)
    assert report.refused == ()
    assert [person.person for person in report.enrolled] == list(photos)
    assert [WARNING in warning.reason for warning in report.warnings] == [True] * len(photos)
    policy = match_policy(settings, engine)
    with build_store(settings) as store:
        gallery = ExactGallery(store.templates.load(engine.model), engine.model, engine.measure)
        ids = {person.name: person.id for person in store.people.all()}

    def probe(image: Image) -> Embedding:
        (embedding,) = engine.embed(image, engine.find_faces(image, 40)[:1])
        return embedding

    for number, face in grey_faces.items():
        seen = probe(altered(face))
        for name, person in ids.items():
            outcome = verify(seen, person, gallery, policy).outcome
            assert outcome is (Outcome.MATCHED if name == f"person {number}" else Outcome.NOT_THE_SAME)
