"""All faces of many photos, good and bad, with an engine that needs no networks."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from limen.camera.photo import load_photo
from limen.config import Settings
from limen.embedding.fake import FakeEmbedder
from limen.engine import Engine
from limen.errors import ImageError, LimenError, NoInputError
from limen.evaluation.photos import PhotoWork, clear_faces, embed_all_faces, photos_below
from limen.faces.fake import FakeDetector
from limen.matching.thresholds import Thresholds
from limen.types import Box, Embedding, Face

BOUNDS = Settings().enrolment.quality


def face(x: float, side: float, score: float) -> Face:
    landmarks = np.array([[0.3, 0.35], [0.7, 0.35], [0.5, 0.55], [0.35, 0.8], [0.65, 0.8]], np.float32)
    return Face(Box(x, 20, x + side, 20 + side), score, np.asarray(landmarks * side + (x, 20), np.float32))


MIDDLE, SIDE, TINY, CUT_OFF = face(80, 80, 0.9), face(170, 66, 0.8), face(10, 42, 0.99), face(-40, 80, 0.7)


def engine(*faces: Face) -> Engine:
    return Engine(FakeDetector(list(faces)), FakeEmbedder(), Thresholds(()))


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    pixels = np.random.default_rng(0).integers(60, 190, (140, 240, 3)).astype(np.uint8)
    Pillow.fromarray(pixels).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def vectors(answer: tuple[Embedding, ...] | LimenError) -> list[list[float]]:
    assert isinstance(answer, tuple)
    return [embedding.vector.tolist() for embedding in answer]


def test_every_face_in_the_order_in_which_they_are_found(photo: Path) -> None:
    one = engine(MIDDLE, SIDE, TINY, CUT_OFF)
    steps: list[None] = []
    found = embed_all_faces([photo], PhotoWork([one], 40), lambda: steps.append(None))
    image = load_photo(photo).image
    expected = [embedding.vector.tolist() for embedding in one.embed(image, [TINY, MIDDLE, SIDE, CUT_OFF])]
    assert vectors(found[photo]) == expected
    assert len({tuple(vector) for vector in expected}) == 4
    assert len(steps) == 1


def test_of_those_in_the_background_only_the_clear(photo: Path) -> None:
    one = engine(MIDDLE, SIDE, TINY, CUT_OFF)
    image = load_photo(photo).image
    assert clear_faces(one, image, [TINY, MIDDLE, SIDE, CUT_OFF], BOUNDS) == [MIDDLE, SIDE]
    found = embed_all_faces([photo], PhotoWork([one], 40), lambda: None, BOUNDS)
    assert vectors(found[photo]) == [embedding.vector.tolist() for embedding in one.embed(image, [MIDDLE, SIDE])]


def test_the_main_face_counts_however_it_looks(photo: Path) -> None:
    image = load_photo(photo).image
    assert clear_faces(engine(), image, [TINY], BOUNDS) == [TINY]
    assert clear_faces(engine(), image, [], BOUNDS) == []


def test_a_bad_photo_does_not_stop_the_others(photo: Path) -> None:
    broken, absent = photo.with_name("broken.jpg"), photo.with_name("absent.jpg")
    broken.write_bytes(photo.read_bytes()[:300])
    work = PhotoWork([engine(MIDDLE), engine(MIDDLE)], 40)
    found = embed_all_faces([broken, photo, absent], work, lambda: None, BOUNDS)
    assert isinstance(found[broken], ImageError)
    assert isinstance(found[absent], NoInputError)
    assert len(vectors(found[photo])) == 1


def test_a_photo_without_a_face(photo: Path) -> None:
    assert embed_all_faces([photo], PhotoWork([engine()], 40), lambda: None, BOUNDS) == {photo: ()}


class TestPhotosBelow:
    def test_all_folders_and_links_once(self, tmp_path: Path) -> None:
        for name in ("b.jpg", "a/2.png", "a/deep/1.JPG", "c/none.txt", ".hidden/x.jpg", "a/.hidden.jpg"):
            (tmp_path / "photos" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "photos" / name).write_bytes(b"")
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        (elsewhere / "far.jpg").write_bytes(b"")
        for link, target in (("d", elsewhere), ("e", elsewhere), ("a/back", tmp_path / "photos")):
            (tmp_path / "photos" / link).symlink_to(target, target_is_directory=True)
        found = [str(path.relative_to(tmp_path / "photos")) for path in photos_below(tmp_path / "photos")]
        assert found == ["a/2.png", "a/deep/1.JPG", "b.jpg", "d/far.jpg"]

    @pytest.mark.parametrize("name", ["empty", "absent", "file.txt"])
    def test_nothing_there(self, tmp_path: Path, name: str) -> None:
        (tmp_path / "empty" / "too").mkdir(parents=True)
        (tmp_path / "file.txt").write_text("")
        with pytest.raises(NoInputError, match=name):
            photos_below(tmp_path / name)
