"""What a board makes of a door's events."""

from datetime import UTC, datetime

import numpy as np
import pytest

from limen.audit.events import AuditEvent, EventType
from limen.decision.reasons import Reason
from limen.door.status import StatusBoard
from limen.types import Frame, PersonId

AT = datetime(2026, 11, 25, 8, tzinfo=UTC)


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def event(kind: EventType, reason: str | None = None) -> AuditEvent:
    return AuditEvent(kind, AT, "front", PersonId("32bff9e4"), reason, detail="Anna Smith")


def board(*kinds: EventType, clock: Clock | None = None) -> StatusBoard:
    made = StatusBoard("front", now_s=clock or Clock())
    for kind in kinds:
        made.happened(event(kind))
    return made


READY = (EventType.DOOR_STARTED, EventType.CAMERA_ONLINE)


def missing(made: StatusBoard) -> list[str]:
    return list(made.status().missing)


def test_what_is_not_known_is_missing() -> None:
    assert missing(board()) == ["door", "camera", "store"]
    assert missing(board(EventType.DOOR_STARTED)) == ["camera"]
    assert missing(board(*READY)) == []


@pytest.mark.parametrize(
    ("broken", "part", "mended"),
    [
        (EventType.CAMERA_OFFLINE, "camera", EventType.CAMERA_ONLINE),
        (EventType.CAMERA_FROZEN, "camera", EventType.CAMERA_ONLINE),
        (EventType.CAMERA_DARK, "camera", EventType.CAMERA_ONLINE),
        (EventType.CAMERA_ENDED, "camera", EventType.CAMERA_ONLINE),
        (EventType.STORE_OFFLINE, "store", EventType.STORE_ONLINE),
        (EventType.READER_OFFLINE, "reader", EventType.READER_ONLINE),
        (EventType.LOCK_FAULT, "lock", EventType.DOOR_LOCKED),
        (EventType.LOCK_FAULT, "lock", EventType.DOOR_UNLOCKED),
        (EventType.CLOCK_WRONG, "clock", EventType.CLOCK_RIGHT),
        (EventType.DOOR_STOPPED, "door", EventType.DOOR_STARTED),
    ],
)
def test_each_part_breaks_and_is_mended(broken: EventType, part: str, mended: EventType) -> None:
    made = board(*READY, broken)
    assert missing(made) == [part]
    made.happened(event(mended))
    assert missing(made) == []


def test_other_events_change_nothing() -> None:
    changing = {
        "access", "camera", "clock", "lock", "reader", "store",
    }  # fmt: skip
    others = [one for one in EventType if one.split(".")[0] not in changing and one is not EventType.DOOR_STOPPED]
    assert missing(board(*READY, *others)) == []


def test_a_door_of_cards_needs_no_camera() -> None:
    made = StatusBoard("front", camera=False, now_s=Clock())
    made.happened(event(EventType.DOOR_STARTED))
    assert missing(made) == []


@pytest.mark.parametrize("reason", [Reason.NO_RECORD, Reason.STORE_OFFLINE])
def test_a_decision_without_a_record_means_that_the_store_is_gone(reason: Reason) -> None:
    made = board(*READY)
    made.happened(event(EventType.ACCESS_DENIED, reason))
    assert missing(made) == ["store"]
    made.happened(event(EventType.ACCESS_DENIED, Reason.UNKNOWN))
    assert missing(made) == ["store"]
    made.happened(event(EventType.STORE_ONLINE))
    assert missing(made) == []


def test_the_loop_must_go_round() -> None:
    clock = Clock()
    made = board(*READY, clock=clock)
    clock.now_s += 10
    assert made.status().alive
    clock.now_s += 0.1
    assert not made.status().alive
    assert missing(made) == ["loop"]
    made.happened(event(EventType.CAMERA_ONLINE))
    assert missing(made) == ["loop"]
    made.alive()
    assert missing(made) == []
    assert made.status().since_alive_s == 0


def test_decisions_are_counted_by_outcome_and_reason() -> None:
    made = board()
    for kind, reason in (
        (EventType.ACCESS_GRANTED, Reason.MATCHED),
        (EventType.ACCESS_GRANTED, Reason.MATCHED),
        (EventType.ACCESS_DENIED, Reason.UNKNOWN),
        (EventType.ACCESS_DENIED, "Anna Smith"),
        (EventType.ACCESS_DENIED, None),
        (EventType.DOOR_MODE, "lockdown"),
    ):
        made.happened(event(kind, reason))
    assert made.status().decisions == {("granted", "matched"): 2, ("denied", "unknown"): 1, ("denied", "other"): 2}


def test_alarms_are_counted_by_kind() -> None:
    made = board(EventType.ALARM_FORCED, EventType.ALARM_FORCED, EventType.ALARM_HELD_OPEN)
    assert made.status().alarms == {"forced": 2, "held_open": 1}


def test_the_lock() -> None:
    made = board(EventType.DOOR_UNLOCKED)
    assert made.status().unlocked
    made.happened(event(EventType.DOOR_LOCKED))
    assert not made.status().unlocked


def test_looks_fall_between_their_bounds() -> None:
    made = StatusBoard("front", now_s=lambda: 10.0)
    for seconds in (0.0, 0.0099, 0.011, 4.9, 5.1):
        made.saw(Frame(np.zeros((4, 4, 3), np.uint8), 10.0 - seconds, AT, index=0), [], [])
    looks = made.status().looks
    assert (looks[0], looks[1], looks[-2], looks[-1], sum(looks)) == (2, 1, 1, 1, 5)
    assert made.status().looks_s == pytest.approx(10.0209)


def test_frames_are_counted() -> None:
    made = board()
    frame = Frame(np.zeros((4, 4, 3), np.uint8), 1.0, AT, index=0)
    made.saw(frame, [], [])
    made.saw(frame, [], [])
    assert made.status().frames == 2


def test_what_was_read_stays_as_it_was() -> None:
    made = board(EventType.ALARM_FORCED)
    before = made.status()
    made.happened(event(EventType.ALARM_FORCED))
    assert before.alarms == {"forced": 1}
