"""What every lock promises, held against each driver that ships."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from limen.errors import LockError
from limen.locks.base import Lock, LockState
from limen.locks.simulator import SimulatedLock


@dataclass
class HandClock:
    """A clock that is turned by hand."""

    now_s: float = 1000.0

    def __call__(self) -> float:
        return self.now_s


MAKERS: dict[str, Callable[[HandClock], Lock]] = {"simulator": SimulatedLock}


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(params=MAKERS)
def lock(request: pytest.FixtureRequest, clock: HandClock) -> Lock:
    return MAKERS[request.param](clock)


def test_is_locked_when_it_is_made(lock: Lock) -> None:
    assert lock.state() is LockState.LOCKED


def test_opens_for_a_bounded_time(lock: Lock, clock: HandClock) -> None:
    lock.open_for(5)
    assert lock.state() is LockState.UNLOCKED
    clock.now_s += 4.99
    assert lock.state() is LockState.UNLOCKED
    clock.now_s += 0.01
    assert lock.state() is LockState.LOCKED


def test_a_second_opening_prolongs_the_first(lock: Lock, clock: HandClock) -> None:
    lock.open_for(5)
    clock.now_s += 3
    lock.open_for(5)
    clock.now_s += 4
    assert lock.state() is LockState.UNLOCKED
    clock.now_s += 1
    assert lock.state() is LockState.LOCKED


def test_a_shorter_opening_does_not_cut_a_longer_one_short(lock: Lock, clock: HandClock) -> None:
    lock.open_for(10)
    lock.open_for(1)
    clock.now_s += 5
    assert lock.state() is LockState.UNLOCKED


def test_locks_at_once_when_told(lock: Lock) -> None:
    lock.open_for(5)
    lock.lock()
    assert lock.state() is LockState.LOCKED


def test_opens_again_after_it_was_locked(lock: Lock) -> None:
    lock.open_for(5)
    lock.lock()
    lock.open_for(5)
    assert lock.state() is LockState.UNLOCKED


@pytest.mark.parametrize("seconds", [0, -1, 3600.1, math.inf, -math.inf, math.nan])
def test_an_opening_without_a_bound_is_refused(lock: Lock, seconds: float) -> None:
    with pytest.raises(ValueError, match="3600 seconds"):
        lock.open_for(seconds)
    assert lock.state() is LockState.LOCKED


@pytest.mark.parametrize("seconds", [0.001, 3600])
def test_the_bounds_themselves_are_allowed(lock: Lock, seconds: float) -> None:
    lock.open_for(seconds)
    assert lock.state() is LockState.UNLOCKED


def test_closing_locks_and_may_be_done_twice(lock: Lock) -> None:
    lock.open_for(5)
    lock.close()
    assert lock.state() is LockState.LOCKED
    lock.close()
    assert lock.state() is LockState.LOCKED


def test_a_jammed_simulator_refuses_and_says_so(clock: HandClock) -> None:
    lock = SimulatedLock(clock)
    lock.jam = True
    with pytest.raises(LockError, match="jammed"):
        lock.open_for(5)
    assert lock.state() is LockState.JAMMED
    assert lock.history == []


def test_a_simulator_that_jams_while_open_is_locked_once_freed(clock: HandClock) -> None:
    lock = SimulatedLock(clock)
    lock.open_for(5)
    lock.jam = True
    with pytest.raises(LockError, match="jammed"):
        lock.lock()
    lock.jam = False
    assert lock.state() is LockState.LOCKED


def test_the_simulator_keeps_its_history(clock: HandClock) -> None:
    lock = SimulatedLock(clock)
    lock.open_for(5)
    clock.now_s += 10
    lock.open_for(2)
    assert lock.history == [(1000.0, 5), (1010.0, 2)]
