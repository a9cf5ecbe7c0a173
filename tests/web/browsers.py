"""Chromium with a camera that shows somebody."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Playwright

from limen.camera.photo import load_photo
from limen.types import Box, Image

FRAMES, WIDTH, HEIGHT = 24, 640, 480
FACE_PX = 190
OBAMA, BIDEN = Box(375, 86, 614, 422), Box(429, 165, 715, 559)
"""Where the faces are in obama.jpg and biden.jpg."""


def chromium() -> str:
    """Where the browser is."""
    program = shutil.which("chromium")
    if program is None:
        reason = "no browser: install chromium"
        pytest.fail(reason) if os.environ.get("LIMEN_REQUIRE_ALL") == "1" else pytest.skip(reason)
    return program


@contextmanager
def with_camera(playwright: Playwright, film: Path) -> Iterator[Browser]:
    """A browser, without a window, whose camera plays ``film`` again and again."""
    browser = playwright.chromium.launch(
        executable_path=chromium(),
        args=[
            "--no-sandbox",
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={film}",
        ],
    )
    try:
        yield browser
    finally:
        browser.close()


def film_of(photo: Path, face: Box, film: Path) -> Path:
    """A film (.mjpeg) of somebody who sits before the camera: a real photo, a little shaken, with a camera's noise.

    ``face`` is where it is in the photo; in the film it is in the middle, and large enough.
    """
    image, random = load_photo(photo).image, np.random.default_rng(1)
    with film.open("wb") as file:
        for index in range(FRAMES):
            shift = 5 * np.sin(2 * np.pi * np.array([index / FRAMES, 2 * index / FRAMES]))
            frame = _framed(image, face, *shift) + random.normal(0, 2, (HEIGHT, WIDTH, 3))
            colours = np.clip(frame, 0, 255).astype(np.uint8)[:, :, ::-1]
            file.write(cv2.imencode(".jpg", colours, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes())
    return film


def _framed(image: Image, face: Box, right: float, down: float) -> Image:
    """The photo with the face in the middle, moved by so many pixels; its edges are drawn out."""
    scale = FACE_PX / face.width
    x, y = face.centre
    moved = np.array([[scale, 0, WIDTH / 2 - scale * x + right], [0, scale, HEIGHT / 2 - scale * y + down]])
    framed: Image = cv2.warpAffine(image, moved, (WIDTH, HEIGHT), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    return framed
