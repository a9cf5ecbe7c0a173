"""``limen plot`` as people type it: the pictures of similarities, clusters and error rates."""

import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PIL import Image as Pillow

from limen_program import limen, limen_bound

PICTURES = {
    "similarity": {"faces": 4, "people": 2, "left_out": 0, "fmr": 0.002},
    "projection": {"faces": 4, "people": 2, "shown": 4, "method": "pca"},
    "clusters": {"photos": 4, "clusters": 1, "fmr": 0.001},
    "histogram": {"faces": 4, "people": 2},
    "det": {"faces": 4, "people": 2},
    "roc": {"faces": 4, "people": 2},
}
COMMANDS = pytest.mark.parametrize("command", PICTURES)


@pytest.fixture(scope="module")
def people(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three photos of one person, one of another; small, for the sake of time."""
    folder = tmp_path_factory.mktemp("photos") / "two people"
    folder.mkdir()
    wanted = {"Obama_1": "obama", "Obama_2": "obama2", "Obama_3": "obama3", "Biden_1": "biden"}
    for new, name in wanted.items():
        with Pillow.open(shared / "data" / "people" / f"{name}.jpg") as photo:
            photo.thumbnail((560, 560))
            photo.save(folder / f"{new}.jpg", quality=95)
    return folder


def one_photo(people: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "one"
    folder.mkdir()
    shutil.copy(people / "Biden_1.jpg", folder)
    return folder


@COMMANDS
def test_a_picture_and_what_is_in_it(data_dir: Path, people: Path, tmp_path: Path, command: str) -> None:
    out = tmp_path / "picture.png"
    done = limen("plot", command, people, "--out", out, "--workers", "1", "--json", data=data_dir)
    assert done.code == 0, done.err
    assert "Warning" not in done.err
    found = done.document()
    assert found["file"] == str(out)
    assert {name: found[name] for name in PICTURES[command]} == PICTURES[command]
    if command == "projection":
        first, second = found["variance"]
        assert 0.6 < first < first + second <= 1
    with Pillow.open(out) as picture:
        picture.load()
        assert picture.width > 900
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["picture.png"]


def test_error_rates_of_two_people(data_dir: Path, people: Path, tmp_path: Path) -> None:
    def answer(command: str, *more: str) -> dict:
        return limen("plot", command, people, "--out", tmp_path / "it.svg", "--json", *more, data=data_dir).document()

    rows = answer("histogram", "--fmr", "0.001", "--fmr", "0.05")["thresholds"]
    assert [row["fmr"] for row in rows] == [0.05, 0.001]
    assert rows[0]["similarity"] < rows[1]["similarity"]
    assert all((row["measured_fmr"], row["measured_fnmr"]) == (0, 0) for row in rows)
    (model,) = answer("det", "--model", "dlib-resnet", "--model", "dlib-resnet")["models"]
    assert model["model"].startswith("dlib-resnet:")
    assert (model["eer"], model["genuine_pairs"], model["people_pairs"]) == (None, 3, 1)
    assert ET.fromstring((tmp_path / "it.svg").read_text("utf-8")).tag.endswith("svg")


def test_words_for_people_and_a_file_in_the_folder_one_stands_in(
    data_dir: Path, people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = limen("plot", "projection", people, "--method", "tsne", data=data_dir)
    assert done.code == 0, done.err
    assert "Warning" not in done.err
    assert done.out == "projection.png: two people: 4 photos of 2 people\n"
    assert (tmp_path / "projection.png").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("command", "place", "code", "message"),
    [
        ("similarity", "absent/picture.png", 69, "there is no folder"),
        ("projection", "picture.jpg", 65, "must end in .png or .svg"),
        ("clusters", ".", 65, "must end in .png or .svg"),
        ("histogram", "absent/picture.svg", 69, "there is no folder"),
        ("det", "picture", 65, "must end in .png or .svg"),
        ("roc", "picture.pdf", 65, "must end in .png or .svg"),
    ],
)
def test_a_bad_place_is_told_before_the_work(
    data_dir: Path, tmp_path: Path, command: str, place: str, code: int, message: str
) -> None:
    # That there are no photos either would be told later.
    done = limen("plot", command, tmp_path / "no-photos", "--out", tmp_path / place, data=data_dir)
    assert (done.code, done.out) == (code, "")
    assert message in done.err
    assert "Traceback" not in done.err


def test_a_folder_without_the_right_to_write(data_dir: Path, people: Path, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    done = limen_bound("plot", "similarity", people, "--out", locked / "picture.png", data=data_dir)
    assert (done.code, done.out) == (69, "")
    assert "no right to write into" in done.err
    assert list(locked.iterdir()) == []


@COMMANDS
def test_a_folder_without_photos(data_dir: Path, tmp_path: Path, command: str) -> None:
    (tmp_path / "notes.txt").write_text("nothing to see")
    folder = tmp_path if command in ("similarity", "clusters", "det") else tmp_path / "absent"
    done = limen("plot", command, folder, "--out", tmp_path / "picture.png", data=data_dir)
    assert (done.code, done.out) == (66, "")
    assert "Traceback" not in done.err
    assert not (tmp_path / "picture.png").exists()


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("similarity", "holds 1 photo(s): 2 at least are needed"),
        ("projection", "holds 1 photo(s): 3 at least are needed"),
        ("histogram", "are of one person, Biden: error rates need two people"),
        ("roc", "are of one person, Biden: error rates need two people"),
    ],
)
def test_one_photo_is_too_few(data_dir: Path, people: Path, tmp_path: Path, command: str, message: str) -> None:
    out = tmp_path / "picture.png"
    done = limen("plot", command, one_photo(people, tmp_path), "--out", out, data=data_dir)
    assert (done.code, done.out) == (65, "")
    assert message in done.err
    assert not out.exists()


def test_one_face_alone_is_a_cluster_sheet_of_one(data_dir: Path, people: Path, tmp_path: Path) -> None:
    out = tmp_path / "picture.png"
    done = limen("plot", "clusters", one_photo(people, tmp_path), "--out", out, "--json", data=data_dir)
    assert done.code == 0, done.err
    assert {name: done.document()[name] for name in ("faces", "clusters", "alone")} == {
        "faces": 1,
        "clusters": 0,
        "alone": 1,
    }


def test_one_photo_of_each_person_makes_no_error_rates(data_dir: Path, people: Path, tmp_path: Path) -> None:
    folder = one_photo(people, tmp_path)
    shutil.copy(people / "Obama_1.jpg", folder)
    done = limen("plot", "det", folder, "--out", tmp_path / "picture.png", data=data_dir)
    assert (done.code, done.out) == (65, "")
    assert "error rates need two photos of one person" in done.err


def test_the_same_photo_three_times(data_dir: Path, people: Path, tmp_path: Path) -> None:
    folder = one_photo(people, tmp_path)
    for number in (2, 3):
        shutil.copy(people / "Biden_1.jpg", folder / f"Biden_{number}.jpg")
    out = tmp_path / "picture.png"
    done = limen("plot", "projection", folder, "--out", out, data=data_dir)
    assert (done.code, done.out) == (65, "")
    assert "all 3 faces are the same" in done.err
    done = limen("plot", "similarity", folder, "--out", out, data=data_dir)
    assert done.code == 0, done.err


def test_photos_without_faces(data_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "walls"
    folder.mkdir()
    for number in range(3):
        Pillow.new("RGB", (200, 200), (90, 90, 60 * number)).save(folder / f"Wall_{number}.png")
    for command in ("similarity", "clusters"):
        done = limen("plot", command, folder, "--out", tmp_path / "picture.png", data=data_dir)
        assert (done.code, done.out) == (65, "")
        assert "no face was found in any of the 3 photo" in done.err


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (("projection", "--method", "umap"), 2),
        (("histogram", "--fmr", "nan"), 2),
        (("det", "--model", "no-such-model"), 65),
    ],
)
def test_options_that_mean_nothing(data_dir: Path, people: Path, more: tuple[str, ...], code: int) -> None:
    done = limen("plot", *more, people, data=data_dir)
    assert done.out == ""
    assert "Traceback" not in done.err
    assert done.code == code, done.err
