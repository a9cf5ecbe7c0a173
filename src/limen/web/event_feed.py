"""One feed of new events for everybody who listens in this process.

Doors of this process wake it, those of other processes write to the same database: it asks there a few times a second,
and only while somebody listens. Whoever is too slow is dropped and comes back with the number of the last event that
they have: nothing grows while they dawdle.
"""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from typing import Protocol

from limen.audit.events import AuditEvent
from limen.door.visit import Decided, Seen
from limen.errors import BadDataError, LimenError
from limen.store.events import EventRecord
from limen.types import Frame

_PAGE = 100
_WAITING = 256
"""So many events may wait for one listener."""
_POLL_S = 0.4
_LISTENERS = 200


class EventSource(Protocol):
    """Where events are kept: a store's ``events``."""

    def oldest(self, limit: int, *, after: int = 0) -> list[EventRecord]:
        """At most ``limit`` events with a greater sequence number than ``after``, the oldest first."""
        ...


class Listener:
    """The events that wait for one listener; filled by the feed's thread, emptied in an event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._there = asyncio.Event()
        self._guard = threading.Lock()
        self._waiting: deque[EventRecord] = deque()
        self._ends = False

    def offer(self, records: list[EventRecord]) -> None:
        """More events, from any thread; one listener too many behind is at its end."""
        with self._guard:
            if self._ends:
                return
            first = not self._waiting
            self._waiting.extend(records[: _WAITING - len(self._waiting)])
            self._ends = len(self._waiting) >= _WAITING
            if first or self._ends:
                self._notify()

    @property
    def ended(self) -> bool:
        """Whether nothing more comes."""
        return self._ends

    def end(self) -> None:
        """Nothing more comes."""
        with self._guard:
            self._ends = True
            self._notify()

    async def take(self, wait_s: float) -> list[EventRecord] | None:
        """What waits; empty after ``wait_s`` without anything; ``None`` at the end."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._there.wait(), wait_s)
        with self._guard:
            self._there.clear()
            taken = list(self._waiting)
            self._waiting.clear()
            if self._ends:
                self._there.set()
        return taken if taken or not self._ends else None

    def _notify(self) -> None:
        with suppress(RuntimeError):  # The loop is closed: nobody listens any more.
            self._loop.call_soon_threadsafe(self._there.set)


class EventFeed:
    """Hands each new event of ``source`` to all who listen; a ``DoorWatcher`` that any door may have.

    ``newest`` tells the number of the newest event. The feed's thread runs while somebody listens, and lets everybody
    go at the latest ``poll_s`` after ``close``.
    """

    def __init__(self, source: EventSource, newest: Callable[[], int], poll_s: float = _POLL_S) -> None:
        self._source, self._newest, self._poll_s = source, newest, poll_s
        self._guard = threading.Lock()
        self._listeners: list[Listener] = []
        self._head = 0
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()
        self._closing = False

    def happened(self, event: AuditEvent) -> None:
        """A door of this process put an event on record: look at once."""
        self._wake.set()

    def greeted(self, sentence: str) -> None:
        """Greetings are no events."""

    def saw(self, frame: Frame, seen: list[Seen], decided: list[Decided]) -> None:
        """Frames are no events."""

    @property
    def full(self) -> bool:
        """Whether nobody more may listen: too many do, or the feed is closed."""
        return self._closing or len(self._listeners) >= _LISTENERS

    def close(self) -> None:
        """Let everybody who listens go, soon: it only marks the end, so that a signal handler may call it."""
        self._closing = True

    async def listen(self, after: int | None, beat_s: float = 15.0) -> AsyncGenerator[list[EventRecord], None]:
        """New events in their order, and an empty list after each ``beat_s`` without any.

        With ``after`` those behind that number come first. It ends where the feed is closed or full, and where events
        come faster than they are taken: ask again then, after the last one that came.

        Raises:
            StoreError: the database cannot be read.
        """
        head = await asyncio.to_thread(self._newest)
        listener = Listener()
        if not self._join(listener, head):
            return
        try:
            cursor = head if after is None else min(after, head)
            while not self._closing:
                page, reached = await asyncio.to_thread(self._page, cursor)
                if not page:
                    break
                cursor = reached
                yield page
            while (taken := await listener.take(beat_s)) is not None:
                fresh = [record for record in taken if record.sequence > cursor]
                cursor = fresh[-1].sequence if fresh else cursor
                if fresh or not taken:
                    yield fresh
        finally:
            self._leave(listener)

    def _join(self, listener: Listener, head: int) -> bool:
        with self._guard:
            if self.full:
                return False
            if not self._listeners:
                self._head = head
            self._listeners.append(listener)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="limen-events", daemon=True)
                self._thread.start()
        return True

    def _leave(self, listener: Listener) -> None:
        with self._guard:
            if listener in self._listeners:
                self._listeners.remove(listener)
        self._wake.set()

    def _run(self) -> None:
        while self._goes_on():
            self._wake.wait(self._poll_s)
            self._wake.clear()
            try:
                self._hand_out(*self._page(self._head))
            except LimenError:
                continue  # That the database does not answer is said by the doors and by those who ask for events.
            except Exception:  # noqa: BLE001 - the top of a thread: whoever listens asks again, and starts another
                self._let_go()
                return

    def _goes_on(self) -> bool:
        with self._guard:
            if self._listeners and not self._closing:
                return True
            self._let_go_all()
        return False

    def _let_go(self) -> None:
        with self._guard:
            self._let_go_all()

    def _let_go_all(self) -> None:
        for listener in self._listeners:
            listener.end()
        self._listeners, self._thread = [], None

    def _page(self, after: int) -> tuple[list[EventRecord], int]:
        """The next events behind ``after``, and how far that goes; what cannot be read is passed over.

        ``limen audit verify`` is there to find what was altered: others must not wait for it.
        """
        try:
            records = self._source.oldest(_PAGE, after=after)
        except BadDataError:
            records = self._one_readable(after)
        return records, records[-1].sequence if records else after

    def _one_readable(self, after: int) -> list[EventRecord]:
        newest = self._newest()
        while after < newest:
            with suppress(BadDataError):
                return self._source.oldest(1, after=after)
            after += 1
        return []

    def _hand_out(self, records: list[EventRecord], reached: int) -> None:
        if not records:
            return
        with self._guard:
            self._head = reached
            for listener in self._listeners:
                listener.offer(records)
            self._listeners = [listener for listener in self._listeners if not listener.ended]
        if len(records) == _PAGE:
            self._wake.set()
