"""How long work reports on itself."""

from collections.abc import Callable

Progress = Callable[[str, int, int | None], None]
"""Called with a file's name, the bytes there so far, and the bytes in all where that is known."""


def silent(name: str, done: int, total: int | None) -> None:
    """Report to nobody."""
