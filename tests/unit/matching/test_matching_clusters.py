"""Clusters of faces, held against SciPy's average linkage."""

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import pdist

from limen.errors import BadDataError
from limen.matching.clusters import cluster_faces, rate_for
from limen.types import Measure


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def at_angles(*degrees: float) -> np.ndarray:
    """Faces on a circle."""
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def crowd(seed: int, people: int = 40, size: int = 8) -> np.ndarray:
    """One to eight photos of each person, in no order, some people much alike."""
    random = np.random.default_rng(seed)
    owner = random.permutation(np.repeat(np.arange(people), random.integers(1, 9, people)))
    return random.normal(size=(people, size))[owner] + 0.45 * random.normal(size=(len(owner), size))


def numbered(labels: np.ndarray) -> list[int]:
    """The labels by the order of first appearance."""
    order = {label: number for number, label in enumerate(dict.fromkeys(labels.tolist()))}
    return [order[label] for label in labels.tolist()]


@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.8, 0.95])
@pytest.mark.parametrize("seed", range(5))
def test_cosine_is_average_linkage_of_the_cosine(seed: int, threshold: float) -> None:
    rows = unit(crowd(seed))
    expected = fcluster(linkage(pdist(rows.astype(np.float64), "cosine"), "average"), 1 - threshold, "distance")
    found = cluster_faces(rows, Measure.COSINE, threshold)
    assert 1 < found.max() < len(rows)
    assert found.tolist() == numbered(expected)


@pytest.mark.parametrize("threshold", [-1.5, -0.5, 0.2])
@pytest.mark.parametrize("seed", range(3))
def test_euclidean_is_average_linkage_of_the_squared_distance(seed: int, threshold: float) -> None:
    rows = crowd(seed).astype(np.float32)
    tree = linkage(pdist(rows.astype(np.float64), "sqeuclidean"), "average")
    expected = fcluster(tree, (1 - threshold) ** 2, "distance")
    found = cluster_faces(rows, Measure.EUCLIDEAN, threshold)
    assert 1 < found.max() < len(rows)
    assert found.tolist() == numbered(expected)


def test_numbers_rise_in_the_order_of_first_appearance() -> None:
    found = cluster_faces(at_angles(90, 0, 91, 180, 1, 181, 92), Measure.COSINE, 0.99)
    assert found.tolist() == [0, 1, 0, 2, 1, 2, 0]
    assert found.dtype == np.intp


def test_a_row_of_lookalikes_is_not_one_person() -> None:
    # Each is within the threshold (10 degrees) of the next; the ends are 24 degrees apart.
    found = cluster_faces(at_angles(0, 8, 16, 24), Measure.COSINE, float(np.cos(np.radians(10))))
    assert found.tolist() == [0, 0, 1, 1]


def test_identical_faces_are_one_person_at_any_threshold() -> None:
    rows = unit(np.random.default_rng(0).normal(size=(3, 128)))
    twice = rows[[0, 1, 2, 1, 0, 0]]
    assert cluster_faces(twice, Measure.COSINE, 0.99).tolist() == [0, 1, 2, 1, 0, 0]
    assert cluster_faces(twice, Measure.COSINE, 1.3).tolist() == [0, 1, 2, 1, 0, 0]
    assert cluster_faces(twice, Measure.EUCLIDEAN, 1.0).tolist() == [0, 1, 2, 1, 0, 0]


def test_hundreds_of_copies() -> None:
    rows = np.repeat(unit(np.random.default_rng(1).normal(size=(4, 128))), 200, axis=0)
    assert cluster_faces(rows, Measure.COSINE, 0.93).tolist() == np.repeat(np.arange(4), 200).tolist()


@pytest.mark.parametrize(("faces", "expected"), [(0, []), (1, [0])])
def test_nobody_and_somebody_alone(faces: int, expected: list[int]) -> None:
    assert cluster_faces(at_angles(10)[:faces], Measure.COSINE, 0.9).tolist() == expected


def test_the_vectors_stay_as_they_are() -> None:
    rows = unit(crowd(3))
    before = rows.copy()
    cluster_faces(rows, Measure.COSINE, 0.5)
    assert np.array_equal(rows, before)


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_what_is_no_number_is_refused(number: float) -> None:
    rows = at_angles(0, 1, 2)
    rows[1, 0] = number
    with pytest.raises(BadDataError, match="numbers that are none"):
        cluster_faces(rows, Measure.COSINE, 0.9)


@pytest.mark.parametrize("rows", [np.zeros((2, 3)), np.zeros(3, np.float32)])
def test_what_are_no_vectors_is_refused(rows: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"float32 \(n, d\)"):
        cluster_faces(rows, Measure.COSINE, 0.9)


@pytest.mark.parametrize(("faces", "rate"), [(1, 1e-3), (1_000, 1e-3), (2_000, 5e-4), (10_000, 1e-4)])
def test_the_more_faces_the_stricter(faces: int, rate: float) -> None:
    assert rate_for(faces) == pytest.approx(rate)
