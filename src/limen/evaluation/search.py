"""Open-set identification (1:K): how often the right person is found, and a stranger taken for somebody.

The people are halved. Each half is searched with thresholds from a calibration made of the other, so that nobody is
judged by a threshold that they had a part in; the counts of both are added. Everything goes the shipped way: a gallery,
a policy, ``identify``.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product

import numpy as np
from numpy.typing import NDArray

from limen.errors import BadDataError
from limen.evaluation.calibrate import calibrate
from limen.evaluation.labelled import LabelledFaces
from limen.evaluation.metrics import Proportion
from limen.matching.base import Method, Outcome
from limen.matching.exact import ExactGallery
from limen.matching.match import Match, MatchPolicy, identify
from limen.matching.thresholds import Thresholds
from limen.types import Embedding, PersonId, Template, TemplateId


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """What to compare: methods, numbers of photos a person, sizes of galleries; at which rate, with which margin."""

    methods: Sequence[Method]
    photos: Sequence[int]
    people: Sequence[int]
    fpir: float
    margin: float
    seed: int = 0


@dataclass(frozen=True, slots=True)
class SearchRow:
    """What one method came to, in two galleries of ``people`` with up to ``photos`` each, ``templates`` on average.

    ``identified``: probes of the enrolled that were matched to the right person (one minus FNIR). ``mistaken``: of
    these probes, those matched to another. ``ambiguous``: of these probes, those denied for the margin. ``strangers``:
    probes of strangers that were matched (FPIR); ``reaching``: those of them whom the threshold alone would have let
    pass. ``below_threshold``: matches whose similarity was below the threshold; there must be none.
    """

    method: Method
    photos: int
    people: int
    templates: float
    identified: Proportion
    mistaken: Proportion
    ambiguous: Proportion
    strangers: Proportion
    reaching: Proportion
    below_threshold: int


def evaluate_search(
    faces: LabelledFaces, plan: SearchPlan, step: Callable[[], None] = lambda: None
) -> tuple[SearchRow, ...]:
    """A row for each gallery size, number of photos and method; ``step`` is called after each.

    Raises:
        BadDataError: half of the people are no more than a gallery, or nobody enrolled has a photo left to probe with.
    """
    half = len(faces.names) // 2
    if half <= max(plan.people):
        raise BadDataError(
            f"{len(faces.names)} people make halves of {half}: a gallery of {max(plan.people)} leaves no strangers "
            "there; give photos of more people, or smaller galleries (--people)"
        )
    first = np.zeros(len(faces.names), bool)
    first[np.random.default_rng(plan.seed).permutation(len(faces.names))[:half]] = True
    halves = (faces.of_people(first), faces.of_people(~first))
    # The moment is of no matter: these calibrations are not kept.
    known = [calibrate(side, "the other half", datetime.fromtimestamp(0, UTC)).thresholds for side in halves[::-1]]
    rows = []
    for people, photos in product(plan.people, plan.photos):
        draws = [_Draw.of(side, people, photos, plan.seed) for side in halves]
        for method in plan.methods:
            rows.append(_row(draws, known, (method, photos, people), plan))
            step()
    return tuple(rows)


@dataclass(frozen=True, slots=True)
class _Draw:
    """Who and what is enrolled, from one half: masks over its photos."""

    faces: LabelledFaces
    enrolled: NDArray[np.bool_]
    mated: NDArray[np.bool_]
    strange: NDArray[np.bool_]

    @classmethod
    def of(cls, faces: LabelledFaces, people: int, photos: int, seed: int) -> "_Draw":
        """Those with most photos are enrolled, as many as wanted; of each at least one is kept to probe with."""
        random = np.random.default_rng(seed)
        order = np.lexsort((random.random(len(faces.names)), -faces.counts))
        member = np.zeros(len(faces.names), bool)
        member[order[:people]] = True
        rank = np.concatenate([random.permutation(count) for count in faces.counts])
        wanted = np.clip(faces.counts - 1, 1, photos)
        enrolled = member[faces.owner] & (rank < wanted[faces.owner])
        mated = member[faces.owner] & ~enrolled
        if not mated.any():
            raise BadDataError("nobody has a second photo: to find people again, photos to probe with are needed")
        return cls(faces, enrolled, mated, ~member[faces.owner])

    def gallery(self) -> ExactGallery:
        """The gallery of the enrolled; a person's id is their number."""
        chosen = np.flatnonzero(self.enrolled)
        templates = [
            Template(TemplateId(str(i)), PersonId(str(self.faces.owner[i])), _embedding(self.faces, i)) for i in chosen
        ]
        return ExactGallery(templates, self.faces.model, self.faces.measure)


@dataclass(slots=True)
class _Counts:
    """What searches came to."""

    identified: int = 0
    mistaken: int = 0
    ambiguous: int = 0
    mated: int = 0
    strangers: int = 0
    reaching: int = 0
    strange: int = 0
    below: int = 0
    templates: int = 0


def _row(
    draws: Sequence[_Draw], known: Sequence[Thresholds], what: tuple[Method, int, int], plan: SearchPlan
) -> SearchRow:
    method, photos, people = what
    counts = _Counts()
    for draw, thresholds in zip(draws, known, strict=True):
        _search(draw, MatchPolicy(thresholds, plan.fpir, plan.fpir, plan.margin, method), counts)
    return SearchRow(
        method,
        photos,
        people,
        counts.templates / (people * len(draws)),
        Proportion(counts.identified, counts.mated),
        Proportion(counts.mistaken, counts.mated),
        Proportion(counts.ambiguous, counts.mated),
        Proportion(counts.strangers, counts.strange),
        Proportion(counts.reaching, counts.strange),
        counts.below,
    )


def _search(draw: _Draw, policy: MatchPolicy, counts: _Counts) -> None:
    gallery = draw.gallery()
    counts.templates += int(draw.enrolled.sum())
    for owner, probe in _probes(draw.faces, draw.mated):
        match = identify(probe, gallery, policy)
        counts.mated += 1
        counts.identified += match.person == owner
        counts.mistaken += match.person not in (None, owner)
        counts.ambiguous += match.outcome is Outcome.AMBIGUOUS
        counts.below += _named_below(match)
    for _, probe in _probes(draw.faces, draw.strange):
        match = identify(probe, gallery, policy)
        counts.strange += 1
        counts.strangers += match.person is not None
        counts.reaching += match.outcome in (Outcome.MATCHED, Outcome.AMBIGUOUS)
        counts.below += _named_below(match)


def _named_below(match: Match) -> bool:
    """Whether somebody was named without being alike enough."""
    return match.person is not None and not (match.similarity is not None and match.similarity >= match.threshold)


def _probes(faces: LabelledFaces, chosen: NDArray[np.bool_]) -> Iterator[tuple[PersonId, Embedding]]:
    for index in np.flatnonzero(chosen):
        yield PersonId(str(faces.owner[index])), _embedding(faces, index)


def _embedding(faces: LabelledFaces, index: np.intp) -> Embedding:
    return Embedding(faces.vectors[index], faces.model)
