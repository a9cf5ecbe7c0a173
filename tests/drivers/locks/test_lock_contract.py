"""What every lock promises, held against each driver that ships."""

import math
from collections.abc import Iterator

import pytest
from lock_samples import DRIVERS, HandClock, Rig

from limen.errors import LockError
from limen.locks.base import LockState

LOCKED, UNLOCKED, JAMMED = LockState


@pytest.fixture(params=DRIVERS)
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    with DRIVERS[request.param](HandClock()) as rig:
        yield rig


def test_is_locked_when_it_is_made(rig: Rig) -> None:
    assert rig.shows(LOCKED)


def test_opens_for_a_bounded_time(rig: Rig) -> None:
    rig.lock.open_for(500)
    assert rig.shows(UNLOCKED)
    rig.clock.now_s += 499.99
    assert rig.lock.state() is UNLOCKED
    rig.clock.now_s += 0.01
    assert rig.shows(LOCKED)


def test_a_second_opening_prolongs_the_first(rig: Rig) -> None:
    rig.lock.open_for(500)
    rig.clock.now_s += 300
    rig.lock.open_for(500)
    rig.clock.now_s += 499
    assert rig.shows(UNLOCKED)
    rig.clock.now_s += 1
    assert rig.shows(LOCKED)


def test_a_shorter_opening_does_not_cut_a_longer_one_short(rig: Rig) -> None:
    rig.lock.open_for(1000)
    rig.lock.open_for(100)
    rig.clock.now_s += 500
    assert rig.shows(UNLOCKED)
    rig.clock.now_s += 500
    assert rig.shows(LOCKED)


def test_locks_at_once_when_told(rig: Rig) -> None:
    rig.lock.open_for(500)
    rig.lock.lock()
    assert rig.shows(LOCKED)


def test_opens_again_after_it_was_locked(rig: Rig) -> None:
    rig.lock.open_for(500)
    rig.lock.lock()
    rig.lock.open_for(500)
    assert rig.shows(UNLOCKED)


def test_an_opening_after_lock_is_not_as_long_as_the_one_that_was_ended(rig: Rig) -> None:
    rig.lock.open_for(1000)
    rig.lock.lock()
    rig.lock.open_for(100)
    rig.clock.now_s += 100
    assert rig.shows(LOCKED)


@pytest.mark.parametrize("seconds", [0, -1, 3600.1, math.inf, -math.inf, math.nan])
def test_an_opening_without_a_bound_is_refused(rig: Rig, seconds: float) -> None:
    with pytest.raises(ValueError, match="3600 seconds"):
        rig.lock.open_for(seconds)
    assert rig.shows(LOCKED)


def test_the_longest_opening_is_allowed(rig: Rig) -> None:
    rig.lock.open_for(3600)
    assert rig.shows(UNLOCKED)


def test_the_shortest_opening_ends(rig: Rig) -> None:
    rig.lock.open_for(0.001)
    rig.clock.now_s += 0.001
    assert rig.shows(LOCKED)


def test_closing_locks_and_may_be_done_twice(rig: Rig) -> None:
    rig.lock.open_for(500)
    rig.lock.close()
    assert rig.lock.state() is LOCKED
    rig.lock.close()
    assert rig.lock.state() is LOCKED


def test_a_jammed_lock_refuses_to_open_and_is_never_taken_for_open(rig: Rig) -> None:
    rig.jam()
    with pytest.raises(LockError):
        rig.lock.open_for(500)
    assert rig.lock.state() is JAMMED
    rig.free()
    rig.lock.open_for(500)
    assert rig.shows(UNLOCKED)


def test_a_lock_that_jams_while_it_is_open_says_so_until_it_obeys(rig: Rig) -> None:
    rig.lock.open_for(500)
    rig.jam()
    with pytest.raises(LockError):
        rig.lock.lock()
    assert rig.lock.state() is JAMMED
    rig.free()
    rig.lock.lock()
    assert rig.shows(LOCKED)
