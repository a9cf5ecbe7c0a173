"""Where frames get their times from."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """A clock that only runs forward, and the time of day."""

    def monotonic_s(self) -> float:
        """Seconds since some moment, never jumping."""
        ...

    def now_utc(self) -> datetime:
        """The time of day, aware UTC; may jump when the machine's clock is set."""
        ...


class SystemClock:
    """The machine's own clock."""

    def monotonic_s(self) -> float:
        """Seconds since the machine started."""
        return time.monotonic()

    def now_utc(self) -> datetime:
        """The machine's time of day."""
        return datetime.now(UTC)


SYSTEM_CLOCK = SystemClock()
