"""From photos to templates."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from limen.camera.photo import Photo, load_photo
from limen.config import EnrolmentSettings
from limen.engine import Engine
from limen.errors import BadDataError, NoInputError, PhotoRefusedError
from limen.faces.quality import Flaw, Quality, flaws
from limen.matching.base import Outcome
from limen.matching.exact import ExactGallery
from limen.matching.match import MatchPolicy, identify
from limen.store import NewTemplate, PhotoSource, Store, TakenFrom, clean_name
from limen.types import Embedding, Face, PersonId, Size, Template, TemplateId

_SMALL_PHOTO_PX = 160
_FILLS = 0.3
"""A face whose box covers this part of a photo fills it: it is not refused for reaching the edge, but warned of."""
_SAME_PERSON_FMR = 1e-2


@dataclass(frozen=True, slots=True)
class EnrolledPerson:
    """A person who now has templates from ``photos``; ``templates`` of them are new."""

    person: str
    photos: int
    templates: int


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about one file: why it was refused, or what to be warned of."""

    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class EnrolmentReport:
    """What an enrolment came to."""

    enrolled: tuple[EnrolledPerson, ...]
    refused: tuple[Remark, ...]
    warnings: tuple[Remark, ...]


class Enrolment:
    """Enrols people from photos; each person is enrolled as a whole or not at all.

    ``consent`` is the version of the text that all of them agreed to.
    """

    def __init__(
        self,
        engine: Engine,
        store: Store,
        settings: EnrolmentSettings,
        policy: MatchPolicy,
        consent: str | None = None,
    ) -> None:
        self._engine, self._store, self._settings, self._policy = engine, store, settings, policy
        self._consent = consent
        templates = store.templates.load(engine.model)
        self._names: dict[PersonId, str] = {person.id: person.name for person in store.people.all()}
        # Others may enrol and delete at the same time: only those are compared of whom both is known.
        self._templates = [template for template in templates if template.person in self._names]
        self._enrolled: list[EnrolledPerson] = []
        self._refused: list[Remark] = []
        self._warnings: list[Remark] = []

    def run(self, people: Sequence[tuple[str, Sequence[Path]]], step: Callable[[], None]) -> EnrolmentReport:
        """Enrol each person from their photos; ``step`` is called after each photo.

        Raises:
            StoreError: the database cannot be written; those enrolled before stay enrolled.
            BadDataError: nobody can have such a name, or somebody does not want their face used and gave no consent.
        """
        for name, photos in [(clean_name(name), photos) for name, photos in people]:
            accepted = []
            for path in photos:
                if template := self._accept(path, name):
                    accepted.append(template)
                step()
            if accepted:
                self._keep(name, accepted)
        return EnrolmentReport(tuple(self._enrolled), tuple(self._refused), tuple(self._warnings))

    def _accept(self, path: Path, name: str) -> NewTemplate | None:
        try:
            photo = load_photo(path)
            face, notes = face_to_enrol(self._engine, photo, self._settings)
            kept = self._kept(path, photo)
        except (BadDataError, NoInputError) as error:
            self._refused.append(Remark(str(path), str(error)))
            return None
        (embedding,) = self._engine.embed(photo.image, [face])
        notes += self._look_alike(embedding, name)
        self._warnings += [Remark(str(path), note) for note in notes]
        quality = {key: round(value, 3) for key, value in asdict(self._engine.quality(photo.image, face)).items()}
        source = PhotoSource(path.name, photo.sha256, Size(photo.width, photo.height), TakenFrom.FILE, quality)
        return NewTemplate(embedding, source, kept)

    def _kept(self, path: Path, photo: Photo) -> bytes | None:
        """The photo's own bytes, where they are to be kept.

        Raises:
            PhotoRefusedError: they are no longer those that were looked at.
        """
        if not self._settings.keep_photos:
            return None
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != photo.sha256:
            raise PhotoRefusedError("the file changed while it was read: enrol it again")
        return data

    def _keep(self, name: str, accepted: list[NewTemplate]) -> None:
        enrolled = self._store.enrol(name, accepted, consent=self._consent)
        person = enrolled.person
        self._names[person.id] = person.name
        # Those who come next in the same run are compared with this person too; the ids are of no matter here.
        self._templates += [Template(TemplateId(""), person.id, new.embedding) for new in accepted]
        self._enrolled.append(EnrolledPerson(person.name, len(accepted), enrolled.added))

    def _look_alike(self, embedding: Embedding, name: str) -> list[str]:
        """Warnings where the face is somebody else's, or not alike to the person's other photos."""
        own = [t for t in self._templates if self._names[t.person] == name]
        others = [t for t in self._templates if self._names[t.person] != name]
        notes = []
        match = identify(embedding, self._gallery(others), self._policy)
        if match.outcome in (Outcome.MATCHED, Outcome.AMBIGUOUS):
            best = self._gallery(others).search(embedding, self._policy.method, 1)[0]
            notes.append(f"this face is already enrolled as {self._names[best.person]!r}: one of the two is wrong")
        if own:
            alike = self._gallery(own).search(embedding, self._policy.method, 1)[0].similarity
            if alike < self._engine.thresholds.at_fmr(_SAME_PERSON_FMR):
                notes.append(f"this face is not like the other photos of {name!r}: is it the right person?")
        return notes

    def _gallery(self, templates: Sequence[Template]) -> ExactGallery:
        return ExactGallery(templates, self._engine.model, self._engine.measure)


def face_to_enrol(engine: Engine, photo: Photo, settings: EnrolmentSettings) -> tuple[Face, list[str]]:
    """The one face of a photo, and what to be warned of.

    Raises:
        PhotoRefusedError: there is no face, there are several, or the face is not good enough.
    """
    faces = engine.find_faces(photo.image, settings.min_face_px)
    if not faces:
        raise PhotoRefusedError("no face was found: use a photo that shows the face from the front, upright and large")
    largest = max(faces, key=lambda face: face.box.area)
    if rivals := [face for face in faces if face is not largest and face.box.width > largest.box.width / 2]:
        raise PhotoRefusedError(f"{len(rivals) + 1} faces were found: use a photo of one person alone")
    return largest, _checked(engine.quality(photo.image, largest), largest, photo, settings)


def _checked(quality: Quality, face: Face, photo: Photo, settings: EnrolmentSettings) -> list[str]:
    """The warnings, where nothing is wrong enough to refuse.

    Raises:
        PhotoRefusedError: the face is not good enough.
    """
    found = flaws(quality, settings.quality)
    fills = face.box.area * quality.inside >= _FILLS * photo.width * photo.height
    tight = max(photo.width, photo.height) <= _SMALL_PHOTO_PX and fills
    forgiven = {Flaw.CUT_OFF, Flaw.TOO_SMALL, Flaw.BLURRED} if tight else set()
    if refusing := [flaw for flaw in found if flaw.flaw not in forgiven]:
        raise PhotoRefusedError("; ".join(str(flaw) for flaw in refusing))
    return [warning] if (warning := small_photo(photo)) else []


def small_photo(photo: Photo) -> str | None:
    """What to be warned of where a photo is so small that it says less of a face than it should."""
    if max(photo.width, photo.height) > _SMALL_PHOTO_PX:
        return None
    size = f"{photo.width} × {photo.height}"
    return f"a small photo ({size} pixels): recognised less reliably; a larger one would be better"
