"""How alike embeddings are."""

import numpy as np
from numpy.typing import NDArray

from limen.errors import TemplateError
from limen.types import Embedding, Measure, ModelKey

Array = NDArray[np.float32]


def similarities(probe: Array, rows: Array, measure: Measure) -> Array:
    """How alike ``probe`` (n,) and each row of ``rows`` (m, n) are: float32 (m,), 1 where identical.

    One minus the distance, which is 1 - cos for cosine (probe and rows have length 1), or Euclidean.
    """
    if measure is Measure.COSINE:
        return np.asarray(rows @ probe, np.float32)
    return np.asarray(1 - np.linalg.norm(rows - probe, axis=1), np.float32)


def all_similarities(a: Array, b: Array, measure: Measure) -> Array:
    """How alike each row of ``a`` (k, n) and each row of ``b`` (m, n) are: float32 (k, m), by one matrix product."""
    products = a @ b.T
    if measure is Measure.EUCLIDEAN:
        squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None]
        products = 1 - np.sqrt(np.maximum(squares - 2 * products, 0))
    return np.asarray(products, np.float32)


def similarity(a: Embedding, b: Embedding, measure: Measure) -> float:
    """How alike two embeddings are, 1 where identical.

    Raises:
        TemplateError: they were made by different models.
    """
    check_model(a, b.model)
    return float(similarities(a.vector, b.vector[None], measure)[0])


def check_model(embedding: Embedding, expected: ModelKey) -> None:
    """Refuse to compare what different models made.

    Raises:
        TemplateError: ``embedding`` was not made by ``expected``.
    """
    if embedding.model != expected:
        raise TemplateError(
            f"an embedding of model {embedding.model} cannot be compared with templates of {expected}: "
            "enrol the people again with the model in use, or use the model they were enrolled with (limen models use)"
        )
