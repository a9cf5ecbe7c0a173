"""The port every embedding network stands behind."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from limen.types import Embedding, Image, Measure, ModelKey, Size


class Embedder(Protocol):
    """Turns aligned faces into embeddings."""

    @property
    def model(self) -> ModelKey:
        """The key that all of its embeddings carry."""
        ...

    @property
    def measure(self) -> Measure:
        """What its embeddings are compared by; those compared by cosine have length 1."""
        ...

    @property
    def size(self) -> Size:
        """The size of the crops it takes."""
        ...

    @property
    def alignment(self) -> NDArray[np.float32]:
        """Where the five landmarks lie in a crop: float32 (5, 2), in pixels."""
        ...

    def embed(self, crops: Sequence[Image]) -> list[Embedding]:
        """One embedding a crop; each crop is RGB uint8 of ``size``.

        Raises:
            ValueError: a crop has another size.
        """
        ...
