"""The face in a picture that was kept of a visit."""

from dataclasses import dataclass, field

from limen.camera.photo import PhotoLimits, decode_photo
from limen.config import QualityBounds
from limen.engine import Engine, main_face
from limen.faces.quality import FlawFound, Quality, flaws
from limen.types import Embedding, Size

_LIMITS = PhotoLimits(max_bytes=2_000_000, max_pixels=1_000_000)
_SMALLEST_PX = 20.0
_LEAST_SHARE = 0.4
"""A kept picture is a face with a quarter of its size around it: what is much smaller in it is another face."""


@dataclass(frozen=True, slots=True)
class CropFace:
    """A face in a kept picture of ``size`` pixels; ``flaws`` are what it misses of the bounds it was held against."""

    embedding: Embedding = field(repr=False)
    quality: Quality
    flaws: tuple[FlawFound, ...]
    size: Size
    sha256: str


def face_in_crop(engine: Engine, jpeg: bytes, name: str, bounds: QualityBounds) -> CropFace | None:
    """The face in the middle of a kept picture; ``None`` where none is found in it.

    Raises:
        ImageError: it is no picture.
    """
    photo = decode_photo(jpeg, name, _LIMITS)
    least_px = max(_SMALLEST_PX, _LEAST_SHARE * min(photo.width, photo.height))
    faces = engine.find_faces(photo.image, least_px)
    if not faces:
        return None
    face = main_face(photo.image, faces)
    (embedding,) = engine.embed(photo.image, [face])
    quality = engine.quality(photo.image, face)
    return CropFace(embedding, quality, tuple(flaws(quality, bounds)), Size(photo.width, photo.height), photo.sha256)
