import pytest

from limen.decision.decide import Decision
from limen.decision.reasons import Reason
from limen.matching.base import Outcome


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_words_for_visitor_and_operator(reason: Reason) -> None:
    assert len(reason.for_visitor) > 10
    assert len(reason.for_operator) > 10
    assert reason.for_visitor != reason.for_operator


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason is not Reason.MATCHED])
def test_visitors_learn_nothing_but_that_the_door_stays_shut(reason: Reason) -> None:
    assert reason.for_visitor.startswith("The door stays shut.")
    assert not any(word in reason.for_visitor for word in ("enrol", "alike", "similar", "person", "score"))


@pytest.mark.parametrize("reason", Reason)
def test_only_a_match_opens(reason: Reason) -> None:
    person = "anna" if reason is Reason.MATCHED else None
    assert Decision(reason, person).granted is (reason is Reason.MATCHED)


def test_what_a_search_can_come_to_has_a_reason() -> None:
    assert {outcome.value for outcome in Outcome} - {"not_the_same"} <= {reason.value for reason in Reason}
