"""Faces that never were: people as points, photos around them."""

import numpy as np

from limen.evaluation.labelled import LabelledFaces
from limen.types import Measure, ModelKey

MODEL = ModelKey("made:up")


def crowd(
    people: int, photos: int | list[int] = 2, *, spread: float = 0.6, size: int = 16, seed: int = 0
) -> LabelledFaces:
    """``photos`` of each person, who lies at random; how far apart photos of one person lie, ``spread`` says."""
    random = np.random.default_rng(seed)
    counts = [photos] * people if isinstance(photos, int) else photos
    owner = np.repeat(np.arange(people), counts)
    rows = random.normal(size=(people, size))[owner] + spread * random.normal(size=(len(owner), size))
    return labelled(rows, owner)


def labelled(rows: np.ndarray, owner: np.ndarray, measure: Measure = Measure.COSINE) -> LabelledFaces:
    """Faces from any rows; those that are compared by cosine are brought to length 1."""
    if measure is Measure.COSINE:
        rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    names = tuple(f"person {number}" for number in range(int(owner.max(initial=-1)) + 1))
    return LabelledFaces(rows.astype(np.float32), owner.astype(np.intp), names, MODEL, measure)
