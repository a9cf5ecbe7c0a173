"""``limen evaluate robustness`` and ``limen plot robustness`` as people type them."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from limen_program import limen


@pytest.fixture(scope="module")
def two_people(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two photos of one person, one of another; small, for the sake of time."""
    folder = tmp_path_factory.mktemp("two-people")
    for name, new in (("obama.jpg", "Obama_1.jpg"), ("obama3.jpg", "Obama_2.jpg"), ("biden.jpg", "Biden_1.jpg")):
        with Pillow.open(shared / "data" / "people" / name) as photo:
            photo.thumbnail((520, 520))
            photo.save(folder / new, quality=95)
    return folder


def test_what_changes_do_to_two_people(data_dir: Path, two_people: Path) -> None:
    done = limen("evaluate", "robustness", "--images", two_people, "--photos", "2", "--json", data=data_dir)
    assert (done.code, done.err) == (0, "")
    found = done.document()
    assert (found["photos"], found["people"], found["photos_with_another"]) == (2, 2, 1)
    assert found["unchanged"]["same_photo"]["median"] == 1
    assert 0.9 < found["unchanged"]["other_photo"]["median"] < 1
    results = {one["change"]: {r["strength"]: r for r in one["results"]} for one in found["changes"]}
    assert results["mirror"][1]["same_photo"]["median"] > 0.98
    medians = [results["blur"][sigma]["same_photo"]["median"] for sigma in (1, 3, 6)]
    assert medians == sorted(medians, reverse=True)
    assert medians[-1] < 0.96
    for name, by_strength in results.items():
        for strength, result in by_strength.items():
            missed = result["failures_to_acquire"]
            # One of the faces is smaller than 80 pixels: it is not enlarged.
            assert missed["total"] == (1 if (name, strength) == ("size", 80) else 2)
            assert missed["interval_95"][0] <= missed["rate"] <= missed["interval_95"][1]
            compared = result["same_photo"]
            assert (compared is None) == (missed["count"] == 2)
            assert compared is None or compared["p5"] <= compared["median"] <= compared["p95"]


def test_the_table_has_a_row_for_each_strength(data_dir: Path, two_people: Path) -> None:
    done = limen("evaluate", "robustness", "--images", two_people, "--photos", "1", "--workers", "1", data=data_dir)
    assert (done.code, done.err) == (0, "")
    assert "1 photos of 1 people, 1 of them compared with another photo" in done.out
    assert "Out of focus  (Gaussian sigma, % of the face's width)" in done.out
    for row in ("unchanged", "  mirror 1", "  rotation -45", "  blur 8", "  occlusion_eyes 0.5", "  size 15"):
        assert f"\n{row} " in done.out


def test_the_picture(data_dir: Path, two_people: Path, tmp_path: Path) -> None:
    out = tmp_path / "changes.png"
    done = limen("plot", "robustness", two_people, "--out", out, "--photos", "1", "--json", data=data_dir)
    assert (done.code, done.err) == (0, "")
    found = done.document()
    assert (found["file"], found["photos"], found["photos_with_another"]) == (str(out), 1, 1)
    with Pillow.open(out) as drawn:
        assert drawn.format == "PNG"
        assert drawn.width > 1000
        assert len(np.unique(np.asarray(drawn.convert("L")))) > 50, "something is drawn"


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bad")
    (folder / "empty").mkdir()
    (folder / "faceless").mkdir()
    Pillow.new("RGB", (80, 80), "green").save(folder / "faceless" / "Anna.png")
    (folder / "broken").mkdir()
    (folder / "broken" / "Anna.jpg").write_bytes(b"no photo")
    return folder


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("absent", 66, "cannot be read as a folder"),
        ("empty", 66, "holds no photos"),
        ("faceless", 65, "no face was found in any of the 1 photos"),
        ("broken", 65, "is not a photo"),
    ],
)
def test_bad_folders(data_dir: Path, bad: Path, name: str, code: int, message: str) -> None:
    done = limen("evaluate", "robustness", "--images", bad / name, "--workers", "1", "--json", data=data_dir)
    assert (done.code, done.out) == (code, "")
    assert message in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(("out", "code"), [("changes.jpeg", 65), ("absent/changes.png", 69)])
def test_a_place_where_no_picture_can_be_is_told_first(data_dir: Path, tmp_path: Path, out: str, code: int) -> None:
    done = limen("plot", "robustness", tmp_path / "absent", "--out", tmp_path / out, data=data_dir)
    assert (done.code, done.out) == (code, "")
    assert out in done.err
    assert not (tmp_path / out).exists()
