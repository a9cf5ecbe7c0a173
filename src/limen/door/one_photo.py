"""One photo of somebody who is there already: looked at, compared, and kept as a template."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Literal

from limen.camera.photo import Photo, PhotoLimits, decode_photo
from limen.config import EnrolmentSettings, QualityBounds
from limen.door.crop import face_jpeg
from limen.door.enrolment import face_to_enrol
from limen.engine import Engine, main_face
from limen.faces.quality import Quality, flaws
from limen.matching.base import Outcome
from limen.matching.exact import ExactGallery
from limen.matching.match import MatchPolicy, identify
from limen.store import NewTemplate, PhotoSource, Store, TakenFrom
from limen.types import Embedding, PersonId, Size, Template

Grade = Literal["good", "fair", "poor", "unknown"]
LIMITS = PhotoLimits(max_bytes=12_000_000, max_pixels=40_000_000)
_SAME_PERSON_FMR = 1e-2
_PORTRAIT_FACE_PX = 40
_AMPLE = 1.5
"""A face so much better than what is asked for is a good one."""


@dataclass(frozen=True, slots=True)
class Looked:
    """A photo with one face good enough to enrol; ``notes`` are what to be warned of."""

    photo: Photo = field(repr=False)
    embedding: Embedding = field(repr=False)
    quality: Mapping[str, float]
    notes: tuple[str, ...]

    def noted(self, note: str) -> "Looked":
        """The same, with one thing more to be warned of."""
        return replace(self, notes=(*self.notes, note))


@dataclass(frozen=True, slots=True)
class Likeness:
    """Whom else a face is enrolled as, and whether it is unlike the person's own photos."""

    other: PersonId | None
    unlike_own: bool


def look_at(engine: Engine, data: bytes, name: str, settings: EnrolmentSettings) -> Looked:
    """What a photo's file shows; ``name`` stands in messages.

    Raises:
        ImageError: it is no photo, is broken, or is larger than ``LIMITS``.
        PhotoRefusedError: there is no face, there are several, or the face is not good enough.
    """
    photo = decode_photo(data, name, LIMITS)
    face, notes = face_to_enrol(engine, photo, settings)
    (embedding,) = engine.embed(photo.image, [face])
    measured = asdict(engine.quality(photo.image, face))
    return Looked(photo, embedding, {key: round(value, 3) for key, value in measured.items()}, tuple(notes))


def likeness(looked: Looked, person: PersonId, store: Store, engine: Engine, policy: MatchPolicy) -> Likeness:
    """How the face compares with everybody's; those who are disabled are not compared with."""
    own = store.templates.of(person, engine.model)
    others = [one for one in store.templates.load(engine.model) if one.person != person]
    gallery = ExactGallery(others, engine.model, engine.measure)
    match = identify(looked.embedding, gallery, policy)
    other = None
    if match.outcome in (Outcome.MATCHED, Outcome.AMBIGUOUS):
        other = gallery.search(looked.embedding, policy.method, 1)[0].person
    return Likeness(other, bool(own) and not _is_like(looked.embedding, own, engine, policy))


def new_template(looked: Looked, file_name: str, data: bytes | None, taken_from: TakenFrom) -> NewTemplate:
    """What is enrolled of the photo; with ``data`` the photo itself is kept."""
    size = Size(looked.photo.width, looked.photo.height)
    source = PhotoSource(file_name, looked.photo.sha256, size, taken_from, looked.quality)
    return NewTemplate(looked.embedding, source, data)


def portrait(engine: Engine, data: bytes) -> bytes | None:
    """A small JPEG of the face in a kept photo; ``None`` where none is found.

    Raises:
        ImageError: it is no photo.
    """
    image = decode_photo(data, "the photo").image
    faces = engine.find_faces(image, max(_PORTRAIT_FACE_PX, min(image.shape[:2]) / 8))
    return face_jpeg(image, main_face(image, faces).box) if faces else None


def grade(quality: Mapping[str, float], bounds: QualityBounds) -> tuple[Grade, tuple[str, ...]]:
    """``good``, ``fair`` or ``poor``, and what is wrong in words; ``unknown`` where not all of it was measured.

    Poor misses what is asked of a photo now, fair is close to it.
    """
    try:
        measured = Quality(**{name: quality[name] for name in Quality.__dataclass_fields__})
    except KeyError:
        return "unknown", ()
    if missed := flaws(measured, bounds):
        return "poor", tuple(str(flaw) for flaw in missed)
    return ("fair" if any(_close(measured, bounds)) else "good"), ()


def _close(measured: Quality, bounds: QualityBounds) -> Iterator[bool]:
    yield measured.size_px < bounds.min_size_px * _AMPLE
    yield measured.sharpness < bounds.min_sharpness * _AMPLE
    yield measured.brightness < bounds.min_brightness * _AMPLE
    yield abs(measured.yaw_deg) > bounds.max_yaw_deg / _AMPLE
    yield abs(measured.pitch_deg) > bounds.max_pitch_deg / _AMPLE


def _is_like(embedding: Embedding, own: list[Template], engine: Engine, policy: MatchPolicy) -> bool:
    best = ExactGallery(own, engine.model, engine.measure).search(embedding, policy.method, 1)[0]
    return best.similarity >= engine.thresholds.at_fmr(_SAME_PERSON_FMR)
