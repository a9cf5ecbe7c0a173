"""The steps of the slider that chooses an error rate, and what a similarity says of strangers."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from limen.evaluation.rate_words import one_in
from limen.matching.thresholds import Thresholds

_DECADES = range(1, 6)
_STRANGERS = sorted({*(round(step * 10**decade) for decade in _DECADES for step in (1, 1.5, 2, 3, 5, 7)), 10**6})
"""One of so many strangers is let in, at most: from 10 to a million."""
_RAREST, _COMMONEST = 1e-6, 1 / 3


@dataclass(frozen=True, slots=True)
class Step:
    """An error rate, the similarity that is needed for it, and whether that is a continuation of what was counted."""

    fpir: float
    label: str
    threshold: float
    fitted: bool


def steps(thresholds: Thresholds, comparisons: float, own_fpir: float) -> tuple[Step, ...]:
    """The steps from lax to strict, for a search that amounts to so many ``comparisons``; ``own_fpir`` is one of them.

    Raises:
        ConfigError: the model has no thresholds.
    """
    return tuple(_steps(thresholds, comparisons, own_fpir))


def _steps(thresholds: Thresholds, comparisons: float, own_fpir: float) -> Iterator[Step]:
    rates = {one_in(1 / strangers): 1 / strangers for strangers in _STRANGERS} | {one_in(own_fpir): own_fpir}
    for label, fpir in sorted(rates.items(), key=lambda item: -item[1]):
        threshold = thresholds.for_search(fpir, comparisons)
        yield Step(fpir, label, threshold, thresholds.is_fitted(thresholds.fmr_at(threshold)))


def strangers_as_alike(thresholds: Thresholds, similarity: float, comparisons: float) -> str:
    """How many strangers are at least as alike as ``similarity`` to somebody enrolled, in a sentence."""
    if similarity >= thresholds.for_search(_RAREST, comparisons):
        return "Fewer than one stranger in a million is as alike to somebody enrolled."
    if similarity <= thresholds.for_search(_COMMONEST, comparisons):
        return "At least every third stranger is as alike to somebody enrolled."
    low, high = math.log(_RAREST), math.log(_COMMONEST)
    for _ in range(40):
        middle = (low + high) / 2
        reached = thresholds.for_search(math.exp(middle), comparisons) <= similarity
        low, high = (low, middle) if reached else (middle, high)
    return f"About one stranger in {float(f'{math.exp(-high):.2g}'):,.0f} is as alike to somebody enrolled."
