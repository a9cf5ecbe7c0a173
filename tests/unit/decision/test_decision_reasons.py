import pytest

from limen.decision.decide import Decision
from limen.decision.reasons import Reason
from limen.matching.base import Outcome


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_words_for_visitor_and_operator(reason: Reason) -> None:
    assert len(reason.for_visitor) > 10
    assert len(reason.for_operator) > 10
    assert reason.for_visitor != reason.for_operator


@pytest.mark.parametrize("reason", [reason for reason in Reason if not reason.opens])
def test_visitors_learn_nothing_but_that_the_door_stays_shut(reason: Reason) -> None:
    assert reason.for_visitor.startswith("The door stays shut.")
    assert not any(word in reason.for_visitor for word in ("enrol", "alike", "similar", "person", "score", "PIN"))


@pytest.mark.parametrize("reason", Reason)
def test_only_four_reasons_open(reason: Reason) -> None:
    opens = reason in (Reason.MATCHED, Reason.VERIFIED, Reason.CARD, Reason.PIN)
    assert Decision(reason, "anna").granted is reason.opens is opens


def test_who_opens_the_door_is_told_the_same_whatever_opened_it() -> None:
    assert {reason.for_visitor for reason in Reason if reason.opens} == {"Please come in."}


def test_a_visitor_does_not_learn_whether_a_card_or_a_number_is_known() -> None:
    refused = (Reason.UNKNOWN_CARD, Reason.CARD_OFF, Reason.WRONG_PIN, Reason.DISABLED, Reason.EXPIRED, Reason.NO_RULE)
    assert len({reason.for_visitor for reason in refused}) == 1


def test_what_a_search_can_come_to_has_a_reason() -> None:
    assert {outcome.value for outcome in Outcome} <= {reason.value for reason in Reason}
