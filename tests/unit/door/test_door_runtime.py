"""A door on film: every event, in its order, on the film's own clock."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from door_samples import (
    ANNA,
    BEN,
    INTERVAL_S,
    NOBODY,
    SETTINGS,
    STRANGER,
    FakeParts,
    FakeRoster,
    HandClock,
    Parts,
    Witness,
    film,
    visits_of,
)
from limen.audit.events import AuditEvent, EventType
from limen.audit.fake import FakeAuditSink
from limen.camera.capture import Capture
from limen.camera.clock import Clock
from limen.camera.fake import FakeSource
from limen.config import DoorSettings
from limen.decision.reasons import Reason
from limen.door.runtime import AlwaysMyTurn, FrameClock
from limen.errors import CameraError, LockError, StoreError
from limen.locks.base import Lock, LockState
from limen.locks.simulator import SimulatedLock
from limen.types import Frame, Image

E = EventType


class Stage:
    """A door with all that can be seen of it from outside."""

    def __init__(self, settings: DoorSettings = SETTINGS, clock: FrameClock | None = None) -> None:
        self.start = HandClock()
        self.clock = clock or FrameClock(self.start)
        self.audit, self.witness, self.roster = FakeAuditSink(), Witness(), FakeRoster()
        self.lock = SimulatedLock(self.clock.monotonic_s)
        self.stop = threading.Event()
        self.fakes, self.settings = FakeParts(), settings
        self.build(self.clock, self.lock)

    def build(self, clock: Clock, lock: Lock) -> None:
        """The door with another clock or lock."""
        parts = Parts(clock, lock, self.audit, self.witness, settings=self.settings)
        self.door = parts.door(visits_of(self.fakes.engine, settings=self.settings), self.roster)

    def play(self, pictures: list[Image], fail_after: int | None = None) -> None:
        source = FakeSource(pictures, INTERVAL_S, fail_after=fail_after)
        self.door.run(
            lambda: Capture(source, self.start, fast=True, freeze_s=self.settings.freeze_s), self.stop
        )  # fmt: skip

    @property
    def recorded(self) -> list[EventType]:
        return [event.type for event in self.audit.events]

    def at_s(self, event: AuditEvent) -> float:
        """The film's time of an event."""
        return round((event.at - self.start.now_utc()).total_seconds(), 3)


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_the_right_person_opens_the_door(stage: Stage) -> None:
    stage.play(film((5, NOBODY), (10, ANNA), (30, NOBODY)))
    assert stage.recorded == [
        E.DOOR_STARTED, E.CAMERA_ONLINE, E.ACCESS_GRANTED, E.DOOR_UNLOCKED, E.DOOR_LOCKED, E.CAMERA_ENDED,
        E.DOOR_STOPPED,
    ]  # fmt: skip
    assert stage.witness.events == stage.audit.events
    (granted,) = stage.witness.of(E.ACCESS_GRANTED)
    assert (granted.person, granted.reason, granted.door) == ("anna", Reason.MATCHED, "front")
    assert granted.similarity is not None
    assert granted.threshold is not None
    assert stage.witness.greetings == ["Welcome, Anna!"]
    assert stage.witness.frames == 45


def test_the_lock_opens_once_for_the_time_that_is_set(stage: Stage) -> None:
    stage.play(film((5, NOBODY), (10, ANNA), (30, NOBODY)))
    ((_, seconds),) = stage.lock.history
    assert seconds == SETTINGS.open_s


def test_time_is_the_films_own(stage: Stage) -> None:
    stage.play(film((5, NOBODY), (10, ANNA), (30, NOBODY)))
    at = {event.type: stage.at_s(event) for event in stage.audit.events}
    assert at[E.DOOR_STARTED] == 0
    assert at[E.ACCESS_GRANTED] == at[E.DOOR_UNLOCKED] == pytest.approx(0.7)
    assert at[E.DOOR_LOCKED] == pytest.approx(0.7 + SETTINGS.open_s)
    assert at[E.CAMERA_ENDED] == pytest.approx(4.4)


def test_a_stranger_is_turned_away(stage: Stage) -> None:
    stage.play(film((20, STRANGER)))
    assert stage.recorded == [E.DOOR_STARTED, E.CAMERA_ONLINE, E.ACCESS_DENIED, E.CAMERA_ENDED, E.DOOR_STOPPED]
    (denied,) = stage.witness.of(E.ACCESS_DENIED)
    assert (denied.person, denied.reason) == (None, Reason.UNKNOWN)
    assert stage.lock.history == []
    assert stage.witness.greetings == []


def test_two_who_come_together_are_greeted_in_one_sentence(stage: Stage) -> None:
    stage.play(film((10, ANNA, BEN), (20, NOBODY)))
    assert {event.person for event in stage.witness.of(E.ACCESS_GRANTED)} == {"anna", "ben"}
    assert stage.witness.greetings == ["Welcome, Anna and Ben!"]


def test_a_greeting_is_not_lost_where_the_film_ends(stage: Stage) -> None:
    stage.play(film((3, ANNA)))
    assert stage.witness.greetings == ["Welcome, Anna!"]


def test_who_is_there_at_the_end_gets_a_decision(stage: Stage) -> None:
    stage.play(film((4, STRANGER)))
    assert stage.recorded[-3:] == [E.ACCESS_DENIED, E.CAMERA_ENDED, E.DOOR_STOPPED]


def test_the_lock_is_locked_when_the_film_ends(stage: Stage) -> None:
    stage.play(film((3, ANNA)))
    assert stage.lock.history
    assert stage.lock.state() is LockState.LOCKED
    assert stage.recorded[-3:] == [E.CAMERA_ENDED, E.DOOR_LOCKED, E.DOOR_STOPPED]


def test_no_record_no_entry(stage: Stage) -> None:
    def lose_the_disk(frame: int) -> None:
        stage.audit.fail_with = StoreError("the disk is full")

    stage.witness.on_frame = lose_the_disk
    stage.play(film((10, ANNA), (20, NOBODY)))
    assert stage.lock.history == []
    assert E.ACCESS_GRANTED not in stage.witness.types
    (denied,) = stage.witness.of(E.ACCESS_DENIED)
    assert (denied.reason, denied.person, denied.detail) == (Reason.NO_RECORD, "anna", "the disk is full")
    assert stage.recorded == [E.DOOR_STARTED, E.CAMERA_ONLINE]
    assert stage.witness.types[-2:] == [E.CAMERA_ENDED, E.DOOR_STOPPED]
    assert stage.witness.greetings == []


def test_the_record_is_there_before_the_lock_moves(stage: Stage) -> None:
    moved_after: list[list[EventType]] = []

    class WatchedLock(SimulatedLock):
        def open_for(self, seconds: float) -> None:
            moved_after.append(stage.recorded)
            super().open_for(seconds)

    stage.build(stage.clock, WatchedLock(stage.clock.monotonic_s))
    stage.play(film((5, ANNA)))
    assert moved_after == [[E.DOOR_STARTED, E.CAMERA_ONLINE, E.ACCESS_GRANTED]]


def test_a_record_that_took_too_long_opens_nothing() -> None:
    class SlowClock(FrameClock):
        late_s = 0.0

        def monotonic_s(self) -> float:
            return super().monotonic_s() + self.late_s

    clock = SlowClock(HandClock())
    stage = Stage(clock=clock)

    class SlowSink(FakeAuditSink):
        def append(self, event: AuditEvent, crop: bytes | None = None) -> None:
            super().append(event, crop)
            clock.late_s += 1.5 if event.type is E.ACCESS_GRANTED else 0

    stage.audit = SlowSink()
    stage.build(clock, stage.lock)
    stage.play(film((5, ANNA)))
    assert stage.lock.history == []
    (denied,) = stage.witness.of(E.ACCESS_DENIED)
    assert denied.reason is Reason.STALE_FRAME
    assert stage.witness.greetings == []


def test_a_door_whose_start_cannot_be_recorded_does_not_start(stage: Stage) -> None:
    stage.audit.fail_with = StoreError("no database")
    with pytest.raises(StoreError, match="no database"):
        stage.play(film((10, ANNA)))
    assert stage.lock.history == []
    assert stage.fakes.detector.asked == []


def test_a_jammed_lock_is_a_fault(stage: Stage) -> None:
    stage.lock.jam = True
    stage.play(film((10, ANNA), (5, NOBODY)))
    assert stage.lock.history == []
    faults = stage.witness.of(E.LOCK_FAULT)
    assert Reason.LOCK_FAULT in [fault.reason for fault in faults]
    assert E.DOOR_UNLOCKED not in stage.recorded
    assert stage.witness.greetings == []
    assert stage.recorded[-1] is E.DOOR_STOPPED


def test_a_lock_that_reports_nothing_is_a_fault(stage: Stage) -> None:
    class SilentLock(SimulatedLock):
        def state(self) -> LockState:
            raise LockError("no answer")

    stage.build(stage.clock, SilentLock(stage.clock.monotonic_s))
    stage.play(film((5, NOBODY)))
    (fault,) = stage.witness.of(E.LOCK_FAULT)
    assert fault.detail == "no answer"


def test_a_file_that_fails_ends_the_door_locked(stage: Stage) -> None:
    with pytest.raises(CameraError, match="after 5 pictures"):
        stage.play(film((20, ANNA)), fail_after=5)
    assert stage.lock.history
    assert stage.lock.state() is LockState.LOCKED
    assert stage.recorded[-3:] == [E.CAMERA_OFFLINE, E.DOOR_LOCKED, E.DOOR_STOPPED]


def test_a_frozen_picture_decides_nothing_and_locks() -> None:
    stage = Stage(SETTINGS.model_copy(update={"agreeing_frames": 20, "unknown_frames": 20}))
    before, after = film((3, NOBODY)), film((25, ANNA))
    stage.play([*before, *[after[0]] * 60, *after[1:10], *film((3, NOBODY))])
    assert E.ACCESS_GRANTED not in stage.recorded
    assert stage.lock.history == []
    assert stage.recorded == [
        E.DOOR_STARTED, E.CAMERA_ONLINE, E.CAMERA_FROZEN, E.CAMERA_ONLINE, E.CAMERA_ENDED, E.DOOR_STOPPED
    ]  # fmt: skip


def test_the_same_film_that_moves_lets_in() -> None:
    stage = Stage(SETTINGS.model_copy(update={"agreeing_frames": 20, "unknown_frames": 20}))
    stage.play(film((3, NOBODY), (25, ANNA)))
    assert E.ACCESS_GRANTED in stage.recorded


def test_a_door_that_is_open_when_the_picture_freezes_is_locked(stage: Stage) -> None:
    stage.settings = stage.settings.model_copy(update={"freeze_s": 0.35})
    pictures = film((3, ANNA))
    stage.play([*pictures, *[pictures[-1]] * 5, *film((3, NOBODY))])
    frozen, locked = stage.recorded.index(E.CAMERA_FROZEN), stage.recorded.index(E.DOOR_LOCKED)
    assert locked == frozen + 1
    at_s = stage.at_s(stage.audit.events[locked])
    assert at_s < SETTINGS.open_s


@pytest.mark.parametrize("fails", ["detector", "watcher"])
def test_an_error_leaves_the_door_locked(stage: Stage, fails: str) -> None:
    def fail(frame: int) -> None:
        if frame == 4:
            if fails == "watcher":
                raise RuntimeError("broken")
            stage.fakes.detector.fail_with = RuntimeError("broken")

    stage.witness.on_frame = fail
    with pytest.raises(RuntimeError, match="broken"):
        stage.play(film((20, ANNA)))
    assert stage.lock.history
    assert stage.lock.state() is LockState.LOCKED
    assert stage.recorded[-2:] == [E.DOOR_LOCKED, E.DOOR_STOPPED]


def test_the_camera_is_let_go_after_an_error(stage: Stage) -> None:
    stage.fakes.detector.fail_with = RuntimeError("broken")
    source = FakeSource(film((3, ANNA)), INTERVAL_S)
    with pytest.raises(RuntimeError, match="broken"):
        stage.door.run(lambda: Capture(source, stage.start, fast=True), stage.stop)
    assert source.closed


def test_a_lock_that_does_not_close_is_a_fault_and_the_camera_is_let_go(stage: Stage) -> None:
    def stuck() -> None:
        stage.lock.jam = True
        raise LockError("stuck")

    stage.lock.close = stuck  # type: ignore[method-assign]
    source = FakeSource(film((2, NOBODY)), INTERVAL_S)
    stage.door.run(lambda: Capture(source, stage.start, fast=True), stage.stop)
    assert stage.recorded[-2:] == [E.LOCK_FAULT, E.DOOR_STOPPED]
    assert source.closed


def test_the_lock_is_locked_before_a_slow_camera_closes(stage: Stage) -> None:
    locked_at_close: list[LockState] = []

    class SlowSource(FakeSource):
        def close(self) -> None:
            locked_at_close.append(stage.lock.state())
            super().close()

    source = SlowSource(film((20, ANNA)), INTERVAL_S)
    stage.witness.on_frame = lambda frame: stage.stop.set() if frame == 5 else None
    stage.door.run(lambda: Capture(source, stage.start, fast=True), stage.stop)
    assert stage.lock.history
    assert locked_at_close == [LockState.LOCKED]


def test_a_door_that_is_stopped_is_locked(stage: Stage) -> None:
    stage.witness.on_frame = lambda frame: stage.stop.set() if frame == 5 else None
    stage.play(film((20, ANNA)))
    assert stage.witness.frames == 5
    assert stage.recorded[-2:] == [E.DOOR_LOCKED, E.DOOR_STOPPED]
    assert stage.lock.state() is LockState.LOCKED


def test_a_camera_that_cannot_be_opened_starts_no_door(stage: Stage) -> None:
    def absent() -> Capture:
        raise CameraError("no camera")

    with pytest.raises(CameraError, match="no camera"):
        stage.door.run(absent, stage.stop)
    assert stage.witness.events == []


def test_a_store_that_does_not_answer_keeps_the_door_shut(stage: Stage) -> None:
    stage.roster.fails_at = range(3, 9)
    stage.play(film((10, ANNA), (5, NOBODY)))
    assert stage.lock.history == []
    assert stage.witness.frames == 9
    (offline,) = stage.witness.of(E.STORE_OFFLINE)
    assert offline.detail == "locked by another program"
    assert stage.recorded.count(E.STORE_ONLINE) == 1


def test_once_the_store_answers_again_people_are_let_in(stage: Stage) -> None:
    stage.roster.fails_at = range(3, 9)
    stage.play(film((11, ANNA), (5, NOBODY)))
    assert stage.recorded.index(E.STORE_ONLINE) < stage.recorded.index(E.ACCESS_GRANTED)


def test_who_goes_and_comes_back_at_once_opens_the_door_once(stage: Stage) -> None:
    stage.play(film((10, ANNA), (3, NOBODY), (10, ANNA), (3, NOBODY)))
    assert stage.recorded.count(E.ACCESS_GRANTED) == 1


def test_the_frame_clock_follows_frames() -> None:
    clock = FrameClock(HandClock())
    assert (clock.monotonic_s(), clock.now_utc()) == (50.0, HandClock().now_utc())
    capture = Capture(FakeSource(film((3, NOBODY)), 2.0), HandClock(), fast=True)
    for index in range(3):
        frame = capture.next_frame(0)
        assert frame is not None
        clock.follow(frame)
        assert clock.monotonic_s() == 50 + 2 * index
        assert clock.now_utc() == HandClock().now_utc() + timedelta(seconds=2 * index)


def test_after_a_cut_nothing_counts_that_the_camera_before_saw(stage: Stage) -> None:
    now = stage.start.now_utc()
    frames = [Frame(image, number / 10, now, number) for number, image in enumerate(film((6, ANNA)))]
    for number, frame in enumerate(frames):
        stage.door.look(frame, cut=number % 2 == 0)
    assert E.ACCESS_GRANTED not in stage.recorded
    for frame in frames:
        stage.door.look(frame)
    assert E.ACCESS_GRANTED in stage.recorded


def test_a_door_that_was_told_to_stop_while_it_waited_for_its_turn_looks_no_more(stage: Stage) -> None:
    class Slow(AlwaysMyTurn):
        def take(self, wanted: Callable[[], bool]) -> bool:
            came = super().take(wanted)
            stage.stop.set()
            return came

    stage.door._parts = replace(stage.door._parts, turn=Slow())
    stage.play(film((10, ANNA)))
    assert stage.witness.frames == 0
    assert E.ACCESS_GRANTED not in stage.recorded
