"""Measures the map from similarity to error rate of a model, tail included.

All pairs are compared. Where fewer than thirty pairs of people are expected to reach a threshold, a generalised Pareto
distribution that is fitted to the most alike pairs goes on, and the calibration says from where.
Source of the rule of thirty: Doddington et al., The NIST speaker recognition evaluation, 2000.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from limen.errors import BadDataError
from limen.evaluation.labelled import LabelledFaces
from limen.evaluation.metrics import ERRORS_NEEDED
from limen.evaluation.scores import STEP, Scores, all_pairs, reached_people
from limen.matching.base import Method
from limen.matching.calibration import Calibration, FalseMatches, FalseNonMatches, FittedTail, PhotosExponent, Search
from limen.matching.similarity import similarities
from limen.types import Measure

RATES = tuple(float(f"{step}e-{decade}") for decade in range(1, 9) for step in (5, 3, 2, 1.5, 1))
"""From 0.5 to 1e-8, five a decade."""
_MISSED = (0.99, 0.95, 0.9, 0.8, 0.7, 0.6)
_TAIL_RATE = 1e-3
_TAIL_PAIRS = 300
"""The tail is fitted to what the part 1e-3 of pairs of people exceeds, or to more where that is less than 300 pairs."""
_NORMAL_95 = 1.959964
"""The normal distribution's 97.5th percentile."""
_SHAPES = (-2.0, 0.5)
"""Beyond, the moments that the fit rests on say nothing: what is compared has no tail."""
_GALLERIES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)
_PHOTOS = (2, 3, 5)
_PEOPLE_NEEDED = 30


def calibrate(faces: LabelledFaces, data: str, made_at: datetime) -> Calibration:
    """The calibration of the model that embedded ``faces``; ``data`` says in words what they are.

    Raises:
        BadDataError: there are too few people for two rates, or all of them look alike.
    """
    people = int(np.count_nonzero(faces.counts))
    if people < 2:
        raise BadDataError(f"all {len(faces)} photos show one person: photos of different people are needed")
    pairs = all_pairs(faces)
    points = tuple(_false_matches(pairs.impostor))
    if len(points) < 2:
        needed = ERRORS_NEEDED / RATES[1]
        raise BadDataError(
            f"not enough data: {people} people make {pairs.impostor.units:,} pairs of people; {needed:.0f} pairs of "
            f"people who do not look all the same are needed, which {people_for(needed)} people make"
        )
    tail = fitted_tail(pairs.impostor)
    reached = reached_people(faces, np.array([point.similarity for point in points]))
    return Calibration(
        model=faces.model,
        data=data,
        made_at=made_at,
        photos=len(faces),
        photos_without_face=len(faces.missed),
        people=people,
        impostor_pairs=pairs.impostor.total,
        people_pairs=pairs.impostor.units,
        genuine_pairs=pairs.genuine.total,
        false_matches=_with_intervals(points, faces, reached),
        searches=tuple(_searches(faces, reached)),
        false_non_matches=tuple(_false_non_matches(pairs.genuine)),
        tail=tail,
        exponents=tuple(_exponents(faces, _tail_rate(pairs.impostor), pairs.impostor)),
    )


def _with_intervals(
    points: Sequence[FalseMatches], faces: LabelledFaces, reached: NDArray[np.float64]
) -> tuple[FalseMatches, ...]:
    """The points with the intervals of their rates, symmetric on the logarithm.

    Two pairs that share a person are not independent: the variance of the rate is that of a mean over all pairs drawn
    from one sample. Source: Hoeffding, A class of statistics with asymptotically normal distribution, 1948.
    """
    people = len(faces.names)
    each = np.array([np.bincount(faces.owner, column, minlength=people) for column in reached.T]) / faces.counts
    error = 2 * each.std(axis=1, ddof=1) / np.sqrt(people)
    factors = np.exp(_NORMAL_95 * error / np.maximum(each.mean(axis=1), 1e-300))
    return tuple(
        point.model_copy(update={"interval": (point.fmr / factor, min(point.fmr * factor, 1.0))})
        for point, factor in zip(points, factors.tolist(), strict=True)
    )


def _searches(faces: LabelledFaces, reached: NDArray[np.float64]) -> Iterator[Search]:
    """How often a stranger reaches somebody among so many random people, at the threshold of each point.

    The mean over all galleries there are: a face that reaches c of M people reaches nobody of K random ones of them
    with the probability of drawing K without one of the c. Each stranger counts once, whatever the number of photos.
    """
    # Late: SciPy takes a while to import, and most commands never calibrate.
    from scipy.special import gammaln

    others = len(faces.names) - 1
    each = (1 / np.maximum(faces.counts, 1))[faces.owner]
    missed = np.maximum(others - reached, 0.0)
    for people in (k for k in _GALLERIES if k <= others):
        left = np.maximum(missed - people + 1, 1e-9)
        log_none = gammaln(missed + 1) - gammaln(left) - gammaln(others + 1) + gammaln(others - people + 1)
        none = np.where(missed >= people, np.exp(np.minimum(log_none, 0.0)), 0.0)
        fpir = np.clip(each @ (1 - none) / each.sum(), 0, 1)
        yield Search(people=people, fpir=tuple(fpir.tolist()))


def _false_matches(impostor: Scores) -> Iterator[FalseMatches]:
    """A point for each rate that at least thirty pairs of people are expected to reach, where similarity rises."""
    rates, last = impostor.rates(), -np.inf
    for rate in RATES:
        if rate * impostor.units < ERRORS_NEEDED:
            return
        step = int(np.argmax(rates <= rate))
        similarity = round(float(impostor.edges[step]), 4)
        if rates[step] <= rate and similarity > last:
            last = similarity
            pairs = int(impostor.counts[step:].sum())
            yield FalseMatches(fmr=rate, similarity=similarity, pairs=pairs, interval=(0.0, 1.0))


def _false_non_matches(genuine: Scores) -> Iterator[FalseNonMatches]:
    """A point for each rate that at least thirty comparisons of one person are expected to miss."""
    if not genuine.total:
        return
    below = 1 - genuine.rates()
    for rate in (*_MISSED, *RATES):
        if rate * genuine.total < ERRORS_NEEDED:
            return
        step = len(below) - 1 - int(np.argmax(below[::-1] <= rate))
        yield FalseNonMatches(fnmr=rate, similarity=round(float(genuine.edges[step]), 4))


def _tail_rate(impostor: Scores) -> float:
    """The rate above which everything counts as tail."""
    return max(_TAIL_RATE, _TAIL_PAIRS / max(impostor.units, 1))


def fitted_tail(impostor: Scores) -> FittedTail | None:
    """The tail by probability-weighted moments, ``None`` where there are too few pairs of people or no tail to fit.

    Source: Hosking and Wallis, Parameter and quantile estimation for the generalized Pareto distribution, 1987.
    """
    rate = _tail_rate(impostor)
    if rate > 0.2:
        return None
    step = int(np.argmax(impostor.rates() <= rate))
    # Where the tail begins: at the least alike pair that is part of it.
    step += int(np.argmax(impostor.weights[step:] > 0))
    weights = impostor.weights[step:]
    share = weights / max(float(weights.sum()), 1e-300)
    excess = STEP * (np.arange(len(weights)) + 0.5)
    beyond = 1 - (share.cumsum() - share / 2)
    mean, weighted = float(share @ excess), float(share @ (excess * beyond))
    if not 0 < 2 * weighted < mean:
        return None
    shape = 2 - mean / (mean - 2 * weighted)
    if not _SHAPES[0] < shape < _SHAPES[1]:
        return None
    return FittedTail(
        similarity=float(impostor.edges[step]),
        fmr=float(impostor.rates()[step]),
        shape=shape,
        scale=2 * mean * weighted / (mean - 2 * weighted),
        pairs=int(impostor.counts[step:].sum()),
    )


def _exponents(faces: LabelledFaces, rate: float, impostor: Scores) -> Iterator[PhotosExponent]:
    """What several photos of a person add, at the threshold of ``rate``: the most over two, three and five photos."""
    threshold = float(impostor.edges[int(np.argmax(impostor.rates() <= rate))])
    measured: dict[Method, list[float]] = {Method.NEAREST: [], Method.CENTROID: []}
    for photos in _PHOTOS:
        several = np.flatnonzero(faces.counts >= photos)
        if len(several) < _PEOPLE_NEEDED:
            continue
        single, nearest, centroid = np.sum(
            [_reached(faces, person, photos, threshold) for person in several.tolist()], axis=0
        )
        if min(single, nearest, centroid) > 0:
            measured[Method.NEAREST].append(float(np.log(nearest / single) / np.log(photos)))
            measured[Method.CENTROID].append(float(np.log(centroid / single) / np.log(photos)))
    for method, found in measured.items():
        if found:
            yield PhotosExponent(method=method, exponent=round(min(max(*found, 0.0), 3.0), 3))


def _reached(faces: LabelledFaces, person: int, photos: int, threshold: float) -> NDArray[np.float64]:
    """How many strangers reach a person by one photo (on average), by the nearest of so many, by their centre."""
    rows = faces.vectors[faces.owner == person][:photos]
    centre = rows.mean(axis=0)
    if faces.measure is Measure.COSINE:
        centre /= np.linalg.norm(centre)
    alike = np.array([similarities(row, faces.vectors, faces.measure) for row in (*rows, centre)])
    strangers = np.where(faces.owner == person, 0, (1 / np.maximum(faces.counts, 1))[faces.owner])
    reached = (alike >= threshold) @ strangers
    nearest = (alike[:-1].max(axis=0) >= threshold) @ strangers
    return np.array([reached[:-1].mean(), nearest, reached[-1]])


def people_for(pairs: float) -> int:
    """How many people make so many pairs."""
    return int(np.ceil((1 + np.sqrt(1 + 8 * pairs)) / 2))
