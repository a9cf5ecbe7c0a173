"""A door of the level ``secure``, as people start it: a card names a person, whose face must come and be alive."""

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from limen.camera.clip import write_clip
from limen.camera.photo import load_photo
from limen.camera.walk import with_noise
from limen.types import Image
from limen_program import limen, with_models
from running_door import RunningDoor

OBAMA, BIDEN, NOBODYS = "3735928559", "3405691582", "1122334455"
CONFIG = """
[doors.lab]
camera = "{film}"
level = "secure"
simulator_log = "{log}"
reader.driver = "stdin"
reader.format = "decimal"

[door]
claim_s = 4.0
open_s = 1.0
pause_s = 1.0

[greeting]
voice = "none"
"""


@pytest.fixture(scope="module")
def film(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Obama at the camera, long enough for any test."""
    photo = load_photo(shared / "data" / "people" / "obama2.jpg").image
    visitor: Image = cv2.resize(photo[150:750, :], (320, 240), interpolation=cv2.INTER_AREA).astype(np.uint8)
    path = tmp_path_factory.mktemp("film") / "obama.mp4"
    write_clip(path, with_noise([visitor] * 600, seed=4), fps=10)
    return path


@pytest.fixture(scope="module")
def enrolled(shared: Path, models_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = with_models(tmp_path_factory.mktemp("people"), models_folder)
    people = shared / "data" / "people"
    assert limen("enrol", people / "obama.jpg", people / "biden.jpg", data=data).code == 0
    for name, number in (("obama", OBAMA), ("biden", BIDEN)):
        done = limen("cards", "add", name, "--number", number, "--format", "decimal", data=data)
        assert done.code == 0, done.err
    return data


@pytest.fixture
def site(enrolled: Path, film: Path, tmp_path: Path) -> Path:
    data = shutil.copytree(enrolled, tmp_path / "site", symlinks=True)
    (data / "config.toml").write_text(CONFIG.format(film=film, log=data / "lock.log"), "utf-8")
    return data


def simulated(says: str) -> dict[str, str]:
    return {"LIMEN_LIVENESS__PASSIVE": "simulated", "LIMEN_LIVENESS__SIMULATED_SAYS": says}


@pytest.fixture
def start(site: Path) -> Iterator[Callable[..., RunningDoor]]:
    running: list[RunningDoor] = []

    def start(says: str = "live") -> RunningDoor:
        running.append(RunningDoor(site, site / "lock.log", simulated(says), "lab"))
        running[-1].events("camera.online")
        return running[-1]

    yield start
    for one in running:
        one.end()


def test_the_right_card_and_the_right_face_open(start: Callable[..., RunningDoor]) -> None:
    door = start()
    door.show(OBAMA)
    (granted,) = door.events("access.granted")
    assert (granted["person"], granted["reason"], granted["door"]) == ("obama", "verified", "lab")
    door.events("door.unlocked")
    assert door.moves == ["unlock"]
    assert any("SIMULATED" in line for line in door.said)
    assert any("Please look at the camera." in line for line in door.said)


def test_a_stolen_card_opens_nothing(start: Callable[..., RunningDoor]) -> None:
    door = start()
    door.show(BIDEN)
    (denied,) = door.events("access.denied")
    assert (denied["person"], denied["reason"]) == ("biden", "not_the_same")
    door.show(NOBODYS)
    assert door.events("access.denied", 2)[1]["reason"] == "unknown_card"
    assert door.moves == []


@pytest.mark.parametrize(("says", "reason"), [("spoof", "liveness_failed"), ("unsure", "liveness_missing")])
def test_right_card_and_face_without_liveness_open_nothing(
    start: Callable[..., RunningDoor], says: str, reason: str
) -> None:
    door = start(says)
    door.show(OBAMA)
    (denied,) = door.events("access.denied")
    assert (denied["person"], denied["reason"]) == ("obama", reason)
    assert door.moves == []


def test_the_right_face_without_a_card_opens_nothing(start: Callable[..., RunningDoor]) -> None:
    door = start()
    time.sleep(3)  # the face is there all the time: what must not happen has time to
    assert not [kind for kind in door.kinds() if kind.startswith("access.")]
    assert door.moves == []
    door.show(OBAMA)
    door.events("access.granted")


def test_a_level_that_cannot_be_met_does_not_start(site: Path) -> None:
    done = limen("door", "run", "lab", data=site)
    assert done.code == 78
    assert "passive liveness" in done.err
    assert not (site / "lock.log").exists()
