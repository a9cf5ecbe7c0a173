from pathlib import Path

import numpy as np
import pytest

from limen.camera.photo import load_photo
from limen.config import EnrolmentSettings
from limen.engine import Engine, main_face
from limen.errors import ModelError, NoInputError
from limen.evaluation.photos import PhotoWork, embed_all_faces
from limen.evaluation.thumbnails import SIDE_PX, clear_thumbnails, thumbnails


@pytest.fixture
def work(engine: Engine) -> PhotoWork:
    return PhotoWork([engine], 40)


def test_a_thumbnail_is_the_face_as_the_embedder_sees_it(work: PhotoWork, engine: Engine, shared: Path) -> None:
    photo = shared / "data" / "people" / "biden.jpg"
    steps: list[int] = []
    found = thumbnails([photo], work, lambda: steps.append(1))
    assert list(found) == [photo]
    assert steps == [1]
    assert found[photo].shape == (SIDE_PX, SIDE_PX, 3)
    assert found[photo].dtype == np.uint8
    image = load_photo(photo).image
    crop = engine.crop(image, main_face(image, engine.find_faces(image, 40)))
    assert np.abs(found[photo].mean(axis=(0, 1)) - crop.mean(axis=(0, 1))).max() < 1


def test_as_many_clear_thumbnails_as_embeddings_in_the_same_order(
    work: PhotoWork, engine: Engine, shared: Path
) -> None:
    photo, bounds = shared / "data" / "people" / "two_people.jpg", EnrolmentSettings().quality
    embedded = embed_all_faces([photo], work, lambda: None, bounds)[photo]
    cut = clear_thumbnails([photo], work, bounds, lambda: None)[photo]
    assert isinstance(embedded, tuple)
    assert len(cut) == len(embedded) == 2
    for image, embedding in zip(cut, embedded, strict=True):
        # The thumbnail, enlarged again, is nearer to its own embedding than to the other's.
        (again,) = engine.embedder.embed([np.repeat(np.repeat(image, 2, axis=0), 2, axis=1)[37:187, 37:187]])
        alike = [engine.compare(again, other) for other in embedded]
        assert max(alike) == engine.compare(again, embedding)


def test_a_photo_without_a_face(work: PhotoWork, shared: Path, tmp_path: Path) -> None:
    from PIL import Image as Pillow

    path = tmp_path / "wall.png"
    Pillow.new("RGB", (200, 200), "grey").save(path)
    with pytest.raises(ModelError, match=r"wall\.png"):
        thumbnails([path], work, lambda: None)
    assert clear_thumbnails([path], work, EnrolmentSettings().quality, lambda: None) == {path: ()}
    with pytest.raises(NoInputError, match=r"absent\.jpg"):
        thumbnails([tmp_path / "absent.jpg"], work, lambda: None)
