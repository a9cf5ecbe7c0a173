import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matching_samples import PRESETS
from scipy.stats import genpareto

from limen.errors import ConfigError
from limen.matching.base import Method
from limen.matching.thresholds import SearchCurve, Tail, Thresholds, share_of
from limen.models.catalogue import Preset, load_catalogue

THRESHOLDS = Thresholds(PRESETS)
TAIL = Tail(similarity=0.7, fmr=1e-2, shape=-0.1, scale=0.05)
FITTED = Thresholds(PRESETS, TAIL)


def curve(people: int, *points: tuple[float, float]) -> SearchCurve:
    return SearchCurve(people, tuple(Preset(fmr=fpir, similarity=similarity) for fpir, similarity in points))


SEARCHED = Thresholds(
    PRESETS, TAIL, (curve(10, (0.5, 0.6), (0.05, 0.72)), curve(100, (0.9, 0.6), (0.3, 0.72), (0.05, 0.79)))
)
RATE = st.floats(1e-7, 0.9)
PEOPLE = st.floats(1, 10_000)
OF_MODELS = [entry for entry in load_catalogue().entries if entry.presets]
EVERY = st.sampled_from([THRESHOLDS, FITTED, SEARCHED, *(Thresholds(entry.presets) for entry in OF_MODELS)])


def test_a_preset_is_met_exactly_in_whatever_order_they_stand() -> None:
    for thresholds in (THRESHOLDS, Thresholds(PRESETS[::-1])):
        for preset in PRESETS:
            assert thresholds.at_fmr(preset.fmr) == pytest.approx(preset.similarity)


def test_between_two_presets_it_is_a_line_over_the_logarithm() -> None:
    assert THRESHOLDS.at_fmr(10**-1.5) == pytest.approx(0.6)
    assert THRESHOLDS.at_fmr(10**-2.5) == pytest.approx(0.75)


def test_beyond_the_presets_the_last_line_goes_on() -> None:
    assert THRESHOLDS.at_fmr(1e-4) == pytest.approx(0.9)
    assert THRESHOLDS.at_fmr(10**-0.5) == pytest.approx(0.4)


@pytest.mark.parametrize("shape", [-0.3, 0.0, 0.4])
@pytest.mark.parametrize("fmr", [1e-2, 1e-3, 1e-7])
def test_a_tail_is_the_generalised_pareto_distribution(shape: float, fmr: float) -> None:
    tail = Tail(0.7, 1e-2, shape, 0.05)
    assert tail.at_fmr(fmr) == pytest.approx(0.7 + genpareto(shape, scale=0.05).isf(fmr / 1e-2))
    assert tail.fmr_at(tail.at_fmr(fmr)) == pytest.approx(fmr)


def test_a_bounded_tail_ends() -> None:
    assert Tail(0.7, 1e-2, -0.5, 0.1).fmr_at(0.95) == 0


def test_the_tail_goes_on_where_the_points_end() -> None:
    """At the last point 0.8 is known, and the tail by itself would say something else."""
    assert FITTED.at_fmr(1e-3) == pytest.approx(0.8)
    step = TAIL.at_fmr(1e-5) - TAIL.at_fmr(1e-3)
    assert FITTED.at_fmr(1e-5) == pytest.approx(0.8 + step)
    assert FITTED.is_fitted(9e-4)
    assert not FITTED.is_fitted(1e-3)


@given(EVERY, RATE, RATE)
def test_a_smaller_rate_asks_for_more_likeness(thresholds: Thresholds, a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert thresholds.at_fmr(low) >= thresholds.at_fmr(high)


@given(EVERY, RATE)
def test_there_and_back_gives_the_rate(thresholds: Thresholds, fmr: float) -> None:
    assert thresholds.fmr_at(thresholds.at_fmr(fmr)) == pytest.approx(fmr, rel=1e-6)


@pytest.mark.parametrize(("similarity", "fmr"), [(-5.0, 1.0), (5.0, 1e-12)])
def test_rates_stay_rates(similarity: float, fmr: float) -> None:
    assert FITTED.fmr_at(similarity) == fmr


@given(EVERY, RATE, PEOPLE, PEOPLE)
def test_the_more_people_the_more_likeness_a_search_asks_for(
    thresholds: Thresholds, fpir: float, a: float, b: float
) -> None:
    few, many = sorted((a, b))
    assert thresholds.for_search(fpir, few) <= thresholds.for_search(fpir, many) + 1e-9


@given(EVERY, RATE, RATE, PEOPLE)
def test_the_smaller_its_rate_the_more_likeness_a_search_asks_for(
    thresholds: Thresholds, a: float, b: float, people: float
) -> None:
    low, high = sorted((a, b))
    assert thresholds.for_search(low, people) >= thresholds.for_search(high, people) - 1e-9


def test_without_measured_searches_comparisons_count_as_independent() -> None:
    single = share_of(0.05, 10)
    assert 1 - (1 - single) ** 10 == pytest.approx(0.05)
    assert THRESHOLDS.for_search(0.05, 10) == THRESHOLDS.at_fmr(single) == THRESHOLDS.at_fmr(0.05, 10)


def test_a_measured_search_is_met_exactly() -> None:
    assert SEARCHED.for_search(0.05, 10) == pytest.approx(0.72)
    assert SEARCHED.for_search(0.3, 100) == pytest.approx(0.72)


def test_between_two_measured_searches_it_is_a_line_over_the_logarithm_of_people() -> None:
    assert SEARCHED.for_search(0.05, math.sqrt(10 * 100)) == pytest.approx((0.72 + 0.79) / 2)


def test_below_the_least_measured_rate_of_a_search_it_goes_on_as_of_independent_comparisons() -> None:
    step = SEARCHED.at_fmr(0.001, 100) - SEARCHED.at_fmr(0.05, 100)
    assert SEARCHED.for_search(0.001, 100) == pytest.approx(0.79 + step)


def test_among_more_people_than_were_measured_groups_of_them_count_as_independent() -> None:
    share = share_of(0.3, 5)
    assert SEARCHED.for_search(0.3, 500) == pytest.approx(SEARCHED.for_search(share, 100))


@pytest.mark.parametrize("people", [0, 1, 5, 10, 50, 500])
def test_what_is_not_a_number_is_never_a_lower_threshold(people: int) -> None:
    class Broken(Thresholds):
        def at_fmr(self, fmr: float, comparisons: float = 1.0) -> float:
            return math.nan

        def _in(self, curve: SearchCurve, fpir: float) -> float:
            return math.nan if curve.people > 10 else 0.72

    thresholds = Broken(SEARCHED.points, SEARCHED.tail, SEARCHED.searches)
    found = thresholds.for_search(0.05, people)
    assert math.isnan(found) or (people == 10 and found == 0.72)


@pytest.mark.parametrize("people", [0, 1])
def test_a_search_among_one_or_nobody_is_a_comparison(people: int) -> None:
    assert THRESHOLDS.for_search(0.01, people) == pytest.approx(0.7)
    assert SEARCHED.for_search(0.01, people) == pytest.approx(0.7)


def test_what_was_not_measured_of_several_photos_is_taken_as_more_rather_than_less() -> None:
    assert (THRESHOLDS.exponent(Method.NEAREST), THRESHOLDS.exponent(Method.CENTROID)) == (1.0, 1.5)
    assert THRESHOLDS.exponent(Method.SVM) == THRESHOLDS.exponent(Method.KNN) == 1.0


@pytest.mark.parametrize("presets", [(), PRESETS[:1]])
def test_a_model_without_thresholds_is_refused(presets: tuple[Preset, ...]) -> None:
    for ask in (Thresholds(presets).at_fmr, Thresholds(presets).fmr_at):
        with pytest.raises(ConfigError, match=r"no thresholds: measure them.*limen calibrate"):
            ask(0.01)


@pytest.mark.parametrize(
    "another", [Preset(fmr=1e-2, similarity=0.9), Preset(fmr=1e-4, similarity=0.8), Preset(fmr=1e-4, similarity=0.1)]
)
def test_thresholds_that_contradict_each_other_are_refused(another: Preset) -> None:
    with pytest.raises(ConfigError, match="contradict"):
        Thresholds((*PRESETS, another)).at_fmr(0.01)


@pytest.mark.parametrize("tail", [(0.7, 0.0, 0.1, 0.1), (0.7, 0.1, 0.1, 0.0), (math.nan, 0.1, 0.1, 0.1)])
def test_a_tail_that_is_none_is_refused(tail: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="a tail needs"):
        Tail(*tail)
