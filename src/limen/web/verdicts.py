"""From what was seen in a photo to what the page says of it: one search a face, judged as at a door."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from limen.camera.photo import person_of
from limen.decision.reasons import Reason
from limen.matching.base import Gallery, Outcome
from limen.matching.match import Match, MatchPolicy, identify
from limen.types import PersonId, Size
from limen.web.looking import Looked, SeenFace
from limen.web.rates import strangers_as_alike


class State(StrEnum):
    """What a photo does to the door."""

    UNLOCKED = "unlocked"
    LOCKED = "locked"
    LOOKING = "looking"
    """Nobody has looked at it yet."""


class Mark(StrEnum):
    """Whether that is right, where the photo's name says whom it shows."""

    RIGHT = "right"
    FALSE_ENTRY = "false_entry"
    FALSE_REJECTION = "false_rejection"


@dataclass(frozen=True, slots=True)
class Search:
    """Who may be found, what they are called, and how alike is alike enough."""

    gallery: Gallery
    names: Mapping[PersonId, str]
    policy: MatchPolicy


@dataclass(frozen=True, slots=True)
class Named:
    """Whom a photo is said to show: somebody enrolled, or (``person`` is ``None``) a stranger called ``name``."""

    name: str
    person: PersonId | None


@dataclass(frozen=True, slots=True)
class FaceShown:
    """A face on the page: ``box`` is left, top, width and height as parts of the photo.

    ``similarity`` is that of the person most alike; ``why`` are sentences, ``remarks`` what a door would have against
    the face.
    """

    box: tuple[float, float, float, float]
    outcome: Outcome
    label: str
    similarity: float | None
    why: tuple[str, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PhotoShown:
    """A photo on the page, with its faces, those that open the door first."""

    state: State
    headline: str
    why: str
    size: Size | None
    faces: tuple[FaceShown, ...]
    mark: Mark | None
    mark_why: str


def named_after(photo: Path, folder: Path, names: Mapping[PersonId, str]) -> Named | None:
    """Whom ``photo`` is said to show: by its folder's name if that is below ``folder``, or by its own.

    A folder may be named after a stranger. A file may be called anything: its name counts where it is that of somebody
    enrolled.
    """
    ids = {name: person for person, name in names.items()}
    claims = [person_of(photo), person_of(photo).rstrip("0123456789 ()")]
    if photo.parent != folder:
        claims.insert(0, unicodedata.normalize("NFC", photo.parent.name.replace("_", " ")).strip())
    if known := next((claim for claim in claims if claim in ids), None):
        return Named(known, ids[known])
    return Named(claims[0], None) if photo.parent != folder else None


def state_of(looked: Looked | None, search: Search) -> tuple[State, frozenset[PersonId]]:
    """What a photo does to the door, and whom it lets in: anybody in it who is matched."""
    if looked is None:
        return State.LOOKING, frozenset()
    matches = [identify(face.embedding, search.gallery, search.policy) for face in looked.faces]
    entered = frozenset(match.person for match in matches if match.person is not None)
    return State.UNLOCKED if entered else State.LOCKED, entered


def mark_of(state: State, entered: frozenset[PersonId], named: Named | None) -> Mark | None:
    """Whether ``state`` is right, ``None`` where nobody can say."""
    if named is None or state is State.LOOKING:
        return None
    if state is State.LOCKED:
        return Mark.RIGHT if named.person is None else Mark.FALSE_REJECTION
    return Mark.RIGHT if named.person in entered else Mark.FALSE_ENTRY


def photo_shown(looked: Looked | None, search: Search, named: Named | None) -> PhotoShown:
    """All that the page says of a photo."""
    state, entered = state_of(looked, search)
    mark = mark_of(state, entered, named)
    faces = tuple(_faces(looked.faces, looked.size, search)) if looked and looked.size else ()
    headline, why = _headline(looked, faces)
    size = None if looked is None else looked.size
    return PhotoShown(state, headline, why, size, faces, mark, _mark_why(mark, named))


def _headline(looked: Looked | None, faces: Sequence[FaceShown]) -> tuple[str, str]:
    """What stands largest beside the photo, and why, where no face says it."""
    if looked is None:
        return "Looking…", ""
    if looked.refused is not None:
        return "This photo cannot be used", looked.refused
    if not faces:
        return "No face found", "No face was found: it must be upright, and large enough."
    matched = dict.fromkeys(face.label for face in faces if face.outcome is Outcome.MATCHED)
    return " and ".join(matched) or _LABELS[faces[0].outcome], ""


def _faces(faces: Sequence[SeenFace], size: Size, search: Search) -> Iterator[FaceShown]:
    shown = [(identify(face.embedding, search.gallery, search.policy), face) for face in faces]
    for match, face in sorted(shown, key=lambda pair: (pair[0].person is None, -pair[1].box.area)):
        best = search.gallery.search(face.embedding, search.policy.method, limit=2)
        people = [search.names.get(candidate.person, "somebody who was deleted") for candidate in best]
        yield FaceShown(
            (
                face.box.x1 / size.width,
                face.box.y1 / size.height,
                face.box.width / size.width,
                face.box.height / size.height,
            ),
            match.outcome,
            people[0] if match.outcome is Outcome.MATCHED else _LABELS[match.outcome],
            match.similarity,
            tuple(_why(match, people, search)),
            face.flaws,
        )


_LABELS = {
    Outcome.UNKNOWN: "Not recognised",
    Outcome.AMBIGUOUS: "Not sure who",
    Outcome.NOBODY_ENROLLED: "Nobody is enrolled",
}


def _why(match: Match, people: Sequence[str], search: Search) -> Iterator[str]:
    """Sentences; ``people`` are those most alike."""
    if match.similarity is None:
        yield f"{_sentence(Reason.NOBODY_ENROLLED)}."
        return
    alike = f"similarity {match.similarity:.3f}, at least {match.threshold:.3f} is needed"
    lead = "" if match.margin is None else f"{match.margin:.3f} behind, at least {search.policy.margin:.3f} is needed"
    if match.outcome is Outcome.MATCHED:
        yield f"{people[0]} is alike enough: {alike}."
        if lead:
            yield f"And nobody else is nearly as alike: {people[1]} is {lead}."
    elif match.outcome is Outcome.AMBIGUOUS:
        yield f"{_sentence(Reason.AMBIGUOUS)}: {people[0]}, and {people[1]} only {lead}."
        yield f"{people[0]} alone would be alike enough: {alike}."
    else:
        yield f"{_sentence(Reason.UNKNOWN)}. The most alike is {people[0]}: {alike}."
    comparisons = search.gallery.comparisons(search.policy.thresholds.exponent(search.policy.method))
    yield strangers_as_alike(search.policy.thresholds, match.similarity, comparisons)


def _sentence(reason: Reason) -> str:
    return reason.for_operator[0].upper() + reason.for_operator[1:]


def _mark_why(mark: Mark | None, named: Named | None) -> str:
    if mark is None or named is None:
        return ""
    says = f"the photo is named after {named.name}"
    who = says if named.person else f"{says}, who is not enrolled"
    return {
        Mark.RIGHT: f"Right: {who}.",
        Mark.FALSE_ENTRY: f"False entry: {who}.",
        Mark.FALSE_REJECTION: f"False rejection: {who}.",
    }[mark]
