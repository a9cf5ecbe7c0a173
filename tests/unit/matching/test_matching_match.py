import math
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matching_samples import MODEL, PRESETS, at, gallery

from limen.matching.base import Candidate, Method, Outcome
from limen.matching.match import Match, MatchPolicy, identify, verify
from limen.matching.thresholds import Thresholds
from limen.types import Embedding, ModelKey, PersonId

ANNA, BEN = PersonId("anna"), PersonId("ben")
POLICY = MatchPolicy(Thresholds(PRESETS), fmr=1e-2, fpir=1e-2, margin=0.05)
"""1:1 asks for 0.7; so does a search among one; a search among two asks for about 0.73."""
NOT_NUMBERS = [math.nan, math.inf, -math.inf]


@dataclass
class ToldGallery:
    """A gallery whose answers are given."""

    candidates: list[Candidate]
    model: ModelKey = MODEL
    asked: list[Method] = field(default_factory=list)

    @property
    def people(self) -> int:
        return len(self.candidates)

    def comparisons(self, exponent: float, person: PersonId | None = None) -> float:
        return float(len(self.candidates) if person is None else 1)

    def search(self, probe: Embedding, method: Method, limit: int) -> list[Candidate]:
        self.asked.append(method)
        return self.candidates[:limit]

    def compare(self, probe: Embedding, person: PersonId, method: Method) -> Candidate | None:
        self.asked.append(method)
        return next((candidate for candidate in self.candidates if candidate.person == person), None)


def told(*similarities: float) -> ToldGallery:
    return ToldGallery([Candidate(PersonId(name), s) for name, s in zip(("anna", "ben"), similarities, strict=False)])


@pytest.mark.parametrize(("similarity", "outcome"), [(0.71, Outcome.MATCHED), (0.69, Outcome.NOT_THE_SAME)])
def test_verify_compares_with_the_threshold_of_its_rate(similarity: float, outcome: Outcome) -> None:
    match = verify(at(0), ANNA, told(similarity), POLICY)
    assert match.outcome is outcome
    assert match.person == (ANNA if outcome is Outcome.MATCHED else None)
    assert (match.similarity, match.fmr) == (similarity, 1e-2)
    assert match.threshold == pytest.approx(0.7)


def test_verify_asks_for_the_threshold_itself() -> None:
    threshold = POLICY.thresholds.at_fmr(1e-2)
    assert verify(at(0), ANNA, told(threshold), POLICY).outcome is Outcome.MATCHED
    assert verify(at(0), ANNA, told(math.nextafter(threshold, 0)), POLICY).outcome is Outcome.NOT_THE_SAME


def test_verify_without_templates_is_no_match() -> None:
    match = verify(at(0), BEN, told(0.99), POLICY)
    assert (match.outcome, match.person, match.similarity) == (Outcome.NOBODY_ENROLLED, None, None)


def test_identify_names_the_best() -> None:
    match = identify(at(0), told(0.95, 0.6), POLICY)
    assert (match.outcome, match.person) == (Outcome.MATCHED, ANNA)
    assert match.margin == pytest.approx(0.35)


def test_identify_says_unknown_below_the_threshold() -> None:
    match = identify(at(0), told(0.6, 0.2), POLICY)
    assert (match.outcome, match.person, match.similarity) == (Outcome.UNKNOWN, None, 0.6)


def test_lookalikes_are_ambiguous() -> None:
    match = identify(at(0), told(0.95, 0.91), POLICY)
    assert (match.outcome, match.person) == (Outcome.AMBIGUOUS, None)
    assert match.margin == pytest.approx(0.04)


def test_a_stranger_like_two_people_is_unknown() -> None:
    assert identify(at(0), told(0.5, 0.49), POLICY).outcome is Outcome.UNKNOWN


def test_the_only_person_needs_no_margin() -> None:
    match = identify(at(0), told(0.95), POLICY)
    assert (match.outcome, match.margin) == (Outcome.MATCHED, None)


def test_identify_among_nobody() -> None:
    match = identify(at(0), told(), POLICY)
    assert (match.outcome, match.person, match.similarity) == (Outcome.NOBODY_ENROLLED, None, None)


def test_what_is_enough_among_one_is_too_little_among_two() -> None:
    assert identify(at(0), told(0.71), POLICY).outcome is Outcome.MATCHED
    match = identify(at(0), told(0.71, 0.1), POLICY)
    assert match.outcome is Outcome.UNKNOWN
    assert match.threshold > 0.71
    assert match.fmr == pytest.approx(5e-3, rel=0.01)


@pytest.mark.parametrize("value", NOT_NUMBERS)
def test_what_is_not_a_number_never_matches(value: float) -> None:
    assert verify(at(0), ANNA, told(value), POLICY).outcome is Outcome.NOT_THE_SAME
    assert identify(at(0), told(value), POLICY).outcome is Outcome.UNKNOWN
    assert identify(at(0), told(value, 0.1), POLICY).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_margin_that_is_not_a_number_is_ambiguous(value: float) -> None:
    assert identify(at(0), told(0.99, value), POLICY).outcome is Outcome.AMBIGUOUS


@pytest.mark.parametrize("value", NOT_NUMBERS)
def test_a_threshold_that_is_not_a_number_is_never_reached(value: float) -> None:
    class Broken(Thresholds):
        def at_fmr(self, fmr: float, comparisons: float = 1.0) -> float:
            return value

        def for_search(self, fpir: float, comparisons: float) -> float:
            return value

    policy = MatchPolicy(Broken(PRESETS), fmr=1e-2, fpir=1e-2, margin=0.05)
    assert verify(at(0), ANNA, told(0.99), policy).person is None
    assert identify(at(0), told(0.99, 0.1), policy).person is None


@given(st.floats(), st.floats())
def test_only_the_best_above_threshold_and_margin_is_named(best: float, second: float) -> None:
    with np.errstate(invalid="ignore"):
        match = identify(at(0), told(best, second), POLICY)
    named = math.isfinite(best) and best >= match.threshold and best - second >= POLICY.margin
    assert match.person == (ANNA if named and math.isfinite(second) else None)


@pytest.mark.parametrize("method", Method)
def test_the_policys_method_is_the_one_that_is_searched_with(method: Method) -> None:
    people = told(0.9)
    policy = MatchPolicy(POLICY.thresholds, 1e-2, 1e-2, 0.05, method)
    verify(at(0), ANNA, people, policy)
    identify(at(0), people, policy)
    assert people.asked == [method, method]


def test_real_templates() -> None:
    people = gallery(anna=[at(0), at(20)], ben=[at(90)])
    assert verify(at(25), ANNA, people, POLICY).person == ANNA
    assert verify(at(25), BEN, people, POLICY).person is None
    assert identify(at(25), people, POLICY).person == ANNA
    assert identify(at(57), people, POLICY).outcome is Outcome.AMBIGUOUS
    assert identify(at(200), people, POLICY).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(("outcome", "person"), [(Outcome.MATCHED, None), (Outcome.UNKNOWN, ANNA)])
def test_a_person_belongs_to_a_match_and_to_nothing_else(outcome: Outcome, person: PersonId | None) -> None:
    with pytest.raises(ValueError, match="belongs to a match"):
        Match(outcome, person, 0.9, 0.8, 1e-2)
