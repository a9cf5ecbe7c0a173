"""The nouns that flow between the stages: frozen, checked where they are made.

Images are RGB, ``uint8``, height × width × 3. Boxes are ``xyxy`` in pixels. Wall time is aware UTC;
``now_s`` is a monotonic clock in seconds that the caller passes in.
"""

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

import numpy as np
from numpy.typing import NDArray

PersonId = NewType("PersonId", str)
"""Identifies a person for ever; never a name, never reused."""
TemplateId = NewType("TemplateId", str)
ModelKey = NewType("ModelKey", str)
"""Digest of a model file and all that happens to a face before it: equal keys, comparable embeddings."""
TrackId = NewType("TrackId", int)

Image = NDArray[np.uint8]
Vector = NDArray[np.float32]


class Measure(StrEnum):
    """What a model's embeddings are compared by."""

    COSINE = "cosine"
    EUCLIDEAN = "euclidean"


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in pixels."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels; may reach beyond the image it was found in."""

    x1: float
    y1: float
    x2: float
    y2: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.area) and self.x2 > self.x1 and self.y2 > self.y1):
            raise ValueError(f"a box needs finite x1 < x2 and y1 < y2, got {self.xyxy}")

    @property
    def xyxy(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        return (self.x1, self.y1, self.x2, self.y2)

    @property
    def width(self) -> float:
        """In pixels."""
        return self.x2 - self.x1

    @property
    def height(self) -> float:
        """In pixels."""
        return self.y2 - self.y1

    @property
    def area(self) -> float:
        """In square pixels."""
        return self.width * self.height

    @property
    def centre(self) -> tuple[float, float]:
        """Its x and y in pixels."""
        return ((self.x1 + self.x2) / 2, (self.y1 + self.y2) / 2)

    def overlap(self, other: "Box") -> float:
        """The intersection's area in square pixels."""
        width = min(self.x2, other.x2) - max(self.x1, other.x1)
        height = min(self.y2, other.y2) - max(self.y1, other.y1)
        return max(width, 0.0) * max(height, 0.0)

    def iou(self, other: "Box") -> float:
        """Intersection over union, 0 to 1."""
        shared = self.overlap(other)
        return shared / (self.area + other.area - shared)


@dataclass(frozen=True, slots=True)
class Face:
    """A face found in an image.

    ``score`` is the detector's, 0 to 1. ``landmarks`` are float32 (5, 2), x and y in pixels: the eye at the image's
    left, the other eye, nose, the mouth's corner at the image's left, the other corner.
    """

    box: Box
    score: float
    landmarks: NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.landmarks.shape != (5, 2):
            raise ValueError(f"landmarks have shape (5, 2), got {self.landmarks.shape}")
        if not (np.isfinite(self.landmarks).all() and 0.0 <= self.score <= 1.0):
            raise ValueError(f"a face needs finite landmarks and a score in 0..1, got {self.score}")


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a camera.

    ``at_s`` is the monotonic time it was captured at; ``captured_at`` the same moment as wall time; ``index`` counts
    from 0 in its source.
    """

    image: Image
    at_s: float
    captured_at: datetime
    index: int

    def __post_init__(self) -> None:
        check_image(self.image)
        if self.captured_at.utcoffset() != timedelta(0):
            raise ValueError(f"captured_at must be aware UTC, got {self.captured_at!r}")


@dataclass(frozen=True, slots=True)
class Embedding:
    """What a network says of one face: float32 (n,), finite, comparable with embeddings of the same ``model``."""

    vector: Vector
    model: ModelKey

    def __post_init__(self) -> None:
        if self.vector.ndim != 1 or self.vector.dtype != np.float32:
            raise ValueError(f"an embedding is float32 (n,), got {self.vector.dtype} {self.vector.shape}")
        if not np.isfinite(self.vector).all() or not self.vector.any():
            raise ValueError("an embedding must be finite and not all zero: the image or the network is broken")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may be enrolled; ``disabled`` people are kept but never matched.

    The face of ``faceless`` people is not used: they have cards and PINs. ``valid_from`` and ``valid_until`` (aware
    UTC) are the first moment at which they may enter and the first at which they no longer may.
    """

    id: PersonId
    name: str
    disabled: bool = False
    faceless: bool = False
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def __post_init__(self) -> None:
        for moment in (self.valid_from, self.valid_until):
            if moment is not None and moment.utcoffset() != timedelta(0):
                raise ValueError(f"validity must be aware UTC, got {moment!r}")


@dataclass(frozen=True, slots=True)
class Template:
    """One enrolled embedding of a person."""

    id: TemplateId
    person: PersonId
    embedding: Embedding = field(repr=False)


def check_image(image: Image) -> None:
    """Refuse what is not an RGB image.

    Raises:
        ValueError: ``image`` is not uint8, height × width × 3, at least 1 × 1.
    """
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise ValueError(f"an image is uint8 (height, width, 3), got {image.dtype} {image.shape}")
