"""What the simulated lock does beyond the contract."""

import pytest

from limen.errors import LockError
from limen.locks.base import LockState
from limen.locks.simulator import SimulatedLock


class HandClock:
    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def test_a_jammed_simulator_refuses_and_says_so() -> None:
    lock = SimulatedLock(HandClock())
    lock.jam = True
    with pytest.raises(LockError, match="jammed"):
        lock.open_for(5)
    assert lock.state() is LockState.JAMMED
    assert lock.history == []


def test_a_simulator_that_jams_while_open_is_locked_once_freed() -> None:
    lock = SimulatedLock(HandClock())
    lock.open_for(5)
    lock.jam = True
    with pytest.raises(LockError, match="jammed"):
        lock.lock()
    lock.jam = False
    assert lock.state() is LockState.LOCKED


def test_the_simulator_keeps_its_history() -> None:
    clock = HandClock()
    lock = SimulatedLock(clock)
    lock.open_for(5)
    clock.now_s += 10
    lock.open_for(2)
    assert lock.history == [(1000.0, 5), (1010.0, 2)]


@pytest.mark.parametrize("seconds", [0.001, 3600])
def test_the_bounds_themselves_are_allowed(seconds: float) -> None:
    lock = SimulatedLock(HandClock())
    lock.open_for(seconds)
    assert lock.state() is LockState.UNLOCKED
