"""The port every lock stands behind."""

from enum import StrEnum
from typing import Protocol


class LockState(StrEnum):
    """What a lock reports."""

    LOCKED = "locked"
    UNLOCKED = "unlocked"
    JAMMED = "jammed"


class Lock(Protocol):
    """A lock that is locked when it is made and locks again by itself."""

    def open_for(self, seconds: float) -> None:
        """Unlock now and lock again after ``seconds``, above 0 and at most 3600; a second call prolongs.

        Raises:
            ValueError: ``seconds`` is out of its range or not a number.
            LockError: the lock did not obey; it is then locked or jammed, never known to be open.
        """
        ...

    def lock(self) -> None:
        """Lock now, whatever was asked before.

        Raises:
            LockError: the lock did not obey.
        """
        ...

    def state(self) -> LockState:
        """What the lock reports at this moment.

        Raises:
            LockError: it reports nothing.
        """
        ...

    def close(self) -> None:
        """Lock, and let the device go; safe to call twice.

        Raises:
            LockError: the lock did not obey.
        """
        ...


def check_opening(seconds: float) -> None:
    """Refuse an opening without a bound.

    Raises:
        ValueError: ``seconds`` is not above 0 and at most 3600.
    """
    if not 0 < seconds <= 3600:
        raise ValueError(f"a lock opens for more than 0 and at most 3600 seconds, got {seconds}")
