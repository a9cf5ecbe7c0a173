"""What people give the program that is not what it needs: a clear message, the right exit code, nothing half-done."""

import re
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from limen.camera.photo import load_photo
from limen.types import Image
from limen_program import Ran, environment, limen, limen_bound


@pytest.fixture(scope="module")
def face(shared: Path) -> Image:
    """A real face, 400 × 400."""
    return load_photo(shared / "data" / "people" / "obama.jpg").image[50:450, 300:700]


def saved(face: np.ndarray, path: Path, exif: Pillow.Exif | None = None) -> Path:
    Pillow.fromarray(face).save(path, exif=exif or Pillow.Exif())
    return path


def refused(done: Ran, code: int, message: str) -> None:
    """The run failed as it should: its code, its message, nothing on standard output, no traceback."""
    assert done.code == code, done.err
    assert message in done.err
    assert "Traceback" not in done.err
    assert done.out == ""


def nobody_enrolled(done: Ran, message: str) -> None:
    """As ``refused``, of an enrolment: it answers that all photos were refused."""
    assert done.code == 65, done.err
    document = done.document()
    assert document["enrolled"] == []
    assert message in document["refused"][0]["reason"]
    assert message in done.err
    assert "Traceback" not in done.err


def png_bomb(path: Path) -> Path:
    """A small file that unfolds to 20,000 × 20,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    row = bytes(1 + 20_000 // 8)
    pixels = b"".join(packer.compress(row * 100) for _ in range(200)) + packer.flush()
    header = struct.pack(">IIBBBBB", 20_000, 20_000, 1, 0, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b""))
    assert path.stat().st_size < 60_000
    return path


BROKEN = {
    "text.jpg": "is not a photo",
    "empty.jpg": "is empty",
    "truncated.jpg": "is broken or cut off",
    "bomb.png": "more than the",
    "one-pixel.png": "no face was found",
}


@pytest.fixture(scope="module")
def broken(face: Image, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("broken")
    (folder / "text.jpg").write_text("This is no photo.\n" * 100)
    (folder / "empty.jpg").touch()
    whole = saved(face, folder / "whole.jpg").read_bytes()
    (folder / "whole.jpg").unlink()
    (folder / "truncated.jpg").write_bytes(whole[: len(whole) // 2])
    png_bomb(folder / "bomb.png")
    saved(face[:1, :1], folder / "one-pixel.png")
    return folder


@pytest.mark.parametrize("name", BROKEN)
def test_a_photo_that_cannot_be_used(data_dir: Path, broken: Path, name: str) -> None:
    refused(limen("compare", broken / name, broken / name, "--json", data=data_dir), 65, BROKEN[name])


def test_a_folder_in_which_no_photo_can_be_used(data_dir: Path, broken: Path) -> None:
    done = limen("enrol", broken, "--json", data=data_dir)
    nobody_enrolled(done, "")
    reasons = {Path(one["file"]).name: one["reason"] for one in done.document()["refused"]}
    assert set(reasons) == set(BROKEN)
    for name, message in BROKEN.items():
        assert message in reasons[name]
        assert name in done.err


def test_the_good_one_among_them_is_enrolled(data_dir: Path, broken: Path, face: Image, tmp_path: Path) -> None:
    good = saved(face, tmp_path / "Barack_Obama.png")
    done = limen("enrol", broken, good, "--json", data=data_dir)
    assert done.code == 0
    document = done.document()
    assert [person["person"] for person in document["enrolled"]] == ["Barack Obama"]
    assert len(document["refused"]) == len(BROKEN)


MEASURED = """
import atexit, sys
from pathlib import Path
from limen.cli import main

def tell_peak():
    sys.stderr.write(Path("/proc/self/status").read_text())

atexit.register(tell_peak)
main()
"""
"""What ``wait4`` tells of a process counts the memory of the one that started it; the kernel's own file does not."""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from Linux's /proc")
def test_a_decompression_bomb_costs_neither_time_nor_memory(data_dir: Path, broken: Path) -> None:
    command = [sys.executable, "-c", MEASURED, "enrol", str(broken / "bomb.png")]
    started = time.monotonic()
    done = subprocess.run(command, env=environment(data_dir, {}), capture_output=True, text=True, check=False)
    assert time.monotonic() - started < 20
    assert done.returncode == 65
    assert "50,000,000 pixels allowed" in done.stderr
    peak = re.search(r"VmHWM:\s+(\d+) kB", done.stderr)
    assert peak is not None
    assert 30_000 < int(peak[1]) < 500_000


def gif(face: Image, path: Path) -> Path:
    first, second = (Pillow.fromarray(picture) for picture in (face, face[:, ::-1]))
    first.save(path, save_all=True, append_images=[second], duration=100)
    return path


def sixteen_bits(face: Image, path: Path, *, grey: bool) -> Path:
    pixels = cv2.cvtColor(face, cv2.COLOR_RGB2GRAY if grey else cv2.COLOR_RGB2BGR).astype(np.uint16) * 257
    assert cv2.imwrite(str(path), pixels)
    return path


def with_alpha(face: Image, path: Path) -> Path:
    alpha = np.full((*face.shape[:2], 1), 255, np.uint8)
    alpha[:40] = 0
    return saved(np.concatenate([face, alpha], axis=2), path)


def lying(face: Image, path: Path) -> Path:
    """A photo from a camera that was held sideways, and says so."""
    exif = Pillow.Exif()
    exif[0x0112] = 6
    return saved(np.ascontiguousarray(np.rot90(face)), path, exif)


UNUSUAL = {
    "animated.gif": gif,
    "sixteen-grey.png": lambda face, path: sixteen_bits(face, path, grey=True),
    "sixteen-colour.png": lambda face, path: sixteen_bits(face, path, grey=False),
    "grey.png": lambda face, path: saved(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY), path),
    "alpha.png": with_alpha,
    "lying.jpg": lying,
    "face.webp": saved,
    "face.bmp": saved,
    "face.tiff": saved,
}


def test_unusual_photos_of_a_face_are_enrolled_and_are_the_same_face(
    data_dir: Path, face: Image, shared: Path, tmp_path: Path
) -> None:
    photos = [make(face, tmp_path / name) for name, make in UNUSUAL.items()]
    done = limen("enrol", *photos, "--name", "Barack Obama", "--json", data=data_dir)
    assert done.code == 0, done.err
    document = done.document()
    assert document["refused"] == document["warnings"] == []
    assert document["enrolled"][0]["templates"] == len(UNUSUAL)
    other = shared / "data" / "people" / "obama2.jpg"
    assert limen("verify", other, "--person", "Barack Obama", data=data_dir).code == 0


@pytest.mark.parametrize("name", ["animated.gif", "sixteen-grey.png", "alpha.png", "lying.jpg"])
def test_an_unusual_photo_alone_shows_the_same_person(
    data_dir: Path, face: Image, shared: Path, tmp_path: Path, name: str
) -> None:
    photo = UNUSUAL[name](face, tmp_path / name)
    done = limen("compare", photo, shared / "data" / "people" / "obama3.jpg", "--json", data=data_dir)
    assert (done.code, done.document()["same"]) == (0, True)


def test_a_photo_held_sideways_that_does_not_say_so_is_no_face_upright(
    data_dir: Path, face: Image, tmp_path: Path
) -> None:
    """What makes the test above able to fail: without the orientation the photo is not of use."""
    upright = saved(face, tmp_path / "upright.png")
    sideways = saved(np.ascontiguousarray(np.rot90(face)), tmp_path / "sideways.png")
    assert limen("compare", upright, sideways, data=data_dir).code != 0


@pytest.mark.parametrize("command", [("enrol",), ("verify", "--person", "anna"), ("identify",)])
def test_a_photo_that_is_not_there(data_dir: Path, tmp_path: Path, command: tuple[str, ...]) -> None:
    done = limen(*command, tmp_path / "absent.jpg", "--json", data=data_dir)
    refused(done, 66, "absent.jpg")


def test_a_folder_without_photos(data_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").write_text("nothing here")
    refused(limen("enrol", tmp_path / "empty", "--json", data=data_dir), 66, "holds no photos")


def test_a_name_too_long_for_any_file(data_dir: Path) -> None:
    refused(limen("enrol", "x" * 300 + ".jpg", "--json", data=data_dir), 66, "x" * 300)


@pytest.mark.parametrize("mode", [0o000, 0o444])
def test_a_folder_that_may_not_be_read(data_dir: Path, face: Image, tmp_path: Path, mode: int) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    photo = saved(face, closed / "anna.png")
    closed.chmod(mode)
    try:
        refused(limen_bound("enrol", closed, "--json", data=data_dir), 66, "closed")
        refused(limen_bound("enrol", photo, "--json", data=data_dir), 66, "anna.png")
        refused(limen_bound("compare", photo, photo, "--json", data=data_dir), 66, "anna.png")
    finally:
        closed.chmod(0o700)


def test_a_photo_that_may_not_be_read(data_dir: Path, face: Image, tmp_path: Path) -> None:
    photo = saved(face, tmp_path / "anna.png")
    photo.chmod(0o000)
    refused(limen_bound("compare", photo, photo, "--json", data=data_dir), 66, "Permission denied")
    nobody_enrolled(limen_bound("enrol", photo, "--json", data=data_dir), "Permission denied")
    assert limen("people", "list", "--json", data=data_dir).document() == {"people": []}


def test_several_faces_are_refused(data_dir: Path, shared: Path) -> None:
    photo = shared / "data" / "people" / "two_people.jpg"
    nobody_enrolled(limen("enrol", photo, "--json", data=data_dir), "2 faces were found")


def test_a_name_that_cannot_be_one(data_dir: Path, face: Image, tmp_path: Path) -> None:
    photo = saved(face, tmp_path / "anna.png")
    refused(limen("enrol", photo, "--name", "An\tna", "--json", data=data_dir), 65, "control characters")
    refused(limen("enrol", photo, "--name", " ", "--json", data=data_dir), 65, "1 to 200 characters")
