"""Calibrations of people made up so that the true rates are known, or can be counted the slow way."""

from datetime import UTC, datetime
from itertools import combinations

import numpy as np
import pytest
from evaluation_samples import crowd, labelled
from scipy.special import comb
from scipy.stats import genpareto

from limen.errors import BadDataError
from limen.evaluation.calibrate import calibrate, fitted_tail
from limen.evaluation.labelled import LabelledFaces
from limen.evaluation.scores import STEP, Scores
from limen.matching.base import Method
from limen.matching.calibration import Calibration
from limen.matching.similarity import all_similarities
from limen.types import Measure

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def made_of(faces: LabelledFaces) -> Calibration:
    return calibrate(faces, "made up", NOW)


@pytest.mark.parametrize("measure", list(Measure))
def test_each_similarity_is_the_lowest_that_no_more_than_its_part_of_pairs_reaches(measure: Measure) -> None:
    singles = crowd(120, 1)
    faces = labelled(singles.vectors, singles.owner, measure)
    alike = all_similarities(faces.vectors, faces.vectors, measure)[np.triu_indices(120, 1)]
    calibration = made_of(faces)
    assert calibration.people_pairs == calibration.impostor_pairs == 7140
    assert [p.fmr for p in calibration.false_matches][:4] == [0.5, 0.3, 0.2, 0.15]
    assert calibration.false_matches[-1].fmr == 5e-3, "thirty of 7,140 pairs are 0.0042 of them"
    for point in calibration.false_matches:
        assert (alike >= point.similarity + 1e-6).mean() <= point.fmr
        assert (alike >= point.similarity - 2e-3).mean() >= point.fmr * 0.9
        assert point.interval[0] < point.fmr < point.interval[1]


def test_calibration_predicts_people_who_were_not_in_it() -> None:
    thresholds = made_of(crowd(500, 2, seed=1)).thresholds
    others = crowd(500, 1, seed=2)
    alike = all_similarities(others.vectors, others.vectors, others.measure)[np.triu_indices(500, 1)]
    for fmr in (1e-1, 1e-2, 1e-3):
        assert (alike >= thresholds.at_fmr(fmr)).mean() == pytest.approx(fmr, rel=0.3)


def test_the_tail_goes_on_where_counts_run_out() -> None:
    """The similarity of two random points has a density that is known: the tail is compared with it."""
    size = 16
    calibration = made_of(crowd(400, 1, size=size, seed=3))
    assert calibration.tail is not None
    assert calibration.false_matches[-1].fmr == 5e-4
    many = np.random.default_rng(4).normal(size=(4000, size)).astype(np.float32)
    many /= np.linalg.norm(many, axis=1, keepdims=True)
    alike = (many @ many.T)[np.triu_indices(4000, 1)]
    for fmr in (1e-4, 1e-5):
        measured = (alike >= calibration.thresholds.at_fmr(fmr)).mean()
        assert fmr / 3 < measured < fmr * 3
        assert calibration.thresholds.is_fitted(fmr)


@pytest.mark.parametrize("shape", [-0.4, -0.1, 0.0, 0.2])
def test_the_fit_finds_the_parameters_of_the_distribution_that_it_is_of(shape: float) -> None:
    """A million similarities of which one in a thousand exceeds 0.6, by a distribution that is known."""
    excess = genpareto(shape, scale=0.03).rvs(100_000, random_state=5)
    counts = np.zeros(20_001, np.int64)
    counts[5_000] = 99_900_000
    counts += np.bincount(np.minimum(((1.6 + excess) / STEP).astype(int), 20_000), minlength=20_001)
    tail = fitted_tail(Scores(-1.0, counts, counts.astype(np.float64)))
    assert tail is not None
    assert (tail.similarity, tail.fmr) == (pytest.approx(0.6, abs=2e-4), pytest.approx(1e-3, rel=0.01))
    assert (tail.shape, tail.scale) == (pytest.approx(shape, abs=0.03), pytest.approx(0.03, rel=0.03))


def test_where_there_is_no_tail_none_is_fitted() -> None:
    counts = np.zeros(20_001, np.int64)
    counts[[5_000, 15_000]] = 90_000, 10_000
    assert fitted_tail(Scores(-1.0, counts, counts.astype(np.float64))) is None


@pytest.mark.parametrize("people", [5, 20])
def test_a_search_is_the_mean_over_all_galleries(people: int) -> None:
    faces = crowd(25, [2] * 10 + [1] * 15, seed=6)
    calibration = made_of(faces)
    search = next(s for s in calibration.searches if s.people == people)
    alike = all_similarities(faces.vectors, faces.vectors, faces.measure)
    for point, fpir in list(zip(calibration.false_matches, search.fpir, strict=True))[:3]:
        each = []
        for face in range(len(faces)):
            # A random photo of each other person: what is reached of whom is a probability. Exact for single photos.
            reached = [np.mean(alike[face, faces.owner == p] >= point.similarity) for p in range(25)]
            del reached[faces.owner[face]]
            random = np.random.default_rng(face)
            draws = [(random.random(24) < reached)[random.permutation(24)[:people]].any() for _ in range(400)]
            each.append(np.mean(draws) / faces.counts[faces.owner[face]])
        assert fpir == pytest.approx(np.sum(each) / 25, abs=0.03)


def test_a_search_among_single_photos_is_exact() -> None:
    faces = crowd(16, 1, seed=7)
    calibration = made_of(faces)
    alike = all_similarities(faces.vectors, faces.vectors, faces.measure)
    search = next(s for s in calibration.searches if s.people == 5)
    for point, fpir in zip(calibration.false_matches, search.fpir, strict=True):
        galleries = [
            any(alike[face, other] >= point.similarity for other in gallery)
            for face in range(16)
            for gallery in combinations([other for other in range(16) if other != face], 5)
        ]
        assert len(galleries) == 16 * comb(15, 5, exact=True)
        assert fpir == pytest.approx(np.mean(galleries), abs=1e-6)


def test_intervals_hold_the_true_rate_about_as_often_as_they_say() -> None:
    truth = crowd(3_000, 1, seed=100)
    alike = all_similarities(truth.vectors, truth.vectors, truth.measure)[np.triu_indices(3_000, 1)]
    held = 0
    for seed in range(60):
        point = next(p for p in made_of(crowd(90, 1, seed=seed)).false_matches if p.fmr == 0.05)
        low, high = point.interval
        held += low <= (alike >= point.similarity).mean() <= high
    assert held >= 50


def test_several_photos_count_as_measured() -> None:
    """Photos that are all alike add nothing by the nearest; photos as far apart as people add as many."""
    same = made_of(crowd(60, 5, spread=0.0, seed=8))
    apart = made_of(crowd(60, 5, spread=50.0, seed=9))
    assert {e.method: e.exponent for e in same.exponents}[Method.NEAREST] == pytest.approx(0, abs=0.01)
    assert {e.method: e.exponent for e in apart.exponents}[Method.NEAREST] == pytest.approx(1, abs=0.2)


def test_few_people_with_several_photos_leave_exponents_unmeasured() -> None:
    assert made_of(crowd(60, [2] * 29 + [1] * 31)).exponents == ()


def test_false_non_matches_are_those_of_a_count() -> None:
    faces = crowd(80, 3, seed=10)
    alike = all_similarities(faces.vectors, faces.vectors, faces.measure)
    genuine = np.array([alike[a, b] for a, b in combinations(range(240), 2) if faces.owner[a] == faces.owner[b]])
    calibration = made_of(faces)
    assert calibration.genuine_pairs == len(genuine) == 240
    for point in calibration.false_non_matches:
        assert (genuine < point.similarity).mean() == pytest.approx(point.fnmr, abs=0.02)
    assert calibration.false_non_matches[-1].fnmr == 0.15, "thirty of 240"


def test_one_person_is_too_few() -> None:
    with pytest.raises(BadDataError, match="all 5 photos show one person: photos of different people"):
        made_of(crowd(1, 5))


@pytest.mark.parametrize(("people", "pairs"), [(2, 1), (9, 36)])
def test_few_people_are_not_enough_data_and_the_message_says_how_many_are(people: int, pairs: int) -> None:
    with pytest.raises(BadDataError, match=rf"not enough data: {people} people make {pairs} .* 100 .* 15 people make"):
        made_of(crowd(people, 2))


def test_identical_photos_are_not_enough_data() -> None:
    with pytest.raises(BadDataError, match="who do not look all the same"):
        made_of(labelled(np.ones((80, 8)), np.arange(80) // 2))
