"""Everybody who came in together, in one sentence."""

from collections.abc import Sequence


class Greeter:
    """Waits ``wait_s`` after each person who enters for others to come along, then gives one sentence for all.

    ``template`` holds ``{names}`` where the names go.
    """

    def __init__(self, template: str, wait_s: float) -> None:
        self._template, self._wait_s = template, wait_s
        self._names: list[str] = []
        self._due_s = float("inf")

    def enter(self, name: str, now_s: float) -> None:
        """Somebody was let in."""
        if name not in self._names:
            self._names.append(name)
        self._due_s = now_s + self._wait_s

    def due(self, now_s: float) -> str | None:
        """The sentence, once nobody else came for ``wait_s``."""
        return self.finish() if now_s >= self._due_s else None

    def finish(self) -> str | None:
        """The sentence for those who are waiting for one, without waiting any longer."""
        if not self._names:
            return None
        sentence = self._template.replace("{names}", listed(self._names))
        self._names, self._due_s = [], float("inf")
        return sentence


def listed(names: Sequence[str]) -> str:
    """Names as a sentence has them: A; A and B; A, B and C."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
