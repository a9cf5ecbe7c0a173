"""Runs a door: pictures in, decisions to the gate, the camera watched."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from limen.audit.events import EventType
from limen.camera.base import FrameStream
from limen.camera.clock import Clock
from limen.camera.dark import DarkWatch
from limen.config import DoorSettings
from limen.credentials.base import Reader
from limen.door.background import Repeated
from limen.door.crop import face_jpeg
from limen.door.gate import Gate
from limen.door.ledger import Ledger
from limen.door.visit import Decided, Seen, Visits
from limen.errors import CameraError, LimenError, StoreError
from limen.types import Frame

_LONGEST_WAIT_S = 0.2
_TICK_S = 0.05
_PROBE_S = 0.5
_TIDY_S = 3600.0
_RECONNECT_S = (1.0, 2.0, 5.0)


class Roster(Protocol):
    """Whose faces a door must know; kept up to date by whoever made it."""

    def refresh(self, visits: Visits) -> None:
        """Give ``visits`` the newest gallery, where it changed."""


class Turn(Protocol):
    """A door's turn to look, where several share what they look with."""

    def take(self, wanted: Callable[[], bool]) -> bool:
        """Whether it is the door's turn, once it is; False where the turn is not ``wanted`` any more."""
        ...

    def leave(self) -> None:
        """It is another door's turn; safe to call at any time."""
        ...


class AlwaysMyTurn:
    """The turn of a door that shares nothing."""

    def take(self, wanted: Callable[[], bool]) -> bool:
        """Whether the turn is wanted, told at once."""
        return wanted()

    def leave(self) -> None:
        """Nobody waits."""


@dataclass(frozen=True, slots=True)
class DoorParts:
    """What a door is made of.

    ``visits`` and ``roster`` are ``None`` at a door that looks at no faces. ``probe`` raises ``StoreError`` where the
    store cannot be written; ``tidy`` is called once an hour, ``alive`` as long as the loop goes round. ``turn`` is
    taken before a frame is, so that what is looked at is not older for having waited. With ``threads`` the lock and the
    store are watched by threads of their own, so that they go on while the camera is slow or gone; without, as for
    films that are looked at faster than they play, everything happens between two frames.
    """

    level: str
    gate: Gate
    ledger: Ledger
    settings: DoorSettings
    visits: Visits | None = None
    roster: Roster | None = None
    reader: Reader | None = None
    probe: Callable[[], None] = lambda: None
    tidy: Callable[[], None] = lambda: None
    alive: Callable[[], None] = lambda: None
    turn: Turn = field(default_factory=AlwaysMyTurn)
    keep_crops: bool = False
    threads: bool = True


class FrameClock:
    """The time of the newest frame: for films that are looked at faster than they play."""

    def __init__(self, start: Clock) -> None:
        self._at_s, self._at = start.monotonic_s(), start.now_utc()

    def follow(self, frame: Frame) -> None:
        """Go to the time of ``frame``."""
        self._at_s, self._at = frame.at_s, frame.captured_at

    def monotonic_s(self) -> float:
        """Seconds on the film's own clock."""
        return self._at_s

    def now_utc(self) -> datetime:
        """The time of day on the film's own clock."""
        return self._at


class Door:
    """One door. ``run`` watches a camera until it ends or ``stop`` is set; the lock is locked before and after."""

    def __init__(self, parts: DoorParts, clock: Clock) -> None:
        self._parts, self._clock = parts, clock
        self._gate, self._ledger = parts.gate, parts.ledger
        self._dark = DarkWatch(parts.settings.dark_s)
        self._camera: EventType | None = None
        self._capture: FrameStream | None = None
        self._broken: Exception | None = None
        self._stop = threading.Event()

    @property
    def gate(self) -> Gate:
        """Where cards, PINs and the wishes of those who run the door go."""
        return self._gate

    def run(self, open_capture: Callable[[], FrameStream] | None, stop: threading.Event) -> None:
        """Watch until the pictures end or ``stop`` is set, opening the camera again where it fails meanwhile.

        Raises:
            CameraError: the camera could not be opened at the start, or a file can no longer be read.
            ReaderError: the reader of cards is not there.
            StoreError: that the door started could not be put on record.
        """
        self._stop = stop
        with ExitStack() as closing:
            started, failure = False, None
            try:
                if open_capture is not None:
                    self._capture = open_capture()
                    closing.callback(self._close_capture)
                self._ledger.record(self._ledger.event(EventType.DOOR_STARTED, self._parts.level))
                started = True
                self._start_threads(closing)
                self._loop(open_capture, stop)
                if self._broken is not None:
                    raise self._broken
            except Exception as error:
                failure = str(error) if isinstance(error, LimenError) else repr(error)
                raise
            finally:
                # The lock first: a camera or a reader that hangs may take its time.
                self._gate.close()
                if started:
                    self._ledger.note(EventType.DOOR_STOPPED, detail=failure)

    def _close_capture(self) -> None:
        if self._capture is not None:
            self._capture.close()

    def _start_threads(self, closing: ExitStack) -> None:
        reader = self._parts.reader
        if reader is not None:
            closing.callback(reader.close)
            reader.start(self._gate.present, self._gate.reader_is)
        if self._parts.threads:
            closing.callback(Repeated("gate", self._gate.tick, _TICK_S, self._broke).close)
            closing.callback(Repeated("store", self._probe, _PROBE_S, self._broke).close)
            closing.callback(Repeated("housekeeping", self._parts.tidy, _TIDY_S, self._broke).close)

    def _loop(self, open_capture: Callable[[], FrameStream] | None, stop: threading.Event) -> None:
        if self._capture is None or open_capture is None:
            while not stop.wait(_LONGEST_WAIT_S):
                self._parts.alive()
                self._gate.tick()
            return
        while not self._watch(self._capture, stop):
            self._capture.close()
            if not (reopened := self._reopen(open_capture, stop)):
                return
            self._capture = reopened

    def _watch(self, capture: FrameStream, stop: threading.Event) -> bool:
        """Look at frames until they end or ``stop`` is set: True; or until the camera fails: False."""
        while not stop.is_set():
            self._parts.alive()
            try:
                looked = self._look_through(capture)
            except CameraError as error:
                self._camera_is(EventType.CAMERA_OFFLINE, str(error))
                if not capture.realtime:
                    raise
                return False
            if not looked and not stop.is_set():
                if capture.ended:
                    self._end()
                    return True
                if capture.stalled_for_s(self._clock.monotonic_s()) > self._parts.settings.stall_s:
                    self._camera_is(EventType.CAMERA_OFFLINE, "no picture came")
            self._gate.tick()
        return True

    def _look_through(self, capture: FrameStream) -> bool:
        """Whether there was a frame, which was looked at.

        Raises:
            CameraError: the camera fails.
        """
        if not capture.has_frame(_LONGEST_WAIT_S):
            return False
        if not self._parts.turn.take(self._goes_on):
            return False
        try:
            # Asked again: the door may have been told to stop while it waited for its turn.
            frame = capture.next_frame(0) if self._goes_on() else None
            if frame is not None:
                self.look(frame, frozen=capture.frozen, cut=capture.cut)
        finally:
            self._parts.turn.leave()
        return frame is not None

    def _goes_on(self) -> bool:
        return not self._stop.is_set()

    def look(self, frame: Frame, *, frozen: bool = False, cut: bool = False) -> None:
        """Look at one frame, and decide about whoever is in it; a ``frozen`` picture shows nobody.

        After a ``cut`` another camera looks: what the one before saw says nothing of whoever is there now.
        """
        if isinstance(self._clock, FrameClock):
            self._clock.follow(frame)
        if cut and self._parts.visits is not None:
            self._parts.visits.forget()
        dark = self._dark.see(frame.image, frame.at_s)
        if frozen or dark:
            what = (EventType.CAMERA_DARK, "nothing but one colour") if dark else (EventType.CAMERA_FROZEN, _FROZEN)
            self._camera_is(*what)
            return
        self._camera_is(EventType.CAMERA_ONLINE)
        visits = self._parts.visits
        if visits is None or not self._refresh(visits):
            return
        if not self._gate.looks():
            visits.forget()
            return
        visits.claim(self._gate.claimed)
        seen, decided = visits.see(frame, self._clock.monotonic_s)
        self._parts.turn.leave()  # A lock may take its time, and others must not wait for it.
        self._gate.saw(frozenset(one.track for one in seen))
        for found in decided:
            self._gate.decided(found, self._crop(frame, seen, found))
        self._ledger.watcher.saw(frame, seen, decided)

    def _crop(self, frame: Frame, seen: list[Seen], found: Decided) -> bytes | None:
        if not self._parts.keep_crops:
            return None
        return next((face_jpeg(frame.image, one.face.box) for one in seen if one.track == found.track), None)

    def _refresh(self, visits: Visits) -> bool:
        """Whether it is known who may enter at this moment; where the store does not say, nobody may."""
        if self._parts.roster is None:
            return False
        try:
            self._parts.roster.refresh(visits)
        except StoreError as error:
            visits.forget()
            self._gate.store_is(str(error))
            return False
        if not self._parts.threads:
            self._gate.store_is(None)
        return True

    def _probe(self) -> None:
        try:
            self._parts.probe()
        except StoreError as error:
            self._gate.store_is(str(error))
        else:
            self._gate.store_is(None)

    def _broke(self, error: Exception) -> None:
        self._broken = error
        self._stop.set()

    def _end(self) -> None:
        """The film is over: whoever is still there gets a decision, and nobody a door that stays open."""
        if self._parts.visits is not None:
            for found in self._parts.visits.finish(self._clock.monotonic_s()):
                self._gate.decided(found)
        self._camera_is(EventType.CAMERA_ENDED)

    def _camera_is(self, state: EventType, detail: str | None = None) -> None:
        if state is self._camera:
            return
        self._camera = state
        self._ledger.note(state, detail=detail)
        if state is not EventType.CAMERA_ONLINE:
            if self._parts.visits is not None:
                self._parts.visits.forget()
            self._gate.shut()

    def _reopen(self, open_capture: Callable[[], FrameStream], stop: threading.Event) -> FrameStream | None:
        """The camera opened again, after as many tries as it takes; ``None`` once ``stop`` is set."""
        attempt = 0
        while not stop.wait(_RECONNECT_S[min(attempt, len(_RECONNECT_S) - 1)]):
            self._parts.alive()
            try:
                return open_capture()
            except CameraError:
                attempt += 1
        return None


_FROZEN = "the picture does not change"
