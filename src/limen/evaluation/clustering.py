"""How well clusters of faces agree with the people that the faces show.

Clusters are numbered (n,), and so are people (n,): which cluster each face is in, and whom it shows.
"""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from limen.errors import BadDataError
from limen.evaluation.labelled import LabelledFaces
from limen.matching.clusters import cluster_faces
from limen.types import ModelKey

Numbers = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How much of what was put together belongs together (precision), and the reverse (recall): 0 to 1.

    ``None`` where nothing was put together, or nothing belongs together.
    """

    precision: float | None
    recall: float | None

    @property
    def f(self) -> float | None:
        """The harmonic mean of the two, 0 to 1."""
        if self.precision is None or self.recall is None:
            return None
        return 2 * self.precision * self.recall / max(self.precision + self.recall, 1e-300)


@dataclass(frozen=True, slots=True)
class ClusteringReport:
    """What a clustering of ``photos`` of ``people`` at ``threshold`` came to; ``seconds`` is the clustering alone."""

    model: ModelKey
    threshold: float
    photos: int
    people: int
    clusters: int
    pairwise: Agreement
    bcubed: Agreement
    seconds: float


def evaluate_clusters(faces: LabelledFaces, threshold: float) -> ClusteringReport:
    """How well clusters at ``threshold`` agree with whom ``faces`` show, which clustering is not told.

    Raises:
        BadDataError: fewer than two people are shown.
    """
    people = int(np.count_nonzero(faces.counts))
    if people < 2:
        raise BadDataError(
            f"{len(faces)} photos of {people} people were given: clusters are measured on those of two people or more"
        )
    start_s = time.monotonic()
    clusters = cluster_faces(faces.vectors, faces.measure, threshold)
    seconds = time.monotonic() - start_s
    return ClusteringReport(
        model=faces.model,
        threshold=threshold,
        photos=len(faces),
        people=people,
        clusters=int(clusters.max()) + 1,
        pairwise=pairwise(clusters, faces.owner),
        bcubed=bcubed(clusters, faces.owner),
        seconds=seconds,
    )


def pairwise(clusters: Numbers, people: Numbers) -> Agreement:
    """The agreement in pairs of faces: together or not, of one person or not."""
    both, together, same = (_pairs(counts) for counts in _counted(clusters, people))
    return Agreement(both / together if together else None, both / same if same else None)


def bcubed(clusters: Numbers, people: Numbers) -> Agreement:
    """The agreement as each face sees it, on average: how many of its cluster are of its person, and the reverse.

    Unlike pairs of faces, which grow with the square, a person with many photos counts no more than these photos.
    Source: Bagga and Baldwin, Algorithms for scoring coreference chains, 1998; Amigó et al., A comparison of extrinsic
    clustering evaluation metrics based on formal constraints, 2009.
    """
    both, together, same = _counted(clusters, people)
    of_face = both[_cells(clusters, people)]
    precision = float((of_face / together[clusters]).mean())
    return Agreement(precision, float((of_face / same[people]).mean()))


def _counted(clusters: Numbers, people: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """How many faces there are of each cell of cluster and person, of each cluster, and of each person."""
    return np.bincount(_cells(clusters, people)), np.bincount(clusters), np.bincount(people)


def _cells(clusters: Numbers, people: Numbers) -> Numbers:
    """A number for each face, equal for those of one cluster and one person."""
    _, cells = np.unique(clusters * (people.max() + 1) + people, return_inverse=True)
    return np.asarray(cells, np.intp)


def _pairs(counts: Numbers) -> int:
    """How many pairs so many faces make."""
    return int((counts * (counts - 1) // 2).sum())
