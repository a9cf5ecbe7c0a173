"""Embeddings laid out on a plane."""

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from limen.errors import BadDataError

_SEED = 0
_PERPLEXITY = 30.0
_EXACT = 600
"""Up to so many faces the exact method of t-SNE is the quicker one."""


class ProjectionMethod(StrEnum):
    """How many dimensions become two."""

    PCA = "pca"
    TSNE = "tsne"


@dataclass(frozen=True, slots=True)
class Projection:
    """``points`` are float64 (n, 2).

    ``shares`` are the parts of all variance that the two axes hold, 0 to 1; ``None`` where axes mean nothing.
    """

    points: NDArray[np.float64] = field(repr=False)
    shares: tuple[float, float] | None


def project(vectors: NDArray[np.float32], method: ProjectionMethod) -> Projection:
    """Where each of ``vectors`` (n, d), n at least 3, comes to lie: the same for the same vectors.

    Raises:
        BadDataError: there are fewer than three vectors, or all are the same.
    """
    if len(vectors) < 3:
        raise BadDataError(f"{len(vectors)} face(s) span no plane: photos with three faces at least are needed")
    wide = vectors.astype(np.float64)
    if np.ptp(wide, axis=0).max() < 1e-6:
        raise BadDataError(f"all {len(vectors)} faces are the same to the model: photos that differ are needed")
    # Late: scikit-learn takes a second to import, and most commands project nothing.
    if method is ProjectionMethod.TSNE:
        from sklearn.manifold import TSNE

        perplexity = min(_PERPLEXITY, (len(wide) - 1) / 3)
        way = "exact" if len(wide) <= _EXACT else "barnes_hut"
        laid = TSNE(2, perplexity=perplexity, init="pca", random_state=_SEED, method=way).fit_transform(wide)
        return Projection(np.asarray(laid, np.float64), None)
    from sklearn.decomposition import PCA

    pca = PCA(2, svd_solver="full")
    points = np.asarray(pca.fit_transform(wide), np.float64)
    first, second = pca.explained_variance_ratio_.tolist()
    return Projection(points, (first, second))
