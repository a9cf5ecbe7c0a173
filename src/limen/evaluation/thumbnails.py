"""Small pictures of faces: what plots show of photos."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image as Pillow

from limen.camera.photo import load_photo
from limen.config import QualityBounds
from limen.engine import Engine, main_face
from limen.evaluation.photos import PhotoWork, clear_faces, naming, on_engines
from limen.types import Face, Image

SIDE_PX = 112
"""A thousand thumbnails are 38 MB."""


def thumbnails(photos: Sequence[Path], work: PhotoWork, step: Callable[[], None]) -> dict[Path, Image]:
    """The main face of each photo, turned upright as the embedder sees it: uint8, at most ``SIDE_PX`` high and wide.

    For photos that were embedded, and so show a face. ``step`` is called after each photo.

    Raises:
        NoInputError: a photo cannot be read.
        ImageError: a photo is broken.
        ModelError: no face is found any more.
    """

    def cut(engine: Engine, path: Path) -> Image:
        photo = load_photo(path).image
        with naming(path):
            return _cut(photo, main_face(photo, engine.find_faces(photo, work.min_face_px)), engine)

    return on_engines(photos, work, cut, step)


def clear_thumbnails(
    photos: Sequence[Path], work: PhotoWork, bounds: QualityBounds, step: Callable[[], None]
) -> dict[Path, tuple[Image, ...]]:
    """The ``clear_faces`` of each photo, in the order in which ``embed_all_faces`` embeds them; else as above."""

    def cut(engine: Engine, path: Path) -> tuple[Image, ...]:
        photo = load_photo(path).image
        with naming(path):
            faces = clear_faces(engine, photo, engine.find_faces(photo, work.min_face_px), bounds)
            return tuple(_cut(photo, face, engine) for face in faces)

    return on_engines(photos, work, cut, step)


def _cut(photo: Image, face: Face, engine: Engine) -> Image:
    crop = Pillow.fromarray(engine.crop(photo, face))
    crop.thumbnail((SIDE_PX, SIDE_PX), Pillow.Resampling.LANCZOS)
    return np.asarray(crop)
