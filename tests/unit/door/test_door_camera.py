"""A door on a camera: it fails, stalls and comes back. No test waits for a real clock longer than the door itself."""

import pytest

from door_samples import (
    ANNA,
    NOBODY,
    SETTINGS,
    FakeParts,
    FakeRoster,
    HandClock,
    ImpatientStop,
    Parts,
    Witness,
    film,
    visits_of,
)
from limen.audit.events import AuditEvent, EventType
from limen.audit.fake import FakeAuditSink
from limen.camera.capture import Capture
from limen.camera.fake import FakeSource
from limen.errors import CameraError
from limen.locks.base import LockState
from limen.locks.simulator import SimulatedLock
from limen.types import Image

E = EventType


class LiveStage:
    """A door on cameras that give a picture whenever the door has looked at the one before."""

    def __init__(self, open_s: float = SETTINGS.open_s) -> None:
        self.clock = HandClock()
        self.audit, self.witness = FakeAuditSink(), Witness()
        self.lock = SimulatedLock(self.clock.monotonic_s)
        settings = SETTINGS.model_copy(update={"open_s": open_s})
        parts = Parts(self.clock, self.lock, self.audit, self.witness, settings=settings)
        self.door = parts.door(visits_of(FakeParts().engine), FakeRoster())
        self.stop = ImpatientStop()
        self.sources: list[FakeSource] = []
        self.witness.on_frame = lambda frame: self.next_picture()

    def camera(self, pictures: list[Image], fail_after: int | None = None) -> FakeSource:
        return FakeSource(pictures, None, realtime=True, block_after=1, fail_after=fail_after)

    def next_picture(self) -> None:
        self.clock.now_s += 0.1
        self.sources[-1].allow()

    def run(self, *cameras: FakeSource | CameraError) -> None:
        """Open one camera after the other, each when the one before has failed."""
        waiting = list(cameras)

        def opened() -> Capture:
            assert all(source.closed for source in self.sources)
            camera = waiting.pop(0)
            if isinstance(camera, CameraError):
                raise camera
            self.sources.append(camera)
            return Capture(camera, self.clock, freeze_s=SETTINGS.freeze_s)

        self.door.run(opened, self.stop)

    @property
    def recorded(self) -> list[EventType]:
        return [event.type for event in self.audit.events]


@pytest.fixture
def stage() -> LiveStage:
    return LiveStage()


def test_a_camera_lets_in_and_ends(stage: LiveStage) -> None:
    stage.run(stage.camera(film((2, NOBODY), (4, ANNA), (30, NOBODY))))
    assert stage.recorded == [
        E.DOOR_STARTED, E.CAMERA_ONLINE, E.ACCESS_GRANTED, E.DOOR_UNLOCKED, E.DOOR_LOCKED, E.CAMERA_ENDED,
        E.DOOR_STOPPED,
    ]  # fmt: skip
    assert stage.stop.waits == []


def test_a_camera_that_fails_is_opened_again(stage: LiveStage) -> None:
    stage.run(stage.camera(film((9, NOBODY)), fail_after=3), stage.camera(film((5, ANNA))))
    assert stage.recorded == [
        E.DOOR_STARTED, E.CAMERA_ONLINE, E.CAMERA_OFFLINE, E.CAMERA_ONLINE, E.ACCESS_GRANTED, E.DOOR_UNLOCKED,
        E.CAMERA_ENDED, E.DOOR_LOCKED, E.DOOR_STOPPED,
    ]  # fmt: skip
    (offline,) = stage.witness.of(E.CAMERA_OFFLINE)
    assert offline.detail == "the fake camera fails after 3 pictures, as it was told to"


def test_a_door_that_is_open_when_the_camera_fails_is_locked(stage: LiveStage) -> None:
    states: list[LockState] = []
    stage.witness.on_event = lambda event: states.append(stage.lock.state()) if event.type is E.CAMERA_ONLINE else None
    stage.run(stage.camera(film((9, ANNA)), fail_after=4), stage.camera(film((2, NOBODY))))
    assert stage.recorded[:6] == [
        E.DOOR_STARTED, E.CAMERA_ONLINE, E.ACCESS_GRANTED, E.DOOR_UNLOCKED, E.CAMERA_OFFLINE, E.DOOR_LOCKED
    ]  # fmt: skip
    assert states == [LockState.LOCKED, LockState.LOCKED]


def test_what_was_seen_before_the_failure_does_not_count(stage: LiveStage) -> None:
    stage.run(stage.camera(film((9, ANNA)), fail_after=2), stage.camera(film((2, ANNA))))
    assert stage.lock.history == []


def test_a_camera_that_stays_away_is_tried_more_and_more_rarely(stage: LiveStage) -> None:
    gone = [CameraError("still unplugged")] * 6
    stage.run(stage.camera(film((9, NOBODY)), fail_after=1), *gone, stage.camera(film((2, NOBODY))))
    assert stage.stop.waits == [1, 2, 5, 5, 5, 5, 5]
    assert stage.recorded.count(E.CAMERA_OFFLINE) == 1
    assert stage.recorded[-2:] == [E.CAMERA_ENDED, E.DOOR_STOPPED]


def test_a_door_without_camera_can_be_stopped(stage: LiveStage) -> None:
    stage.stop = ImpatientStop(after=3)
    stage.run(stage.camera(film((9, ANNA)), fail_after=4), *[CameraError("still unplugged")] * 3)
    assert stage.recorded[-3:] == [E.CAMERA_OFFLINE, E.DOOR_LOCKED, E.DOOR_STOPPED]
    assert stage.sources[0].closed


def test_a_camera_that_delivers_nothing_is_offline_and_the_door_locked() -> None:
    stage = LiveStage(open_s=100)

    def stall(frame: int) -> None:
        if frame != 4:
            stage.next_picture()
        else:
            stage.clock.now_s += SETTINGS.stall_s + 0.1

    def wake(event: AuditEvent) -> None:
        if event.type is E.CAMERA_OFFLINE:
            assert event.detail == "no picture came"
            stage.next_picture()

    stage.witness.on_frame, stage.witness.on_event = stall, wake
    stage.run(stage.camera(film((6, ANNA))))
    assert stage.recorded == [
        E.DOOR_STARTED, E.CAMERA_ONLINE, E.ACCESS_GRANTED, E.DOOR_UNLOCKED, E.CAMERA_OFFLINE, E.DOOR_LOCKED,
        E.CAMERA_ONLINE, E.CAMERA_ENDED, E.DOOR_STOPPED,
    ]  # fmt: skip


def test_a_camera_that_freezes_is_told_and_the_door_locked() -> None:
    stage = LiveStage(open_s=100)
    (picture,) = film((1, NOBODY))
    source = stage.camera([*film((5, ANNA)), *[picture] * 30])

    def play_on(event: AuditEvent) -> None:
        """Nobody looks at a frozen picture, so nobody asks for the next."""
        if event.type is E.CAMERA_FROZEN:
            source.allow(40)

    stage.witness.on_event = play_on
    stage.run(source)
    assert stage.lock.history
    frozen = stage.recorded.index(E.CAMERA_FROZEN)
    assert stage.recorded[frozen:] == [E.CAMERA_FROZEN, E.DOOR_LOCKED, E.CAMERA_ENDED, E.DOOR_STOPPED]
