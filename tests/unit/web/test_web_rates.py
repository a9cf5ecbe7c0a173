"""The slider's steps, and what a similarity says of strangers."""

import math
from itertools import pairwise

import pytest

from limen.matching.thresholds import Thresholds
from limen.models.catalogue import Preset
from limen.web.rates import steps, strangers_as_alike

THRESHOLDS = Thresholds((Preset(fmr=1e-1, similarity=0.7), Preset(fmr=1e-4, similarity=0.9)))


class TestSteps:
    def test_from_one_in_ten_to_one_in_a_million_and_ever_stricter(self) -> None:
        found = steps(THRESHOLDS, 1, 2e-2)
        assert (found[0].label, found[-1].label) == ("1 in 10", "1 in 1,000,000")
        assert all(lax.fpir > strict.fpir and lax.threshold < strict.threshold for lax, strict in pairwise(found))

    def test_thresholds_are_those_of_a_search(self) -> None:
        (step,) = [step for step in steps(THRESHOLDS, 30, 2e-2) if step.label == "1 in 100"]
        single = 1 - 0.99 ** (1 / 30)
        assert step.threshold == pytest.approx(0.7 + 0.2 * math.log(0.1 / single) / math.log(1000))

    def test_what_is_rarer_than_was_counted_says_so(self) -> None:
        fitted = {step.label: step.fitted for step in steps(THRESHOLDS, 1, 2e-2)}
        assert not fitted["1 in 10"]
        assert not fitted["1 in 7,000"]
        assert fitted["1 in 15,000"]

    @pytest.mark.parametrize(("own", "label"), [(2e-2, "1 in 50"), (1 / 123, "1 in 123"), (0.4, "1 in 2.5")])
    def test_the_rate_that_is_set_is_one_of_them(self, own: float, label: str) -> None:
        assert [step.fpir for step in steps(THRESHOLDS, 1, own) if step.label == label] == [own]


class TestStrangersAsAlike:
    @pytest.mark.parametrize(("fpir", "number"), [(1e-2, "100"), (1e-3, "1,000"), (1 / 250, "250")])
    def test_the_rate_whose_threshold_it_would_be(self, fpir: float, number: str) -> None:
        sentence = strangers_as_alike(THRESHOLDS, THRESHOLDS.for_search(fpir, 30), 30)
        assert sentence == f"About one stranger in {number} is as alike to somebody enrolled."

    def test_beyond_what_can_be_told(self) -> None:
        assert strangers_as_alike(THRESHOLDS, 1.1, 1).startswith("Fewer than one stranger in a million")
        assert strangers_as_alike(THRESHOLDS, 0.1, 1).startswith("At least every third stranger")
