"""Whether the machine's clock can be believed."""

from datetime import datetime, timedelta

_SLACK = timedelta(hours=1)
"""Films that are looked at faster than they play leave records that lie a little ahead."""


class ClockWatch:
    """Compares wall time with the monotonic clock: a jump of more than ``tolerance_s`` is not believed.

    ``last`` is a time that has certainly passed, as that of the newest record: a clock before it is wrong from the
    start. The clock is right again once it says what it should, or by ``believe``.
    """

    def __init__(self, tolerance_s: float, now: datetime, now_s: float, last: datetime | None = None) -> None:
        self._tolerance = timedelta(seconds=tolerance_s)
        self._at, self._at_s = now, now_s
        self._behind: datetime | None = None
        self.wrong: str | None = None
        if last is not None and now < last - _SLACK:
            self._behind = last - _SLACK
            self.wrong = f"it says {now:%Y-%m-%d %H:%M} UTC, and the newest record is of {last:%Y-%m-%d %H:%M}"

    def look(self, now: datetime, now_s: float) -> bool:
        """Whether the clock can be believed at this moment."""
        expected = self._at + timedelta(seconds=now_s - self._at_s)
        if self._behind is not None and now < self._behind:
            self._at, self._at_s = now, now_s
            return False
        if abs(now - expected) > self._tolerance and self._behind is None:
            if self.wrong is None:
                self.wrong = f"it jumped by {(now - expected).total_seconds():+.0f} s"
            # The time before the jump goes on counting: a clock that comes back is right again.
            return False
        self._at, self._at_s, self.wrong, self._behind = now, now_s, None, None
        return True

    def believe(self, now: datetime, now_s: float) -> None:
        """Somebody who runs the door says that the clock is right."""
        self._at, self._at_s, self.wrong, self._behind = now, now_s, None, None
