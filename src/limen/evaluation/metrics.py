"""Error rates from similarities: pure arithmetic.

``similarities`` are floats (n,) that rise with likeness, ``-inf`` where there is no face to compare: such a pair
counts, and no threshold matches it. ``same`` is bool (n,): a pair shows one person (genuine) or two (impostor).
Source of the terms: ISO/IEC 19795-1.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from limen.errors import BadDataError

ERRORS_NEEDED = 30
"""The rule of thirty: with thirty errors a rate is known to within about a third, with 90 % confidence.

Source: Doddington et al., The NIST speaker recognition evaluation, 2000.
"""

Similarities = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Proportion:
    """``count`` of ``total``, which is at least 1."""

    count: int
    total: int

    def __post_init__(self) -> None:
        if not (0 <= self.count <= self.total and self.total > 0):
            raise ValueError(f"a proportion needs 0 <= count <= total and a positive total, got {self}")

    @property
    def rate(self) -> float:
        """From 0 to 1."""
        return self.count / self.total

    @property
    def interval(self) -> tuple[float, float]:
        """Where the true rate lies with 95 % confidence."""
        return clopper_pearson(self.count, self.total)


@dataclass(frozen=True, slots=True)
class ThresholdAccuracy:
    """The part of the pairs, 0 to 1, that is judged rightly where ``threshold`` is reached or not."""

    threshold: float
    accuracy: float


def accuracy_at_best_threshold(similarities: Similarities, same: Flags) -> ThresholdAccuracy:
    """The threshold that judges most pairs rightly, the lowest of equals; infinite where it is best to match none.

    Raises:
        BadDataError: a similarity is not a number, or one of the two kinds of pairs is missing.
    """
    genuine, impostor = _split(similarities, same)
    thresholds = np.append(np.unique(similarities[np.isfinite(similarities)]), np.inf)
    right = _reaching(genuine, thresholds) + len(impostor) - _reaching(impostor, thresholds)
    best = int(right.argmax())
    return ThresholdAccuracy(float(thresholds[best]), float(right[best] / len(similarities)))


def auc(similarities: Similarities, same: Flags) -> float:
    """The area under the ROC curve: how often a genuine pair is more alike than an impostor pair; a tie is half.

    Raises:
        BadDataError: as for ``accuracy_at_best_threshold``.
    """
    genuine, impostor = _split(similarities, same)
    below = np.searchsorted(impostor, genuine, side="left") + np.searchsorted(impostor, genuine, side="right")
    return float(below.sum() / (2 * len(genuine) * len(impostor)))


def eer(similarities: Similarities, same: Flags) -> float:
    """The rate at which as many impostor pairs match as genuine pairs do not; a straight line between thresholds.

    Raises:
        BadDataError: as for ``accuracy_at_best_threshold``.
    """
    genuine, impostor = _split(similarities, same)
    thresholds = np.append(np.unique(similarities), np.inf)
    fmr = _reaching(impostor, thresholds) / len(impostor)
    gap = 1 - _reaching(genuine, thresholds) / len(genuine) - fmr
    after = int((gap >= 0).argmax())
    share = gap[after - 1] / (gap[after - 1] - gap[after])
    return float(fmr[after - 1] + share * (fmr[after] - fmr[after - 1]))


def tar_at_fmr(similarities: Similarities, same: Flags, fmr: float) -> Proportion | None:
    """How many genuine pairs match at the lowest threshold that at most the part ``fmr`` of the impostor pairs reach.

    ``None`` where ``fmr`` allows less than one impostor pair: there are too few to say. By the rule of thirty errors a
    rate is known to within about a third, with 90 % confidence, only once thirty impostor pairs are allowed.

    Raises:
        BadDataError: as for ``accuracy_at_best_threshold``.
    """
    genuine, impostor = _split(similarities, same)
    # A rate such as 0.29 of 100 pairs is 28.999… in binary, and means 29.
    allowed = math.floor(round(fmr * len(impostor), 6))
    if allowed < 1:
        return None
    bar = impostor[-1 - allowed] if allowed < len(impostor) else -np.inf
    return Proportion(int((genuine > bar).sum()), len(genuine))


def clopper_pearson(count: int, total: int, confidence: float = 0.95) -> tuple[float, float]:
    """Where a rate lies that gave ``count`` of ``total``: an interval that holds it at least so often.

    Source: Clopper and Pearson, The use of confidence or fiducial limits illustrated in the case of the binomial, 1934.
    """
    # Late: SciPy takes a while to import, and most commands need no interval.
    from scipy.special import betaincinv

    tail = (1 - confidence) / 2
    low = float(betaincinv(count, total - count + 1, tail)) if count else 0.0
    high = float(betaincinv(count + 1, total - count, 1 - tail)) if count < total else 1.0
    return low, high


def _reaching(ordered: Similarities, thresholds: Similarities) -> NDArray[np.intp]:
    """How many of the ``ordered`` similarities reach each threshold."""
    return len(ordered) - np.searchsorted(ordered, thresholds, side="left")


def _split(similarities: Similarities, same: Flags) -> tuple[Similarities, Similarities]:
    """The similarities of genuine pairs and those of impostor pairs, in rising order."""
    if similarities.ndim != 1 or similarities.shape != same.shape or same.dtype != np.bool_:
        raise ValueError(f"float (n,) and bool (n,) are expected, got {similarities.shape}, {same.dtype} {same.shape}")
    if wrong := int((np.isnan(similarities) | np.isposinf(similarities)).sum()):
        raise BadDataError(f"{wrong} of {len(similarities)} similarities are not a number or infinite: a model is bad")
    genuine, impostor = np.sort(similarities[same]), np.sort(similarities[~same])
    if not (len(genuine) and len(impostor)):
        raise BadDataError(
            f"{len(genuine)} pairs of one person and {len(impostor)} of two people were given: rates need both kinds"
        )
    return genuine, impostor
