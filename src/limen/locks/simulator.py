"""A lock that exists in memory alone: for trying out, and the fake of tests."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from limen.errors import LockError
from limen.locks.base import LockState, check_opening

_CLOSED_S = float("-inf")


class SimulatedLock:
    """Keeps the time it opens and locks at; ``history`` holds (monotonic seconds, seconds asked for) of each opening.

    ``jam`` makes it refuse every command, as a stuck bolt does. To the file ``log`` each movement adds a JSON line,
    ``{"at", "moved": "unlock" or "lock", "seconds"}``, before it counts: whoever watches from outside sees each one,
    even of a program that is killed. An opening that runs out has no line of its own.
    """

    def __init__(self, now_s: Callable[[], float], log: Path | None = None) -> None:
        self._now_s = now_s
        self._log = log
        self._open_until_s = _CLOSED_S
        self.history: list[tuple[float, float]] = []
        self.jam = False

    def open_for(self, seconds: float) -> None:
        """Unlock for ``seconds``."""
        check_opening(seconds)
        self._obey()
        now_s = self._now_s()
        try:
            self._write("unlock", seconds)
        except LockError:
            self._open_until_s = _CLOSED_S
            raise
        self._open_until_s = max(self._open_until_s, now_s + seconds)
        self.history.append((now_s, seconds))

    def lock(self) -> None:
        """Lock now."""
        self._shut()
        self._obey()

    def state(self) -> LockState:
        """Locked, unless an opening is under way."""
        if self.jam:
            return LockState.JAMMED
        return LockState.UNLOCKED if self._is_open() else LockState.LOCKED

    def close(self) -> None:
        """Lock."""
        self._shut()

    def _is_open(self) -> bool:
        return self._now_s() < self._open_until_s

    def _shut(self) -> None:
        try:
            if self._is_open() and not self.jam:
                self._write("lock", 0)
        finally:
            self._open_until_s = _CLOSED_S

    def _obey(self) -> None:
        if self.jam:
            raise LockError("the simulated lock is jammed; free it before the door is used")

    def _write(self, moved: str, seconds: float) -> None:
        """Add a line in one write, so that those of several doors in one file do not mix."""
        if self._log is None:
            return
        line = json.dumps({"at": datetime.now(UTC).isoformat(), "moved": moved, "seconds": seconds}) + "\n"
        try:
            file = os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                written = os.write(file, line.encode())
            finally:
                os.close(file)
        except OSError as error:
            raise LockError(f"the simulated lock cannot write to {self._log} ({error}): see simulator_log") from error
        if written < len(line):
            raise LockError(f"the simulated lock could not write a whole line to {self._log}: is the disk full?")
