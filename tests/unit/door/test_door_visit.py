import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from door_samples import (
    ANNA,
    BEN,
    COLOURS,
    DARK,
    NOBODY,
    OTHER_STRANGER,
    SETTINGS,
    STRANGER,
    Watch,
    gallery_of,
)
from limen.decision.decide import Decision
from limen.decision.reasons import Reason
from limen.matching.base import Outcome


def outcomes(decisions: list[Decision]) -> list[tuple[Reason, str | None]]:
    return [(decision.reason, decision.person) for decision in decisions]


LET_IN = [(Reason.MATCHED, "anna")]
TURNED_AWAY = [(Reason.UNKNOWN, None)]


@pytest.fixture
def watch() -> Watch:
    return Watch()


def test_three_agreeing_frames_let_somebody_in(watch: Watch) -> None:
    assert watch.show(2, ANNA) == []
    (decision,) = watch.show(1, ANNA)
    assert outcomes([decision]) == LET_IN
    assert decision.similarity == pytest.approx(1, abs=0.01)
    assert decision.threshold is not None


def test_there_is_one_decision_a_visit(watch: Watch) -> None:
    assert outcomes(watch.show(100, ANNA)) == LET_IN


def test_a_stranger_is_turned_away(watch: Watch) -> None:
    assert watch.show(4, STRANGER) == []
    assert outcomes(watch.show(1, STRANGER)) == TURNED_AWAY


def test_who_stays_after_a_denial_is_looked_at_again_after_the_pause(watch: Watch) -> None:
    assert outcomes(watch.show(5, STRANGER)) == TURNED_AWAY
    assert watch.show(39, STRANGER) == []
    # What was seen during the pause does not count: it takes as many frames as before.
    assert watch.show(4, STRANGER) == []
    assert outcomes(watch.show(2, STRANGER)) == TURNED_AWAY


def test_bad_frames_of_the_pause_do_not_count(watch: Watch) -> None:
    assert outcomes(watch.show(5, STRANGER)) == TURNED_AWAY
    assert watch.show(53, DARK) == []


def test_who_was_turned_away_and_comes_back_at_once_gets_no_second_denial(watch: Watch) -> None:
    watch.show(5, STRANGER)
    watch.gone(1)
    assert watch.show(20, STRANGER) == []
    watch.gone(5)
    assert outcomes(watch.show(5, STRANGER)) == TURNED_AWAY


def test_another_stranger_is_turned_away_meanwhile(watch: Watch) -> None:
    watch.show(5, STRANGER)
    watch.gone(1)
    assert outcomes(watch.show(5, OTHER_STRANGER)) == TURNED_AWAY


def test_who_entered_and_comes_back_at_once_waits_for_the_pause(watch: Watch) -> None:
    assert outcomes(watch.show(3, ANNA)) == LET_IN
    watch.gone(1)
    assert watch.show(10, ANNA) == []
    watch.gone(4)
    assert outcomes(watch.show(3, ANNA)) == LET_IN


def test_the_pause_is_for_the_person_alone(watch: Watch) -> None:
    watch.show(3, ANNA)
    watch.gone(1)
    assert outcomes(watch.show(3, BEN)) == [(Reason.MATCHED, "ben")]


def test_a_stranger_in_the_place_of_somebody_known_gains_nothing_from_them(watch: Watch) -> None:
    assert watch.show(2, ANNA) == []
    assert outcomes(watch.show(20, STRANGER)) == TURNED_AWAY


def test_somebody_known_in_the_place_of_another_is_seen_as_often_as_anybody(watch: Watch) -> None:
    watch.show(2, ANNA)
    assert watch.show(2, BEN) == []
    assert outcomes(watch.show(1, BEN)) == [(Reason.MATCHED, "ben")]


def test_faces_that_take_turns_on_one_track_never_enter(watch: Watch) -> None:
    for _ in range(10):
        assert not any(decision.granted for decision in watch.show(2, ANNA) + watch.show(2, STRANGER))


def test_a_stranger_who_takes_the_place_of_who_entered_is_noticed(watch: Watch) -> None:
    assert outcomes(watch.show(3, ANNA)) == LET_IN
    track = watch.seen[0].track
    assert outcomes(watch.show(15, STRANGER)) == TURNED_AWAY
    assert watch.seen[0].track == track


def test_somebody_known_who_takes_the_place_of_a_stranger_is_let_in(watch: Watch) -> None:
    assert outcomes(watch.show(6, STRANGER)) == TURNED_AWAY
    assert outcomes(watch.show(3, ANNA)) == LET_IN


def test_what_was_seen_before_a_failure_does_not_count(watch: Watch) -> None:
    watch.show(2, ANNA)
    before = watch.seen[0].track
    watch.visits.forget()
    assert watch.show(2, ANNA) == []
    assert watch.seen[0].track != before
    assert outcomes(watch.show(1, ANNA)) == LET_IN


def test_who_left_without_a_decision_gets_one(watch: Watch) -> None:
    watch.show(4, STRANGER)
    assert outcomes(watch.gone(2)) == TURNED_AWAY


def test_who_only_passed_by_gets_none(watch: Watch) -> None:
    watch.show(2, STRANGER)
    assert watch.gone(2) == []
    watch.show(2, ANNA)
    assert watch.gone(2) == []


def test_who_is_there_when_the_pictures_end_gets_a_decision(watch: Watch) -> None:
    watch.show(4, STRANGER, ANNA)
    decided = [found.decision for found in watch.visits.finish(watch.now_s)]
    assert outcomes(decided) == TURNED_AWAY
    assert watch.visits.finish(watch.now_s) == []


def test_two_people_at_once_each_get_their_own_decision(watch: Watch) -> None:
    assert outcomes(watch.show(6, ANNA, STRANGER)) == LET_IN + TURNED_AWAY


def test_one_person_seen_twice_enters_once(watch: Watch) -> None:
    """Somebody who holds their own photo beside them."""
    assert outcomes(watch.show(10, ANNA, ANNA)) == LET_IN


def test_a_decision_that_comes_too_late_opens_nothing(watch: Watch) -> None:
    (decision,) = watch.show(3, ANNA, late_s=1.1)
    assert outcomes([decision]) == [(Reason.STALE_FRAME, "anna")]
    assert watch.show(10, ANNA) == []


def test_frames_that_are_not_good_enough_are_not_recognised(watch: Watch) -> None:
    embedder = watch.parts.embedder
    before = embedder.crops
    assert watch.show(14, DARK) == []
    assert embedder.crops == before
    assert watch.seen[0].match is None
    assert [flaw.flaw for flaw in watch.seen[0].flaws] == ["too_dark"]
    (decision,) = watch.show(1, DARK)
    assert decision.reason is Reason.POOR_QUALITY
    assert decision.detail is not None
    assert decision.detail.startswith("too dark")


def test_a_bad_frame_between_does_not_break_the_row(watch: Watch) -> None:
    assert watch.show(2, ANNA) + watch.show(1, DARK) == []
    assert outcomes(watch.show(1, ANNA)) == LET_IN


def test_lookalikes_are_ambiguous() -> None:
    watch = Watch({"anna": ANNA, "her twin": ANNA})
    assert outcomes(watch.show(5, ANNA)) == [(Reason.AMBIGUOUS, None)]


def test_nobody_enters_where_nobody_is_enrolled() -> None:
    watch = Watch({})
    assert outcomes(watch.show(5, ANNA)) == [(Reason.NOBODY_ENROLLED, None)]


def test_a_new_gallery_counts_from_the_next_frame_on(watch: Watch) -> None:
    watch.show(2, ANNA)
    watch.visits.gallery = gallery_of(watch.parts.engine, {"ben": BEN})
    assert outcomes(watch.show(10, ANNA)) == TURNED_AWAY


def test_each_frame_tells_what_was_seen(watch: Watch) -> None:
    watch.show(1, ANNA, STRANGER)
    known, unknown = watch.seen
    assert known.track != unknown.track
    assert known.match is not None
    assert (known.match.outcome, known.match.person) == (Outcome.MATCHED, "anna")
    assert unknown.match is not None
    assert unknown.match.outcome is Outcome.UNKNOWN
    assert known.flaws == ()


def test_the_smallest_face_is_the_settings(watch: Watch) -> None:
    watch.show(1, ANNA)
    assert watch.parts.detector.asked == [SETTINGS.min_face_px]


def test_more_agreeing_frames_take_longer() -> None:
    watch = Watch(settings=SETTINGS.model_copy(update={"agreeing_frames": 5}))
    assert watch.show(4, ANNA) == []
    assert outcomes(watch.show(1, ANNA)) == LET_IN


PEOPLE = {"anna": ANNA, "ben": BEN, "stranger": STRANGER, "dark": DARK, "nobody": NOBODY}


@hypothesis_settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 6), st.sampled_from(sorted(PEOPLE))), max_size=14))
def test_nobody_is_let_in_by_somebody_elses_frames(shots: list[tuple[int, str]]) -> None:
    """Whatever stands at one place, in whatever order: who enters was in each of the last usable frames there."""
    watch = Watch(COLOURS, SETTINGS.model_copy(update={"pause_s": 0.5}))
    usable: list[str] = []
    for name in [name for count, name in shots for _ in range(count)]:
        usable += [name] if name not in ("dark", "nobody") else []
        for decision in watch.show(1, PEOPLE[name]):
            if decision.granted:
                assert usable[-3:] == [decision.person] * 3
                assert name == decision.person
