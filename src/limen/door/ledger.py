"""What happens at one door, put on record and told to whoever watches."""

from collections.abc import Callable
from typing import Protocol

from limen.audit.base import AuditSink
from limen.audit.events import AuditEvent, EventType
from limen.camera.clock import Clock
from limen.decision.decide import Decision
from limen.decision.reasons import Reason
from limen.door.visit import Decided, Seen
from limen.errors import StoreError
from limen.types import Frame, PersonId


class DoorWatcher(Protocol):
    """Whoever is told what happens at a door; every method may do nothing, and none may take its time."""

    def happened(self, event: AuditEvent) -> None:
        """An event, already on record where it can be."""

    def greeted(self, sentence: str) -> None:
        """Those who just entered are greeted."""

    def saw(self, frame: Frame, seen: list[Seen], decided: list[Decided]) -> None:
        """A frame was looked at."""


class Ledger:
    """Writes the events of the door ``name``.

    ``answers`` says whether the store answered when it was last asked; ``failed`` is called when it stops to.
    """

    def __init__(self, name: str, audit: AuditSink, clock: Clock, watcher: DoorWatcher) -> None:
        self.name, self.watcher = name, watcher
        self.answers = True
        self.on_failure: Callable[[], None] = lambda: None
        self._audit, self._clock = audit, clock

    def event(
        self, kind: EventType, reason: str | None = None, detail: str | None = None, person: PersonId | None = None
    ) -> AuditEvent:
        """An event of this door, now."""
        return AuditEvent(kind, self._clock.now_utc(), self.name, person, reason=reason, detail=detail)

    def decision_event(self, decision: Decision) -> AuditEvent:
        """The event that a decision is."""
        kind = EventType.ACCESS_GRANTED if decision.granted else EventType.ACCESS_DENIED
        person = PersonId(decision.person) if decision.person is not None else None
        return AuditEvent(
            kind, self._clock.now_utc(), self.name, person, decision.reason, decision.similarity, decision.threshold,
            decision.detail,
        )  # fmt: skip

    def record(self, event: AuditEvent, crop: bytes | None = None) -> None:
        """Return once ``event`` is on record, with the JPEG of a face if one is given, and tell the watcher.

        Raises:
            StoreError: it could not be kept; the watcher heard nothing of it.
        """
        try:
            self._audit.append(event, crop)
        except StoreError as error:
            self.lost(str(error))
            raise
        self.watcher.happened(event)

    def decide(self, decision: Decision, crop: bytes | None = None) -> Decision:
        """The decision, once it is on record; NO_RECORD in its place where it could not be kept."""
        try:
            self.record(self.decision_event(decision), crop)
        except StoreError as error:
            denied = Decision(Reason.NO_RECORD, decision.person, detail=str(error))
            self.watcher.happened(self.decision_event(denied))
            return denied
        return decision

    def note(
        self, kind: EventType, reason: str | None = None, detail: str | None = None, person: PersonId | None = None
    ) -> None:
        """Record what opens nothing; where that fails, the watcher hears of it all the same."""
        event = self.event(kind, reason, detail, person)
        try:
            self.record(event)
        except StoreError:
            self.watcher.happened(event)

    def lost(self, why: str) -> None:
        """The store does not answer: said once, and to the watcher alone, for nothing can be recorded."""
        if self.answers:
            self.answers = False
            self.watcher.happened(self.event(EventType.STORE_OFFLINE, detail=why))
            self.on_failure()

    def found(self) -> None:
        """The store answers again, if it takes a record that says so."""
        if self.answers:
            return
        event = self.event(EventType.STORE_ONLINE)
        try:
            self._audit.append(event)
        except StoreError:
            return
        self.answers = True
        self.watcher.happened(event)
