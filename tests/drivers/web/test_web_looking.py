"""Finding test photos, and looking at them."""

import io
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from limen.camera.photo import load_photo
from limen.config import load_settings
from limen.engine import Engine
from limen.errors import BadDataError, NoInputError
from limen.web.looking import Looker, photos_to_try, scaled_jpeg


def photo(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Pillow.new("RGB", (8, 8)).save(path)
    return path


class TestPhotosToTry:
    def test_also_in_folders_below(self, tmp_path: Path) -> None:
        names = ["b.jpg", "people/Anna/1.png", "people/Bert/1.jpg"]
        for name in names:
            photo(tmp_path / name)
        assert [str(path.relative_to(tmp_path)) for path in photos_to_try(tmp_path)] == names

    def test_none(self, tmp_path: Path) -> None:
        with pytest.raises(NoInputError, match="holds no photos"):
            photos_to_try(tmp_path)

    def test_too_many(self, tmp_path: Path) -> None:
        for name in ("1.jpg", "2.jpg", "below/3.jpg"):
            photo(tmp_path / name)
        with pytest.raises(BadDataError, match="holds 3 photos, more than 2"):
            photos_to_try(tmp_path, most=2)


@pytest.fixture
def photos(shared: Path, tmp_path: Path) -> list[Path]:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no photo")
    return [
        Path(shutil.copy(shared / "data" / "people" / "obama3.jpg", tmp_path)),
        photo(tmp_path / "empty.png"),
        broken,
        tmp_path / "absent.jpg",
    ]


def test_what_photos_show(photos: list[Path], engine: Engine, tmp_path: Path) -> None:
    looker = Looker(photos, [engine], load_settings(tmp_path))
    assert looker.looked == (None,) * 4
    with looker.running():
        while None in looker.looked:
            time.sleep(0.05)
    face, empty, broken, absent = looker.looked
    assert face is not None
    image = load_photo(photos[0]).image
    assert face.size is not None
    assert (face.size.height, face.size.width) == image.shape[:2]
    (expected,) = engine.embed(image, engine.find_faces(image))
    np.testing.assert_array_equal(face.faces[0].embedding.vector, expected.vector)
    assert face.faces[0].flaws == ()
    assert max(Pillow.open(io.BytesIO(face.thumbnail or b"")).size) == 128
    assert empty is not None
    assert (empty.faces, empty.refused) == ((), None)
    assert broken is not None
    assert (broken.refused or "").startswith("broken.jpg is not a photo")
    assert absent is not None
    assert (absent.refused or "").startswith("absent.jpg cannot be read")


def test_the_one_that_is_waited_for_comes_first(photos: list[Path], engine: Engine, tmp_path: Path) -> None:
    looker = Looker([*photos[:1] * 40, photos[1]], [engine], load_settings(tmp_path))
    assert looker.ask(40) is None
    with looker.running():
        while looker.ask(40) is None:
            time.sleep(0.01)
    # It stops with the block, not only at the end.
    assert looker.looked[39] is None


def test_a_picture_that_is_served_is_small_and_holds_nothing_else(tmp_path: Path) -> None:
    exif = Pillow.Exif()
    exif[0x010E] = "at home"
    Pillow.new("RGB", (2000, 1000)).save(tmp_path / "a.jpg", exif=exif)
    served = scaled_jpeg(load_photo(tmp_path / "a.jpg").image, 1280)
    opened = Pillow.open(io.BytesIO(served))
    assert (opened.format, opened.size) == ("JPEG", (1280, 640))
    assert not opened.getexif()
    assert b"at home" not in served
