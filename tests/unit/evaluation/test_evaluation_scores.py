"""All pairs by matrix product, against all pairs one by one."""

from itertools import combinations

import numpy as np
import pytest
from evaluation_samples import crowd, labelled

from limen.evaluation.labelled import LabelledFaces
from limen.evaluation.scores import STEP, all_pairs, most_alike, reached_people
from limen.matching.similarity import similarities
from limen.types import Measure

UNEVEN = [1, 4, 2, 1, 3, 7, 1, 2]


def slowly(faces: LabelledFaces) -> list[tuple[int, int, float]]:
    return [
        (a, b, float(similarities(faces.vectors[a], faces.vectors[b][None], faces.measure)[0]))
        for a, b in combinations(range(len(faces)), 2)
    ]


@pytest.fixture(params=list(Measure))
def faces(request: pytest.FixtureRequest) -> LabelledFaces:
    uneven = crowd(8, UNEVEN)
    return labelled(uneven.vectors * 0.9, uneven.owner, request.param)


def test_every_pair_is_counted_once(faces: LabelledFaces) -> None:
    pairs = all_pairs(faces)
    same = sum(n * (n - 1) // 2 for n in UNEVEN)
    assert pairs.genuine.total == same
    assert pairs.impostor.total == len(faces) * (len(faces) - 1) // 2 - same
    assert pairs.impostor.units == 8 * 7 // 2
    assert pairs.genuine.units == sum(n > 1 for n in UNEVEN)


def test_rates_are_those_of_a_count_in_which_each_two_people_count_once(faces: LabelledFaces) -> None:
    pairs, each = all_pairs(faces), slowly(faces)
    for threshold in (-0.2, 0.1, 0.4, 0.8):
        by_people: dict[tuple[int, int], list[bool]] = {}
        for a, b, alike in each:
            by_people.setdefault((int(faces.owner[a]), int(faces.owner[b])), []).append(alike >= threshold)
        impostor = [np.mean(hits) for (a, b), hits in by_people.items() if a != b]
        genuine = [np.mean(hits) for (a, b), hits in by_people.items() if a == b]
        assert pairs.impostor.rate(threshold) == pytest.approx(np.mean(impostor), abs=0.02)
        assert pairs.genuine.rate(threshold) == pytest.approx(np.mean(genuine), abs=0.02)
        reached = sum(alike >= threshold for a, b, alike in each if faces.owner[a] != faces.owner[b])
        assert abs(pairs.impostor.reaching(threshold).count - reached) <= 1, "a step of 0.0001 holds a pair at most"


def test_rates_at_the_edges_are_the_rates(faces: LabelledFaces) -> None:
    impostor = all_pairs(faces).impostor
    rates, edges = impostor.rates(), impostor.edges
    assert rates[0] == pytest.approx(1)
    for step in (5000, 9000, len(edges) - 1):
        assert rates[step] == pytest.approx(impostor.rate(float(edges[step])))
    assert edges[1] - edges[0] == pytest.approx(STEP)


def test_more_faces_than_a_block_holds() -> None:
    many = crowd(700, 1)
    pairs = all_pairs(many)
    alike = np.array([similarity for *_, similarity in slowly(many)])
    assert pairs.impostor.total == len(alike)
    assert pairs.impostor.reaching(0.5).count == pytest.approx((alike >= 0.5).sum(), abs=10)


def test_identical_faces_are_as_alike_as_can_be() -> None:
    pairs = all_pairs(labelled(np.ones((6, 4)), np.arange(6) // 2))
    assert pairs.impostor.reaching(0.999).rate == pairs.genuine.reaching(0.999).rate == 1


def test_whoever_is_reached_is_counted_by_the_part_of_their_photos(faces: LabelledFaces) -> None:
    thresholds = np.array([-0.1, 0.3, 0.6])
    reached = reached_people(faces, thresholds)
    assert reached.shape == (len(faces), 3)
    for face in (0, 3, len(faces) - 1):
        alike = similarities(faces.vectors[face], faces.vectors, faces.measure)
        others = [np.flatnonzero(faces.owner == p) for p in range(8) if p != faces.owner[face]]
        expected = [sum(np.mean(alike[photos] >= threshold) for photos in others) for threshold in thresholds]
        np.testing.assert_allclose(reached[face], expected, atol=0.01)


def test_the_most_alike_of_two_people_come_first(faces: LabelledFaces) -> None:
    expected = sorted(
        ((a, b, alike) for a, b, alike in slowly(faces) if faces.owner[a] != faces.owner[b]), key=lambda pair: -pair[2]
    )
    found = most_alike(faces, expected[4][2] - 1e-5, limit=3)
    assert [(a, b) for a, b, _ in found] == [(a, b) for a, b, _ in expected[:3]]
    assert most_alike(faces, 2.0, limit=3) == []
