"""How many connections one display or account may have at once."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Crowd:
    """Those who are there now, at most ``most`` of each; safe to use from several threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._guard = threading.Lock()
        self._there: Counter[str] = Counter()

    def full(self, whose: str) -> bool:
        """Whether no more of these may come."""
        return self._there[whose] >= self._most

    @contextmanager
    def room(self, whose: str) -> Iterator[bool]:
        """Whether there is room for one more, who is there within the block."""
        with self._guard:
            if came := not self.full(whose):
                self._there[whose] += 1
        try:
            yield came
        finally:
            if came:
                with self._guard:
                    self._there[whose] -= 1
                    if not self._there[whose]:
                        del self._there[whose]
