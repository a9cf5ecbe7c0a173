"""USB cameras, network streams and video files through OpenCV."""

import re
import threading
from pathlib import Path

import cv2
import numpy as np

from limen.camera.photo import DEFAULT_LIMITS, still_size
from limen.camera.quiet import quieten
from limen.errors import CameraError, ImageError, NoInputError
from limen.types import Image, Size

_DEFAULT_FPS = 25.0
_SANE_FPS = (0.5, 240.0)
_FORMATS = "MP4, AVI, MKV, WebM or GIF"


class OpenCvSource:
    """An opened ``cv2.VideoCapture``; made by ``usb_camera``, ``stream`` and ``video_file``.

    ``interval_s`` is ``None`` for a camera, whose pictures come by themselves. ``close`` waits for a ``read``
    that is under way, because OpenCV crashes otherwise; the timeout of a stream bounds that wait.
    """

    def __init__(self, capture: cv2.VideoCapture, name: str, interval_s: float | None) -> None:
        self._capture, self._name, self._interval_s = capture, name, interval_s
        self._busy = threading.Lock()
        self._closed = False
        self._first = self._grab()
        if self._first is None:
            capture.release()
            raise CameraError(f"{name} was opened but delivers no picture")
        if self.realtime:
            self._first = None  # it would be old by the time somebody reads it

    @property
    def realtime(self) -> bool:
        """Whether this is a camera."""
        return self._interval_s is None

    @property
    def frame_interval_s(self) -> float | None:
        """Seconds between two pictures of a video; ``None`` for a camera."""
        return self._interval_s

    def read(self) -> Image | None:
        """The next picture; ``None`` after the last of a video, whole or cut off, and after ``close``.

        Raises:
            CameraError: the camera no longer delivers.
        """
        with self._busy:
            if self._closed:
                return None
            first, self._first = self._first, None
            image = self._grab() if first is None else first
        if image is None and self.realtime:
            raise CameraError(f"{self._name} no longer delivers pictures: check its cable, power and network")
        return image

    def close(self) -> None:
        """Let the device go."""
        with self._busy:
            self._closed = True
            self._capture.release()

    def _grab(self) -> Image | None:
        read, picture = self._capture.read()
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8) if read else None


def usb_camera(index: int) -> OpenCvSource:
    """The USB camera of this number, counted from 0.

    Raises:
        CameraError: there is none, or it is in use.
    """
    quieten()
    capture = cv2.VideoCapture(index)
    if not capture.isOpened():
        raise CameraError(
            f"camera {index} cannot be opened: see that it is plugged in, that no other program uses it, "
            "and that this user may read it"
        )
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # a door looks at what is, not at what was
    return OpenCvSource(capture, f"camera {index}", interval_s=None)


def stream(address: str, timeout_s: float = 5.0) -> OpenCvSource:
    """The camera at an RTSP or HTTP address; ``timeout_s`` bounds opening and each read.

    Raises:
        CameraError: nothing answers there in time, or what answers is no video.
    """
    quieten()
    timeout_ms = int(timeout_s * 1000)
    timeouts = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, timeout_ms, cv2.CAP_PROP_READ_TIMEOUT_MSEC, timeout_ms]
    capture = cv2.VideoCapture(address, cv2.CAP_FFMPEG, timeouts)
    if not capture.isOpened():
        raise CameraError(
            f"{masked(address)} does not answer with a video within {timeout_s:g} s: check the address, the "
            "user name and password in it, and that the camera is on the network"
        )
    return OpenCvSource(capture, masked(address), interval_s=None)


def video_file(path: Path) -> OpenCvSource:
    """The pictures of a video or an animated GIF.

    Raises:
        NoInputError: there is no such file, or it cannot be read.
        ImageError: it is not a video, is broken before its first picture, or its pictures are too large.
    """
    quieten()
    _check_file(path)
    _check_size(path, still_size(path))
    # An absolute path cannot be mistaken for an address.
    capture = cv2.VideoCapture(str(path.absolute()), cv2.CAP_FFMPEG)
    width, height = (int(capture.get(side)) for side in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
    _check_size(path, Size(width, height))
    fps = capture.get(cv2.CAP_PROP_FPS)
    interval_s = 1 / (fps if _SANE_FPS[0] <= fps <= _SANE_FPS[1] else _DEFAULT_FPS)
    try:
        return OpenCvSource(capture, str(path), interval_s)
    except CameraError as error:
        raise ImageError(f"{path} is not a video that can be read, or is broken: {_FORMATS} is expected") from error


def masked(address: str) -> str:
    """An address fit to be shown: without its password, and without its query, which often holds another."""
    without_password = re.sub(r"(://[^:/@]*):.*@", r"\1:***@", address)
    return re.sub(r"\?.*", "?***", without_password)


def _check_file(path: Path) -> None:
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except OSError as error:
        raise NoInputError(
            f"{path} cannot be read as a video ({error.strerror}): give a file, a folder of photos, the "
            "number of a USB camera or the address of a stream"
        ) from error
    if empty:
        raise ImageError(f"{path} is empty: {_FORMATS} is expected")


def _check_size(path: Path, size: Size | None) -> None:
    if size is not None and size.width * size.height > DEFAULT_LIMITS.max_pixels:
        raise ImageError(
            f"{path} has pictures of {size.width} × {size.height} pixels, more than the "
            f"{DEFAULT_LIMITS.max_pixels:,} allowed: scale it down"
        )
