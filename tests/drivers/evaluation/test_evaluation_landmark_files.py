"""Files in the layout of Kaggle's facial keypoints, right and wrong."""

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from limen.engine import Engine
from limen.errors import BadDataError, NoInputError
from limen.evaluation.landmarks import (
    KEYPOINTS,
    mark_photos,
    mark_pictures,
    read_face_images,
    read_keypoints,
    summarise,
)
from limen.evaluation.photos import PhotoWork

HEADER = [f"{name}_{axis}" for name in KEYPOINTS for axis in "xy"]


def saved(path: Path, images: object, key: str = "face_images") -> Path:
    np.savez(path, **{key: images})  # type: ignore[arg-type] # some are no arrays on purpose
    return path


def table(path: Path, rows: list[list[object]], header: list[str] | None = None) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([HEADER if header is None else header, *rows])
    return path


def noise(count: int = 3) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (96, 96, count), np.uint8)


@pytest.mark.parametrize("divide", [None, 1.0, 255.0])
def test_pictures_come_whole_whatever_numbers_they_were_written_in(tmp_path: Path, divide: float | None) -> None:
    written = noise() if divide is None else noise() / divide
    images = read_face_images(saved(tmp_path / "a.npz", written))
    assert images.dtype == np.uint8
    np.testing.assert_array_equal(images, noise().transpose(2, 0, 1))


@pytest.mark.parametrize(
    ("images", "key", "message"),
    [
        (noise(), "faces", "holds no array 'face_images'"),
        (noise()[0], "face_images", r"shape \(96, 3\), \(96, 96, n\) is expected"),
        (noise().transpose(2, 0, 1), "face_images", r"shape \(3, 96, 96\)"),
        (noise(0), "face_images", r"shape \(96, 96, 0\)"),
        (noise() - 0.5, "face_images", "values from -0.5"),
        (noise() * 2.0, "face_images", "0 to 255 or 0 to 1 are expected"),
        (np.full((96, 96, 2), np.nan), "face_images", "values from nan"),
        (np.full((96, 96, 2), "x"), "face_images", "holds <U1"),
        (np.full((96, 96, 2), None), "face_images", "broken, or no .npz"),
    ],
)
def test_pictures_that_are_none(tmp_path: Path, images: object, key: str, message: str) -> None:
    with pytest.raises(BadDataError, match=message):
        read_face_images(saved(tmp_path / "a.npz", images, key))


def test_files_that_are_no_archive(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    for content in (b"", b"no archive", saved(tmp_path / "b.npz", noise()).read_bytes()[:2000]):
        path.write_bytes(content)
        with pytest.raises(BadDataError, match=r"a\.npz"):
            read_face_images(path)
    with path.open("wb") as file:
        np.save(file, noise())
    with pytest.raises(BadDataError, match="holds no array"):
        read_face_images(path)
    for absent in (tmp_path / "absent.npz", tmp_path):
        with pytest.raises(NoInputError, match="cannot be read"):
            read_face_images(absent)


def test_a_damaged_archive_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez_compressed(path, face_images=noise())
    data = bytearray(path.read_bytes())
    data[1000:1040] = bytes(40)
    path.write_bytes(data)
    with pytest.raises(BadDataError, match="broken"):
        read_face_images(path)


def test_points_by_name_whatever_the_order_of_the_columns(tmp_path: Path) -> None:
    rows = [list(range(30)), [n + 0.5 for n in range(30)]]
    expected = np.array(rows).reshape(2, 15, 2)
    np.testing.assert_array_equal(read_keypoints(table(tmp_path / "a.csv", rows), 2), expected)
    backwards = table(tmp_path / "b.csv", [row[::-1] for row in rows], HEADER[::-1])
    np.testing.assert_array_equal(read_keypoints(backwards, 2), expected)


def test_a_blank_makes_its_whole_point_unknown(tmp_path: Path) -> None:
    row: list[object] = list(range(30))
    row[20], row[5] = "", " "
    points = read_keypoints(table(tmp_path / "a.csv", [row]), 1)[0]
    unknown = np.isnan(points).all(axis=1)
    assert [KEYPOINTS[place] for place in np.flatnonzero(unknown)] == ["left_eye_inner_corner", "nose_tip"]
    assert not np.isnan(points[~unknown]).any()


@pytest.mark.parametrize(
    ("header", "row", "message"),
    [
        (["eye", *HEADER[1:]], range(30), "1 of them missing, the first is left_eye_center_x; 1 unknown, .*'eye'"),
        (HEADER[:-1], range(29), "missing, the first is mouth_center_bottom_lip_y"),
        ([*HEADER, "Image"], range(31), "1 unknown, the first is 'Image'"),
        ([*HEADER, HEADER[0]], range(31), "some of them twice"),
        ([], [], "30 of them missing"),
        (HEADER, range(29), "row 2 has 29 cells, 30 are expected"),
        (HEADER, ["left", *range(29)], "row 2: could not convert string to float: 'left'"),
        (HEADER, ["inf", *range(29)], "row 2 holds an infinite number"),
    ],
)
def test_tables_that_are_none(tmp_path: Path, header: list[str], row: list[object], message: str) -> None:
    with pytest.raises(BadDataError, match=message):
        read_keypoints(table(tmp_path / "a.csv", [list(row)], header), 1)


def test_a_row_for_each_picture(tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", [list(range(30))] * 4)
    assert read_keypoints(path, 4).shape == (4, 15, 2)
    with pytest.raises(BadDataError, match="has 4 rows below its header, there are 5 pictures"):
        read_keypoints(path, 5)


def test_files_that_are_no_table(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for content, message in ((b"", "30 of them missing"), (b"\xff\xfe\x00", "no table"), (b'"open', "no table")):
        path.write_bytes(content)
        with pytest.raises(BadDataError, match=message):
            read_keypoints(path, 1)
    with pytest.raises(NoInputError, match="cannot be read"):
        read_keypoints(tmp_path / "absent.csv", 1)


def test_real_landmarks_are_near_the_true_points(shared: Path, engine: Engine) -> None:
    folder = shared / "data" / "keypoints"
    pictures = read_face_images(folder / "face_images.npz")
    true = read_keypoints(folder / "facial_keypoints.csv", len(pictures))
    report = summarise(mark_pictures(pictures[:30], true[:30], PhotoWork([engine], 40)))
    assert report.failures_to_acquire.count == 0
    assert report.measured > 20
    assert report.nme is not None
    assert report.nme[0] < 0.07
    assert all(median < 0.1 for _, median in report.points)


def test_each_face_of_a_photo_is_cut_out_with_its_points(shared: Path, engine: Engine, tmp_path: Path) -> None:
    Pillow.new("RGB", (60, 80), "green").save(tmp_path / "green.png")
    photo = shared / "data" / "people" / "two_people.jpg"
    first, second, none = mark_photos([photo, tmp_path / "green.png"], PhotoWork([engine], 60))
    assert [first.name, second.name, none.name] == ["two_people.jpg", "two_people.jpg", "green.png"]
    whole = np.asarray(Pillow.open(photo).convert("RGB"))
    found = engine.find_faces(whole, 60)
    for one, face in zip((first, second), found, strict=True):
        assert one.predicted is not None
        height, width = one.image.shape[:2]
        assert ((one.predicted > 0) & (one.predicted < (width, height))).all()
        # The same pixel, in the whole photo and in the part.
        nose, there = np.rint(one.predicted[2]).astype(int), np.rint(face.landmarks[2]).astype(int)
        np.testing.assert_array_equal(one.image[nose[1], nose[0]], whole[there[1], there[0]])
    assert none.predicted is None
    assert none.image.shape == (80, 60, 3)
