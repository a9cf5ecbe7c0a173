import pytest
from hypothesis import given
from hypothesis import strategies as st
from matching_samples import PRESETS

from limen.errors import ConfigError
from limen.matching.thresholds import Thresholds
from limen.models.catalogue import Preset, load_catalogue

THRESHOLDS = Thresholds(PRESETS)
RATE = st.floats(1e-7, 0.9)
OF_MODELS = [entry for entry in load_catalogue().entries if entry.presets]


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


@given(RATE, RATE)
def test_a_smaller_rate_asks_for_more_likeness(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert THRESHOLDS.at_fmr(low) >= THRESHOLDS.at_fmr(high)


@pytest.mark.parametrize("entry", OF_MODELS, ids=lambda entry: entry.id)
@given(a=RATE, b=RATE)
def test_the_thresholds_of_the_catalogue_rise_as_the_rate_falls(entry: object, a: float, b: float) -> None:
    thresholds = Thresholds(entry.presets)  # type: ignore[attr-defined] # a ModelEntry
    low, high = sorted((a, b))
    assert thresholds.at_fmr(low) >= thresholds.at_fmr(high)


@given(RATE, st.integers(1, 10_000), st.integers(1, 10_000))
def test_the_more_people_the_more_likeness_a_search_asks_for(fpir: float, a: int, b: int) -> None:
    few, many = sorted((a, b))
    threshold_few, fmr_few = THRESHOLDS.for_search(fpir, few)
    threshold_many, fmr_many = THRESHOLDS.for_search(fpir, many)
    assert threshold_few <= threshold_many
    assert fmr_few >= fmr_many


def test_a_search_among_ten_keeps_the_rate_that_was_asked_for() -> None:
    threshold, fmr = THRESHOLDS.for_search(0.05, 10)
    assert 1 - (1 - fmr) ** 10 == pytest.approx(0.05)
    assert threshold == THRESHOLDS.at_fmr(fmr)
    assert threshold > THRESHOLDS.for_search(0.05, 2)[0]


@pytest.mark.parametrize("people", [0, 1])
def test_a_search_among_one_or_nobody_is_a_comparison(people: int) -> None:
    threshold, fmr = THRESHOLDS.for_search(0.01, people)
    assert fmr == pytest.approx(0.01)
    assert threshold == pytest.approx(0.7)


@pytest.mark.parametrize("presets", [(), PRESETS[:1]])
def test_a_model_without_thresholds_is_refused(presets: tuple[Preset, ...]) -> None:
    with pytest.raises(ConfigError, match="no thresholds: measure them"):
        Thresholds(presets).at_fmr(0.01)


@pytest.mark.parametrize(
    "another", [Preset(fmr=1e-2, similarity=0.9), Preset(fmr=1e-4, similarity=0.8), Preset(fmr=1e-4, similarity=0.1)]
)
def test_thresholds_that_contradict_each_other_are_refused(another: Preset) -> None:
    with pytest.raises(ConfigError, match="contradict"):
        Thresholds((*PRESETS, another)).at_fmr(0.01)
