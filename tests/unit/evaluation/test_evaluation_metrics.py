"""Rates recomputed the slow way: every threshold, every pair."""

import math
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from limen.errors import BadDataError
from limen.evaluation.metrics import (
    Proportion,
    accuracy_at_best_threshold,
    auc,
    clopper_pearson,
    eer,
    tar_at_fmr,
)

INF = math.inf
# Few distinct values, so that ties are the rule.
VALUES = st.sampled_from([-INF, -0.5, 0.0, 0.25, 0.5, 0.75, 1.0])
SCORES = st.lists(VALUES, min_size=1, max_size=12)


def scores(genuine: list[float], impostor: list[float]) -> tuple[np.ndarray, np.ndarray]:
    same = np.array([True] * len(genuine) + [False] * len(impostor))
    order = np.random.default_rng(0).permutation(len(same))
    return np.array(genuine + impostor)[order], same[order]


def rates(genuine: list[float], impostor: list[float], threshold: float) -> tuple[Fraction, Fraction]:
    """FMR and FNMR where a pair matches that reaches ``threshold``."""
    return (
        Fraction(sum(s >= threshold for s in impostor), len(impostor)),
        Fraction(sum(s < threshold for s in genuine), len(genuine)),
    )


@given(SCORES, SCORES)
def test_best_accuracy_is_that_of_the_best_threshold_there_is(genuine: list[float], impostor: list[float]) -> None:
    best = accuracy_at_best_threshold(*scores(genuine, impostor))

    def accuracy(threshold: float) -> float:
        right = sum(s >= threshold for s in genuine) + sum(s < threshold for s in impostor)
        return right / (len(genuine) + len(impostor))

    assert best.accuracy == pytest.approx(accuracy(best.threshold))
    assert best.accuracy == pytest.approx(max(accuracy(t) for t in (-0.5, 0.0, 0.25, 0.5, 0.75, 1.0, 2.0)))


def test_no_threshold_matches_a_face_that_was_not_found() -> None:
    best = accuracy_at_best_threshold(*scores([-INF, -INF, -INF], [-INF]))
    assert best.threshold == INF
    assert best.accuracy == 0.25


@given(SCORES, SCORES)
def test_auc_counts_every_pair_of_pairs(genuine: list[float], impostor: list[float]) -> None:
    wins = sum((g > i) + (g == i) / 2 for g in genuine for i in impostor)
    assert auc(*scores(genuine, impostor)) == pytest.approx(wins / (len(genuine) * len(impostor)))


@given(SCORES, SCORES)
def test_eer_lies_on_the_line_between_the_thresholds_around_it(genuine: list[float], impostor: list[float]) -> None:
    points = [rates(genuine, impostor, t) for t in (*sorted({*genuine, *impostor}), INF)]
    (crossing,) = [
        fmr + (next_fmr - fmr) * (fnmr - fmr) / ((fnmr - fmr) - (next_fnmr - next_fmr))
        for (fmr, fnmr), (next_fmr, next_fnmr) in pairwise(points)
        if fnmr < fmr and next_fnmr >= next_fmr
    ]
    assert eer(*scores(genuine, impostor)) == pytest.approx(float(crossing))


def test_eer_of_known_rates() -> None:
    assert eer(*scores([0.2, 0.6, 0.7, 0.8], [0.1, 0.3, 0.4, 0.65])) == pytest.approx(0.25)
    assert eer(*scores([0.5], [0.5])) == pytest.approx(0.5)


@given(SCORES, SCORES, st.sampled_from([0.1, 0.25, 0.5, 0.9]))
def test_true_accepts_are_those_of_the_lowest_threshold_allowed(
    genuine: list[float], impostor: list[float], fmr: float
) -> None:
    found = tar_at_fmr(*scores(genuine, impostor), fmr)
    if math.floor(fmr * len(impostor) + 1e-9) < 1:
        assert found is None
        return
    candidates = [t for t in (*genuine, *impostor, INF) if t > -INF]
    allowed = [t for t in candidates if rates(genuine, impostor, t)[0] <= fmr + 1e-9]
    assert found == Proportion(max(sum(s >= t for s in genuine) for t in allowed), len(genuine))


def test_perfect_separation() -> None:
    similarities, same = scores([0.9] * 100, [0.1] * 100)
    best = accuracy_at_best_threshold(similarities, same)
    assert (best.accuracy, best.threshold) == (1.0, 0.9)
    assert auc(similarities, same) == 1.0
    assert eer(similarities, same) == 0.0
    assert tar_at_fmr(similarities, same, 0.01) == Proportion(100, 100)


def test_everything_alike_separates_nothing() -> None:
    similarities, same = scores([0.5] * 100, [0.5] * 100)
    assert accuracy_at_best_threshold(similarities, same).accuracy == 0.5
    assert auc(similarities, same) == 0.5
    assert eer(similarities, same) == 0.5
    assert tar_at_fmr(similarities, same, 0.01) == Proportion(0, 100)


def test_a_rate_means_what_it_says_in_decimals() -> None:
    impostor = [i / 100 for i in range(100)]
    # 0.29 of 100 is 28.999… in binary; of twenty-nine that are let through, the lowest is 0.71.
    assert tar_at_fmr(*scores([0.705, 0.70], impostor), 0.29) == Proportion(1, 2)


@pytest.mark.parametrize("bad", [math.nan, INF])
@pytest.mark.parametrize("rate", [accuracy_at_best_threshold, auc, eer, lambda s, t: tar_at_fmr(s, t, 0.1)])
def test_what_is_not_a_number_is_refused(rate: Callable[..., object], bad: float) -> None:
    with pytest.raises(BadDataError, match="1 of 3 similarities"):
        rate(np.array([0.5, bad, 0.1]), np.array([True, True, False]))


@pytest.mark.parametrize("same", [[True, True], [False, False]])
def test_both_kinds_of_pairs_are_needed(same: list[bool]) -> None:
    with pytest.raises(BadDataError, match="both kinds"):
        auc(np.array([0.5, 0.1]), np.array(same))


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="are expected"):
        auc(np.array([0.5, 0.1]), np.array([True]))
    with pytest.raises(ValueError, match="are expected"):
        auc(np.array([0.5, 0.1]), np.array([1, 0]))


@pytest.mark.parametrize(("count", "total"), [(0, 10), (10, 10), (3, 10), (1, 1), (2973, 3000), (1, 4400)])
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_clopper_pearson_is_the_quantile_of_beta(count: int, total: int, confidence: float) -> None:
    tail = (1 - confidence) / 2
    low = beta.ppf(tail, count, total - count + 1) if count else 0.0
    high = beta.ppf(1 - tail, count + 1, total - count) if count < total else 1.0
    assert clopper_pearson(count, total, confidence) == pytest.approx((low, high), rel=1e-9, abs=1e-12)


def test_a_proportion_knows_its_interval() -> None:
    found = Proportion(3, 10)
    assert found.rate == 0.3
    assert found.interval == pytest.approx((0.0667, 0.6525), abs=1e-4)
    with pytest.raises(ValueError, match="positive total"):
        Proportion(0, 0)
    with pytest.raises(ValueError, match="count <= total"):
        Proportion(3, 2)
