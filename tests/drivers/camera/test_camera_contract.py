"""What every source of frames promises, held against each driver and the fake."""

import numpy as np
import pytest
from PIL import Image

from limen.camera.clip import write_clip
from limen.camera.fake import FakeSource
from limen.camera.folder import FolderSource
from limen.camera.opencv import video_file

COLOURS = [(220, 30, 30), (30, 220, 30), (30, 30, 220)]
PICTURES = [np.full((48, 64, 3), colour, np.uint8) for colour in COLOURS]


def video(folder, suffix):
    path = folder / f"clip{suffix}"
    write_clip(path, PICTURES, fps=10)
    return video_file(path)


def gif(folder):
    first, *others = (Image.fromarray(picture) for picture in PICTURES)
    first.save(folder / "clip.gif", save_all=True, append_images=others, duration=100)
    return video_file(folder / "clip.gif")


def photos(folder):
    for index, picture in enumerate(PICTURES):
        Image.fromarray(picture).save(folder / f"{index}.png")
    return FolderSource(folder, interval_s=0.1)


MAKERS = {
    "mp4": lambda folder: video(folder, ".mp4"),
    "avi": lambda folder: video(folder, ".avi"),
    "gif": gif,
    "folder": photos,
    "fake": lambda _: FakeSource(PICTURES, 0.1),
}


@pytest.fixture(params=MAKERS)
def source(request, tmp_path):
    made = MAKERS[request.param](tmp_path)
    yield made
    made.close()


def test_delivers_each_picture_in_rgb_then_none_for_ever(source):
    for colour in COLOURS:
        image = source.read()
        assert (image.shape, image.dtype) == ((48, 64, 3), np.uint8)
        assert np.abs(image.astype(int) - colour).max() < 12
    assert source.read() is None
    assert source.read() is None


def test_does_not_write_into_a_picture_it_has_handed_out(source):
    first = source.read()
    kept = first.copy()
    source.read()
    np.testing.assert_array_equal(first, kept)


def test_waits_for_its_reader_at_its_own_speed(source):
    assert not source.realtime
    assert source.frame_interval_s == pytest.approx(0.1)


def test_delivers_nothing_once_closed(source):
    source.read()
    source.close()
    assert source.read() is None


def test_closes_twice(source):
    source.close()
    source.close()
