"""Every similarity of every two faces, counted: the distributions that thresholds and curves come from.

Six thousand faces make eighteen million comparisons; they are counted in steps of 0.0001 and never kept.

Two counts are kept of each step. ``counts`` are comparisons of photos. In ``weights`` each two people count once,
however many photos they have, and of one person's comparisons with themselves each person counts once: whoever has
twenty photos says no more about people at large than whoever has one, and twenty-two against fifteen photos of two
people who look alike are not 330 lookalikes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from limen.evaluation.labelled import LabelledFaces
from limen.evaluation.metrics import Proportion
from limen.matching.similarity import all_similarities
from limen.types import Measure

STEP = 1e-4
_LOWEST = {Measure.COSINE: -1.0, Measure.EUCLIDEAN: -3.0}
"""Similarities below the lowest (two Euclidean embeddings at a distance of 4: far beyond any faces) count as it."""
_BLOCK = 512
"""Rows of a matrix product: 512 of 10,000 faces are 20 MB."""


@dataclass(frozen=True, slots=True)
class Scores:
    """How often each similarity occurs: step i counts those from ``lowest`` + i · STEP up to the next step.

    ``counts`` are int64 (steps,); ``weights`` float64 (steps,), whose sum is the number of people (genuine) or of pairs
    of people (impostor).
    """

    lowest: float
    counts: NDArray[np.int64] = field(repr=False)
    weights: NDArray[np.float64] = field(repr=False)

    @property
    def total(self) -> int:
        """How many comparisons of photos."""
        return int(self.counts.sum())

    @property
    def units(self) -> int:
        """How many people, or pairs of people."""
        return round(float(self.weights.sum()))

    @property
    def edges(self) -> NDArray[np.float64]:
        """The similarity at which each step begins: (steps,)."""
        return self.lowest + STEP * np.arange(len(self.counts), dtype=np.float64)

    def reaching(self, similarity: float) -> Proportion:
        """How many comparisons have at least ``similarity``, which counts as the step it lies in."""
        return Proportion(int(self.counts[self._step(similarity) :].sum()), self.total)

    def rate(self, similarity: float) -> float:
        """The same with each two people (or each person) counting once: 0 to 1."""
        return float(self.weights[self._step(similarity) :].sum() / self.weights.sum())

    def rates(self) -> NDArray[np.float64]:
        """``rate`` at each of ``edges``: (steps,), falling from 1."""
        rates: NDArray[np.float64] = self.weights[::-1].cumsum()[::-1] / self.weights.sum()
        return rates

    def _step(self, similarity: float) -> int:
        # Half a thousandth of a step forgives what the similarity lost in being written down.
        return int(np.clip(np.ceil((similarity - self.lowest) / STEP - 5e-4), 0, len(self.counts)))


@dataclass(frozen=True, slots=True)
class AllPairs:
    """The similarities of every two faces: of one person (genuine), and of two (impostor)."""

    genuine: Scores
    impostor: Scores


def all_pairs(faces: LabelledFaces) -> AllPairs:
    """Compare every face with every other, once."""
    lowest = _LOWEST[faces.measure]
    steps = round((1 - lowest) / STEP) + 1
    genuine = (np.zeros(steps, np.int64), np.zeros(steps))
    impostor = (np.zeros(steps, np.int64), np.zeros(steps))
    counts = faces.counts
    each = (1 / np.maximum(counts, 1))[faces.owner]
    own = (2 / np.maximum(counts * (counts - 1), 1))[faces.owner]
    for rows, alike in blocks(faces):
        step = np.clip((alike - lowest) / STEP + 5e-4, 0, steps - 1).astype(np.int32)
        columns = np.arange(rows.start, len(faces))
        later = columns[None] > np.arange(rows.start, rows.stop)[:, None]
        same = faces.owner[rows, None] == faces.owner[None, rows.start :]
        _count(genuine, step, same & later, np.broadcast_to(own[rows, None], step.shape))
        _count(impostor, step, ~same & later, each[rows, None] * each[None, rows.start :])
    return AllPairs(Scores(lowest, *genuine), Scores(lowest, *impostor))


def reached_people(faces: LabelledFaces, thresholds: NDArray[np.float64]) -> NDArray[np.float64]:
    """How many other people each face reaches at each of the rising ``thresholds``: (n, m).

    Of somebody with several photos that part counts which is reached: what a random photo of each would give.
    """
    bins = len(thresholds) + 1
    each = (1 / np.maximum(faces.counts, 1))[faces.owner]
    found = np.zeros(len(faces) * bins)
    for rows, alike in blocks(faces):
        above = np.searchsorted(thresholds, alike.astype(np.float64) + STEP * 5e-4, side="right")
        row, column = np.arange(rows.start, rows.stop)[:, None], np.arange(rows.start, len(faces))[None]
        two = (column > row) & (faces.owner[row] != faces.owner[column])
        for face, other in ((row, column), (column, row)):
            weights = np.broadcast_to(each[other], two.shape)[two]
            found += np.bincount((face * bins + above)[two], weights, minlength=len(found))
    reaching = found.reshape(-1, bins)[:, ::-1].cumsum(axis=1)[:, ::-1]
    return np.asarray(reaching[:, 1:], np.float64)


def most_alike(faces: LabelledFaces, similarity: float, limit: int) -> list[tuple[int, int, float]]:
    """Pairs of faces of two people with at least this ``similarity``, the most alike first: two indices, similarity."""
    found: list[tuple[int, int, float]] = []
    for rows, alike in blocks(faces):
        for row, column in zip(*np.nonzero(alike >= similarity), strict=True):
            a, b = rows.start + int(row), rows.start + int(column)
            if a < b and faces.owner[a] != faces.owner[b]:
                found.append((a, b, float(alike[row, column])))
        found = sorted(found, key=lambda pair: -pair[2])[:limit]
    return found


def blocks(faces: LabelledFaces) -> Iterator[tuple[slice, NDArray[np.float32]]]:
    """Some rows after the others, and their similarities to themselves and all later faces: float32 (rows, later)."""
    for start in range(0, len(faces), _BLOCK):
        rows = slice(start, min(start + _BLOCK, len(faces)))
        yield rows, all_similarities(faces.vectors[rows], faces.vectors[start:], faces.measure)


def _count(
    into: tuple[NDArray[np.int64], NDArray[np.float64]],
    step: NDArray[np.int32],
    chosen: NDArray[np.bool_],
    weights: NDArray[np.float64],
) -> None:
    counts, weighted = into
    found = step[chosen]
    counts += np.bincount(found, minlength=len(counts))
    weighted += np.bincount(found, weights[chosen], minlength=len(counts))
