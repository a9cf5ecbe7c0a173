import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from types import MappingProxyType

import pytest

from limen.config import DoorConfig
from limen.decision.levels import Level
from limen.decision.rules import Mode
from limen.door.status import DoorStatus
from limen.web.door_models import DoorState, Health
from limen.web.door_states import PART_WORDS, STATE_WORDS, Known, camera_kind, parts_of, refusal, state_of, why
from limen.web.event_words import in_english

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
GOOD = DoorStatus(
    "front", running=True, camera_up=True, store_up=True, reader_up=None, lock_fault=False, clock_right=True,
    unlocked=False, since_alive_s=0.0, frames=0, looks=(), looks_s=0.0, decisions=MappingProxyType({}),
    alarms=MappingProxyType({}),
)  # fmt: skip
KNOWN = Known(DoorConfig(camera="0"), GOOD, here=True, running=True)


def told(known: Known) -> tuple[DoorState, str | None]:
    state = state_of(known)
    return state, why(known, state, in_english, UTC, NOW)


def status(**other: bool | float | None) -> Known:
    return replace(KNOWN, status=replace(GOOD, **other))  # type: ignore[arg-type]  # fields of the status


def test_a_door_that_works_is_locked_or_unlocked() -> None:
    assert told(KNOWN) == (DoorState.LOCKED, None)
    assert told(status(unlocked=True)) == (DoorState.UNLOCKED, None)


def test_what_keeps_people_out_is_a_fault_and_said() -> None:
    assert told(status(camera_up=False)) == (DoorState.FAULT, "The camera delivers no pictures")
    assert told(status(camera_up=None)) == (
        DoorState.FAULT,
        "Whether the camera delivers pictures is not known yet",
    )
    assert told(status(clock_right=False, store_up=False)) == (
        DoorState.FAULT,
        "The database does not answer. The clock jumped and is not believed",
    )
    assert told(status(since_alive_s=60.0))[0] is DoorState.FAULT
    display = replace(status(camera_up=False), config=DoorConfig(camera="browser"))
    assert told(display) == (DoorState.FAULT, "The door's display sends no pictures")


def test_orders_stand_above_the_lock_and_a_broken_lock_above_orders() -> None:
    later = NOW + timedelta(hours=1)
    shut = replace(KNOWN, mode=Mode.LOCKDOWN, until=later)
    assert told(shut) == (DoorState.LOCKED_DOWN, "Nobody may come in until 13:00")
    held = replace(status(unlocked=True, camera_up=False), mode=Mode.KEEP_OPEN, until=NOW + timedelta(days=1))
    assert told(held) == (
        DoorState.KEPT_OPEN,
        "Everybody may pass until 2026-11-29 12:00. The camera delivers no pictures",
    )
    ruled = replace(KNOWN, mode=Mode.KEEP_OPEN, rule="office hours")
    assert told(ruled) == (DoorState.KEPT_OPEN, "Everybody may pass by the rule office hours")
    assert state_of(replace(shut, status=replace(GOOD, lock_fault=True))) is DoorState.FAULT


def test_a_door_that_does_not_run_is_offline_and_says_why() -> None:
    off = replace(KNOWN, running=False, failure="the camera is not there")
    assert told(off) == (DoorState.OFFLINE, "the camera is not there")
    assert told(replace(off, failure=None))[1] == "It is locked until it runs"
    assert told(replace(off, failure=None, here=False))[1] == "It runs in no program that is known here"


def test_why_a_door_cannot_be_opened() -> None:
    assert refusal(KNOWN, in_english) is None
    assert refusal(status(camera_up=False), in_english) is None
    for shut in (replace(KNOWN, running=False), replace(KNOWN, mode=Mode.LOCKDOWN), status(lock_fault=True)):
        assert refusal(shut, in_english) is not None


def test_of_a_door_elsewhere_only_what_its_record_says_is_wrong_counts() -> None:
    far = replace(KNOWN, here=False, status=replace(GOOD, camera_up=None, since_alive_s=9e9))
    assert told(far) == (DoorState.LOCKED, None)
    assert state_of(replace(far, status=replace(GOOD, store_up=False))) is DoorState.FAULT


@pytest.mark.parametrize("config", [DoorConfig(camera="browser"), DoorConfig(camera="0"), DoorConfig(level="face")])
def test_every_part_of_every_door_has_words(config: DoorConfig) -> None:
    for running in (True, False):
        for state in (None, True, False):
            one = replace(GOOD, camera_up=state, store_up=state, reader_up=state, lock_fault=state is False)
            parts = {part.part: part for part in parts_of(Known(config, one, here=True, running=running), in_english)}
            assert parts.keys() == {"camera", "lock", "reader", "clock", "store"}
            assert (parts["camera"].health is Health.NONE) == (camera_kind(config) == "none")


def test_all_of_it_is_there_in_german() -> None:
    german = {
        key
        for name in ("doors", "events_words")
        for key in json.loads(files("limen.web").joinpath(f"locales/de/{name}.json").read_text("utf-8"))
    }
    words = {*STATE_WORDS.values(), *PART_WORDS.values(), *(level.gives for level in Level), *map(str, Level)}
    assert words <= german
