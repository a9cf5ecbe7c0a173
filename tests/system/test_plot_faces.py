"""``limen plot landmarks`` and ``limen plot layers`` as people type them."""

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from limen.evaluation.landmarks import KEYPOINTS
from limen_program import limen

COUNT = 12


@pytest.fixture(scope="module")
def keypoints(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The first few of the real pictures, and their true points."""
    source, folder = shared / "data" / "keypoints", tmp_path_factory.mktemp("keypoints")
    with np.load(source / "face_images.npz") as archive:
        np.savez(folder / "faces.npz", face_images=archive["face_images"][:, :, :COUNT])
    lines = (source / "facial_keypoints.csv").read_text().splitlines()
    (folder / "points.csv").write_text("\n".join(lines[: COUNT + 1]) + "\n")
    return folder / "faces.npz", folder / "points.csv"


def size(path: Path) -> tuple[int, int]:
    with Pillow.open(path) as drawn:
        assert drawn.format == "PNG"
        assert len(np.unique(np.asarray(drawn.convert("L")))) > 100, "something is drawn"
        return drawn.size


def test_landmarks_against_true_points(data_dir: Path, keypoints: tuple[Path, Path], tmp_path: Path) -> None:
    pictures, points = keypoints
    out = tmp_path / "landmarks.png"
    options = ("--truth", points, "--out", out, "--faces", "4", "--first", "10", "--failures", "--json")
    done = limen("plot", "landmarks", pictures, *options, data=data_dir)
    assert (done.code, done.err) == (0, "")
    found = done.document()
    assert (found["file"], found["pictures"], found["drawn"]) == (str(out), 10, 4)
    assert found["failures_to_acquire"]["count"] == 0
    assert 0.01 < found["nme"]["median"] < 0.08
    assert found["nme"]["median"] <= found["nme"]["p95"]
    assert len(found["points"]) == 5
    assert size(out)[0] > 1000


def test_landmarks_of_photos_as_svg(data_dir: Path, shared: Path, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    with Pillow.open(shared / "data" / "people" / "two_people.jpg") as photo:
        photo.save(folder / "two.png")
    Pillow.new("RGB", (60, 80), "green").save(folder / "green.png")
    done = limen("plot", "landmarks", folder, "--out", tmp_path / "a.svg", data=data_dir)
    assert (done.code, done.err) == (0, "")
    assert "a face found in 1 of 2 pictures" in done.out
    assert (tmp_path / "a.svg").read_text().startswith("<?xml")


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        ("label", 65, "1 of them missing, the first is left_eye_center_x"),
        ("rows", 65, "has 11 rows below its header, there are 12 pictures"),
        ("letters", 65, "row 2: could not convert string to float"),
        ("shape", 65, "(12, 96, 96), (96, 96, n) is expected"),
        ("pickled", 65, "no .npz file with an array of numbers"),
        ("no archive", 65, "no .npz file"),
        ("no truth", 66, "cannot be read"),
        ("no pictures", 66, "cannot be read"),
    ],
)
def test_bad_keypoints(
    data_dir: Path, keypoints: tuple[Path, Path], tmp_path: Path, change: str, code: int, message: str
) -> None:
    with np.load(keypoints[0]) as archive:
        images = archive["face_images"]
    rows = list(csv.reader(keypoints[1].read_text().splitlines()))
    if change == "label":
        rows[0][0] = "eye"
    elif change == "rows":
        rows.pop()
    elif change == "letters":
        rows[1][0] = "left"
    pictures, points, out = tmp_path / "a.npz", tmp_path / "a.csv", tmp_path / "out.png"
    np.savez(pictures, face_images=images.transpose(2, 0, 1) if change == "shape" else images)
    if change == "pickled":
        np.savez(pictures, face_images=np.full((96, 96, COUNT), None))
    elif change == "no archive":
        pictures.write_text("no archive")
    elif change == "no pictures":
        pictures.unlink()
    if change != "no truth":
        points.write_text("\n".join(",".join(row) for row in rows))
    done = limen("plot", "landmarks", pictures, "--truth", points, "--out", out, "--json", data=data_dir)
    assert (done.code, done.out) == (code, "")
    assert message in done.err
    assert "Traceback" not in done.err
    assert not out.exists()


def test_true_points_need_their_pictures(data_dir: Path, shared: Path, keypoints: tuple[Path, Path]) -> None:
    done = limen("plot", "landmarks", shared / "data" / "people", "--truth", keypoints[1], data=data_dir)
    assert (done.code, done.out) == (65, "")
    assert "--truth goes with grey pictures in an .npz file" in done.err


def test_photos_without_faces(data_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "green").mkdir()
    Pillow.new("RGB", (60, 80), "green").save(tmp_path / "green" / "a.png")
    out = tmp_path / "out.png"
    none = limen("plot", "landmarks", tmp_path / "empty", "--out", out, data=data_dir)
    assert (none.code, out.exists()) == (66, False)
    assert "holds no photos" in none.err
    green = limen("plot", "landmarks", tmp_path / "green", "--out", out, data=data_dir)
    assert (green.code, out.exists()) == (65, False)
    assert "--failures draws them" in green.err
    assert limen("plot", "landmarks", tmp_path / "green", "--out", out, "--failures", data=data_dir).code == 0
    assert out.exists()


def test_the_first_layer_unless_another_is_named(data_dir: Path, shared: Path, tmp_path: Path) -> None:
    photo, out = shared / "data" / "people" / "obama2.jpg", tmp_path / "layers.png"
    first = limen("plot", "layers", photo, "--out", out, "--json", data=data_dir)
    assert (first.code, first.err) == (0, "")
    found = first.document()
    assert (found["file"], found["operator"], found["shape"]) == (str(out), "Relu", [32, 72, 72])
    high = size(out)[1]
    last = limen("plot", "layers", photo, "--layer", "embedding", "--out", out, "--json", data=data_dir)
    assert last.document()["shape"] == [128]
    assert size(out)[1] < high + 200


def test_the_list_of_layers_needs_no_photo(data_dir: Path) -> None:
    done = limen("plot", "layers", "--list", "--json", data=data_dir)
    assert (done.code, done.err) == (0, "")
    found = done.document()["layers"]
    assert found[0] == {"layer": "x0", "operator": "Conv", "shape": [32, 72, 72]}
    assert found[-1]["layer"] == "embedding"
    words = limen("plot", "layers", "--list", data=data_dir).out.splitlines()
    assert len(words) == len(found)
    assert words[0].split() == ["x0", "Conv", "32", "×", "72", "×", "72"]


@pytest.mark.parametrize(
    ("photo", "options", "code", "message"),
    [
        ("obama2.jpg", ("--layer", "conv9"), 65, "no layer 'conv9'; among its 90 layers are x0"),
        ("obama2.jpg", ("--out", "layers.txt"), 65, "must end in .png or .svg"),
        ("green.png", (), 65, "no face was found"),
        ("absent.jpg", (), 66, "cannot be read as a photo"),
        (None, (), 2, "a photo is needed"),
    ],
)
def test_bad_requests_for_layers(
    data_dir: Path, shared: Path, tmp_path: Path, photo: str | None, options: tuple[str, ...], code: int, message: str
) -> None:
    Pillow.new("RGB", (60, 80), "green").save(tmp_path / "green.png")
    folder = shared / "data" / "people" if photo == "obama2.jpg" else tmp_path
    out = () if "--out" in options else ("--out", tmp_path / "layers.png")
    done = limen("plot", "layers", *([folder / photo] if photo else []), *options, *out, "--json", data=data_dir)
    assert (done.code, done.out) == (code, "")
    assert message in done.err
    assert "Traceback" not in done.err
    assert not (tmp_path / "layers.png").exists()


def test_the_names_of_the_points_are_those_of_the_data_set(shared: Path) -> None:
    header = (shared / "data" / "keypoints" / "facial_keypoints.csv").read_text().splitlines()[0]
    assert header.split(",") == [f"{name}_{axis}" for name in KEYPOINTS for axis in "xy"]
