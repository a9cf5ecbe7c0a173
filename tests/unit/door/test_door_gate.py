"""Faces, cards, PINs and orders at one gate: what is recorded, what the lock does, what the visitor is told."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from door_samples import CHEAP_PINS, PATIENT, START, HandClock, Parts
from limen.audit.actor import current_actor
from limen.audit.events import AuditEvent, EventType
from limen.credentials.base import Answer, Outcome, Reading
from limen.credentials.card import CardNumber
from limen.decision.decide import Decision
from limen.decision.levels import Level
from limen.decision.reasons import Reason
from limen.decision.rules import DoorMode, Mode, OpenHours, Permission
from limen.decision.throttle import ThrottlePolicy
from limen.door.gate import Gate
from limen.door.visit import Decided
from limen.errors import StoreError
from limen.locks.base import LockState
from limen.locks.sensors import Inputs
from limen.locks.simulator import SimulatedLock
from limen.store import Holder, PinRecord
from limen.store.modes import DoorRequest
from limen.types import PersonId, TrackId

E = EventType
ANNA, BEN = PersonId("anna"), PersonId("ben")
CARD, OTHERS, UNKNOWN = CardNumber(26, 1001), CardNumber(26, 1002), CardNumber(26, 9999)
PIN, DURESS = "4711", "4729"
HASHES = PinRecord(ANNA, CHEAP_PINS.hash(PIN), CHEAP_PINS.hash(DURESS))
SHUT_TEXT = "The door stays shut. Please ask those who run it."


class Scene:
    """A gate, and everything around it."""

    def __init__(self, level: Level = Level.FACE, throttle: ThrottlePolicy = PATIENT) -> None:
        self.clock = HandClock()
        self.lock = SimulatedLock(self.clock.monotonic_s)
        self.parts = Parts(self.clock, self.lock, level=level, throttle=throttle)
        self.register, self.sensors = self.parts.register, self.parts.sensors
        self.register.cards = {CARD: Holder(ANNA, False, None), OTHERS: Holder(BEN, False, None)}
        self.register.pins = {"12": HASHES}
        self.gate: Gate = self.parts.gate()

    def face(self, reason: Reason, person: str | None = None, track: int = 1, *, claimed: bool = False) -> None:
        self.gate.decided(Decided(TrackId(track), Decision(reason, person), claimed))

    def show(self, card: CardNumber | None = None, number: str | None = None, pin: str | None = None) -> Answer:
        return self.gate.present(Reading(card, number, pin))

    def wait(self, seconds: float, step_s: float = 0.5) -> None:
        for _ in range(round(seconds / step_s)):
            self.clock.now_s += step_s
            self.gate.tick()

    @property
    def decisions(self) -> list[tuple[str, str | None]]:
        """Reason and person of each decision on record."""
        kinds = (E.ACCESS_GRANTED, E.ACCESS_DENIED)
        return [(event.reason or "", event.person) for event in self.parts.audit.events if event.type in kinds]

    @property
    def types(self) -> list[EventType]:
        return [event.type for event in self.parts.audit.events]

    @property
    def openings(self) -> int:
        return len(self.lock.history)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_a_face_that_was_matched_opens_once(scene: Scene) -> None:
    scene.face(Reason.MATCHED, "anna")
    assert scene.decisions == [("matched", "anna")]
    assert scene.openings == 1
    assert scene.register.let_in == ["anna"]
    scene.wait(1)
    assert scene.parts.witness.greetings == scene.parts.speaker.said == ["Welcome, Anna!"]


REFUSALS: dict[str, tuple[Callable[[Scene], None], Reason]] = {
    "no rule": (lambda s: s.register.permissions.update({ANNA: Permission(Reason.NO_RULE)}), Reason.NO_RULE),
    "expired": (lambda s: s.register.permissions.update({ANNA: Permission(Reason.EXPIRED)}), Reason.EXPIRED),
    "allowed by nothing": (lambda s: s.register.permissions.update({ANNA: Permission(None)}), Reason.NO_RULE),
    "inside already": (lambda s: s.register.within.add(ANNA), Reason.PASSBACK),
    "locked down": (lambda s: order(s, Mode.LOCKDOWN), Reason.LOCKDOWN),
    "the clock jumped": (lambda s: jump(s), Reason.CLOCK_WRONG),  # noqa: PLW0108 - below
    "the store fails": (lambda s: setattr(s.register, "fail_with", StoreError("locked")), Reason.STORE_OFFLINE),
}


def order(scene: Scene, mode: Mode, hours: float = 1) -> None:
    scene.register.ordered = DoorMode(mode, scene.clock.now_utc() + timedelta(hours=hours))


def jump(scene: Scene) -> None:
    now = scene.clock.now_utc
    scene.clock.now_utc = lambda: now() + timedelta(days=1)  # type: ignore[method-assign]  # a clock that jumps
    scene.gate.tick()


@pytest.mark.parametrize("case", REFUSALS)
@pytest.mark.parametrize("way", ["face", "card", "card and PIN", "number and PIN"])
def test_whoever_may_not_enter_stays_outside_whatever_they_show(scene: Scene, case: str, way: str) -> None:
    prepare, reason = REFUSALS[case]
    prepare(scene)
    if way == "face":
        scene.face(Reason.MATCHED, "anna")
    else:
        shown = {"card": (CARD, None, None), "card and PIN": (CARD, None, PIN), "number and PIN": (None, "12", PIN)}
        assert scene.show(*shown[way]).outcome is Outcome.SHUT
    assert scene.openings == 0
    assert scene.lock.state() is LockState.LOCKED
    told = [event.reason for event in scene.parts.witness.events if event.type is E.ACCESS_DENIED]
    assert told == [reason] or (reason is Reason.STORE_OFFLINE and E.STORE_OFFLINE in scene.parts.witness.types)


class TestCards:
    def test_a_known_card_opens_a_door_that_asks_for_no_more(self, scene: Scene) -> None:
        assert scene.show(CARD) == Answer(Outcome.OPEN, "Please come in.")
        assert scene.decisions == [("card", "anna")]
        assert scene.openings == 1

    @pytest.mark.parametrize(
        ("card", "holder", "reason"),
        [
            (UNKNOWN, None, Reason.UNKNOWN_CARD),
            (CARD, Holder(ANNA, True, None), Reason.CARD_OFF),
            (CARD, Holder(ANNA, False, START), Reason.CARD_OFF),
        ],
    )
    def test_a_card_that_is_nobodys_or_off(
        self, scene: Scene, card: CardNumber, holder: Holder | None, reason: Reason
    ) -> None:
        if holder:
            scene.register.cards[card] = holder
        assert scene.show(card) == Answer(Outcome.SHUT, SHUT_TEXT)
        assert scene.decisions == [(reason, holder.person if holder else None)]
        assert scene.openings == 0

    def test_at_the_level_standard_a_card_is_not_enough(self) -> None:
        scene = Scene(Level.STANDARD)
        assert scene.show(CARD).outcome is Outcome.SHUT
        assert scene.show(CARD, pin=PIN).outcome is Outcome.OPEN
        assert scene.decisions == [("not_enough", "anna"), ("card", "anna")]

    def test_the_pin_must_be_that_of_the_cards_holder(self) -> None:
        scene = Scene(Level.STANDARD)
        assert scene.show(OTHERS, pin=PIN).outcome is Outcome.SHUT
        assert scene.decisions == [("wrong_pin", "ben")]


class TestPins:
    def test_number_and_pin_open(self, scene: Scene) -> None:
        assert scene.show(number="12", pin=PIN).outcome is Outcome.OPEN
        assert scene.decisions == [("pin", "anna")]

    @pytest.mark.parametrize(("number", "pin"), [("12", "4712"), ("13", PIN), ("12", "0")])
    def test_wrong_ones_look_the_same(self, scene: Scene, number: str, pin: str) -> None:
        assert scene.show(number=number, pin=pin) == Answer(Outcome.SHUT, SHUT_TEXT)
        assert scene.openings == 0

    def test_duress_opens_looks_the_same_and_raises_a_silent_alarm(self) -> None:
        usual, forced = Scene(), Scene()
        answers = [usual.show(number="12", pin=PIN), forced.show(number="12", pin=DURESS)]
        assert repr(answers[0]).encode() == repr(answers[1]).encode()
        assert usual.types == forced.types
        assert usual.decisions == forced.decisions == [("pin", "anna")]
        usual.wait(0.5)
        forced.wait(0.5)
        assert E.ALARM_DURESS not in usual.types
        (alarm,) = [event for event in forced.parts.audit.events if event.type is E.ALARM_DURESS]
        assert alarm.person == "anna"
        assert usual.lock.history == forced.lock.history

    def test_guessing_is_slowed_down_number_by_number(self) -> None:
        scene = Scene(throttle=ThrottlePolicy(5, 30, 900))
        for guess in range(5):
            scene.show(number="12", pin=f"000{guess}")
        assert scene.show(number="12", pin=PIN).outcome is Outcome.SHUT
        assert scene.decisions[-1] == ("throttled", "anna")
        assert scene.show(CARD, pin=PIN).outcome is Outcome.SHUT
        assert scene.show(CARD).outcome is Outcome.OPEN
        scene.wait(30)
        assert scene.show(number="12", pin=PIN).outcome is Outcome.OPEN


class TestSecure:
    """A card names a person, whose face must come."""

    @pytest.fixture
    def scene(self) -> Scene:
        return Scene(Level.SECURE)

    def test_the_card_asks_for_the_face_and_the_face_opens(self, scene: Scene) -> None:
        assert scene.show(CARD) == Answer(Outcome.LOOK, "Please look at the camera.")
        assert (scene.gate.claimed, scene.openings) == ("anna", 0)
        scene.face(Reason.VERIFIED, "anna", claimed=True)
        assert scene.decisions == [("verified", "anna")]
        assert (scene.gate.claimed, scene.openings) == (None, 1)

    @pytest.mark.parametrize("reason", [Reason.NOT_THE_SAME, Reason.LIVENESS_FAILED, Reason.LIVENESS_MISSING])
    def test_another_face_or_one_that_is_not_alive_ends_the_claim(self, scene: Scene, reason: Reason) -> None:
        scene.show(CARD)
        scene.face(reason, "anna", claimed=True)
        assert scene.decisions == [(reason, "anna")]
        assert (scene.gate.claimed, scene.openings) == (None, 0)

    def test_a_card_whose_face_does_not_come_is_forgotten(self, scene: Scene) -> None:
        scene.show(CARD)
        scene.wait(6)
        assert scene.decisions == [("no_face", "anna")]
        assert (scene.gate.claimed, scene.openings) == (None, 0)

    def test_who_may_not_enter_is_not_asked_for_their_face(self, scene: Scene) -> None:
        scene.register.permissions[ANNA] = Permission(Reason.OUT_OF_HOURS)
        assert scene.show(CARD).outcome is Outcome.SHUT
        assert scene.gate.claimed is None

    def test_who_does_not_want_their_face_used_shows_card_and_pin(self, scene: Scene) -> None:
        scene.register.without_face.add(ANNA)
        assert scene.show(CARD).outcome is Outcome.SHUT
        assert scene.show(CARD, pin=PIN).outcome is Outcome.OPEN

    def test_duress_at_the_pin_is_told_once_the_face_came(self, scene: Scene) -> None:
        assert scene.show(CARD, pin=DURESS).outcome is Outcome.LOOK
        scene.face(Reason.VERIFIED, "anna", claimed=True)
        scene.wait(0.5)
        assert E.ALARM_DURESS in scene.types

    def test_a_face_that_comes_too_late_or_for_another_card_opens_nothing(self, scene: Scene) -> None:
        scene.show(CARD)
        scene.wait(6)
        scene.face(Reason.VERIFIED, "anna", claimed=True)
        scene.show(OTHERS)
        scene.face(Reason.VERIFIED, "anna", claimed=True)
        assert scene.decisions == [("no_face", "anna")]
        assert (scene.gate.claimed, scene.openings) == ("ben", 0)

    def test_a_lockdown_ends_the_waiting(self, scene: Scene) -> None:
        scene.show(CARD)
        order(scene, Mode.LOCKDOWN)
        scene.gate.tick()
        assert scene.gate.claimed is None


class TestThrottle:
    def test_the_face_waits_and_the_card_does_not(self) -> None:
        scene = Scene(throttle=ThrottlePolicy(5, 30, 900))
        for _ in range(5):
            assert scene.gate.looks()
            scene.face(Reason.UNKNOWN)
        assert not scene.gate.looks()
        assert scene.types[-1] is E.DOOR_THROTTLED
        assert scene.show(CARD).outcome is Outcome.OPEN
        scene.wait(30)
        assert scene.gate.looks()
        scene.face(Reason.UNKNOWN)
        scene.wait(30)
        assert not scene.gate.looks()

    def test_somebody_who_is_let_in_starts_it_anew(self) -> None:
        scene = Scene(throttle=ThrottlePolicy(5, 30, 900))
        for _ in range(4):
            scene.face(Reason.UNKNOWN)
        scene.face(Reason.MATCHED, "anna")
        for _ in range(4):
            scene.face(Reason.UNKNOWN)
        assert scene.gate.looks()

    def test_poor_pictures_are_nobodys_failure(self) -> None:
        scene = Scene(throttle=ThrottlePolicy(5, 30, 900))
        for _ in range(20):
            scene.face(Reason.POOR_QUALITY)
        assert scene.gate.looks()

    def test_with_a_stolen_card_only_that_card_waits(self) -> None:
        scene = Scene(Level.SECURE, ThrottlePolicy(5, 30, 900))
        for _ in range(5):
            scene.show(CARD)
            scene.face(Reason.NOT_THE_SAME, "anna", claimed=True)
        scene.show(CARD)
        assert not scene.gate.looks()
        scene.show(OTHERS)
        assert scene.gate.looks()


class TestOrders:
    def test_a_request_opens_once_and_is_on_record_before(self, scene: Scene) -> None:
        scene.register.asked_for = [DoorRequest("open")] * 100
        scene.gate.tick()
        scene.gate.tick()
        assert scene.types.count(E.DOOR_OPENED_BY_OPERATOR) == scene.openings == 1

    def test_a_lockdown_refuses_it(self, scene: Scene) -> None:
        order(scene, Mode.LOCKDOWN)
        scene.register.asked_for = [DoorRequest("open")]
        scene.gate.tick()
        assert scene.openings == 0
        assert E.DOOR_COMMAND_REFUSED in scene.types

    def test_keep_open_stays_open_up_to_its_end(self, scene: Scene) -> None:
        order(scene, Mode.KEEP_OPEN, hours=0.05)
        states = set()
        for _ in range(179):
            scene.wait(1)
            states.add(scene.lock.state())
        assert states == {LockState.UNLOCKED}
        assert all(seconds <= 20 for _, seconds in scene.lock.history)
        scene.wait(2)
        assert scene.lock.state() is LockState.LOCKED
        modes = [event.reason for event in scene.parts.audit.events if event.type is E.DOOR_MODE]
        assert modes == ["keep_open", "normal"]

    def test_without_a_record_it_does_not_stand_open(self, scene: Scene) -> None:
        order(scene, Mode.KEEP_OPEN)
        scene.parts.audit.fail_with = StoreError("the disk is full")
        scene.wait(2)
        assert scene.openings == 0

    def test_hours_that_keep_it_open(self, scene: Scene) -> None:
        scene.register.hours = OpenHours("shop", None)
        scene.wait(60)
        assert scene.lock.state() is LockState.UNLOCKED
        scene.register.hours = None
        scene.wait(0.5)
        assert scene.lock.state() is LockState.LOCKED

    def test_a_lockdown_locks_a_door_that_stands_open(self, scene: Scene) -> None:
        scene.register.hours = OpenHours("shop", None)
        scene.wait(1)
        order(scene, Mode.LOCKDOWN)
        scene.wait(0.5)
        assert scene.lock.state() is LockState.LOCKED

    def test_a_clock_that_jumps_ends_it(self, scene: Scene) -> None:
        order(scene, Mode.KEEP_OPEN, hours=100)
        scene.wait(1)
        assert scene.lock.state() is LockState.UNLOCKED
        jump(scene)
        assert scene.lock.state() is LockState.LOCKED
        scene.register.asked_for = [DoorRequest("believe_clock")]
        scene.wait(1)
        assert scene.lock.state() is LockState.UNLOCKED

    def test_an_order_of_another_thread_is_done_at_the_next_tick(self, scene: Scene) -> None:
        for _ in range(100):
            scene.gate.later(lambda: scene.gate.open_once("message") and None)
        assert scene.openings == 0
        scene.gate.tick()
        assert scene.openings == 1


def test_a_clock_that_is_wrong_from_the_start_is_told() -> None:
    scene = Scene()
    scene.parts.newest = scene.clock.now_utc() + timedelta(days=1)
    scene.gate = scene.parts.gate()
    scene.gate.tick()
    assert scene.types == [E.CLOCK_WRONG]
    assert scene.show(CARD).outcome is Outcome.SHUT
    scene.register.asked_for = [DoorRequest("believe_clock")]
    scene.gate.tick()
    assert scene.types[-1] is E.CLOCK_RIGHT
    assert scene.show(CARD).outcome is Outcome.OPEN


class TestDoorItself:
    def test_a_door_that_was_opened_and_closed_is_locked_at_once(self, scene: Scene) -> None:
        scene.gate.tick()
        scene.face(Reason.MATCHED, "anna")
        for closed in (False, True):
            scene.sensors.inputs = Inputs(closed=closed)
            scene.wait(0.2, 0.1)
        assert scene.lock.state() is LockState.LOCKED
        assert [kind for kind in scene.types if kind in (E.DOOR_OPENED, E.DOOR_CLOSED)] == [
            E.DOOR_OPENED,
            E.DOOR_CLOSED,
        ]
        assert not [kind for kind in scene.types if kind.startswith("alarm.")]

    def test_a_door_that_is_forced(self, scene: Scene) -> None:
        scene.gate.tick()
        scene.sensors.inputs = Inputs(closed=False)
        scene.wait(0.5)
        assert scene.types == [E.DOOR_OPENED, E.ALARM_FORCED]

    def test_a_door_that_is_held_open(self, scene: Scene) -> None:
        scene.gate.tick()
        scene.face(Reason.MATCHED, "anna")
        scene.sensors.inputs = Inputs(closed=False)
        scene.wait(60)
        assert scene.types.count(E.ALARM_HELD_OPEN) == 1

    def test_the_exit_button_opens_without_an_alarm(self, scene: Scene) -> None:
        scene.gate.tick()
        scene.sensors.inputs = Inputs(closed=True, exit_pressed=True)
        scene.wait(1)
        scene.sensors.inputs = Inputs(closed=False)
        scene.wait(0.5)
        assert scene.openings == 1
        assert [kind for kind in scene.types if kind.startswith(("alarm.", "door.exit"))] == [E.DOOR_EXIT]

    def test_leaving_without_a_record_is_no_break_in_and_moves_no_lock(self, scene: Scene) -> None:
        scene.gate.tick()
        scene.parts.audit.fail_with = StoreError("the disk is full")
        scene.sensors.inputs = Inputs(closed=True, exit_pressed=True)
        scene.wait(0.5)
        scene.sensors.inputs = Inputs(closed=False)
        scene.wait(0.5)
        assert scene.openings == 0
        assert E.ALARM_FORCED not in scene.parts.witness.types

    def test_a_second_face_in_the_opening_is_an_alarm(self, scene: Scene) -> None:
        scene.face(Reason.MATCHED, "anna", track=1)
        for _ in range(5):
            scene.gate.saw(frozenset((1, 2)))
        scene.wait(3)
        assert scene.types.count(E.ALARM_TAILGATING) == 1


class StuckLock(SimulatedLock):
    """Does not lock by itself, and only at the second order."""

    orders = 0

    def state(self) -> LockState:
        return LockState.UNLOCKED if self.history and self.orders < 2 else LockState.LOCKED

    def lock(self) -> None:
        self.orders += 1


def test_a_lock_that_stays_open_is_a_fault_and_told_to_lock(scene: Scene) -> None:
    stuck = scene.parts.lock = StuckLock(scene.clock.monotonic_s)
    scene.gate = scene.parts.gate()
    scene.face(Reason.MATCHED, "anna")
    scene.wait(10)
    faults = [event.detail for event in scene.parts.audit.events if event.type is E.LOCK_FAULT]
    assert faults == ["it reports to be open after its time"]
    assert stuck.orders == 1


class SlowLock(SimulatedLock):
    """Takes its time to lock: until the test says so."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        super().__init__(now_s)
        self.busy, self.go_on = threading.Event(), threading.Event()

    def lock(self) -> None:
        self.busy.set()
        assert self.go_on.wait(30)


@pytest.mark.parametrize("comes", ["card", "face", "order"])
def test_who_waited_for_a_slow_lock_until_they_had_gone_is_not_let_in(scene: Scene, comes: str) -> None:
    slow = scene.parts.lock = SlowLock(scene.clock.monotonic_s)
    gate = scene.gate = scene.parts.gate()
    acts = {
        "card": lambda: scene.show(CARD),
        "face": lambda: scene.face(Reason.MATCHED, "anna"),
        "order": lambda: gate.open_once("message", 50.0),
    }
    locking = threading.Thread(target=gate.lock_now)
    locking.start()
    assert slow.busy.wait(30)
    asked, now_s = threading.Event(), scene.clock.monotonic_s

    def told_s() -> float:
        asked.set()
        return now_s()

    scene.clock.monotonic_s = told_s  # type: ignore[method-assign]  # tells that it was asked
    coming = threading.Thread(target=acts[comes])
    coming.start()
    assert comes == "order" or asked.wait(30)
    scene.clock.now_s += 6
    slow.go_on.set()
    locking.join(30)
    coming.join(30)
    assert slow.history == []
    late = [event.reason for event in scene.parts.audit.events if event.reason in ("stale_frame", "old")]
    assert late == ["old" if comes == "order" else "stale_frame"]


class TestStore:
    def test_a_store_that_fails_locks_the_door_and_is_told(self, scene: Scene) -> None:
        scene.face(Reason.MATCHED, "anna")
        assert scene.lock.state() is LockState.UNLOCKED
        scene.gate.store_is("the disk is full")
        assert scene.lock.state() is LockState.LOCKED
        assert scene.parts.witness.types.count(E.STORE_OFFLINE) == 1
        assert not scene.gate.looks()
        scene.gate.store_is(None)
        assert scene.gate.looks()
        assert scene.types[-1] is E.STORE_ONLINE

    def test_no_record_no_entry(self, scene: Scene) -> None:
        scene.parts.audit.fail_with = StoreError("the disk is full")
        assert scene.show(CARD).outcome is Outcome.SHUT
        scene.face(Reason.MATCHED, "anna")
        assert scene.openings == 0

    def test_a_reader_that_fails_is_told(self, scene: Scene) -> None:
        scene.gate.reader_is("unplugged")
        scene.gate.reader_is(None)
        assert scene.types == [E.READER_OFFLINE, E.READER_ONLINE]


def test_a_gate_that_is_retired_opens_no_more_and_locks_without_being_waited_for(scene: Scene) -> None:
    scene.face(Reason.MATCHED, "anna")
    assert scene.lock.state() is LockState.UNLOCKED
    with scene.gate._one_at_a_time:
        retiring = threading.Thread(target=scene.gate.retire)
        retiring.start()
        retiring.join(5)
        assert not retiring.is_alive()
    scene.gate.tick()
    assert scene.lock.state() is LockState.LOCKED
    scene.face(Reason.MATCHED, "anna", track=2)
    assert scene.show(CARD).outcome is Outcome.SHUT
    assert not scene.gate.open_once("page")
    assert scene.openings == 1


def test_what_was_under_way_when_a_gate_was_retired_opens_nothing(scene: Scene) -> None:
    append = scene.parts.audit.append

    def slow(event: AuditEvent, crop: bytes | None = None) -> None:
        scene.gate.retire()
        append(event, crop)

    scene.parts.audit.append = slow  # type: ignore[method-assign]  # another door took its place meanwhile
    scene.face(Reason.MATCHED, "anna")
    assert scene.openings == 0


def test_an_order_from_elsewhere_is_on_record_with_who_gave_it(scene: Scene) -> None:
    append, actors = scene.parts.audit.append, list[str | None]()

    def noted(event: AuditEvent, crop: bytes | None = None) -> None:
        actors.append(current_actor())
        append(event, crop)

    scene.parts.audit.append = noted  # type: ignore[method-assign]  # as the store's does
    scene.register.asked_for = [DoorRequest("open", "user:7")]
    scene.gate.tick()
    assert actors[0] == "user:7"
    assert current_actor() is None
