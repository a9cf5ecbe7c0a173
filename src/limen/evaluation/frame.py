"""The frame that pipelines are timed on."""

from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np

from limen.errors import NoInputError
from limen.types import Image, Size

FRAME_SIZE = Size(640, 480)
_GREY = 128


def sample_photo() -> Path:
    """A portrait that comes with scikit-image: NASA's photo of Eileen Collins, in the public domain.

    Raises:
        NoInputError: scikit-image is not installed.
    """
    # Found, not imported: the package would load SciPy for the sake of one file.
    spec = find_spec("skimage")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        if (photo := Path(folder) / "data" / "astronaut.png").is_file():
            return photo
    raise NoInputError("there is no photo to measure with: name one (--image), or pip install 'limen[demo]'")


def fitted(image: Image, size: Size = FRAME_SIZE) -> Image:
    """The whole of ``image`` as large as ``size`` allows, in the middle of grey."""
    height, width = image.shape[:2]
    scale = min(size.width / width, size.height / height)
    inner = (max(round(width * scale), 1), max(round(height * scale), 1))
    small = cv2.resize(image, inner, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    frame = np.full((size.height, size.width, 3), _GREY, np.uint8)
    left, top = (size.width - inner[0]) // 2, (size.height - inner[1]) // 2
    frame[top : top + inner[1], left : left + inner[0]] = small
    return frame


def drifting(frame: Image, count: int) -> list[Image]:
    """``count`` frames in which the picture moves by two pixels each: no two are the same."""
    return [np.roll(frame, 2 * index, axis=1) for index in range(count)]
