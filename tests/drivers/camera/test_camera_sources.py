import numpy as np
import pytest
from PIL import Image

from limen.camera.capture import Capture
from limen.camera.clip import write_clip
from limen.camera.folder import FolderSource
from limen.camera.opencv import OpenCvSource
from limen.camera.sources import open_source
from limen.errors import CameraError, ImageError, NoInputError

PICTURE = np.full((48, 64, 3), 99, np.uint8)


def test_digits_are_a_usb_camera():
    with pytest.raises(CameraError, match="camera 99"):
        open_source("99")


@pytest.mark.parametrize("scheme", ["rtsp", "RTSP", "http", "https"])
def test_addresses_are_streams(scheme):
    with pytest.raises(CameraError, match=r"://admin:\*\*\*@127.0.0.1"):
        open_source(f"{scheme}://admin:secret@127.0.0.1:9/live")


def test_a_folder_is_its_photos(tmp_path):
    Image.fromarray(PICTURE).save(tmp_path / "1.png")
    source = open_source(str(tmp_path))
    assert isinstance(source, FolderSource)
    assert source.frame_interval_s == 0.2


def test_a_file_is_a_video(tmp_path):
    write_clip(tmp_path / "1.avi", [PICTURE], 25)
    source = open_source(str(tmp_path / "1.avi"))
    assert isinstance(source, OpenCvSource)
    source.close()


@pytest.mark.parametrize("text", ["", "nowhere.mp4", "/nowhere/at/all", "²", "-1", "ftp://camera/x"])
def test_nothing_there(text):
    with pytest.raises(NoInputError, match="USB camera"):
        open_source(text)


def test_an_empty_folder(tmp_path):
    with pytest.raises(NoInputError, match="holds no photos"):
        open_source(str(tmp_path))


def test_not_a_video(tmp_path):
    (tmp_path / "notes.txt").write_text("no video")
    with pytest.raises(ImageError, match=r"notes\.txt is not a video"):
        open_source(str(tmp_path / "notes.txt"))


def test_a_broken_photo_in_a_folder_is_named(tmp_path):
    Image.fromarray(PICTURE).save(tmp_path / "1.png")
    (tmp_path / "2.png").write_bytes(b"broken")
    with Capture(open_source(str(tmp_path)), fast=True) as capture:
        assert capture.next_frame(0).index == 0
        with pytest.raises(CameraError, match=r"2\.png is not a photo"):
            capture.next_frame(0)
