import pytest

from limen.decision.opening import Happening, Opening

H = Happening
HELD_S = 30.0


def told(*steps: tuple[float, bool | None], allowed_until_s: float = float("-inf")) -> list[tuple[float, Happening]]:
    """What a door says of these times and states of its contact."""
    opening, happened = Opening().allow(allowed_until_s), []
    for at_s, closed in steps:
        opening, new = opening.contact(closed, at_s, HELD_S)
        happened += [(at_s, one) for one in new]
    return happened


def test_a_door_that_is_opened_in_time_and_closed() -> None:
    assert told((0, True), (2, False), (4, True), allowed_until_s=5) == [(2, H.OPENED), (4, H.CLOSED)]


def test_a_door_that_nobody_allowed_to_open_was_forced() -> None:
    assert told((0, True), (2, False)) == [(2, H.OPENED), (2, H.FORCED)]
    assert told((0, True), (6, False), allowed_until_s=5) == [(6, H.OPENED), (6, H.FORCED)]


def test_a_door_that_stands_open_when_the_program_starts_was_forced() -> None:
    assert told((0, False)) == [(0, H.OPENED), (0, H.FORCED)]


def test_a_door_that_is_held_open_is_told_once() -> None:
    steps = ((0, True), (1, False), (31, False), (32, False), (60, False), (61, True), (62, True))
    assert told(*steps, allowed_until_s=5) == [(1, H.OPENED), (32, H.HELD_OPEN), (61, H.CLOSED)]


def test_without_a_contact_nothing_is_known() -> None:
    assert told((0, None), (50, None), (100, None)) == []


@pytest.mark.parametrize("now_s", [float("nan"), float("inf")])
def test_a_time_that_is_no_time_was_not_allowed(now_s: float) -> None:
    assert H.FORCED in [one for _, one in told((0, True), (now_s, False), allowed_until_s=5)]


class TestTailgating:
    def follow(self, admitted: tuple[int, ...], *frames: frozenset[int]) -> list[Happening]:
        opening = Opening()
        for track in admitted:
            opening = opening.allow(5, track)
        for tracks in frames:
            opening = opening.saw(tracks)
        return opening.locked()[1]

    def test_one_who_was_let_in_is_none(self) -> None:
        assert self.follow((1,), *[frozenset((1,))] * 10) == []

    def test_a_second_face_in_the_opening_is(self) -> None:
        assert self.follow((1,), *[frozenset((1, 2))] * 3) == [H.TAILGATING]

    def test_two_who_were_both_let_in_are_none(self) -> None:
        assert self.follow((1, 2), *[frozenset((1, 2))] * 10) == []

    def test_a_face_that_flashes_by_is_none(self) -> None:
        assert self.follow((1,), *[frozenset((1, 2))] * 2) == []

    def test_an_opening_for_no_face_says_nothing_about_faces(self) -> None:
        assert self.follow((), *[frozenset((1, 2))] * 10) == []

    def test_the_next_opening_starts_anew(self) -> None:
        opening = Opening().allow(5, 1).saw(frozenset((1, 2)))
        opening, _ = opening.locked()
        assert opening.allow(9, 3).saw(frozenset((3,))).locked()[1] == []
