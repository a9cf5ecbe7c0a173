"""Each flaw on a real photo that was made to have it, and on no other."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from limen.camera.opencv import video_file
from limen.camera.photo import load_photo
from limen.config import EnrolmentSettings
from limen.engine import Engine
from limen.faces.quality import Flaw, Quality, flaws
from limen.types import Image

BOUNDS = EnrolmentSettings().quality


@pytest.fixture(scope="module")
def photo(shared: Path) -> Image:
    return load_photo(shared / "data" / "people" / "obama.jpg").image


def measured(engine: Engine, image: Image) -> Quality:
    faces = engine.find_faces(image, 40)
    return engine.quality(image, max(faces, key=lambda face: face.box.area))


def found(engine: Engine, image: Image) -> list[Flaw]:
    return [flaw.flaw for flaw in flaws(measured(engine, image), BOUNDS)]


def brightened(image: Image, by: float) -> Image:
    result: Image = np.clip(image.astype(np.float32) * by, 0, 255).astype(np.uint8)
    return result


def shrunk(image: Image, to: float) -> Image:
    return np.asarray(cv2.resize(image, None, fx=to, fy=to, interpolation=cv2.INTER_AREA))


SPOILT: dict[Flaw, Callable[[Image], Image]] = {
    Flaw.TOO_SMALL: lambda image: shrunk(image, 0.2),
    Flaw.CUT_OFF: lambda image: np.ascontiguousarray(image[:, 415:]),
    Flaw.TOO_DARK: lambda image: brightened(image, 0.2),
    Flaw.TOO_BRIGHT: lambda image: brightened(image, 2.5),
    Flaw.BLURRED: lambda image: np.asarray(cv2.GaussianBlur(image, (0, 0), 8)),
}


@pytest.mark.parametrize("name", ["obama.jpg", "biden.jpg", "lin-manuel-miranda.png", "alex-lacamoire.png"])
def test_good_photos_have_no_flaw(engine: Engine, shared: Path, name: str) -> None:
    assert found(engine, load_photo(shared / "data" / "people" / name).image) == []


@pytest.mark.parametrize("flaw", SPOILT)
def test_a_spoilt_photo_has_that_flaw_and_no_other(engine: Engine, photo: Image, flaw: Flaw) -> None:
    assert found(engine, SPOILT[flaw](photo)) == [flaw]


def test_a_little_worse_is_still_good_enough(engine: Engine, photo: Image) -> None:
    for better in (shrunk(photo, 0.3), brightened(photo, 0.5), brightened(photo, 1.3)):
        assert found(engine, better) == []
    assert found(engine, np.asarray(cv2.GaussianBlur(photo, (0, 0), 3))) == []


def test_a_head_that_turns_is_turned_away_now_and_then(engine: Engine, shared: Path) -> None:
    source = video_file(shared / "data" / "clips" / "live_head_turn.gif")
    yaws, turned = [], []
    while (image := source.read()) is not None:
        quality = measured(engine, image)
        yaws.append(quality.yaw_deg)
        turned.append(Flaw.TURNED_AWAY in [flaw.flaw for flaw in flaws(quality, BOUNDS)])
    source.close()
    assert min(yaws) < -30
    assert max(yaws) > 10
    assert any(turned)
    assert not all(turned)


def test_a_mirrored_photo_is_turned_the_other_way(engine: Engine, shared: Path) -> None:
    image = load_photo(shared / "data" / "people" / "obama2.jpg").image
    straight, mirrored = measured(engine, image), measured(engine, np.ascontiguousarray(image[:, ::-1]))
    assert straight.yaw_deg < -8
    assert mirrored.yaw_deg == pytest.approx(-straight.yaw_deg, abs=6)
    assert mirrored.pitch_deg == pytest.approx(straight.pitch_deg, abs=6)
    assert mirrored.sharpness == pytest.approx(straight.sharpness, rel=0.2)


def test_size_is_of_no_matter_to_sharpness_and_brightness(engine: Engine, photo: Image) -> None:
    whole, half = measured(engine, photo), measured(engine, shrunk(photo, 0.6))
    assert half.brightness == pytest.approx(whole.brightness, rel=0.05)
    assert half.size_px == pytest.approx(0.6 * whole.size_px, rel=0.1)
    assert half.sharpness > BOUNDS.min_sharpness * 5
