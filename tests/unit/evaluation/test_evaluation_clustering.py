"""The agreement of clusters with people: published examples, and both measures written out anew."""

import math

import numpy as np
import pytest
from evaluation_samples import MODEL, crowd, labelled
from sklearn.metrics.cluster import pair_confusion_matrix

from limen.errors import BadDataError
from limen.evaluation.clustering import Agreement, bcubed, evaluate_clusters, pairwise

BAGGA_TRUTH = np.array([0] * 5 + [1] * 2 + [2] * 5)
BAGGA_FIRST = np.array([0] * 5 + [1] * 7)
BAGGA_SECOND = np.array([0] * 5 + [1] * 2 + [0] * 5)


def by_hand(clusters: np.ndarray, people: np.ndarray) -> tuple[float, float]:
    """BCubed precision and recall as their authors define them: face by face."""
    precisions, recalls = [], []
    for face in range(len(clusters)):
        together = {other for other in range(len(clusters)) if clusters[other] == clusters[face]}
        same = {other for other in range(len(clusters)) if people[other] == people[face]}
        precisions.append(len(together & same) / len(together))
        recalls.append(len(together & same) / len(same))
    return float(np.mean(precisions)), float(np.mean(recalls))


def random_numbers(seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    clusters = np.unique(random.integers(0, 12, 60), return_inverse=True)[1]
    people = np.unique(random.integers(0, 9, 60), return_inverse=True)[1]
    return clusters, people


class TestBCubed:
    @pytest.mark.parametrize(("clusters", "precision"), [(BAGGA_FIRST, 0.76), (BAGGA_SECOND, 0.58)])
    def test_the_example_of_bagga_and_baldwin(self, clusters: np.ndarray, precision: float) -> None:
        found = bcubed(clusters, BAGGA_TRUTH)
        assert found.precision is not None
        assert round(found.precision, 2) == precision
        assert found.recall == 1

    @pytest.mark.parametrize("seed", range(4))
    def test_by_hand(self, seed: int) -> None:
        clusters, people = random_numbers(seed)
        found, (precision, recall) = bcubed(clusters, people), by_hand(clusters, people)
        assert (found.precision, found.recall) == pytest.approx((precision, recall))
        assert found.f == pytest.approx(2 * precision * recall / (precision + recall))


class TestPairwise:
    def test_the_example_of_manning_raghavan_and_schuetze(self) -> None:
        # Introduction to Information Retrieval, figure 16.4: 20 pairs rightly together, 20 wrongly, 24 wrongly apart.
        clusters = np.array([0] * 6 + [1] * 6 + [2] * 5)
        classes = np.array([*[0, 0, 0, 0, 0, 1], *[0, 1, 1, 1, 1, 2], *[0, 0, 2, 2, 2]])
        found = pairwise(clusters, classes)
        assert (found.precision, found.recall) == (20 / 40, 20 / 44)
        assert found.f == pytest.approx(0.476, abs=5e-4)

    @pytest.mark.parametrize("seed", range(4))
    def test_as_scikit_learn_counts_pairs(self, seed: int) -> None:
        clusters, people = random_numbers(seed)
        (_, wrongly_together), (wrongly_apart, together) = pair_confusion_matrix(people, clusters)
        found = pairwise(clusters, people)
        assert found.precision == pytest.approx(together / (together + wrongly_together))
        assert found.recall == pytest.approx(together / (together + wrongly_apart))

    def test_without_pairs_there_is_no_rate(self) -> None:
        apart, together = np.arange(4), np.zeros(4, np.intp)
        assert pairwise(apart, together) == Agreement(None, 0.0)
        assert pairwise(together, apart) == Agreement(0.0, None)
        assert pairwise(apart, together).f is None

    def test_nothing_right_is_zero(self) -> None:
        assert Agreement(0.0, 0.0).f == 0


class TestReport:
    def test_people_far_apart_are_found(self) -> None:
        faces = crowd(12, [1, 2, 3] * 4, spread=0.02)
        report = evaluate_clusters(faces, 0.95)
        assert (report.photos, report.people, report.clusters) == (24, 12, 12)
        assert (report.bcubed, report.pairwise) == (Agreement(1.0, 1.0), Agreement(1.0, 1.0))
        assert (report.model, report.threshold) == (MODEL, 0.95)
        assert math.isfinite(report.seconds)

    def test_two_people_who_look_the_same_are_one_cluster(self) -> None:
        rows = np.array([[1, 0], [1, 0], [1, 0.001], [0, 1]], np.float32)
        report = evaluate_clusters(labelled(rows, np.array([0, 0, 1, 2])), 0.9)
        assert report.clusters == 2
        assert report.pairwise == Agreement(1 / 3, 1.0)
        assert report.bcubed.precision == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1) / 4)

    def test_one_person_is_too_few(self) -> None:
        with pytest.raises(BadDataError, match="3 photos of 1 people"):
            evaluate_clusters(crowd(1, 3), 0.9)
