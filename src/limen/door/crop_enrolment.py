"""Templates from the pictures that were kept of visits, where these are good enough."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum

import numpy as np

from limen.config import Settings
from limen.decision.reasons import Reason
from limen.door.build import match_policy
from limen.door.crop_faces import CropFace, face_in_crop
from limen.door.unknown_groups import spread
from limen.engine import Engine
from limen.errors import ImageError
from limen.matching.base import Outcome
from limen.matching.exact import ExactGallery
from limen.matching.match import identify
from limen.store import NewTemplate, PhotoId, PhotoSource, Store, TakenFrom
from limen.store.consent import check_version
from limen.types import Embedding, Person, PersonId, Template

MOST_LOOKED_AT = 24
_MOST_ADDED = 5
_SAME_PERSON_FMR = 1e-2
_NOT_ALIVE = frozenset((Reason.LIVENESS_FAILED, Reason.LIVENESS_MISSING))


class Refusal(StrEnum):
    """Why a picture became no template; in the last two cases it does where somebody is sure of it."""

    NO_FACE = "no_face"
    NOT_ALIVE = "not_alive"
    NOT_GOOD = "not_good"
    SOMEBODY_ELSE = "somebody_else"
    NOT_ALIKE = "not_alike"

    @property
    def may_insist(self) -> bool:
        """Whether it becomes one where somebody is sure of it."""
        return self in (Refusal.SOMEBODY_ELSE, Refusal.NOT_ALIKE)


_WORDS = {
    Refusal.NO_FACE: "no picture is kept, or no face is found in it",
    Refusal.NOT_ALIVE: "the door could not tell that this was a living face",
    Refusal.SOMEBODY_ELSE: "this face is already enrolled as somebody else",
    Refusal.NOT_ALIKE: "this face is not like the person's photos",
}


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Somebody who is not there yet, and what they are to be called."""

    name: str


@dataclass(frozen=True, slots=True)
class CropRefused:
    """Why the picture of an event became no template, also in words."""

    sequence: int
    kind: Refusal
    words: str


@dataclass(frozen=True, slots=True)
class CropsEnrolled:
    """Whose templates were made of the pictures of which events; ``created``: the person is new."""

    person: Person
    created: bool
    added: tuple[int, ...]
    refused: tuple[CropRefused, ...]


@dataclass(frozen=True, slots=True)
class _Good:
    sequence: int
    face: CropFace = field(repr=False)
    jpeg: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class CropEnrolment:
    """Enrols people from kept pictures, held against the same bounds as any photo, with nothing forgiven."""

    store: Store
    engine: Engine
    settings: Settings

    def run(
        self,
        whom: PersonId | NewPerson,
        sequences: Sequence[int],
        *,
        consent: str | None = None,
        sure: bool = False,
    ) -> CropsEnrolled:
        """Add the best pictures of these events to a person, by their id, or to somebody new.

        At most 24 pictures are looked at and 5 added. A picture that is not alike to the person's photos, or is to
        somebody else's, is added only if somebody is ``sure``; one that the door took for a picture of a face, never.

        Raises:
            BadDataError: somebody has the new name, or nobody can, consent is missing, or the person does not want
                their face used.
            StoreError: the database cannot be written.
            UnknownPersonError: nobody has this id.
        """
        person = None if isinstance(whom, NewPerson) else self.store.people.get(whom)
        self._check_consent(person, consent)
        good, refused = self._sorted(_some(sequences), None if person is None else person.id, sure)
        chosen = _best(good)
        # By id, not by name: somebody else may have the name meanwhile.
        templates = [self._template(one) for one in chosen]
        enrolled = (
            self.store.enrolments.add_new(whom.name, templates, consent)
            if isinstance(whom, NewPerson)
            else self.store.enrolments.add_to(whom, templates, consent)
        )
        added = tuple(one.sequence for one in chosen)
        return CropsEnrolled(enrolled.person, enrolled.created, added, tuple(refused))

    def likest_photo(self, person: PersonId, sequence: int) -> PhotoId | None:
        """The photo of ``person`` that is most alike to the face of an event; ``None`` where either is not there.

        Raises:
            UnknownPersonError: nobody has this id.
        """
        photos = self.store.templates.all_of(person).photos
        templates = self.store.templates.of(person, self.engine.model)
        face, _ = self._face(sequence)
        if face is None or not templates:
            return None
        alike = [self.engine.compare(face.embedding, template.embedding) for template in templates]
        nearest = templates[int(np.argmax(alike))].id
        return next((photo.id for photo in photos if any(made.id == nearest for made in photo.templates)), None)

    def _check_consent(self, person: Person | None, given: str | None) -> None:
        required = self.settings.privacy.consent_text_version
        if required and person is not None and given is None and not person.faceless:
            consents = self.store.about(person.id).consents
            if any(one.text_version == required and one.withdrawn_at is None for one in consents):
                return
        check_version(required, given)

    def _sorted(
        self, sequences: Sequence[int], person: PersonId | None, sure: bool
    ) -> tuple[list[_Good], list[CropRefused]]:
        model = self.engine.model
        own = [] if person is None else self.store.templates.of(person, model)
        others = self._gallery([one for one in self.store.templates.load(model) if one.person != person])
        good: list[_Good] = []
        refused: list[CropRefused] = []
        for sequence in sequences:
            face, jpeg = self._face(sequence)
            why = self._useless(sequence, face)
            if why is None and face is not None and not sure:
                why = self._doubt(face.embedding, own, others)
            if why is None and face is not None and jpeg is not None:
                good.append(_Good(sequence, face, jpeg))
            elif why is not None:
                flaws = "" if face is None else "; ".join(map(str, face.flaws))
                refused.append(CropRefused(sequence, why, _WORDS.get(why, flaws)))
        return good, refused

    def _face(self, sequence: int) -> tuple[CropFace | None, bytes | None]:
        jpeg = self.store.crops.of(sequence)
        if jpeg is None:
            return None, None
        bounds = self.settings.enrolment.quality
        try:
            return face_in_crop(self.engine, jpeg, f"the picture of event {sequence}", bounds), jpeg
        except ImageError:
            return None, jpeg

    def _useless(self, sequence: int, face: CropFace | None) -> Refusal | None:
        if face is None:
            return Refusal.NO_FACE
        if self.store.events.get(sequence).event.reason in _NOT_ALIVE:
            return Refusal.NOT_ALIVE
        return Refusal.NOT_GOOD if face.flaws else None

    def _doubt(self, embedding: Embedding, own: Sequence[Template], others: ExactGallery) -> Refusal | None:
        match = identify(embedding, others, match_policy(self.settings, self.engine))
        if match.outcome in (Outcome.MATCHED, Outcome.AMBIGUOUS):
            return Refusal.SOMEBODY_ELSE
        if own:
            best = max(self.engine.compare(embedding, template.embedding) for template in own)
            if not best >= self.engine.thresholds.at_fmr(_SAME_PERSON_FMR):
                return Refusal.NOT_ALIKE
        return None

    def _gallery(self, templates: Sequence[Template]) -> ExactGallery:
        return ExactGallery(templates, self.engine.model, self.engine.measure)

    def _template(self, one: _Good) -> NewTemplate:
        quality = {key: round(value, 3) for key, value in asdict(one.face.quality).items()}
        source = PhotoSource(f"event {one.sequence}.jpg", one.face.sha256, one.face.size, TakenFrom.CAMERA, quality)
        return NewTemplate(one.face.embedding, source, one.jpeg if self.settings.enrolment.keep_photos else None)


def _some(sequences: Sequence[int]) -> list[int]:
    """At most 24 of them, evenly over time, the newest among them."""
    ordered = sorted(set(sequences), reverse=True)
    if len(ordered) <= MOST_LOOKED_AT:
        return ordered
    return [ordered[int(place)] for place in np.linspace(0, len(ordered) - 1, MOST_LOOKED_AT)]


def _best(good: Sequence[_Good]) -> list[_Good]:
    """At most five: the largest face, and those most unlike it."""
    if not good:
        return []
    largest = int(np.argmax([one.face.quality.size_px for one in good]))
    vectors = np.array([one.face.embedding.vector for one in good], np.float32)
    return [good[i] for i in spread(vectors, largest, _MOST_ADDED)]
