"""``limen demo``, as people start it."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from limen.cli.demo import COLLINS, HOPPER, Visitor, photo_of
from limen.errors import ConfigError

needs_photos = pytest.mark.skipif(
    find_spec("skimage") is None and os.environ.get("LIMEN_REQUIRE_ALL") != "1",
    reason="the demonstration needs scikit-image: pip install 'limen[demo]'",
)


@dataclass(frozen=True)
class Run:
    code: int
    out: str
    err: str


def limen(folder: Path, *arguments: str, **settings: str) -> Run:
    """Run the command line in ``folder``, with its data beside it."""
    environment = os.environ | {"LIMEN_DATA_DIR": str(folder / "data")} | settings
    done = subprocess.run(
        [sys.executable, "-c", "from limen.cli import main; main()", *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    return Run(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def played(folder: Path) -> Run:
    return limen(folder, "demo", "--json")


def decisions(act: dict[str, list[dict[str, str | None]]]) -> list[tuple[str | None, ...]]:
    events = [event for event in act["events"] if str(event["type"]).startswith("access.")]
    return [(event["type"], event["person"], event["reason"]) for event in events]


@needs_photos
def test_who_is_enrolled_comes_in_and_nobody_else(played: Run) -> None:
    assert played.code == 0, played.err
    first, second = json.loads(played.out)["acts"]
    collins = ("access.granted", "Eileen Collins", "matched")
    assert first["enrolled"] == ["Eileen Collins"]
    assert decisions(first) == [collins, ("access.denied", None, "unknown")]
    assert second["enrolled"] == ["Eileen Collins", "Grace Hopper"]
    assert decisions(second) == [collins, ("access.granted", "Grace Hopper", "matched")]
    for act, openings in ((first, 1), (second, 2)):
        kinds = [event["type"] for event in act["events"]]
        assert (kinds[0], kinds[-1]) == ("door.started", "door.stopped")
        assert kinds.count("door.unlocked") == kinds.count("door.locked") == openings
        assert {"camera.frozen", "camera.offline"}.isdisjoint(kinds)
        assert all(set(event) == {"type", "person", "reason", "at"} for event in act["events"])


@needs_photos
def test_the_film_plays_and_no_frame_of_it_equals_the_one_before(played: Run, folder: Path) -> None:
    video = cv2.VideoCapture(str(folder / json.loads(played.out)["video"]))
    assert video.get(cv2.CAP_PROP_FPS) == pytest.approx(15)
    frames = []
    while (read := video.read())[0]:
        frames.append(read[1])
    assert 100 < len(frames) <= 12 * 15
    assert frames[0].shape == (480, 640, 3)
    assert all(not np.array_equal(a, b) for a, b in pairwise(frames))


@needs_photos
def test_the_contact_sheet_shows_both_acts(played: Run, folder: Path) -> None:
    with Image.open(folder / json.loads(played.out)["contact_sheet"]) as picture:
        assert (picture.format, picture.mode) == ("PNG", "RGB")
        sheet = np.asarray(picture)
    assert sheet.shape[1] == 2 * 48 + 4 * 420 + 3 * 28
    assert 1000 < sheet.shape[0] < 1600
    green, orange = ((sheet == colour).all(axis=2).sum() for colour in ((0, 122, 92), (192, 72, 0)))
    assert green > 2 * orange > 2 * 5000, "three came in, one did not"


@needs_photos
def test_only_the_film_and_the_sheet_stay_and_the_own_people_are_not_touched(played: Run, folder: Path) -> None:
    assert played.code == 0
    assert sorted(path.name for path in (folder / "limen-demo").iterdir()) == ["contact-sheet.png", "visit.mp4"]
    assert [path.name for path in (folder / "data").iterdir()] == ["models"]


@needs_photos
def test_it_says_what_happened_and_fails_where_the_settings_keep_everybody_out(played: Run, folder: Path) -> None:
    assert played.code == 0
    run = limen(folder, "demo", "--out", "far away", LIMEN_DOOR__MIN_FACE_PX="400")
    assert run.code == 1
    assert "the stranger of\n        act 1 is Grace Hopper before she is enrolled" in run.out
    assert "enrolled from one photo, astronaut.png: Eileen Collins" in run.out
    assert "That was not as it should be" in run.out
    assert (folder / "far away" / "contact-sheet.png").stat().st_size > 10_000


def test_a_folder_that_cannot_be_made_is_told_before_anything_is_done(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    run = limen(tmp_path, "demo", "--out", "file/below")
    assert run.code == (69 if find_spec("skimage") else 78)
    assert run.err.startswith("limen: ")
    assert "Traceback" not in run.err


@needs_photos
@pytest.mark.parametrize("visitor", [COLLINS, HOPPER], ids=lambda visitor: visitor.package)
def test_photos_are_found_without_importing_their_packages(visitor: Visitor) -> None:
    assert photo_of(visitor).is_file()


@pytest.mark.parametrize(("package", "file"), [("not_installed", "photo.png"), ("limen", "not/there.png")])
def test_a_package_that_is_missing_or_bare_is_told_with_its_remedy(package: str, file: str) -> None:
    with pytest.raises(ConfigError, match=r"Ann.*run pip install 'limen\[demo\]'"):
        photo_of(Visitor("Ann", package, file, "pip install 'limen[demo]'"))
