"""Slows down whoever tries passwords, by the name that is tried and by the address that it comes from."""

import ipaddress
import threading
import time
import unicodedata
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from limen.decision.throttle import Throttle, ThrottlePolicy

POLICY: Final = ThrottlePolicy(failures=5, wait_s=30.0, longest_wait_s=900.0)
_FORGET_S = 3600.0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try, and what it counts against."""

    keys: tuple[str, ...]


class Attempts:
    """Counts failures in memory, of a bounded number of names and addresses; after an hour in peace they are forgotten.

    A try counts as failed from its begin, so that many at once are no way around. An address from which somebody signed
    in before is counted by itself: others who try that name keep nobody out who was let in from there.
    """

    def __init__(
        self, policy: ThrottlePolicy = POLICY, now_s: Callable[[], float] = time.monotonic, most_kept: int = 10_000
    ) -> None:
        self._policy, self._now_s, self._most_kept = policy, now_s, most_kept
        self._guard = threading.Lock()
        self._kept: OrderedDict[str, tuple[Throttle, float]] = OrderedDict()
        self._trusted: OrderedDict[tuple[str, str], None] = OrderedDict()

    def begin(self, name: str, address: str) -> Attempt | float:
        """The try, or for how many more seconds nothing is tried."""
        now_s = self._now_s()
        with self._guard:
            keys = self._keys(name, address)
            before = [self._at(key, now_s) for key in keys]
            wait_s = max(throttle.wait_s(now_s) for throttle in before)
            if wait_s > 0:
                return wait_s
            for key, throttle in zip(keys, before, strict=True):
                self._keep(key, throttle.failed(now_s, self._policy), now_s)
            return Attempt(keys)

    def succeeded(self, name: str, address: str) -> None:
        """Whoever tried is who they say: nothing counts against them any more, from where they are."""
        with self._guard:
            for key in self._keys(name, address):
                self._kept.pop(key, None)
            self._trusted[_folded(name), _network(address)] = None
            self._trusted.move_to_end((_folded(name), _network(address)))
            while len(self._trusted) > self._most_kept:
                self._trusted.popitem(last=False)

    def take_back(self, attempt: Attempt) -> None:
        """The try was neither right nor wrong, and does not count; those that were made meanwhile do."""
        now_s = self._now_s()
        with self._guard:
            for key in attempt.keys:
                throttle = self._at(key, now_s)
                failures = max(throttle.failures - 1, 0)
                waits = failures >= self._policy.failures
                self._keep(key, replace(throttle, failures=failures) if waits else Throttle(failures), now_s)

    def _keys(self, name: str, address: str) -> tuple[str, str]:
        who, where = _folded(name), _network(address)
        return f"address {where}", f"name {who}" if (who, where) not in self._trusted else f"name {who} from {where}"

    def _at(self, key: str, now_s: float) -> Throttle:
        throttle, touched_s = self._kept.get(key, (Throttle(), now_s))
        return Throttle() if now_s - touched_s > _FORGET_S + self._policy.longest_wait_s else throttle

    def _keep(self, key: str, throttle: Throttle, now_s: float) -> None:
        self._kept[key] = throttle, now_s
        self._kept.move_to_end(key)
        while len(self._kept) > self._most_kept:
            self._kept.popitem(last=False)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()[:200]


def _network(address: str) -> str:
    """The address, or of IPv6 the network of 64 bits that one machine may have all of."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
