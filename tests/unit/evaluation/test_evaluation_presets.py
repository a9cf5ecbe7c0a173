from itertools import combinations

import numpy as np
import pytest

from limen.evaluation.presets import impostor_presets
from limen.types import Measure


def embeddings(count: int, seed: int) -> np.ndarray:
    vectors = np.random.default_rng(seed).standard_normal((count, 8)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.mark.parametrize("measure", list(Measure))
def test_presets_are_what_a_count_of_all_pairs_gives(measure: Measure) -> None:
    vectors, owner = embeddings(90, 1), np.arange(90) // 3
    alike = np.array(
        [
            vectors[i] @ vectors[j] if measure is Measure.COSINE else 1 - np.linalg.norm(vectors[i] - vectors[j])
            for i, j in combinations(range(90), 2)
            if owner[i] != owner[j]
        ]
    )
    presets, pairs = impostor_presets(vectors, owner, measure)
    assert pairs == len(alike) == 90 * 87 // 2
    assert [preset.fmr for preset in presets] == [1e-1, 3e-2, 1e-2]
    for preset in presets:
        reaching = int((alike >= preset.similarity).sum())
        assert abs(preset.pairs - reaching) <= 2, "a step of 0.0001 holds a pair or two"
        assert preset.pairs <= preset.fmr * pairs < (alike >= preset.similarity - 0.01).sum()


def test_photos_of_one_person_make_no_pairs() -> None:
    assert impostor_presets(embeddings(40, 2), np.zeros(40, np.intp), Measure.COSINE) == ((), 0)


def test_identical_faces_count_as_alike() -> None:
    presets, pairs = impostor_presets(np.repeat(embeddings(1, 3), 60, axis=0), np.arange(60), Measure.COSINE)
    assert pairs == 1770
    assert [(preset.pairs, preset.similarity > 0.9999) for preset in presets] == [(0, True)] * 2
