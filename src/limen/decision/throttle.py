"""Slows down whoever is turned away again and again.

Source: NIST SP 800-63B-4, 3.2.2 and 3.2.3: at most 5 failures in a row (10 with presentation attack detection), then
at least 30 s before each further try.
"""

import math
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class ThrottlePolicy:
    """After ``failures`` in a row ``wait_s`` seconds, doubled by each further failure up to ``longest_wait_s``."""

    failures: int
    wait_s: float
    longest_wait_s: float

    def __post_init__(self) -> None:
        if self.failures < 1 or not 0 < self.wait_s <= self.longest_wait_s < math.inf:
            raise ValueError(f"a throttle needs positive, finite bounds, got {self}")


@dataclass(frozen=True, slots=True)
class Throttle:
    """How many failed in a row, and until which monotonic time nobody is looked at."""

    failures: int = 0
    until_s: float = -math.inf

    def failed(self, now_s: float, policy: ThrottlePolicy) -> "Throttle":
        """After one more failure."""
        failures = self.failures + 1
        if failures < policy.failures:
            return replace(self, failures=failures)
        # The exponent is bounded: 2.0 ** 1024 is no number any more.
        wait_s = policy.wait_s * 2.0 ** min(failures - policy.failures, 64)
        return Throttle(failures, now_s + min(wait_s, policy.longest_wait_s))

    def wait_s(self, now_s: float) -> float:
        """How long it still lasts; 0 where nobody has to wait. A time that is not a number waits."""
        return 0.0 if now_s >= self.until_s else max(self.until_s - now_s, 0.0) if math.isfinite(now_s) else math.inf
