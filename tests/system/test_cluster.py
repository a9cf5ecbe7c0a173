"""``limen cluster`` as people type it, on real photos."""

import os
import shutil
from pathlib import Path

import pytest
from PIL import Image as Pillow

from limen_program import limen

PEOPLE = ("Abdullah_Gul", "Alec_Baldwin", "Yasser_Arafat")


@pytest.fixture(scope="module")
def lfw(shared: Path) -> Path:
    return shared / "data" / "lfw"


@pytest.fixture(scope="module")
def images(lfw: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for each of five people, three of whom have at least three photos."""
    folder = tmp_path_factory.mktemp("clusters") / "people"
    folder.mkdir()
    for name in (*PEOPLE, "AJ_Cook", "Abba_Eban"):
        (folder / name).symlink_to(lfw / name, target_is_directory=True)
    return folder


def grey(path: Path) -> None:
    Pillow.new("RGB", (200, 200), (128, 128, 128)).save(path)


def test_real_people(lfw: Path, tmp_path: Path, data_dir: Path) -> None:
    folder = tmp_path / "photos"
    expected = []
    for number, name in enumerate(PEOPLE):
        photos = sorted((lfw / name).iterdir())[: 2 + number]
        target = folder / f"day {number}" / "more"
        target.mkdir(parents=True)
        # Named after nobody, so that names cannot help.
        expected.append([shutil.copy(photo, target / f"{index}.jpg") for index, photo in enumerate(photos)])
    alone = shutil.copy(lfw / "AJ_Cook" / "AJ_Cook_0001.jpg", folder / "one.jpg")
    grey(folder / "wall.png")
    (folder / "broken.jpg").write_bytes(b"no photo")
    (folder / "notes.txt").write_text("no photo either")
    ran = limen("cluster", folder, "--json", data=data_dir)
    assert (ran.code, ran.err) == (0, "")
    found = ran.document()
    assert found["clusters"] == [[str(path) for path in photos] for photos in reversed(expected)]
    assert found["alone"] == [str(alone)]
    assert found["no_face"] == [str(folder / "wall.png")]
    (refused,) = found["refused"]
    assert refused["file"] == str(folder / "broken.jpg")
    assert "is not a photo" in refused["reason"]
    assert found["faces"] >= 10
    assert found["fmr"] == 0.001, "one in twelve photos is more"
    assert 0.9 < found["threshold"] < 0.95


def test_a_group_photo_stands_with_each(shared: Path, data_dir: Path) -> None:
    ran = limen("cluster", shared / "data" / "people", "--workers", "1", data=data_dir)
    assert (ran.code, ran.err) == (0, "")
    first, second, third, *_ = ran.out.split("\n\n")
    assert "2 people in two photos or more" in first
    assert second.startswith("person 1 (5 photos)\n")
    assert third.startswith("person 2 (3 photos)\n")
    assert all("obama_and_biden.jpg" in block for block in (second, third))
    assert "biden.jpg" in third.replace("obama_and_biden.jpg", "")


def test_copies_and_one_photo(lfw: Path, tmp_path: Path, data_dir: Path) -> None:
    photo, folder = lfw / "AJ_Cook" / "AJ_Cook_0001.jpg", tmp_path / "photos"
    folder.mkdir()
    names = ["a.jpg", "b.jpg", os.fsdecode(b"c\xff.jpg")]
    for name in names:
        shutil.copy(photo, folder / name)
    found = limen("cluster", folder, "--fmr", "1e-12", "--json", data=data_dir).document()
    assert [[Path(file).name for file in files] for files in found["clusters"]] == [["a.jpg", "b.jpg", "c\ufffd.jpg"]]
    for name in names[1:]:
        (folder / name).unlink()
    found = limen("cluster", folder, "--json", data=data_dir).document()
    assert (found["clusters"], found["alone"]) == ([], [str(folder / "a.jpg")])


def test_photos_without_faces(tmp_path: Path, data_dir: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    grey(folder / "wall.png")
    (folder / "broken.jpg").write_bytes(b"no photo")
    ran = limen("cluster", folder, "--json", data=data_dir)
    assert (ran.code, ran.out) == (65, "")
    assert "no face was found in any of the 2 photo(s)" in ran.err
    assert "1 could not be read, the first because" in ran.err


@pytest.mark.parametrize(
    ("name", "arguments", "code", "message"),
    [
        ("empty", (), 66, "holds no photos"),
        ("absent", (), 66, "cannot be read as a folder"),
        ("empty", ("--fmr", "nan"), 2, "between 0 and 1"),
    ],
)
def test_bad_input(
    name: str, arguments: tuple[str, ...], code: int, message: str, tmp_path: Path, data_dir: Path
) -> None:
    (tmp_path / "empty").mkdir()
    ran = limen("cluster", tmp_path / name, *arguments, "--json", data=data_dir)
    assert (ran.code, ran.out) == (code, "")
    assert message in " ".join(ran.err.replace("│", " ").split())
    assert "Traceback" not in ran.err


class TestEvaluate:
    def test_quality(self, images: Path, data_dir: Path) -> None:
        ran = limen("evaluate", "clusters", "--images", images, "--json", data=data_dir)
        assert (ran.code, ran.err) == (0, "")
        found = ran.document()
        several = [folder for folder in images.iterdir() if len(list(folder.iterdir())) >= 3]
        assert found["people"] == len(several)
        assert found["photos"] == sum(len(list(folder.iterdir())) for folder in several)
        assert found["clusters"] >= len(several)
        for measure in ("bcubed", "pairwise"):
            assert 0.9 < found[measure]["f"] <= 1
            assert found[measure]["precision"] == 1

    def test_as_a_table(self, images: Path, data_dir: Path) -> None:
        ran = limen("evaluate", "clusters", "--images", images, "--min-photos", "1", "--fmr", "1e-7", data=data_dir)
        assert (ran.code, ran.err) == (0, "")
        assert "photos of 5 people make" in ran.out
        assert "false match rate 1e-07" in ran.out
        assert [line.split()[0] for line in ran.out.splitlines()[3:5]] == ["BCubed", "pairwise"]

    def test_too_few_people(self, images: Path, data_dir: Path) -> None:
        ran = limen("evaluate", "clusters", "--images", images, "--min-photos", "500", data=data_dir)
        assert (ran.code, ran.out) == (65, "")
        assert "0 people with at least 500 photos" in ran.err
