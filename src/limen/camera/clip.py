"""Write frames as a video."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import cv2

from limen.camera.quiet import quieten
from limen.errors import StoreError
from limen.types import Image, check_image

_CODECS = {".mp4": "mp4v", ".avi": "MJPG"}


def write_clip(path: Path, frames: Iterable[Image], fps: float) -> None:
    """Write ``frames``, all of one size, as an MP4 or, where ``path`` ends in ``.avi``, a Motion JPEG.

    The file appears whole or not at all. An MP4 has even sides: an odd last row or column is lost.

    Raises:
        StoreError: ``path`` ends otherwise or cannot be written, or ``frames`` is empty or changes its size.
    """
    quieten()
    suffix = path.suffix.lower()
    if suffix not in _CODECS:
        raise StoreError(f"{path} cannot be written as a video: a name that ends in .mp4 or .avi is expected")
    try:
        # OpenCV goes by the suffix, so the unfinished file must have it, too.
        handle, name = tempfile.mkstemp(suffix, f".{path.stem}-", path.absolute().parent)
    except OSError as error:
        raise StoreError(f"{path} cannot be written ({error.strerror}): check folder, rights and space") from error
    os.close(handle)
    unfinished = Path(name)
    try:
        count = _write(unfinished, iter(frames), fps)
        _check(unfinished, count)
        _move(unfinished, path)
    except StoreError as error:
        raise StoreError(f"{path} cannot be written: {error}") from error
    finally:
        unfinished.unlink(missing_ok=True)


def _write(path: Path, frames: Iterator[Image], fps: float) -> int:
    """How many frames were written."""
    first = next(frames, None)
    if first is None:
        raise StoreError("there are no frames")
    writer = _opened(path, first, fps)
    count = 0
    try:
        for count, frame in enumerate(chain([first], frames), start=1):
            check_image(frame)
            if frame.shape != first.shape:
                raise StoreError(f"frame {count} is {frame.shape}, the first was {first.shape}")
            writer.write(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
    finally:
        writer.release()
    return count


def _opened(path: Path, first: Image, fps: float) -> cv2.VideoWriter:
    height, width = first.shape[:2]
    codec = cv2.VideoWriter.fourcc(*_CODECS[path.suffix])
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, codec, fps, (width, height))
    if not writer.isOpened():
        raise StoreError(f"no video of {width} × {height} pixels with {fps:g} frames a second can be made")
    return writer


def _check(path: Path, count: int) -> None:
    """OpenCV does not tell when the disk is full: see whether what was written can be read."""
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    found = int(capture.get(cv2.CAP_PROP_FRAME_COUNT)) if capture.isOpened() else 0
    capture.release()
    if found < count:
        raise StoreError(f"{found} of {count} frames arrived on the disk: is it full?")


def _move(unfinished: Path, path: Path) -> None:
    try:
        unfinished.replace(path)
    except OSError as error:
        raise StoreError(f"{error.strerror}") from error
