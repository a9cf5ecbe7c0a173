"""A reader without a device, for tests and for those who write a driver."""

from collections.abc import Callable

from limen.credentials.base import Answer, Reading
from limen.errors import ReaderError


class FakeReader:
    """Presents what a test gives it, and keeps the ``answers``."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.closed = False
        self._present: Callable[[Reading], Answer] | None = None
        self._health: Callable[[str | None], None] | None = None

    def start(self, present: Callable[[Reading], Answer], health: Callable[[str | None], None]) -> None:
        """Wait for ``present``."""
        self._present, self._health = present, health
        health(None)

    def present(self, reading: Reading) -> Answer:
        """Somebody presents ``reading``; the answer they see."""
        if self._present is None:
            raise ReaderError("the fake reader was not started")
        answer = self._present(reading)
        self.answers.append(answer)
        return answer

    def fail(self, why: str | None) -> None:
        """The reader breaks, or with ``None`` works again."""
        if self._health is not None:
            self._health(why)

    def close(self) -> None:
        """Remember that it was closed."""
        self.closed = True
