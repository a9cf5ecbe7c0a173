"""Any embedding network whose catalogue entry says what it is fed."""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from limen.errors import ModelError
from limen.models.catalogue import ModelEntry
from limen.models.session import Network
from limen.types import Embedding, Image, Measure, ModelKey, Size, Vector

_PREPROCESSING = 1
"""Rises when crops come out differently: templates made before are then never compared with those made after."""


class OnnxEmbedder:
    """An embedding network with its preprocessing, both from ``entry``.

    With ``mirrored`` the embedding is the mean of the face's and its mirror image's. Embeddings that are compared by
    cosine have length 1.
    """

    def __init__(self, network: Network, entry: ModelEntry, *, mirrored: bool) -> None:
        """Take what the entry says.

        Raises:
            ModelError: the entry is not one of an embedding network.
        """
        spec, output = entry.input, entry.output
        if not (spec.width and spec.height and spec.alignment and output and output.measure):
            raise ModelError(f"model {entry.id} is for {entry.task}: an embedding network was expected")
        self.size = Size(spec.width, spec.height)
        self.alignment = np.array(spec.alignment, np.float32)
        self.measure = Measure(output.measure)
        self.model = _key(entry, self.measure, mirrored=mirrored)
        self._network, self._mirrored, self._length = network, mirrored, output.length
        self._bgr = spec.colour == "bgr"
        self._mean, self._scale = np.array(spec.mean, np.float32), np.float32(spec.scale)

    def embed(self, crops: Sequence[Image]) -> list[Embedding]:
        """One embedding a crop, in one run of the network.

        Raises:
            ModelError: what the network gave is no embedding.
        """
        if not crops:
            return []
        outputs = self._network.run(self.batch(crops))
        output = outputs[0]
        if len(outputs) != 1 or output.shape[1:] != (self._length,):
            shapes = ", ".join(str(one.shape) for one in outputs)
            raise ModelError(f"the network gave {shapes}; one output of {self._length} numbers a face was expected")
        if not (np.isfinite(output).all() and output.any(axis=1).all()):
            raise ModelError(
                "the network gave numbers that are none, or nothing but zeros: check it (limen models verify)"
            )
        vectors = output.reshape(len(crops), -1, self._length).mean(axis=1)
        return [Embedding(self._finished(vector), self.model) for vector in vectors]

    def batch(self, crops: Sequence[Image]) -> NDArray[np.float32]:
        """What the network is fed for ``crops``: float32 (n, 3, height, width); with ``mirrored`` two samples a crop.

        Raises:
            ValueError: a crop has another size.
        """
        expected = (self.size.height, self.size.width, 3)
        if wrong := [crop.shape for crop in crops if crop.shape != expected]:
            raise ValueError(f"crops of {expected} were expected, got {wrong[0]}")
        pixels = np.stack(crops)
        if self._mirrored:
            pixels = np.stack([pixels, pixels[:, :, ::-1]], axis=1).reshape(-1, *expected)
        # Planes first, then arithmetic: the network wants them so, and whole planes are quicker to compute with.
        planes = pixels.transpose(0, 3, 1, 2)[:, ::-1] if self._bgr else pixels.transpose(0, 3, 1, 2)
        batch = np.ascontiguousarray(planes, np.float32)
        batch -= self._mean[:, None, None]
        batch *= self._scale
        return batch

    def _finished(self, vector: Vector) -> Vector:
        length = np.linalg.norm(vector)
        return np.asarray(vector / length if self.measure is Measure.COSINE and length > 0 else vector, np.float32)


def _key(entry: ModelEntry, measure: Measure, *, mirrored: bool) -> ModelKey:
    """The model's name, and a digest of its weights and of all that happens to a face before and after it."""
    text = "\n".join([entry.digest, entry.input.canonical(), measure, str(mirrored), str(_PREPROCESSING)])
    return ModelKey(f"{entry.id}:{hashlib.sha256(text.encode()).hexdigest()[:32]}")
