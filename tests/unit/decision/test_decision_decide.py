import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.decision.decide import Check, Decision, Evidence, Policy, Sighting, conclude, decide
from limen.decision.reasons import Reason

NOW_S = 100.0
POLICY = Policy(agreeing_frames=3, unknown_frames=6, freshness_s=1.0)


def sighting(who: str, age_s: float = 0.0, similarity: float | None = 0.9) -> Sighting:
    """What a word says: a person's name, or a reason why there is none."""
    if who in ("anna", "ben"):
        return Sighting(NOW_S - age_s, Reason.MATCHED, who, similarity, 0.8)
    return Sighting(NOW_S - age_s, Reason(who), None, similarity, 0.8)


def evidence(*who: str, age_s: float = 0.0, unusable: int = 0, flaw: str | None = None) -> Evidence:
    return Evidence(tuple(sighting(word, age_s) for word in who), unusable, flaw)


AGES = {
    "fresh": (0.2, True),
    "just now": (0.0, True),
    "at the bound": (1.0, True),
    "stale": (1.01, False),
    "from the future": (-0.01, False),
    "not a number": (math.nan, False),
    "for ever ago": (math.inf, False),
    "for ever ahead": (-math.inf, False),
}
SEEN = {
    "three agree": (("anna",) * 3, True),
    "three agree after others": (("unknown", "ben", "anna", "anna", "anna"), True),
    "two agree": (("anna",) * 2, False),
    "one unknown between": (("anna", "unknown", "anna", "anna"), False),
    "two people": (("anna", "ben", "anna"), False),
    "the newest is another": (("anna", "anna", "ben"), False),
    "the newest is unknown": (("anna", "anna", "anna", "unknown"), False),
    "the newest is ambiguous": (("anna", "anna", "ambiguous"), False),
    "all ambiguous": (("ambiguous",) * 3, False),
    "all unknown": (("unknown",) * 3, False),
    "nobody enrolled": (("nobody_enrolled",) * 3, False),
    "nothing": ((), False),
}
UNUSABLE = {"none unusable": 0, "many unusable": 18}


@pytest.mark.parametrize(
    ("seen", "age", "unusable"), list(product(SEEN, AGES, UNUSABLE)), ids=lambda value: value.replace(" ", "-")
)
def test_only_enough_agreeing_fresh_frames_open(seen: str, age: str, unusable: str) -> None:
    who, agree = SEEN[seen]
    age_s, fresh = AGES[age]
    decision = decide(evidence(*who, age_s=age_s, unusable=UNUSABLE[unusable]), POLICY, NOW_S)
    assert (decision is not None and decision.granted) is (agree and fresh)
    if agree and not fresh:
        assert decision is not None
        assert decision.reason is Reason.STALE_FRAME


def test_a_grant_names_the_person_and_what_was_compared() -> None:
    seen = (sighting("anna", 0.3, 0.91), sighting("anna", 0.2, 0.95), sighting("anna", 0.1, 0.88))
    decision = decide(Evidence(seen), POLICY, NOW_S)
    assert decision == Decision(Reason.MATCHED, "anna", 0.88, 0.8)


@pytest.mark.parametrize("now_s", [math.nan, math.inf, -math.inf, 99.9, 101.1])
def test_a_clock_that_jumps_opens_nothing(now_s: float) -> None:
    decision = decide(evidence("anna", "anna", "anna"), POLICY, now_s)
    assert decision is not None
    assert decision.reason is Reason.STALE_FRAME


SIGHTINGS = st.lists(
    st.builds(
        sighting,
        st.sampled_from(["anna", "ben", "unknown", "ambiguous", "nobody_enrolled"]),
        st.one_of(st.floats(-2, 3), st.floats()),
        st.one_of(st.none(), st.floats()),
    ),
    max_size=12,
)
POLICIES = st.builds(Policy, st.integers(1, 5), st.integers(1, 12), st.floats(0.01, 3600))


def may_open(seen: Sequence[Sighting], policy: Policy, now_s: float) -> bool:
    """Whether the last frames name one person, and the newest is fresh: told anew, in other words."""
    last = list(seen)[-policy.agreeing_frames :]
    named = [one.person for one in last if one.reason is Reason.MATCHED]
    if len(named) != policy.agreeing_frames or named.count(named[0]) != len(named):
        return False
    age_s = now_s - last[-1].at_s
    return not math.isnan(age_s) and age_s >= 0 and age_s <= policy.freshness_s


@given(SIGHTINGS, POLICIES, st.integers(0, 100), st.one_of(st.floats(98, 103), st.floats()))
def test_opens_exactly_where_it_may(seen: list[Sighting], policy: Policy, unusable: int, now_s: float) -> None:
    decision = decide(Evidence(tuple(seen), unusable), policy, now_s)
    assert (decision is not None and decision.granted) is may_open(seen, policy, now_s)
    if decision is not None and decision.granted:
        assert decision.person == seen[-1].person


@given(SIGHTINGS, POLICIES, st.integers(0, 100))
def test_who_has_gone_is_never_let_in(seen: list[Sighting], policy: Policy, unusable: int) -> None:
    decision = conclude(Evidence(tuple(seen), unusable), policy)
    assert decision is None or not decision.granted


def test_goes_on_looking_until_it_has_seen_enough() -> None:
    assert decide(Evidence(), POLICY, NOW_S) is None
    assert decide(evidence(*["unknown"] * 5), POLICY, NOW_S) is None
    assert decide(evidence(unusable=17), POLICY, NOW_S) is None


@pytest.mark.parametrize(
    ("who", "reason"),
    [
        (("unknown",) * 6, Reason.UNKNOWN),
        (("ambiguous",) * 6, Reason.AMBIGUOUS),
        (("nobody_enrolled",) * 6, Reason.NOBODY_ENROLLED),
        (("anna", "ben") * 3, Reason.NOT_AGREED),
        (("anna", "anna", "unknown") * 2, Reason.NOT_AGREED),
        (("unknown", "unknown", "anna") * 2 + ("unknown",), Reason.UNKNOWN),
    ],
)
def test_gives_up_for_the_reason_most_frames_gave(who: tuple[str, ...], reason: Reason) -> None:
    decision = decide(evidence(*who), POLICY, NOW_S)
    assert decision is not None
    assert (decision.reason, decision.person) == (reason, None)


@pytest.mark.parametrize(
    ("similarities", "best"),
    [((0.1, 0.5, 0.3), 0.5), ((-0.4, 0.0, -0.2), 0.0), ((None, -0.2, None), -0.2), ((math.nan, 0.2, 0.1), 0.2)],
)
def test_a_denial_tells_the_best_similarity(similarities: tuple[float | None, ...], best: float) -> None:
    seen = tuple(sighting("unknown", similarity=value) for value in similarities)
    decision = conclude(Evidence(seen), POLICY)
    assert decision is not None
    assert decision.similarity == best


def test_a_face_never_seen_well_is_told_what_was_wrong() -> None:
    decision = decide(evidence("unknown", unusable=18, flaw="too dark"), POLICY, NOW_S)
    assert decision == Decision(Reason.POOR_QUALITY, detail="too dark")


def test_who_passed_by_gets_no_decision() -> None:
    assert conclude(evidence("unknown", "unknown"), POLICY) is None
    assert conclude(evidence(unusable=50), POLICY) is None


def test_who_left_after_enough_frames_was_turned_away() -> None:
    decision = conclude(evidence("unknown", "anna", "unknown"), POLICY)
    assert decision is not None
    assert decision.reason is Reason.UNKNOWN


@pytest.mark.parametrize(("reason", "person"), [(Reason.MATCHED, None), (Reason.UNKNOWN, "anna")])
def test_only_a_match_names_a_person(reason: Reason, person: str | None) -> None:
    with pytest.raises(ValueError, match="belongs to a match"):
        Sighting(0.0, reason, person)


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason.opens])
def test_nobody_is_let_in_without_being_somebody(reason: Reason) -> None:
    with pytest.raises(ValueError, match="names a person"):
        Decision(reason)


CHECKS = (None, *Check)


@pytest.mark.parametrize(("passive", "challenge"), list(product(CHECKS, CHECKS)))
@pytest.mark.parametrize(("asks_passive", "asks_challenge"), list(product((True, False), repeat=2)))
@pytest.mark.parametrize("claimed", [None, "anna", "ben"])
def test_one_gate_that_is_missing_or_fails_is_a_denial(
    passive: Check | None, challenge: Check | None, asks_passive: bool, asks_challenge: bool, claimed: str | None
) -> None:
    policy = replace(POLICY, passive=asks_passive, challenge=asks_challenge)
    seen = replace(evidence(*("anna",) * 6), passive=passive, challenge=challenge, claimed=claimed)
    decision = decide(seen, policy, NOW_S)
    passes = (passive is Check.PASSED or not asks_passive) and (challenge is Check.PASSED or not asks_challenge)
    assert decision is not None
    assert decision.granted is (passes and claimed in (None, "anna"))
    if decision.granted:
        assert decision.reason is (Reason.MATCHED if claimed is None else Reason.VERIFIED)
    assert not (gone := conclude(seen, policy)) or not gone.granted


def test_a_check_that_has_found_nothing_yet_is_waited_for() -> None:
    policy = replace(POLICY, passive=True)
    early = evidence(*("anna",) * 3)
    assert decide(early, policy, NOW_S) is None
    assert decide(replace(early, passive=Check.UNKNOWN), policy, NOW_S) is None
    failed = decide(replace(early, passive=Check.FAILED), policy, NOW_S)
    assert failed == Decision(Reason.LIVENESS_FAILED, "anna", 0.9, 0.8)
    late = decide(evidence(*("anna",) * 6), policy, NOW_S)
    assert late == Decision(Reason.LIVENESS_MISSING, "anna", 0.9, 0.8)


def test_a_face_that_is_not_the_claimed_one_is_told_with_whom_it_was_compared() -> None:
    seen = replace(evidence(*("not_the_same",) * 6), claimed="anna")
    assert decide(seen, POLICY, NOW_S) == Decision(Reason.NOT_THE_SAME, "anna", 0.9, 0.8)


@pytest.mark.parametrize(
    ("agreeing", "unknown", "freshness_s"),
    [(0, 6, 1), (3, 0, 1), (3, 6, 0), (3, 6, -1), (3, 6, math.inf), (3, 6, math.nan)],
)
def test_a_policy_without_bounds_is_refused(agreeing: int, unknown: int, freshness_s: float) -> None:
    with pytest.raises(ValueError, match="positive, finite"):
        Policy(agreeing, unknown, freshness_s)
