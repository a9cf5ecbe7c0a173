"""``limen bench`` as people type it: what it reports, not how fast this machine is."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from PIL import Image as Pillow


def bench(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LIMEN_")}
    command = [sys.executable, "-m", "limen", "--data-dir", str(data), "bench", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def _extras() -> None:
    """Skip, saying so, where the extras 'bench' and 'demo' are not installed."""
    if absent := [name for name in ("dlib", "skimage") if find_spec(name) is None]:
        reason = f"{absent} missing: pip install 'limen[bench,demo]'"
        pytest.fail(reason) if os.environ.get("LIMEN_REQUIRE_ALL") == "1" else pytest.skip(reason)


@pytest.mark.usefixtures("_extras")
def test_everything_is_measured(tmp_path: Path) -> None:
    done = bench(tmp_path, "--rounds", "2", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    frame = found["frame"]
    assert set(frame) == {"limen_ms", "limen_mirrored_ms", "dlib_ms", "ratio", "ratio_mirrored"}
    assert frame["ratio"] == pytest.approx(frame["dlib_ms"] / frame["limen_ms"])
    assert frame["ratio_mirrored"] == pytest.approx(frame["dlib_ms"] / frame["limen_mirrored_ms"])
    assert frame["ratio"] > 1
    assert set(found["stages"]["limen"]) == set(found["stages"]["limen_mirrored"]) == {"detect", "align", "embed"}
    assert set(found["stages"]["dlib"]) == {"detect", "landmarks", "embed"}
    for stages in found["stages"].values():
        assert all(0 < stage["median_ms"] <= stage["p95_ms"] for stage in stages.values())
    assert found["faces"]["limen"] == 1
    assert 0.1 < found["cold_start_s"] < 60
    assert 50 < found["memory"]["first_decision_mb"] <= found["memory_mb"] < 2000
    assert found["min_face_px"] == 60


@pytest.mark.usefixtures("_extras")
def test_without_the_peer_nothing_is_compared(tmp_path: Path, shared: Path) -> None:
    photo = shared / "data" / "people" / "obama.jpg"
    done = bench(tmp_path, "--rounds", "1", "--no-peer", "--min-face", "80", "--image", str(photo), "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert found["frame"]["limen_ms"] > 0
    assert found["frame"]["dlib_ms"] is found["frame"]["ratio"] is found["frame"]["ratio_mirrored"] is None
    assert "dlib" not in found["stages"]
    assert (found["min_face_px"], found["image"]) == (80, str(photo))


def test_a_photo_without_a_face(tmp_path: Path) -> None:
    Pillow.new("RGB", (640, 480), "grey").save(tmp_path / "wall.png")
    done = bench(tmp_path / "data", "--rounds", "1", "--no-peer", "--image", str(tmp_path / "wall.png"))
    assert (done.returncode, done.stdout) == (65, "")
    assert "no face was found" in done.stderr


def test_a_photo_that_is_missing(tmp_path: Path) -> None:
    done = bench(tmp_path / "data", "--no-peer", "--image", str(tmp_path / "absent.jpg"))
    assert (done.returncode, done.stdout) == (66, "")
    assert "absent.jpg cannot be read" in done.stderr
