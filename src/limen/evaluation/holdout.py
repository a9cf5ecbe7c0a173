"""Whether a calibration holds for people it has not seen: made from one half of the people, measured on the other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from limen.errors import BadDataError
from limen.evaluation.calibrate import calibrate
from limen.evaluation.labelled import LabelledFaces
from limen.evaluation.metrics import ERRORS_NEEDED
from limen.evaluation.scores import Scores, all_pairs
from limen.matching.similarity import all_similarities
from limen.matching.thresholds import Thresholds

_GALLERIES = 20
"""So many random galleries are searched in each half, or one alone would decide."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """A wanted rate and the one measured in the other half, at ``threshold``; each two people counted once.

    ``measured`` is ``None`` where fewer than thirty pairs of people, or strangers, are expected at the wanted rate.
    """

    wanted: float
    measured: float | None
    threshold: float

    @property
    def factor(self) -> float | None:
        """How many times the wanted rate was measured."""
        return None if self.measured is None else self.measured / self.wanted


@dataclass(frozen=True, slots=True)
class Split:
    """One random split of the people: false match rates, and the false positive identification rate of a search."""

    fmr: tuple[Prediction, ...]
    fpir: Prediction


@dataclass(frozen=True, slots=True)
class HoldoutPlan:
    """What to measure: false match rates, and ``fpir`` in galleries of so many ``people``, over so many ``splits``."""

    fmr: Sequence[float]
    fpir: float
    people: int
    splits: int
    seed: int = 0


def evaluate_calibration(
    faces: LabelledFaces, plan: HoldoutPlan, step: Callable[[], None] = lambda: None
) -> tuple[Split, ...]:
    """What calibrations from one half of the people predict of the other half; ``step`` is called after each split.

    Raises:
        BadDataError: half of the people are no more than the gallery.
    """
    half = len(faces.names) // 2
    if half <= plan.people:
        raise BadDataError(
            f"{len(faces.names)} people make halves of {half}: galleries of {plan.people} leave no strangers there; "
            "give photos of more people, or search among fewer (--people)"
        )
    random = np.random.default_rng(plan.seed)
    splits = []
    for _ in range(plan.splits):
        first = np.zeros(len(faces.names), bool)
        first[random.permutation(len(faces.names))[:half]] = True
        # The moment is of no matter: these calibrations are not kept.
        thresholds = calibrate(faces.of_people(first), "one half", datetime.fromtimestamp(0, UTC)).thresholds
        other = faces.of_people(~first)
        impostor = all_pairs(other).impostor
        fmr = tuple(_false_matches(impostor, thresholds, rate) for rate in plan.fmr)
        splits.append(Split(fmr, _false_positives(other, thresholds, plan, random)))
        step()
    return tuple(splits)


def _false_matches(impostor: Scores, thresholds: Thresholds, wanted: float) -> Prediction:
    threshold = thresholds.at_fmr(wanted)
    enough = wanted * impostor.units >= ERRORS_NEEDED
    return Prediction(wanted, impostor.rate(threshold) if enough else None, threshold)


def _false_positives(
    faces: LabelledFaces, thresholds: Thresholds, plan: HoldoutPlan, random: np.random.Generator
) -> Prediction:
    """The part of strangers for whom a search among random people, with a photo each, finds somebody."""
    threshold = thresholds.for_search(plan.fpir, plan.people)
    strangers = (len(faces.names) - plan.people) * _GALLERIES
    found = [_found(faces, threshold, plan.people, random) for _ in range(_GALLERIES)]
    enough = plan.fpir * strangers >= ERRORS_NEEDED
    return Prediction(plan.fpir, float(np.mean(found)) if enough else None, threshold)


def _found(faces: LabelledFaces, threshold: float, people: int, random: np.random.Generator) -> float:
    """The part of strangers that one random gallery takes for somebody; each stranger counts once."""
    enrolled = np.zeros(len(faces.names), bool)
    enrolled[random.permutation(len(faces.names))[:people]] = True
    gallery = faces.vectors[_one_each(faces, random)[enrolled]]
    stranger = ~enrolled[faces.owner]
    best = all_similarities(faces.vectors[stranger], gallery, faces.measure).max(axis=1)
    reached = np.bincount(faces.owner[stranger], best >= threshold, minlength=len(faces.names))
    return float((reached / np.maximum(faces.counts, 1))[~enrolled].mean())


def _one_each(faces: LabelledFaces, random: np.random.Generator) -> NDArray[np.intp]:
    """A random photo of each person: (people,)."""
    starts = np.searchsorted(faces.owner, np.arange(len(faces.names)))
    return np.asarray(starts + random.integers(faces.counts), np.intp)
