import subprocess
import sys

import numpy as np
import pytest

from limen.camera.clip import write_clip
from limen.camera.opencv import video_file
from limen.errors import CameraError, StoreError

PICTURES = [np.full((48, 64, 3), (20 * index, 200, 60), np.uint8) for index in range(8)]


def pictures_of(source):
    while (picture := source.read()) is not None:
        yield picture
    source.close()


@pytest.mark.parametrize("suffix", [".mp4", ".avi", ".AVI"])
def test_what_is_written_can_be_read(tmp_path, suffix):
    path = tmp_path / f"clip{suffix}"
    write_clip(path, iter(PICTURES), fps=12.5)
    source = video_file(path)
    assert source.frame_interval_s == pytest.approx(0.08)
    read = list(pictures_of(source))
    assert len(read) == 8
    for before, after in zip(PICTURES, read, strict=True):
        assert np.abs(before.astype(int) - after).max() < 12
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_replaces_what_was_there(tmp_path):
    path = tmp_path / "clip.avi"
    path.write_text("old")
    write_clip(path, PICTURES, fps=25)
    assert path.stat().st_size > 1000


def failing():
    yield PICTURES[0]
    raise CameraError("gone")


@pytest.mark.parametrize(
    ("name", "frames", "error", "message"),
    [
        ("clip.mov", PICTURES, StoreError, "ends in .mp4 or .avi"),
        ("nowhere/clip.mp4", PICTURES, StoreError, "No such file"),
        ("clip.mp4", [], StoreError, "there are no frames"),
        ("clip.mp4", [PICTURES[0], PICTURES[0][:32]], StoreError, "frame 2 is"),
        ("clip.mp4", [np.zeros((1, 1, 3), np.uint8)], StoreError, "1 × 1 pixels"),
        ("clip.mp4", failing(), CameraError, "gone"),
    ],
)
def test_what_fails_leaves_nothing_behind(tmp_path, name, frames, error, message):
    with pytest.raises(error, match=message):
        write_clip(tmp_path / name, frames, fps=25)
    assert not list(tmp_path.iterdir())


def test_a_folder_of_that_name_stays(tmp_path):
    (tmp_path / "clip.avi").mkdir()
    with pytest.raises(StoreError, match=r"clip\.avi cannot be written"):
        write_clip(tmp_path / "clip.avi", PICTURES, fps=25)
    assert [file.name for file in tmp_path.iterdir()] == ["clip.avi"]


@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit on the size of files")
@pytest.mark.parametrize("suffix", [".mp4", ".avi"])
def test_a_full_disk_is_noticed(tmp_path, suffix):
    program = (
        "import pathlib, resource, sys\n"
        "import numpy as np\n"
        "from limen.camera.clip import write_clip\n"
        "from limen.errors import StoreError\n"
        "noise = np.random.default_rng(0).integers(0, 255, (20, 240, 320, 3), np.uint8)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))\n"
        "try: write_clip(pathlib.Path(sys.argv[1]), noise, 25)\n"
        "except StoreError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / f"clip{suffix}")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "of 20 frames arrived" in done.stdout
    assert not done.stderr
    assert not list(tmp_path.iterdir())
