"""The protocol of Labeled Faces in the Wild: pairs of photos, cross-validated fold by fold.

For each fold the threshold is the one that judges most pairs of all other folds rightly. A photo in which no face is
found is a failure to acquire; its pairs count, and are never matched.
Source: Huang et al., Labeled Faces in the Wild, 2007.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from limen.engine import Engine
from limen.errors import BadDataError, NoInputError
from limen.evaluation.metrics import Flags, Proportion, Similarities, accuracy_at_best_threshold, auc, eer, tar_at_fmr
from limen.evaluation.pairs import PairList
from limen.evaluation.photos import PhotoWork, embed_photos
from limen.types import Embedding, ModelKey

FALSE_MATCH_RATES = (1e-2, 1e-3)


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """What an evaluation of pairs came to.

    ``fold_accuracies`` are those of the held-out folds, 0 to 1; ``right`` is all of their pairs judged rightly;
    ``tar_at_fmr`` is ``None`` at rates that the pairs are too few for.
    """

    model: ModelKey
    fold_accuracies: tuple[float, ...]
    right: Proportion
    genuine: int
    auc: float
    eer: float
    tar_at_fmr: Mapping[float, Proportion | None]
    failures_to_acquire: Proportion
    seconds: float

    @property
    def accuracy_mean(self) -> float:
        """The mean over the folds, 0 to 1."""
        return float(np.mean(self.fold_accuracies))

    @property
    def accuracy_std(self) -> float:
        """The standard deviation of the folds themselves (divided by their number, as is published for this data)."""
        return float(np.std(self.fold_accuracies))

    @property
    def images_per_second(self) -> float:
        """Photos a second, from the file to the last figure."""
        return self.failures_to_acquire.total / self.seconds


def evaluate_pairs(
    pairs: PairList, images: Path, work: PhotoWork, step: Callable[[], None] = lambda: None
) -> VerificationReport:
    """The rates of ``pairs``, whose photos lie below the folder ``images``; ``step`` is called after each photo.

    Raises:
        NoInputError: a photo is missing.
        BadDataError: there are fewer than two folds, no photo shows a face, or a photo or network is bad.
    """
    if pairs.folds < 2:
        raise BadDataError("the list has one fold: its threshold comes from the other folds, so two are needed")
    _check_present([images / photo for photo in pairs.photos], images)
    start_s = time.monotonic()
    embeddings = embed_photos([images / photo for photo in pairs.photos], work, step)
    missed = sum(embedding is None for embedding in embeddings.values())
    if missed == len(embeddings):
        raise BadDataError(f"no face was found in any of the {missed} photos of {images}: are they the right ones?")
    engine = work.engines[0]
    similarities = np.array(
        [_similarity(engine, embeddings[images / pair.a], embeddings[images / pair.b]) for pair in pairs.pairs]
    )
    same = np.array([pair.same for pair in pairs.pairs])
    accuracies, right = cross_validated(similarities, same, np.array([pair.fold for pair in pairs.pairs]))
    return VerificationReport(
        model=engine.model,
        fold_accuracies=accuracies,
        right=right,
        genuine=int(same.sum()),
        auc=auc(similarities, same),
        eer=eer(similarities, same),
        tar_at_fmr={rate: tar_at_fmr(similarities, same, rate) for rate in FALSE_MATCH_RATES},
        failures_to_acquire=Proportion(missed, len(embeddings)),
        seconds=time.monotonic() - start_s,
    )


def cross_validated(similarities: Similarities, same: Flags, folds: np.ndarray) -> tuple[tuple[float, ...], Proportion]:
    """The accuracy of each fold at the threshold of all others, and how many pairs of all were judged rightly."""
    right = np.zeros(len(same), bool)
    accuracies = []
    for fold in np.unique(folds):
        held_out = folds == fold
        best = accuracy_at_best_threshold(similarities[~held_out], same[~held_out])
        right[held_out] = (similarities[held_out] >= best.threshold) == same[held_out]
        accuracies.append(float(right[held_out].mean()))
    return tuple(accuracies), Proportion(int(right.sum()), len(right))


def _check_present(photos: Sequence[Path], images: Path) -> None:
    if not images.is_dir():
        raise NoInputError(f"{images} is not a folder: one with a folder for each person is expected")
    if absent := [photo for photo in photos if not photo.is_file()]:
        raise NoInputError(
            f"{len(absent)} of the {len(photos)} photos that the pairs name are missing, the first is {absent[0]}: "
            "photos are expected as NAME/NAME_0001.jpg in the folder of images"
        )


def _similarity(engine: Engine, a: Embedding | None, b: Embedding | None) -> float:
    """How alike two faces are; nothing is less alike than a face that is missing."""
    return -np.inf if a is None or b is None else engine.compare(a, b)
