"""Which similarity two different people reach how often: thresholds for a model, measured on photos.

Every photo is compared with every photo of everybody else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from limen.errors import BadDataError
from limen.evaluation.photos import PhotoWork, embed_photos
from limen.matching.similarity import similarities
from limen.types import Measure, ModelKey

RATES = (1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 3e-6, 1e-6)
_PAIRS_NEEDED = 30
"""The rule of thirty: a rate is given only where so many pairs are expected to reach its threshold."""
_STEP = 1e-4
_LOWEST = -3.0
"""Similarities are counted in steps; those below the lowest (far beyond any two faces) count as the lowest."""


@dataclass(frozen=True, slots=True)
class MeasuredPreset:
    """``pairs`` of different people, the part ``fmr`` of all, reach ``similarity``."""

    fmr: float
    similarity: float
    pairs: int


@dataclass(frozen=True, slots=True)
class PresetsReport:
    """The presets that the photos support, and what they were measured on."""

    model: ModelKey
    presets: tuple[MeasuredPreset, ...]
    photos: int
    people: int
    impostor_pairs: int


def measure_presets(
    people: Sequence[tuple[str, Sequence[Path]]], work: PhotoWork, step: Callable[[], None] = lambda: None
) -> PresetsReport:
    """The presets of the model of ``work``; photos without a face are left out.

    Raises:
        BadDataError: there are too few photos of different people for two presets, or a photo or network is bad.
        NoInputError: a photo cannot be read.
    """
    owners = {photo: number for number, (_, photos) in enumerate(people) for photo in photos}
    found = embed_photos(list(owners), work, step)
    shown = [(owners[photo], embedding) for photo, embedding in found.items() if embedding is not None]
    owner = np.array([number for number, _ in shown])
    vectors = np.array([embedding.vector for _, embedding in shown], np.float32)
    engine, known = work.engines[0], len(set(owner.tolist()))
    presets, pairs = impostor_presets(vectors, owner, engine.measure)
    if len(presets) < 2:
        raise BadDataError(
            f"{len(shown)} photos of {known} people make {pairs:,} pairs of different people, too few for two "
            f"presets: at least {_PAIRS_NEEDED / RATES[1]:,.0f} pairs are needed"
        )
    return PresetsReport(engine.model, presets, len(shown), known, pairs)


def impostor_presets(
    vectors: NDArray[np.float32], owner: NDArray[np.intp], measure: Measure
) -> tuple[tuple[MeasuredPreset, ...], int]:
    """The presets that embeddings (n, d) of people ``owner`` (n,) support, and how many pairs of different people.

    A preset's similarity is the lowest, in steps of 0.0001, that no more than its part of these pairs reaches.
    """
    counts = _impostors(vectors, owner, measure)
    return tuple(_presets(counts)), int(counts.sum())


def _impostors(vectors: NDArray[np.float32], owner: NDArray[np.intp], measure: Measure) -> NDArray[np.int64]:
    """How many pairs of different people have a similarity in each step from the lowest to 1, and 0 for one above."""
    steps = round((1 - _LOWEST) / _STEP) + 1
    counts = np.zeros(steps + 1, np.int64)
    for index in range(len(vectors) - 1):
        others = owner[index + 1 :] != owner[index]
        alike = similarities(vectors[index], vectors[index + 1 :][others], measure)
        counts += np.bincount(np.clip((alike - _LOWEST) / _STEP, 0, steps - 1).astype(np.int64), minlength=steps + 1)
    return counts


def _presets(counts: NDArray[np.int64]) -> list[MeasuredPreset]:
    total = int(counts.sum())
    reaching = counts[::-1].cumsum()[::-1]
    presets = []
    for rate in RATES:
        if rate * total >= _PAIRS_NEEDED:
            lowest = int(np.argmax(reaching <= rate * total))
            presets.append(MeasuredPreset(rate, round(_LOWEST + lowest * _STEP, 4), int(reaching[lowest])))
    return presets
