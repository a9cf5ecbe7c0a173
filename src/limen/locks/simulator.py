"""A lock that exists in memory alone: for trying out, and the fake of tests."""

from collections.abc import Callable

from limen.errors import LockError
from limen.locks.base import LockState, check_opening


class SimulatedLock:
    """Keeps the time it opens and locks at; ``history`` holds (monotonic seconds, seconds asked for) of each opening.

    ``jam`` makes it refuse every command, as a stuck bolt does.
    """

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._open_until_s = float("-inf")
        self.history: list[tuple[float, float]] = []
        self.jam = False

    def open_for(self, seconds: float) -> None:
        """Unlock for ``seconds``."""
        check_opening(seconds)
        self._obey()
        now_s = self._now_s()
        self._open_until_s = max(self._open_until_s, now_s + seconds)
        self.history.append((now_s, seconds))

    def lock(self) -> None:
        """Lock now."""
        self._open_until_s = float("-inf")
        self._obey()

    def state(self) -> LockState:
        """Locked, unless an opening is under way."""
        if self.jam:
            return LockState.JAMMED
        return LockState.UNLOCKED if self._now_s() < self._open_until_s else LockState.LOCKED

    def close(self) -> None:
        """Lock."""
        self._open_until_s = float("-inf")

    def _obey(self) -> None:
        if self.jam:
            raise LockError("the simulated lock is jammed; free it before the door is used")
