"""What the doors of one process ask of their store, asked once for all of them."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from limen.door.build import gallery_of
from limen.engine import Engine
from limen.errors import StoreError
from limen.matching.exact import ExactGallery
from limen.store import Store
from limen.types import ModelKey

T = TypeVar("T")


class Upkeep:
    """The answers of ``store``, at most so old: by default none is kept.

    A door that runs alone needs no more. Twenty doors in one process would otherwise ask the same database hundreds of
    times a second. An answer that is a failure is kept for as long, and raised to everybody who asks.
    """

    def __init__(
        self, store: Store, *, revision_s: float = 0.0, probe_s: float = 0.0, tidy_s: float = 0.0,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._store = store
        self._galleries: dict[ModelKey, tuple[int, ExactGallery]] = {}
        self._loading = threading.Lock()
        self._revision = _Kept(store.revision, revision_s, now_s)
        self._probe = _Kept(store.probe, probe_s, now_s)
        self._tidy_s, self._now_s = tidy_s, now_s
        self._tidied_s = float("-inf")
        self._guard = threading.Lock()

    def revision(self) -> int:
        """The store's revision.

        Raises:
            StoreError: the database cannot be read.
        """
        return self._revision.answer()

    def gallery(self, engine: Engine, revision: int) -> ExactGallery:
        """Everybody who may be found, as of ``revision`` or later; the same for all doors, and read once.

        Raises:
            StoreError: the database cannot be read.
        """
        with self._loading:
            kept = self._galleries.get(engine.model)
            if kept is None or kept[0] < revision:
                kept = revision, gallery_of(self._store.templates.load(engine.model), None, engine)
                self._galleries = {engine.model: kept}
        return kept[1]

    def probe(self) -> None:
        """Return if an event could be kept.

        Raises:
            StoreError: it could not.
        """
        self._probe.answer()

    def tidy_due(self) -> bool:
        """Whether it is the turn of whoever asks to tidy up: of one door, not of all."""
        with self._guard:
            now_s = self._now_s()
            if now_s - self._tidied_s < self._tidy_s:
                return False
            self._tidied_s = now_s
            return True


class _Kept(Generic[T]):
    """What ``ask`` said, for ``longest_s``; others wait while one asks."""

    def __init__(self, ask: Callable[[], T], longest_s: float, now_s: Callable[[], float]) -> None:
        self._ask, self._longest_s, self._now_s = ask, longest_s, now_s
        self._guard = threading.Lock()
        self._asked_s = float("-inf")
        self._said: list[T] = []
        self._failure = ""

    def answer(self) -> T:
        with self._guard:
            # As old as the moment of asking: what changed while it was answered is seen the next time.
            if self._now_s() - self._asked_s >= self._longest_s:
                self._asked_s = self._now_s()
                self._said, self._failure = [], ""
                try:
                    self._said = [self._ask()]
                except StoreError as error:
                    self._failure = str(error)
            if not self._said:
                raise StoreError(self._failure)
            return self._said[0]
