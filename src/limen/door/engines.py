"""Engines for many threads: each is lent to one of them at a time."""

import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

import numpy as np
from numpy.typing import NDArray

from limen.engine import Engine
from limen.matching.thresholds import Thresholds
from limen.types import Embedding, Face, Image, Measure, ModelKey, Size

_MOST = 4
_NICER = 5
_ASK_AGAIN_S = 0.1
"""How often it is asked whether whoever waits for an engine still wants it."""


def engines_here() -> int:
    """So many engines keep this machine's processors busy: one a processor, at most four."""
    return max(1, min(os.cpu_count() or 1, _MOST))


class _NotWantedError(Exception):
    """Whoever waited for an engine does so no longer."""


def _always() -> bool:
    return True


class _Ticket:
    """A place in the queue; ``engine`` is set before ``served`` is."""

    def __init__(self) -> None:
        self.served = threading.Event()
        self.engine: Engine | None = None


class EnginePool:
    """At most ``size`` engines, made by ``build`` when they are first needed.

    Whoever waits is served in the order of asking. An engine that cannot be built is built anew by the next who asks.
    """

    def __init__(self, build: Callable[[], Engine], size: int | None = None) -> None:
        self._build = build
        self._unbuilt = size or engines_here()
        self._free: list[Engine] = []
        self._queue: deque[_Ticket] = deque()
        self._guard = threading.Lock()
        self._building = threading.Lock()
        self._first: Engine | None = None
        self._holding = threading.local()

    @property
    def model(self) -> ModelKey:
        """What all embeddings of these engines carry.

        Raises:
            LimenError: no engine can be built.
        """
        return self._any().model

    @property
    def measure(self) -> Measure:
        """What embeddings are compared by."""
        return self._any().measure

    @property
    def thresholds(self) -> Thresholds:
        """What the model says about comparing."""
        return self._any().thresholds

    @contextmanager
    def borrow(self) -> Iterator[Engine]:
        """An engine for this thread alone, until the block ends; the one it has already, where it has one.

        Raises:
            LimenError: no engine can be built.
        """
        if (held := self._held()) is not None:
            yield held
            return
        engine = self._take()
        try:
            yield engine
        finally:
            self._give_back(engine)

    def turn(self) -> "EngineTurn":
        """What keeps an engine for one thread from one call to the next."""
        return EngineTurn(self)

    def hold(self, wanted: Callable[[], bool] = _always) -> bool:
        """Lend this thread an engine until ``release``; False where it was not ``wanted`` any more before it came.

        Raises:
            LimenError: no engine can be built.
        """
        if self._held() is None:
            try:
                self._holding.engine = self._take(wanted)
            except _NotWantedError:
                return False
        return True

    def release(self) -> None:
        """Take back the engine that this thread holds, if it holds one."""
        if (engine := self._held()) is not None:
            self._holding.engine = None
            self._give_back(engine)

    def shared(self) -> Engine:
        """An engine that several threads may use: it borrows one for each call.

        Raises:
            LimenError: no engine can be built.
        """
        return Engine(_SharedDetector(self), _SharedEmbedder(self, self._any()), self.thresholds)

    def _held(self) -> Engine | None:
        engine: Engine | None = getattr(self._holding, "engine", None)
        return engine

    def _any(self) -> Engine:
        """An engine to ask for what is the same for all; not to be looked through."""
        if self._first is None:
            with self.borrow():
                pass
        assert self._first is not None
        return self._first

    def _take(self, wanted: Callable[[], bool] = _always) -> Engine:
        with self._guard:
            if self._free and not self._queue:
                return self._free.pop()
            builds = self._unbuilt > 0
            self._unbuilt -= builds
            ticket = _Ticket()
            if not builds:
                self._queue.append(ticket)
        return self._built() if builds else self._waited(ticket, wanted)

    def _built(self) -> Engine:
        try:
            # One after the other: the first may have to convert the models.
            with self._building:
                engine = self._build()
        except BaseException:
            with self._guard:
                self._unbuilt += 1
            self._serve_by_building()
            raise
        self._first = self._first or engine
        return engine

    def _serve_by_building(self) -> None:
        """Whoever waits for an engine that did not come to be tries to build it."""
        with self._guard:
            if self._queue:
                self._queue.popleft().served.set()

    def _waited(self, ticket: _Ticket, wanted: Callable[[], bool]) -> Engine:
        try:
            while not ticket.served.wait(_ASK_AGAIN_S):
                if not wanted():
                    raise _NotWantedError
        except BaseException:
            self._leave(ticket)
            raise
        return ticket.engine if ticket.engine is not None else self._take(wanted)

    def _leave(self, ticket: _Ticket) -> None:
        with self._guard:
            if ticket in self._queue:
                self._queue.remove(ticket)
                return
        if ticket.engine is not None:
            self._give_back(ticket.engine)
        else:  # It was this one's turn to build: now it is the next one's.
            self._serve_by_building()

    def _give_back(self, engine: Engine) -> None:
        with self._guard:
            if not self._queue:
                self._free.append(engine)
                return
            # Handed over, not put back: who came later must not be quicker.
            ticket = self._queue.popleft()
            ticket.engine = engine
            ticket.served.set()


def _give_way() -> None:
    """Let other threads go first: a look may wait a little, whoever types a PIN or opens a page must not.

    Only Linux has a priority for each thread.
    """
    if sys.platform == "linux":
        with suppress(OSError):
            thread = threading.get_native_id()
            os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + _NICER)


class EngineTurn:
    """A door's turn to look: while it lasts, what the door looks with is lent to its thread."""

    def __init__(self, pool: EnginePool) -> None:
        self._pool = pool
        self._gave_way = False

    def take(self, wanted: Callable[[], bool]) -> bool:
        """Whether there is an engine, once there is; from the first time on the thread gives way to others."""
        if not self._gave_way:
            self._gave_way = True
            _give_way()
        return self._pool.hold(wanted)

    def leave(self) -> None:
        """Lend it to the next."""
        self._pool.release()


class _SharedDetector:
    """A ``Detector`` that borrows."""

    def __init__(self, pool: EnginePool) -> None:
        self._pool = pool

    def detect(self, image: Image, min_face_px: float) -> list[Face]:
        """The faces in ``image``."""
        with self._pool.borrow() as engine:
            return engine.detector.detect(image, min_face_px)


class _SharedEmbedder:
    """An ``Embedder`` that borrows; what is the same for all engines it knows from ``one`` of them."""

    def __init__(self, pool: EnginePool, one: Engine) -> None:
        self._pool, self._one = pool, one.embedder

    @property
    def model(self) -> ModelKey:
        """The key that all embeddings carry."""
        return self._one.model

    @property
    def measure(self) -> Measure:
        """What embeddings are compared by."""
        return self._one.measure

    @property
    def size(self) -> Size:
        """The size of the crops it takes."""
        return self._one.size

    @property
    def alignment(self) -> NDArray[np.float32]:
        """Where the five landmarks lie in a crop."""
        return self._one.alignment

    def embed(self, crops: Sequence[Image]) -> list[Embedding]:
        """One embedding a crop; no engine is waited for where there are none."""
        if not crops:
            return []
        with self._pool.borrow() as engine:
            return engine.embedder.embed(crops)
