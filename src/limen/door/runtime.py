"""Runs a door: pictures in, decisions on record, the lock moved, the camera watched."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from limen.audit.base import AuditSink
from limen.audit.events import AuditEvent, EventType
from limen.camera.capture import Capture
from limen.camera.clock import Clock
from limen.config import DoorSettings
from limen.decision.decide import Decision
from limen.decision.reasons import Reason
from limen.door.greeting import Greeter
from limen.door.visit import Decided, Seen, Visits
from limen.errors import CameraError, LimenError, LockError, StoreError
from limen.locks.base import Lock, LockState
from limen.types import Frame, PersonId

_LONGEST_WAIT_S = 0.2
_RECONNECT_S = (1.0, 2.0, 5.0, 10.0, 30.0)


class DoorWatcher(Protocol):
    """Whoever is told what happens at a door; every method may do nothing."""

    def happened(self, event: AuditEvent) -> None:
        """An event, already on record where it can be."""

    def greeted(self, sentence: str) -> None:
        """Those who just entered are greeted."""

    def saw(self, frame: Frame, seen: list[Seen], decided: list[Decided]) -> None:
        """A frame was looked at."""


class Roster(Protocol):
    """What a door must know of people; kept up to date by whoever made it."""

    def refresh(self, visits: Visits) -> None:
        """Give ``visits`` the newest gallery, where it changed."""

    def name(self, person: PersonId) -> str:
        """The person's name; the id of somebody who was deleted a moment ago."""


@dataclass(frozen=True, slots=True)
class DoorParts:
    """What a door is made of."""

    name: str
    visits: Visits
    roster: Roster
    lock: Lock
    audit: AuditSink
    settings: DoorSettings


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

    def __init__(self, parts: DoorParts, clock: Clock, watcher: DoorWatcher) -> None:
        self._parts, self._clock, self._watcher = parts, clock, watcher
        self._greeter = Greeter(parts.settings.greeting, parts.settings.greeting_wait_s)
        self._lock_state = LockState.LOCKED
        self._camera: EventType | None = None
        self._store_answers = True

    def run(self, open_capture: Callable[[], Capture], stop: threading.Event) -> None:
        """Watch until the pictures end or ``stop`` is set, opening the camera again where it fails meanwhile.

        Raises:
            CameraError: the camera could not be opened at the start, or a file can no longer be read.
            StoreError: that the door started could not be put on record.
        """
        capture = open_capture()
        failure: str | None = None
        try:
            self._record(self._event(EventType.DOOR_STARTED))
            while not self._watch(capture, stop):
                capture.close()
                if not (reopened := self._reopen(open_capture, stop)):
                    break
                capture = reopened
        except LimenError as error:
            failure = str(error)
            raise
        finally:
            # The lock first: a camera that hangs may take its time.
            self._shut(failure)
            capture.close()

    def _watch(self, capture: Capture, stop: threading.Event) -> bool:
        """Look at frames until they end or ``stop`` is set: True; or until the camera fails: False."""
        while not stop.is_set():
            try:
                frame = capture.next_frame(_LONGEST_WAIT_S)
            except CameraError as error:
                self._camera_is(EventType.CAMERA_OFFLINE, str(error))
                if not capture.realtime:
                    raise
                return False
            if frame is not None:
                self._look(frame, frozen=capture.frozen)
            elif capture.ended:
                self._end()
                return True
            elif capture.stalled_for_s(self._clock.monotonic_s()) > self._parts.settings.stall_s:
                self._camera_is(EventType.CAMERA_OFFLINE, "no picture came")
            self._after()
        return True

    def _look(self, frame: Frame, *, frozen: bool) -> None:
        if isinstance(self._clock, FrameClock):
            self._clock.follow(frame)
        if frozen:
            self._camera_is(EventType.CAMERA_FROZEN, "the picture does not change")
            return
        self._camera_is(EventType.CAMERA_ONLINE)
        if not self._refresh():
            return
        seen, decided = self._parts.visits.see(frame, self._clock.monotonic_s)
        for found in decided:
            self._act(found.decision)
        self._watcher.saw(frame, seen, decided)

    def _refresh(self) -> bool:
        """Whether it is known who may enter at this moment; where the store does not say, nobody may."""
        try:
            self._parts.roster.refresh(self._parts.visits)
        except StoreError as error:
            if self._store_answers:
                self._store_answers = False
                self._parts.visits.forget()
                self._watcher.happened(self._event(EventType.STORE_OFFLINE, detail=str(error)))
            return False
        if not self._store_answers:
            self._store_answers = True
            self._note(self._event(EventType.STORE_ONLINE))
        return True

    def _act(self, decision: Decision) -> None:
        """Put the decision on record, then move the lock: no record, no entry."""
        decided_s = self._clock.monotonic_s()
        event = self._decision_event(decision)
        try:
            self._parts.audit.append(event)
        except StoreError as error:
            self._watcher.happened(self._decision_event(Decision(Reason.NO_RECORD, detail=str(error))))
            return
        self._watcher.happened(event)
        if decision.person is None:
            return
        waited_s = self._clock.monotonic_s() - decided_s
        if waited_s > self._parts.settings.freshness_s:
            # A door must not open for somebody who has gone meanwhile.
            late = Decision(Reason.STALE_FRAME, detail=f"the record took {waited_s:.1f} s: not opened")
            self._note(self._decision_event(late))
            return
        self._open(PersonId(decision.person))

    def _open(self, person: PersonId) -> None:
        try:
            self._parts.lock.open_for(self._parts.settings.open_s)
        except LockError as error:
            self._lock_state = LockState.JAMMED
            self._note(self._event(EventType.LOCK_FAULT, Reason.LOCK_FAULT, str(error)))
            return
        self._poll_lock()
        self._greeter.enter(self._parts.roster.name(person), self._clock.monotonic_s())

    def _after(self) -> None:
        self._poll_lock()
        if sentence := self._greeter.due(self._clock.monotonic_s()):
            self._watcher.greeted(sentence)

    def _end(self) -> None:
        """The film is over: whoever is still there gets a decision, and nobody a door that stays open."""
        for found in self._parts.visits.finish(self._clock.monotonic_s()):
            self._act(found.decision)
        if sentence := self._greeter.finish():
            self._watcher.greeted(sentence)
        self._camera_is(EventType.CAMERA_ENDED)

    def _camera_is(self, state: EventType, detail: str | None = None) -> None:
        if state is self._camera:
            return
        self._camera = state
        self._note(self._event(state, detail=detail))
        if state is not EventType.CAMERA_ONLINE:
            self._parts.visits.forget()
            self._lock_now()

    def _lock_now(self) -> None:
        try:
            self._parts.lock.lock()
        except LockError as error:
            self._note(self._event(EventType.LOCK_FAULT, Reason.LOCK_FAULT, str(error)))
        self._poll_lock()

    def _poll_lock(self) -> None:
        """Put on record what the lock reports, where it changed."""
        try:
            state, detail = self._parts.lock.state(), None
        except LockError as error:
            state, detail = LockState.JAMMED, str(error)
        if state is not self._lock_state:
            self._lock_state = state
            self._note(self._event(_LOCK_EVENTS[state], detail=detail))

    def _shut(self, failure: str | None) -> None:
        try:
            self._parts.lock.close()
        except LockError as error:
            self._lock_state = LockState.JAMMED
            self._note(self._event(EventType.LOCK_FAULT, Reason.LOCK_FAULT, str(error)))
        self._poll_lock()
        self._note(self._event(EventType.DOOR_STOPPED, detail=failure))

    def _reopen(self, open_capture: Callable[[], Capture], stop: threading.Event) -> Capture | None:
        """The camera opened again, after as many tries as it takes; ``None`` once ``stop`` is set."""
        attempt = 0
        while not stop.wait(_RECONNECT_S[min(attempt, len(_RECONNECT_S) - 1)]):
            try:
                return open_capture()
            except CameraError:
                attempt += 1
        return None

    def _event(self, kind: EventType, reason: str | None = None, detail: str | None = None) -> AuditEvent:
        return AuditEvent(kind, self._clock.now_utc(), self._parts.name, reason=reason, detail=detail)

    def _decision_event(self, decision: Decision) -> AuditEvent:
        return AuditEvent(
            EventType.ACCESS_GRANTED if decision.granted else EventType.ACCESS_DENIED,
            self._clock.now_utc(),
            self._parts.name,
            PersonId(decision.person) if decision.person is not None else None,
            decision.reason,
            decision.similarity,
            decision.threshold,
            decision.detail,
        )

    def _record(self, event: AuditEvent) -> None:
        self._parts.audit.append(event)
        self._watcher.happened(event)

    def _note(self, event: AuditEvent) -> None:
        """Record what opens nothing; where that fails, the watcher hears of it all the same."""
        try:
            self._record(event)
        except StoreError:
            self._watcher.happened(event)


_LOCK_EVENTS = {
    LockState.LOCKED: EventType.DOOR_LOCKED,
    LockState.UNLOCKED: EventType.DOOR_UNLOCKED,
    LockState.JAMMED: EventType.LOCK_FAULT,
}
