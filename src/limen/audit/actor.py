"""Who orders what is put on record: known where a request comes in, and needed where its event is kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ACTOR: ContextVar[str | None] = ContextVar("limen_actor", default=None)


@contextmanager
def acting(actor: str | None) -> Iterator[None]:
    """Events that are kept within the block, in this thread or task, are by ``actor``, as ``user:`` and an id."""
    token = _ACTOR.set(actor)
    try:
        yield
    finally:
        _ACTOR.reset(token)


def act_as(actor: str) -> None:
    """From now on events that are kept in this task are by ``actor``: for a server, where each request is a task."""
    _ACTOR.set(actor)


def current_actor() -> str | None:
    """Who orders what happens now; ``None`` where nobody said so, as at the command line."""
    return _ACTOR.get()
