"""What a frame of an enrolment shows, and the frames of one that are kept."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from limen.camera.photo import Photo, PhotoLimits, decode_photo
from limen.config import EnrolmentSettings
from limen.door.guide import Instruction, Look
from limen.door.poses import Direction
from limen.engine import Engine
from limen.faces.quality import Flaw, FlawFound, Quality
from limen.types import Box, Embedding, Face, Image, Size

FRAME_LIMITS = PhotoLimits(max_bytes=600_000, max_pixels=2_100_000)
"""How large a frame of a browser's camera may be."""
_SMALLEST = 0.15
"""A face that is smaller, in parts of the picture's shorter side, is somebody in the background."""


class LookKind(StrEnum):
    """How the person looks in a round of pictures."""

    FIRST = "first"
    FRESH = "fresh"
    """The person is known; the templates have aged."""
    GLASSES = "glasses"
    NO_GLASSES = "no_glasses"
    LIGHT = "light"
    """In another light than before."""


@dataclass(frozen=True, slots=True)
class CapturedFrame:
    """A frame that becomes a template: its file as the browser sent it, and what was measured of the face in it."""

    id: str
    direction: Direction
    kind: LookKind
    jpeg: bytes = field(repr=False)
    sha256: str
    size: Size
    box: Box
    quality: Quality
    embedding: Embedding = field(repr=False)

    @property
    def file_name(self) -> str:
        """What the photo is called where it is listed."""
        before = "" if self.kind is LookKind.FIRST else f"{self.kind.replace('_', '-')}-"
        return f"{before}{self.direction}-{self.id[:8]}.jpg"


@dataclass(frozen=True, slots=True)
class SeenFrame:
    """A decoded frame, and the face in it that a look is about."""

    photo: Photo
    look: Look
    face: Face | None


def decode_frame(jpeg: bytes) -> Photo:
    """The frame that a browser sent.

    Raises:
        ImageError: it is no picture, or is too large.
    """
    return decode_photo(jpeg, "the frame", FRAME_LIMITS)


def look_at(photo: Photo, engine: Engine, settings: EnrolmentSettings) -> SeenFrame:
    """What ``photo`` shows; small faces in the background do not count."""
    size = Size(photo.width, photo.height)
    smallest = max(settings.min_face_px, _SMALLEST * min(size.width, size.height))
    faces = engine.detector.detect(photo.image, smallest)
    if not faces:
        return SeenFrame(photo, Look(size, 0), None)
    largest = max(faces, key=lambda face: face.box.area)
    count = sum(face is largest or face.box.width > largest.box.width / 2 for face in faces)
    look = Look(size, count, largest.box, engine.quality(photo.image, largest))
    return SeenFrame(photo, look, largest)


_TOLD = {
    Flaw.TOO_SMALL: Instruction.CLOSER,
    Flaw.CUT_OFF: Instruction.CENTRE,
    Flaw.TOO_DARK: Instruction.TOO_DARK,
    Flaw.TOO_BRIGHT: Instruction.TOO_BRIGHT,
    Flaw.BLURRED: Instruction.STILL,
    Flaw.TURNED_AWAY: Instruction.STRAIGHT,
}


def told_of(look: Look, found: Sequence[FlawFound]) -> Instruction | None:
    """What to ask of somebody whose face cannot be used as it is; ``None`` where it can."""
    if look.faces > 1:
        return Instruction.ONE_FACE
    if look.quality is None:
        return Instruction.LOOK_HERE
    return _TOLD[found[0].flaw] if found else None


def cut_out(image: Image, box: Box, around: float = 0.35) -> Image:
    """The part of ``image`` around a face: by so much of the box's sides more, within the image."""
    x, y = around * box.width, around * box.height
    left, top = max(int(box.x1 - x), 0), max(int(box.y1 - y), 0)
    return image[top : max(int(box.y2 + y), top + 1), left : max(int(box.x2 + x), left + 1)]
