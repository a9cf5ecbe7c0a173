"""Cameras and films that are not there, are none, end, freeze or are interrupted."""

import json
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from limen.camera.clip import write_clip
from limen.camera.photo import load_photo
from limen.types import Image
from limen_program import COMMAND, Ran, environment, limen, with_models


@pytest.fixture(scope="module")
def enrolled(shared: Path, models_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = with_models(tmp_path_factory.mktemp("enrolled"), models_folder)
    done = limen("enrol", shared / "data" / "people" / "obama.jpg", data=data)
    assert done.code == 0, done.err
    return data


@pytest.fixture
def hall(enrolled: Path, tmp_path: Path) -> Path:
    """A data folder of one's own, in which obama is enrolled."""
    return shutil.copytree(enrolled, tmp_path / "hall", symlinks=True)


@pytest.fixture(scope="module")
def visitor(shared: Path) -> Image:
    """Somebody who is enrolled, at a camera of 320 × 240."""
    image = load_photo(shared / "data" / "people" / "obama2.jpg").image
    visitor: Image = cv2.resize(image[150:750, :], (320, 240), interpolation=cv2.INTER_AREA).astype(np.uint8)
    return visitor


def noisy(image: Image, seed: int) -> Image:
    noise = np.random.default_rng(seed).integers(-3, 4, image.shape)
    noisy: Image = np.clip(image + noise, 0, 255).astype(np.uint8)
    return noisy


def door(hall: Path, camera: str | Path, *options: str, **settings: str) -> Ran:
    return limen("door", "run", "front", "--camera", camera, "--json", *options, data=hall, **settings)


def types(done: Ran) -> list[str]:
    return [event["type"] for event in done.lines()]


@pytest.mark.parametrize(
    ("camera", "code", "message"),
    [
        ("99", 69, "camera 99 cannot be opened"),
        ("absent.mp4", 66, "absent.mp4 cannot be read"),
        ("", 78, "it lacks a camera"),
        ("rtsp://127.0.0.1:9/door", 69, "does not answer"),
    ],
)
def test_a_camera_that_is_not_there(data_dir: Path, camera: str, code: int, message: str) -> None:
    done = door(data_dir, camera)
    assert (done.code, done.out) == (code, "")
    assert message in done.err
    assert "Traceback" not in done.err


def test_a_text_is_no_video(data_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_text("This is no film.\n" * 100)
    done = door(data_dir, tmp_path / "film.mp4", "--fast")
    assert (done.code, done.out) == (65, "")
    assert "is not a video" in done.err


def test_a_film_that_ends(hall: Path, visitor: Image, tmp_path: Path) -> None:
    film = tmp_path / "film.avi"
    write_clip(film, [noisy(visitor, seed) for seed in range(10)], fps=10)
    done = door(hall, film, "--fast")
    assert done.code == 0, done.err
    assert types(done) == [
        "door.started", "camera.online", "access.granted", "door.unlocked", "camera.ended", "door.locked",
        "door.stopped",
    ]  # fmt: skip
    (granted,) = [event for event in done.lines() if event["type"] == "access.granted"]
    assert (granted["person"], granted["reason"]) == ("obama", "matched")


@pytest.mark.parametrize(("freeze_s", "frozen"), [("0.3", True), ("60", False)])
def test_a_film_that_freezes(hall: Path, visitor: Image, tmp_path: Path, freeze_s: str, frozen: bool) -> None:
    """With ten frames to agree on, the still picture must not be taken for ten of them."""
    film = tmp_path / "film.avi"
    empty = np.full_like(visitor, 90)
    still = [visitor] * 40
    write_clip(film, [*[noisy(empty, seed) for seed in range(5)], *still, noisy(visitor, 9)], fps=10)
    done = door(hall, film, "--fast", LIMEN_DOOR__FREEZE_S=freeze_s, LIMEN_DOOR__AGREEING_FRAMES="10")
    assert done.code == 0, done.err
    assert ("camera.frozen" in types(done)) is frozen
    assert ("access.granted" in types(done)) is not frozen


def test_a_folder_is_a_camera(hall: Path, visitor: Image, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(5):
        cv2.imwrite(str(folder / f"{number}.png"), cv2.cvtColor(noisy(visitor, number), cv2.COLOR_RGB2BGR))
    done = door(hall, folder, "--fast")
    assert done.code == 0, done.err
    assert "access.granted" in types(done)
    (folder / "3.png").write_bytes(b"broken")
    done = door(hall, folder, "--fast", LIMEN_DOOR__AGREEING_FRAMES="4")
    assert done.code == 69
    assert "3.png" in done.err
    assert types(done)[-2:] == ["camera.offline", "door.stopped"]


def test_words_for_people(hall: Path, visitor: Image, tmp_path: Path) -> None:
    film = tmp_path / "film.avi"
    write_clip(film, [noisy(visitor, seed) for seed in range(5)], fps=10)
    done = limen("door", "run", "front", "--camera", film, "--fast", data=hall)
    assert done.code == 0, done.err
    assert "access.granted obama: several frames in a row were the same enrolled person" in done.out
    assert "Welcome, obama!" in done.out
    assert "A face alone opens this door" in done.err


@pytest.fixture
def playing(hall: Path, shared: Path) -> Iterator[subprocess.Popen[str]]:
    """A door on a film of some seconds, at the film's own speed, whose first picture was seen."""
    film = shared / "data" / "clips" / "live_closeup.mp4"
    command = [*COMMAND, "door", "run", "front", "--camera", str(film), "--json"]
    with subprocess.Popen(
        command, env=environment(hall, {}), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert [json.loads(process.stdout.readline())["type"] for _ in range(2)] == ["door.started", "camera.online"]
        yield process
        process.kill()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_door_that_is_interrupted_says_that_it_stopped(
    playing: subprocess.Popen[str], number: signal.Signals, code: int
) -> None:
    playing.send_signal(number)
    out, err = playing.communicate(timeout=30)
    assert playing.returncode == code
    assert json.loads(out.splitlines()[-1])["type"] == "door.stopped"
    assert "Traceback" not in err
