"""What Home Assistant is told of a door, and what it may ask for."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from limen.config import MqttSettings
from limen.door.home_assistant import CommandGate, CommandRefusal, DoorCommand, discovery

CODE = "4711-0815"
START_S = 1_767_225_600.0
READING = MqttSettings(host="broker")
MOVING = MqttSettings(host="broker", commands=True, command_code=SecretStr(CODE))

# Source: the configuration variables in Home Assistant's pages of these integrations, and its MQTT page for the device.
COMMON = {"platform", "name", "unique_id", "default_entity_id"}
KNOWN = {
    "binary_sensor": COMMON | {"state_topic", "device_class", "value_template"},
    "event": COMMON | {"state_topic", "event_types"},
    "image": COMMON | {"image_topic", "content_type"},
    "lock": COMMON
    | {"state_topic", "command_topic", "command_template", "code_format", "payload_lock", "payload_unlock"}
    | {"state_locked", "state_unlocked", "state_jammed", "optimistic", "retain"},
    "switch": COMMON
    | {"state_topic", "command_topic", "command_template", "payload_on", "payload_off", "state_on", "state_off"}
    | {"optimistic", "retain"},
}


def components(settings: MqttSettings, *, images: bool = False) -> dict[str, dict[str, object]]:
    announced = json.loads(json.dumps(discovery("front-door", "Office", settings, images=images)))
    assert announced["device"]["identifiers"] == ["limen_front_door"]
    assert announced["origin"]["name"] == "limen"
    assert announced["availability_topic"] == "limen/front-door/availability"
    found: dict[str, dict[str, object]] = announced["components"]
    return found


@pytest.mark.parametrize("images", [True, False])
@pytest.mark.parametrize("settings", [READING, MOVING])
def test_entities_have_the_fields_that_home_assistant_knows(settings: MqttSettings, images: bool) -> None:
    found = components(settings, images=images)
    announced = [entity for entity in found.values() if len(entity) > 1]
    for entity in announced:
        platform = str(entity["platform"])
        assert entity.keys() <= KNOWN[platform]
        assert entity.keys() >= COMMON
        assert str(entity["default_entity_id"]).startswith(f"{platform}.limen_front_door_")
    assert len({entity["unique_id"] for entity in announced}) == len(announced)


def test_with_commands_there_are_a_lock_and_a_switch_that_retain_nothing() -> None:
    found = components(MOVING)
    assert {key: found[key]["platform"] for key in ("lock", "keep_open")} == {"lock": "lock", "keep_open": "switch"}
    for key in ("lock", "keep_open"):
        assert found[key]["command_topic"] == "limen/front-door/command"
        assert found[key]["retain"] is False
        assert found[key]["optimistic"] is False
        assert "now().timestamp()" in str(found[key]["command_template"])
    assert found["unlocked"] == found["kept_open"] == {"platform": "binary_sensor"}


def test_without_commands_there_is_nothing_to_press() -> None:
    found = components(READING)
    assert "command_topic" not in json.dumps(found)
    assert (found["lock"], found["keep_open"]) == ({"platform": "lock"}, {"platform": "switch"})
    assert (found["unlocked"]["device_class"], found["contact"]["device_class"]) == ("lock", "door")


def test_the_code_is_not_announced() -> None:
    assert CODE not in json.dumps(discovery("front-door", "Office", MOVING, images=True))


def test_pictures_are_off_unless_told() -> None:
    assert components(MOVING)["picture"] == {"platform": "image"}
    assert components(MOVING, images=True)["picture"]["image_topic"] == "limen/front-door/image"


class Caller:
    """Somebody who sends commands, and the gate they come to."""

    def __init__(self) -> None:
        self.gate = CommandGate(CODE, START_S)
        self.now_s = 50.0

    @property
    def at_s(self) -> float:
        return START_S + self.now_s

    def send(self, payload: bytes, *, retained: bool = False) -> DoorCommand | CommandRefusal:
        return self.gate.decide(payload, retained=retained, now_s=self.now_s, at_s=self.at_s)

    def command(self, action: str = "UNLOCK", code: object = CODE, **other: object) -> bytes:
        return json.dumps({"action": action, "code": code, "at": self.at_s, **other}).encode()


@pytest.mark.parametrize("action", list(DoorCommand))
def test_a_right_command_is_accepted_once(action: DoorCommand) -> None:
    caller = Caller()
    payload = caller.command(action)
    assert caller.send(payload) is action
    assert caller.send(payload) is CommandRefusal.REPLAYED
    caller.now_s += 1
    assert caller.send(payload) is CommandRefusal.REPLAYED
    assert caller.send(caller.command(action)) is action


@pytest.mark.parametrize("code", ["4711-0816", "", "4711-0815 ", None, 47110815, ["4711-0815"]])
@pytest.mark.parametrize("action", list(DoorCommand))
def test_without_the_right_code_nothing_is_done(code: object, action: DoorCommand) -> None:
    caller = Caller()
    assert caller.send(caller.command(action, code)) is CommandRefusal.WRONG_CODE
    assert caller.send(json.dumps({"action": action, "at": caller.at_s}).encode()) is CommandRefusal.WRONG_CODE


def test_a_retained_command_is_refused_though_all_else_is_right() -> None:
    caller = Caller()
    assert caller.send(caller.command(), retained=True) is CommandRefusal.RETAINED
    assert caller.send(caller.command()) is DoorCommand.UNLOCK


@pytest.mark.parametrize(
    ("late_s", "expected"),
    [
        (4.9, DoorCommand.UNLOCK),
        (5.1, CommandRefusal.OLD),
        (86400, CommandRefusal.OLD),
        (-0.9, DoorCommand.UNLOCK),
        (-1.1, CommandRefusal.AHEAD),
        (-86400, CommandRefusal.AHEAD),
    ],
)
def test_a_command_is_good_for_its_time_alone(late_s: float, expected: object) -> None:
    caller = Caller()
    assert caller.send(caller.command(at=caller.at_s - late_s)) is expected


def test_a_command_from_before_a_restart_is_a_replay() -> None:
    caller = Caller()
    caller.now_s = 1.0
    assert caller.send(caller.command(at=START_S - 1)) is CommandRefusal.REPLAYED


@pytest.mark.parametrize("at", [None, "now", True, [], {}, -1, 10**400, math.nan, math.inf])
def test_a_command_without_a_time_is_refused(at: object) -> None:
    caller = Caller()
    assert caller.send(caller.command(at=at)) is CommandRefusal.MALFORMED


@pytest.mark.parametrize(
    "payload", [b"", b"UNLOCK", b"[]", b"\xff", b'{"code":' + b"[" * 400, b'{"code":"' + b"x" * 512 + b'"}']
)
def test_what_is_not_a_command_is_refused(payload: bytes) -> None:
    assert Caller().send(payload) is CommandRefusal.MALFORMED


@pytest.mark.parametrize("other", [{"action": "OPEN"}, {"action": ["UNLOCK"]}, {"action": None}, {"more": 1}])
def test_an_unknown_action_or_field_is_refused(other: dict[str, object]) -> None:
    caller = Caller()
    assert caller.send(caller.command(**other)) is CommandRefusal.MALFORMED  # type: ignore[arg-type]  # wrong on purpose


def test_who_guesses_waits_longer_and_longer() -> None:
    caller = Caller()
    for _ in range(5):
        assert caller.send(caller.command(code="guess")) is CommandRefusal.WRONG_CODE
    for wait_s in (30, 60, 120):
        caller.now_s += wait_s - 0.1
        assert caller.send(caller.command()) is CommandRefusal.THROTTLED
        caller.now_s += 0.2
        assert caller.send(caller.command(code="guess")) is CommandRefusal.WRONG_CODE
    caller.now_s += 3600
    assert caller.send(caller.command()) is DoorCommand.UNLOCK
    assert caller.send(caller.command(code="guess")) is CommandRefusal.WRONG_CODE
    caller.now_s += 1
    assert caller.send(caller.command()) is DoorCommand.UNLOCK, "the count began anew"


@given(st.binary(max_size=600))
def test_no_bytes_at_all_make_it_raise_or_open(payload: bytes) -> None:
    assert isinstance(Caller().send(payload), CommandRefusal)


@given(st.data())
def test_a_changed_byte_opens_only_where_it_changes_nothing_that_counts(data: st.DataObject) -> None:
    caller = Caller()
    payload = caller.command()
    place = data.draw(st.integers(0, len(payload) - 1))
    byte = data.draw(st.integers(0, 255))
    altered = payload[:place] + bytes([byte]) + payload[place + 1 :]
    if caller.send(altered) is DoorCommand.UNLOCK:
        fields = json.loads(altered)
        assert (fields["action"], fields["code"]) == ("UNLOCK", CODE)
        assert abs(fields["at"] - caller.at_s) <= 5
