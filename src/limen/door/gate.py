"""Decides who passes: faces, cards, PINs and the wishes of those who run the door come together here."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from queue import SimpleQueue

from limen.audit.actor import acting
from limen.audit.events import EventType
from limen.camera.clock import Clock
from limen.config import DoorSettings
from limen.credentials.base import Answer, Outcome, Reading
from limen.decision.decide import Decision
from limen.decision.levels import Asks, Step, step_after
from limen.decision.reasons import Reason
from limen.decision.rules import Mode, mode_at
from limen.decision.throttle import Throttle, ThrottlePolicy
from limen.door.claims import Claim, Claims
from limen.door.clock_watch import ClockWatch
from limen.door.greeting import Greeter
from limen.door.latch import Latch
from limen.door.ledger import Ledger
from limen.door.register import Register
from limen.door.visit import Decided
from limen.errors import StoreError
from limen.types import PersonId
from limen.voice.base import Speaker

_ORDER_S = 5.0
_LOOK = "Please look at the camera."
_COUNTS_AS_FAILURE = frozenset(
    (
        Reason.UNKNOWN, Reason.AMBIGUOUS, Reason.NOT_AGREED, Reason.NOT_THE_SAME, Reason.LIVENESS_MISSING,
        Reason.LIVENESS_FAILED, Reason.CHALLENGE_MISSING, Reason.CHALLENGE_FAILED,
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class GateParts:
    """What a gate is made of."""

    asks: Asks
    ledger: Ledger
    latch: Latch
    register: Register
    claims: Claims
    clock_watch: ClockWatch
    greeter: Greeter
    speaker: Speaker
    settings: DoorSettings
    throttle: ThrottlePolicy


@dataclass(frozen=True, slots=True)
class _Waiting:
    """Somebody whom card or PIN named, and whose face is waited for."""

    claim: Claim
    until_s: float


class Gate:
    """The one place where a decision becomes a record, and then a movement of the lock.

    Safe to use from several threads: the camera's, those of readers, and that of ``tick``.
    """

    def __init__(self, parts: GateParts, clock: Clock) -> None:
        self._parts, self._clock = parts, clock
        self._ledger, self._latch, self._register = parts.ledger, parts.latch, parts.register
        self._one_at_a_time = threading.RLock()
        self._throttles: dict[PersonId | None, Throttle] = {}
        self._waiting: _Waiting | None = None
        self._orders: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._mode: tuple[Mode, str | None] = (Mode.NORMAL, None)
        self._clock_right = True
        self._closed = self._retired = False
        self._ledger.on_failure = self._latch.lock_now

    @property
    def claimed(self) -> PersonId | None:
        """The person whose face is waited for."""
        with self._one_at_a_time:
            return self._waiting.claim.person if self._waiting else None

    @property
    def mode(self) -> tuple[Mode, str | None]:
        """How the door stands, and until when or by which rule; told without waiting for the lock or the store."""
        return self._mode

    @property
    def awaits_face(self) -> bool:
        """Whether card or PIN named somebody whose face is waited for; told without waiting."""
        return self._waiting is not None

    @property
    def locked_out_s(self) -> float:
        """How much longer no face is looked at, for too many were turned away; told without waiting."""
        waiting = self._waiting
        return self._wait_s(waiting.claim.person if waiting else None)

    def name(self, person: PersonId) -> str:
        """What the person is called; the id of somebody who was deleted a moment ago."""
        return self._register.name(person)

    def looks(self) -> bool:
        """Whether faces are to be looked at: not while too many were turned away, nor where nobody could enter."""
        with self._one_at_a_time:
            key = self._waiting.claim.person if self._waiting else None
            return self._ledger.answers and self._wait_s(key) <= 0

    def decided(self, found: Decided, crop: bytes | None = None) -> None:
        """A face was decided about; ``crop`` is a JPEG of it, where such are kept."""
        since_s = self._clock.monotonic_s()  # Waiting for one's turn counts: a lock may take its time for others.
        with self._one_at_a_time:
            if self._closed:
                return
            claim = self._claim_of(found)
            if found.claimed and claim is None:
                return  # Card or PIN no longer count: their time is over, or another one came.
            duress = claim is not None and claim.duress
            decision = self._admit(found.decision, since_s, found.track, crop, duress=duress)
            self._count(PersonId(found.decision.person or "") if found.claimed else None, decision)

    def _claim_of(self, found: Decided) -> Claim | None:
        """The claim that a decision is about, which it ends."""
        waiting = self._waiting
        if not found.claimed or waiting is None or waiting.claim.person != found.decision.person:
            return None
        self._waiting = None
        return waiting.claim

    def saw(self, tracks: frozenset[int]) -> None:
        """These faces are in the picture."""
        with self._one_at_a_time:
            self._latch.saw(tracks)

    def present(self, reading: Reading) -> Answer:
        """What whoever showed a card or typed a PIN is told."""
        since_s = self._clock.monotonic_s()
        try:
            # Outside the lock: hashing a PIN takes its time, and nobody else must wait for it.
            claim = self._parts.claims.check(reading, self._clock.now_utc())
        except StoreError as error:
            self.store_is(str(error))
            return _answer(Decision(Reason.STORE_OFFLINE))
        with self._one_at_a_time:
            if self._closed:
                return _answer(Decision(Reason.STORE_OFFLINE))
            try:
                return self._presented(claim, since_s)
            except StoreError as error:
                self._ledger.lost(str(error))
                return _answer(Decision(Reason.STORE_OFFLINE))

    def tick(self) -> None:
        """What is due: wishes of those who run the door, the lock's own movements, alarms, greetings."""
        with self._one_at_a_time:
            if self._closed:
                if self._retired:
                    self._retired = False
                    self._latch.lock_now()
                return
            now, now_s = self._clock.now_utc(), self._clock.monotonic_s()
            self._watch_clock(now, now_s)
            try:
                self._register.refresh()
                self._obey(now)
                self._keep_mode(now)
            except StoreError as error:
                self._ledger.lost(str(error))
            self._expire(now_s)
            self._latch.tick()
            self._run_orders()
            if sentence := self._parts.greeter.due(now_s):
                self._greet(sentence)

    def shut(self) -> None:
        """Lock now, unless the door is to stand open: pictures no longer say who is there."""
        with self._one_at_a_time:
            self._waiting = None
            if self._mode[0] is not Mode.KEEP_OPEN:
                self._latch.lock_now()

    def store_is(self, failure: str | None) -> None:
        """Whoever watches the store found that it answers, or why it does not."""
        with self._one_at_a_time:
            self._ledger.lost(failure) if failure else self._ledger.found()

    def reader_is(self, failure: str | None) -> None:
        """The reader says that it works, or what is wrong with it."""
        with self._one_at_a_time:
            self._ledger.note(EventType.READER_OFFLINE if failure else EventType.READER_ONLINE, detail=failure)

    def open_once(self, how: str, since_s: float | None = None) -> bool:
        """Open as those who run the door wish, and say on record ``how`` they said so; whether it was obeyed.

        A door that is open already is not opened once more; an order of ``since_s`` that waited too long is dropped.
        """
        with self._one_at_a_time:
            if self._closed:
                return False
            if since_s is not None and not self._clock.monotonic_s() - since_s <= _ORDER_S:
                self._ledger.note(EventType.DOOR_COMMAND_REFUSED, "old")
                return False
            if mode_at(self._register.mode(), self._clock.now_utc()) is Mode.LOCKDOWN:
                self._ledger.note(EventType.DOOR_COMMAND_REFUSED, Reason.LOCKDOWN)
                return False
            if self._latch.opens_for_s() > 0:
                return True
            try:
                self._ledger.record(self._ledger.event(EventType.DOOR_OPENED_BY_OPERATOR, how))
            except StoreError:
                return False
            return self._latch.open_for(self._parts.settings.open_s)

    def believe_clock(self) -> None:
        """Somebody who runs the door says that the machine's clock is right; nothing where it was believed already."""
        with self._one_at_a_time:
            if self._parts.clock_watch.wrong is not None:
                self._parts.clock_watch.believe(self._clock.now_utc(), self._clock.monotonic_s())
                self._clock_right = True
                self._ledger.note(EventType.CLOCK_RIGHT, "believed")

    def lock_now(self) -> None:
        """Lock, whatever was asked before."""
        with self._one_at_a_time:
            self._latch.lock_now()

    def later(self, order: Callable[[], None]) -> None:
        """Do ``order`` at the next ``tick``; returns at once."""
        self._orders.put(order)

    def refused(self, why: str) -> None:
        """A message that asked for something was not obeyed."""
        with self._one_at_a_time:
            self._ledger.note(EventType.DOOR_COMMAND_REFUSED, why)

    def retire(self) -> None:
        """Open no more, whatever is under way; returns at once, where ``close`` would wait. The next ``tick`` locks."""
        self._closed = self._retired = True

    def close(self) -> None:
        """Lock for good: whatever is shown or ordered from now on opens nothing."""
        with self._one_at_a_time:
            self._closed = True
            if sentence := self._parts.greeter.finish():
                self._greet(sentence)
            self._run_orders()
            self._latch.close()
            self._parts.speaker.close()

    def _presented(self, claim: Claim, since_s: float) -> Answer:
        if claim.refusal is not None or claim.person is None:
            return _answer(self._admit(Decision(claim.refusal or Reason.UNKNOWN_CARD, claim.person), since_s))
        faceless = self._register.faceless(claim.person)
        step = step_after(self._parts.asks, card=claim.card, pin=claim.pin, faceless=faceless)
        if step is Step.SHUT:
            return _answer(self._admit(Decision(Reason.NOT_ENOUGH, claim.person), since_s))
        if step is Step.OPEN:
            reason = Reason.CARD if claim.card else Reason.PIN
            return _answer(self._admit(Decision(reason, claim.person), since_s, duress=claim.duress))
        if (refusal := self._refusal(claim.person)) is not None:
            return _answer(self._admit(refusal, since_s))
        self._waiting = _Waiting(claim, self._clock.monotonic_s() + self._parts.settings.claim_s)
        return Answer(Outcome.LOOK, _LOOK)

    def _admit(
        self, decision: Decision, since_s: float, track: int | None = None, crop: bytes | None = None,
        *, duress: bool = False,
    ) -> Decision:  # fmt: skip
        """Put the decision on record, then move the lock: no record, no entry; ``since_s`` is when it was asked for."""
        if decision.granted and decision.person is not None:
            decision = self._refusal(PersonId(decision.person)) or decision
        decision = self._ledger.decide(decision, crop)
        if not decision.granted:
            return decision
        waited_s = self._clock.monotonic_s() - since_s
        if not waited_s <= self._parts.settings.freshness_s:
            # A door must not open for somebody who has gone meanwhile.
            late = f"the record took {waited_s:.1f} s: not opened"
            return self._ledger.decide(Decision(Reason.STALE_FRAME, decision.person, detail=late))
        if self._closed or not self._latch.open_for(self._parts.settings.open_s, track):
            return Decision(Reason.LOCK_FAULT, decision.person)
        self._after_entry(PersonId(decision.person or ""), duress=duress)
        return decision

    def _refusal(self, person: PersonId) -> Decision | None:
        """Why a known person may not enter at this moment; ``None`` where they may."""
        now = self._clock.now_utc()
        if self._parts.clock_watch.wrong is not None:
            return Decision(Reason.CLOCK_WRONG, person, detail=self._parts.clock_watch.wrong)
        if not self._ledger.answers:
            return Decision(Reason.STORE_OFFLINE, person)
        try:
            if mode_at(self._register.mode(), now) is Mode.LOCKDOWN:
                return Decision(Reason.LOCKDOWN, person)
            permission = self._register.permission(person, now)
            if not permission.allowed:
                return Decision(permission.refusal or Reason.NO_RULE, person, detail=permission.rule)
            return Decision(Reason.PASSBACK, person) if self._register.inside(person, now) else None
        except StoreError as error:
            self._ledger.lost(str(error))
            return Decision(Reason.STORE_OFFLINE, person)

    def _after_entry(self, person: PersonId, *, duress: bool) -> None:
        now_s = self._clock.monotonic_s()
        if duress:
            # Whoever stands beside the visitor must not notice that something else happens.
            self.later(lambda: self._ledger.note(EventType.ALARM_DURESS, person=person))
        try:
            self._register.entered(person, self._clock.now_utc())
        except StoreError as error:
            self._ledger.lost(str(error))
        self._parts.greeter.enter(self._register.name(person), now_s)

    def _count(self, key: PersonId | None, decision: Decision) -> None:
        """Slow down after too many failures in a row: at the door, or of those who claim to be one person."""
        if decision.granted:
            self._throttles.pop(key, None)
        elif decision.reason in _COUNTS_AS_FAILURE:
            now_s = self._clock.monotonic_s()
            throttle = self._throttles[key] = self._throttles.get(key, Throttle()).failed(now_s, self._parts.throttle)
            if (wait_s := throttle.wait_s(now_s)) > 0:
                self._ledger.note(EventType.DOOR_THROTTLED, Reason.THROTTLED, f"{wait_s:.0f} s", key)

    def _wait_s(self, key: PersonId | None) -> float:
        return self._throttles.get(key, Throttle()).wait_s(self._clock.monotonic_s())

    def _watch_clock(self, now: datetime, now_s: float) -> None:
        watch = self._parts.clock_watch
        before, right = self._clock_right, watch.look(now, now_s)
        self._clock_right = right
        if right and not before:
            self._ledger.note(EventType.CLOCK_RIGHT)
        elif not right and before:
            self._ledger.note(EventType.CLOCK_WRONG, Reason.CLOCK_WRONG, watch.wrong)
            self._waiting = None
            self._latch.lock_now()

    def _obey(self, now: datetime) -> None:
        for request in self._register.requests(now):
            with acting(request.actor):
                if request.action == "open":
                    self.open_once("command")
                elif request.action == "believe_clock":
                    self.believe_clock()

    def _keep_mode(self, now: datetime) -> None:
        """Stand open or locked down as long as that is wanted, and say so on record first."""
        wanted = self._wanted(now)
        if wanted != self._mode:
            if wanted[0] is Mode.KEEP_OPEN:
                self._ledger.record(self._ledger.event(EventType.DOOR_MODE, *wanted))
            else:
                self._latch.lock_now()
                self._ledger.note(EventType.DOOR_MODE, *wanted)
            self._mode = wanted
            self._waiting = None
        if wanted[0] is Mode.KEEP_OPEN:
            self._latch.hold()

    def _wanted(self, now: datetime) -> tuple[Mode, str | None]:
        """What the door is to do now, and until when or by which rule."""
        ordered = self._register.mode()
        mode = mode_at(ordered, now)
        if mode is Mode.LOCKDOWN and ordered is not None:
            return mode, f"until {ordered.until.isoformat()}"
        if self._parts.clock_watch.wrong is not None or not self._ledger.answers:
            return Mode.NORMAL, None
        if mode is Mode.KEEP_OPEN and ordered is not None:
            return mode, f"until {ordered.until.isoformat()}"
        hours = self._register.open_hours(now)
        return (Mode.KEEP_OPEN, f"by rule {hours.rule}") if hours is not None else (Mode.NORMAL, None)

    def _expire(self, now_s: float) -> None:
        """A card or PIN whose face did not come in time."""
        if self._waiting is not None and not now_s <= self._waiting.until_s:
            person, self._waiting = self._waiting.claim.person, None
            self._admit(Decision(Reason.NO_FACE, person), now_s)

    def _run_orders(self) -> None:
        while not self._orders.empty():
            try:
                self._orders.get()()
            except StoreError as error:
                self._ledger.lost(str(error))

    def _greet(self, sentence: str) -> None:
        self._ledger.watcher.greeted(sentence)
        self._parts.speaker.say(sentence)


def _answer(decision: Decision) -> Answer:
    """What the visitor sees of a decision."""
    return Answer(Outcome.OPEN if decision.granted else Outcome.SHUT, decision.reason.for_visitor)
