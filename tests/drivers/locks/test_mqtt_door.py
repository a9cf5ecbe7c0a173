"""A door as people start it, behind a real broker: what Home Assistant asks for, and what anybody else does."""

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from mqtt_samples import DOOR, SECRET, Broker, LockOnLine, linked, wait_until

from limen.locks.firmware import Heard, command_topic
from limen.locks.mqtt_link import MqttLink
from limen_program import with_models
from running_door import RunningDoor

CODE = "4711-0815"
CONFIG = f"""
[mqtt]
host = "127.0.0.1"
port = PORT
home_assistant = true
commands = true
command_code = "{CODE}"

[doors.{DOOR}]
lock = "mqtt"
level = "card"
mqtt.secret = "{SECRET}"
mqtt.timeout_s = 10.0
reader.driver = "stdin"

[greeting]
voice = "none"
"""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    made = Broker(tmp_path)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def on_line(broker: Broker) -> Iterator[LockOnLine]:
    lock = LockOnLine(broker.settings())
    yield lock
    lock.close()


@pytest.fixture
def door(broker: Broker, on_line: LockOnLine, models_folder: Path, tmp_path: Path) -> Iterator[RunningDoor]:
    data = with_models(tmp_path / "data", models_folder)
    (data / "config.toml").write_text(CONFIG.replace("PORT", str(broker.port)), "utf-8")
    running = RunningDoor(data, data / "lock.log", {}, DOOR)
    running.events("door.started")
    yield running
    running.end()
    shutil.rmtree(data)


@pytest.fixture
def other(broker: Broker) -> Iterator[MqttLink]:
    """Another client of the broker."""
    with linked(broker.settings(), "somebody") as link:
        yield link


def order(code: str = CODE, at_s: float | None = None) -> bytes:
    return json.dumps({"action": "UNLOCK", "code": code, "at": time.time() if at_s is None else at_s}).encode()


def test_a_hundred_requests_at_once_give_one_unlock(door: RunningDoor, on_line: LockOnLine, other: MqttLink) -> None:
    now = time.time()
    for number in range(100):
        other.post(f"limen/{DOOR}/command", order(at_s=now + number / 1000))
    door.events("door.unlocked")
    door.events("door.locked")
    assert on_line.unlocks() == 1
    assert len(door.events("door.opened_by_operator")) == 1


def test_what_nobody_may_ask_for_moves_nothing_and_is_told(
    door: RunningDoor, on_line: LockOnLine, other: MqttLink
) -> None:
    topic = f"limen/{DOOR}/command"
    other.publish(topic, order(code="0000-0000"))
    other.publish(topic, order(at_s=time.time() - 60))
    other.publish(topic, b"UNLOCK")
    refused = {str(event["reason"]) for event in door.events("door.command_refused", 3)}
    assert refused == {"wrong_code", "old", "malformed"}
    genuine = order()
    other.publish(topic, genuine)
    door.events("door.unlocked")
    other.publish(topic, genuine)
    assert "replayed" in {str(event["reason"]) for event in door.events("door.command_refused", 4)}
    door.events("door.locked")
    assert on_line.unlocks() == 1


def test_commands_of_a_stranger_to_the_lock_move_nothing(on_line: LockOnLine, other: MqttLink) -> None:
    for payload in (b"{}", b"unlock", json.dumps({"v": 1, "door": DOOR, "action": "unlock"}).encode()):
        other.publish(command_topic("limen", DOOR), payload)
    wait_until(lambda: len(on_line.heard) >= 3, "the lock hears all of it")
    assert set(on_line.heard) == {Heard.NOT_AUTHENTIC}
    assert on_line.unlocks() == 0
