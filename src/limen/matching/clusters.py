"""Which faces show the same person, where nobody says who or how many people there are.

Average linkage, exactly, with no table of all pairs. How alike two clusters are on average follows from their centres
and mean squared lengths alone, so 10,000 faces need a few megabytes where a table of their pairs needs 400.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from limen.errors import BadDataError
from limen.types import Measure

_LARGEST_FMR = 1e-3
_ROUNDING = 1e-6
"""What the squared distance of identical faces may come to in float32."""


def rate_for(faces: int) -> float:
    """The false match rate to put so many faces together at: each is then as alike as one stranger of them, or none."""
    return min(1 / faces, _LARGEST_FMR)


def cluster_faces(vectors: NDArray[np.float32], measure: Measure, threshold: float) -> NDArray[np.intp]:
    """A number for each face, equal where they show one person: (n,), 0, 1, … in the order of first appearance.

    ``vectors`` are float32 (n, d), of length 1 where ``measure`` is cosine. The two clusters whose faces are most alike
    on average are merged, as long as that reaches ``threshold``, a similarity; with a Euclidean measure the average is
    the root of the mean squared distance. Time grows with n² d, memory with n d.

    Raises:
        BadDataError: a vector holds numbers that are none.

    Source: Sokal and Michener, A statistical method for evaluating systematic relationships, 1958 (average linkage);
    Murtagh, A survey of recent advances in hierarchical clustering algorithms, 1983 (chains of nearest neighbours).
    """
    if vectors.ndim != 2 or vectors.dtype != np.float32:
        raise ValueError(f"vectors are float32 (n, d), got {vectors.dtype} {vectors.shape}")
    if not np.isfinite(vectors).all():
        raise BadDataError("an embedding holds numbers that are none: check the model (limen models verify)")
    distance = max(1 - threshold, 0.0)
    bound = (2 * distance if measure is Measure.COSINE else distance**2) + _ROUNDING
    clusters = _Clusters.of_single_faces(vectors)
    for start in range(len(vectors)):
        if clusters.is_open(start):
            _merge_around(start, clusters, bound)
    _, first, numbers = np.unique(clusters.member_of, return_index=True, return_inverse=True)
    return np.asarray(first.argsort().argsort()[numbers], np.intp)


@dataclass(frozen=True, slots=True)
class _Clusters:
    """Clusters by the index of their first face: ``centres`` (n, d), mean squared lengths ``squares`` (n,), ``sizes``.

    ``squares`` are infinite where a cluster is finished or part of another. ``member_of`` says whose each face is.
    """

    centres: NDArray[np.float32] = field(repr=False)
    squares: NDArray[np.float32] = field(repr=False)
    sizes: NDArray[np.float32] = field(repr=False)
    member_of: NDArray[np.intp] = field(repr=False)

    @classmethod
    def of_single_faces(cls, vectors: NDArray[np.float32]) -> "_Clusters":
        sizes = np.ones(len(vectors), np.float32)
        return cls(vectors.copy(), (vectors**2).sum(axis=1), sizes, np.arange(len(vectors)))

    def is_open(self, cluster: int) -> bool:
        return bool(np.isfinite(self.squares[cluster]))

    def distances(self, cluster: int) -> NDArray[np.float32]:
        """The mean squared distance of the faces of ``cluster`` to those of each other: (n,), infinite if not open."""
        # Not a matrix product: that wakes other threads each time, and waits for them where the machine is busy.
        products = np.vecdot(self.centres, self.centres[cluster])
        return np.asarray(self.squares + self.squares[cluster] - 2 * products, np.float32)

    def merge(self, into: int, other: int) -> None:
        share = self.sizes[other] / (self.sizes[into] + self.sizes[other])
        self.centres[into] += share * (self.centres[other] - self.centres[into])
        self.squares[into] += share * (self.squares[other] - self.squares[into])
        self.sizes[into] += self.sizes[other]
        self.member_of[self.member_of == other] = into
        self.finish(other)

    def finish(self, cluster: int) -> None:
        self.squares[cluster] = np.inf


def _merge_around(start: int, clusters: _Clusters, bound: float) -> None:
    """Merge until nothing is within ``bound`` of the cluster ``start``, which then is finished.

    Each link of the chain is the nearest to the one before and nearer than the last. Where it ends are two clusters
    nearest to each other: average linkage merges them sooner or later, for what other merges bring is never nearer than
    its nearest part. So a cluster with nothing within ``bound`` also never gets anything.
    """
    chain, links = [start], [bound]
    while clusters.is_open(start):
        tip = chain[-1]
        distances = clusters.distances(tip)
        distances[chain] = np.inf
        nearest = int(distances.argmin())
        if distances[nearest] < links[-1]:
            chain.append(nearest)
            links.append(float(distances[nearest]))
        elif len(chain) == 1:
            clusters.finish(tip)
        else:
            clusters.merge(chain[-2], tip)
            kept = max(len(chain) - 2, 1)
            del chain[kept:], links[kept:]
