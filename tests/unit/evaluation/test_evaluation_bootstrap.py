"""Rates of people drawn again, written out person by person."""

import numpy as np
import pytest

from limen.evaluation.bootstrap import RESAMPLES, drawn_again, interval_95, pair_rates, person_rates


def test_as_many_people_are_drawn_as_there_are() -> None:
    drawn = drawn_again(7, np.random.default_rng(0))
    assert drawn.shape == (RESAMPLES, 7)
    assert set(drawn.sum(axis=1).tolist()) == {7}
    assert drawn.mean(axis=0) == pytest.approx(np.ones(7), abs=0.15)
    # That one is left out happens with probability (6/7)^7.
    assert (drawn == 0).mean() == pytest.approx((6 / 7) ** 7, abs=0.03)


def test_the_same_seed_draws_the_same() -> None:
    first, second = (drawn_again(5, np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(first, second)


def test_rates_of_people_one_by_one() -> None:
    random = np.random.default_rng(1)
    parts, drawn = random.random(6).astype(np.float32), drawn_again(6, random)
    expected = [np.repeat(parts, times.astype(int)).mean() for times in drawn]
    assert person_rates(parts, drawn) == pytest.approx(expected, rel=1e-5)


def test_rates_of_pairs_one_by_one() -> None:
    random = np.random.default_rng(2)
    upper = np.triu(random.random((6, 6)), 1).astype(np.float32)
    parts, drawn = upper + upper.T, drawn_again(6, random)
    found = pair_rates(parts, drawn)
    for rate, times in list(zip(found.tolist(), drawn, strict=True))[:50]:
        people = np.repeat(np.arange(6), times.astype(int))
        pairs = [parts[a, b] for a in people for b in people if a != b]
        assert rate == pytest.approx(np.mean(pairs), rel=1e-5)


def test_one_person_drawn_alone_has_no_pairs() -> None:
    assert pair_rates(np.ones((2, 2), np.float32) - np.eye(2, dtype=np.float32), np.array([[2, 0]], np.float32)) == [0]


def test_the_interval_holds_the_middle() -> None:
    assert interval_95(np.arange(1001) / 1000) == pytest.approx((0.025, 0.975))


def test_the_interval_of_a_mean_is_as_wide_as_theory_says() -> None:
    random = np.random.default_rng(4)
    parts = (random.random(900) < 0.2).astype(np.float32)
    low, high = interval_95(person_rates(parts, drawn_again(900, random)))
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(0.2 * 0.8 / 900), rel=0.15)
