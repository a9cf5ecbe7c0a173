"""The port every voice stands behind."""

from typing import Protocol


class Speaker(Protocol):
    """Speaks one sentence after the other."""

    def say(self, text: str) -> None:
        """Speak ``text`` as soon as possible; returns at once and never raises.

        While one sentence is spoken only the newest other one waits.
        """
        ...

    def close(self) -> None:
        """Stop speaking; safe to call twice."""
        ...
