"""From what a person types to a source of frames."""

import os.path
from pathlib import Path

from limen.camera.base import FrameSource
from limen.camera.browser import BROWSER, not_a_source
from limen.camera.folder import FolderSource
from limen.camera.opencv import stream, usb_camera, video_file
from limen.errors import NoInputError

_STREAMS = ("rtsp://", "rtsps://", "http://", "https://")


def names_a_path(text: str) -> bool:
    """Whether ``text`` is a file or folder of this machine, rather than a camera or none."""
    return bool(text) and text != BROWSER and not _is_number(text) and not text.lower().startswith(_STREAMS)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def open_source(text: str) -> FrameSource:
    """The source that ``text`` names: digits, an address, a folder or a file.

    These are a USB camera, a stream, the folder's photos and a video.

    Raises:
        CameraError: the camera or stream does not answer.
        ConfigError: it is the camera of a display.
        NoInputError: there is no such file or folder, it cannot be read, or the folder holds no photos.
        ImageError: the file is not a video.
    """
    if text == BROWSER:
        raise not_a_source()
    if _is_number(text):
        return usb_camera(int(text))
    if text.lower().startswith(_STREAMS):
        return stream(text)
    if not text:
        raise NoInputError(
            "no camera was named: give the number of a USB camera, the address of a stream (rtsp://…, "
            "https://…), a video or a folder of photos"
        )
    path = Path(text)
    return FolderSource(path) if os.path.isdir(path) else video_file(path)
