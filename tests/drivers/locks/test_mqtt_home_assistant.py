"""A door and Home Assistant, over a real broker."""

import json
import queue
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from mqtt_samples import Broker, Onlooker, linked, wait_until
from pydantic import SecretStr

from limen.audit.events import AuditEvent, EventType
from limen.config import MqttSettings
from limen.door.home_assistant import CommandRefusal, DoorCommand, HomeAssistant, listen_for_commands
from limen.errors import ConfigError
from limen.locks.mqtt_link import Message, MqttLink
from limen.types import PersonId

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
CODE = "4711-0815"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    broker = Broker(tmp_path)
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def link(broker: Broker) -> Iterator[MqttLink]:
    with linked(broker.settings(), "limen-front", "limen/front/availability") as link:
        yield link


@pytest.fixture
def other(broker: Broker) -> Iterator[MqttLink]:
    with linked(broker.settings(), "home-assistant") as other:
        yield other


STATES = {f"limen/front/state/{name}" for name in ("lock", "contact", "keep_open")}
ANNOUNCED = "homeassistant/device/limen_front/config"


def kept(other: MqttLink, topics: set[str]) -> dict[str, bytes]:
    """What the broker keeps for those who come late, once that is all of ``topics``."""
    found: dict[str, bytes] = {}

    def note(message: Message) -> None:
        if message.retained:
            found[message.topic] = message.payload

    def complete() -> bool:
        other.subscribe("#", note)
        return found.keys() >= topics

    wait_until(complete, f"the broker keeps {topics}")
    return found


def flush(link: MqttLink) -> None:
    """Return once the broker has all that was sent before."""
    link.publish("mark", b"", timeout_s=20)


def test_announces_itself_and_keeps_its_state_at_the_broker(broker: Broker, link: MqttLink, other: MqttLink) -> None:
    watcher = HomeAssistant(link, "front", "Office", broker.settings())
    for kind in (EventType.DOOR_STARTED, EventType.DOOR_UNLOCKED, EventType.DOOR_OPENED):
        watcher.happened(AuditEvent(kind, AT, "front"))
    watcher.happened(AuditEvent(EventType.DOOR_MODE, AT, "front", reason="keep_open"))
    watcher.happened(AuditEvent(EventType.LOCK_FAULT, AT, "back"))
    flush(link)
    found = kept(other, STATES | {ANNOUNCED, "limen/front/availability"})
    assert json.loads(found[ANNOUNCED])["device"]["name"] == "Office front"
    assert {topic: found[topic] for topic in STATES} == {
        "limen/front/state/lock": b"UNLOCKED",
        "limen/front/state/contact": b"ON",
        "limen/front/state/keep_open": b"ON",
    }


def test_announces_itself_again_to_a_broker_that_forgot(broker: Broker, link: MqttLink, other: MqttLink) -> None:
    watcher = HomeAssistant(link, "front", "Office", broker.settings())
    broker.stop()
    wait_until(lambda: not link.connected, "the loss is noticed")
    watcher.happened(AuditEvent(EventType.DOOR_UNLOCKED, AT, "front"))
    broker.start()
    wait_until(lambda: other.connected, "back again")
    found = kept(other, {ANNOUNCED, "limen/front/state/lock", "limen/front/availability"})
    assert found["limen/front/state/lock"] == b"UNLOCKED"
    assert found["limen/front/availability"] == b"online"


def test_events_carry_no_person_score_or_detail(broker: Broker, link: MqttLink, other: MqttLink) -> None:
    seen = Onlooker(other, "limen/#")
    watcher = HomeAssistant(link, "front", "Office", broker.settings())
    person = PersonId("person-17")
    watcher.happened(
        AuditEvent(EventType.ACCESS_GRANTED, AT, "front", person, "matched", 0.98765, 0.54321, detail="something")
    )
    watcher.happened(AuditEvent(EventType.ALARM_FORCED, AT, "front"))
    watcher.happened(AuditEvent(EventType.PERSON_ENROLLED, AT, "front", person))
    watcher.greeted("Welcome, Ada.")
    watcher.publish_image(b"a picture")
    watcher.happened(AuditEvent(EventType.ALARM_HELD_OPEN, AT, "front"))
    flush(link)
    wait_until(lambda: sum(message.topic == "limen/front/event" for message in seen.seen) == 3, "three events come")
    assert [json.loads(message.payload) for message in seen.seen if message.topic == "limen/front/event"] == [
        {"event_type": "access_granted", "reason": "matched", "at": "2026-03-01T12:00:00+00:00"},
        {"event_type": "alarm_forced", "reason": None, "at": "2026-03-01T12:00:00+00:00"},
        {"event_type": "alarm_held_open", "reason": None, "at": "2026-03-01T12:00:00+00:00"},
    ]
    assert "limen/front/event" not in kept(other, {"limen/front/availability"}), "events are not kept"
    everything = b"".join(message.topic.encode() + message.payload for message in seen.seen)
    for secret in (b"person-17", b"0.98", b"0.54", b"something", b"Ada", b"a picture"):
        assert secret not in everything


def test_a_picture_is_sent_where_that_is_wanted(broker: Broker, link: MqttLink, other: MqttLink) -> None:
    seen = Onlooker(other, "limen/front/image")
    HomeAssistant(link, "front", "Office", broker.settings(), images=True).publish_image(b"\xff\xd8picture")
    wait_until(lambda: seen.payloads() == [b"\xff\xd8picture"], "it came")
    assert "limen/front/image" not in kept(other, {ANNOUNCED}), "it is not kept"


def test_without_a_broker_it_neither_waits_nor_raises(broker: Broker) -> None:
    link = MqttLink(broker.settings(), "limen-front")
    watcher = HomeAssistant(link, "front", "Office", broker.settings())
    began_s = time.monotonic()
    for _ in range(1000):
        watcher.happened(AuditEvent(EventType.ACCESS_DENIED, AT, "front", reason="unknown"))
    assert time.monotonic() - began_s < 5
    link.close()


def test_a_broker_that_takes_nothing_costs_no_time_and_no_memory(broker: Broker, link: MqttLink) -> None:
    watcher = HomeAssistant(link, "front", "Office", broker.settings())
    with broker.frozen():
        began_s = time.monotonic()
        for _ in range(1000):
            watcher.happened(AuditEvent(EventType.ACCESS_DENIED, AT, "front", reason="unknown"))
        assert time.monotonic() - began_s < 5
    link.publish("elsewhere", b"", timeout_s=20)


def command(action: str, code: str = CODE) -> bytes:
    return json.dumps({"action": action, "code": code, "at": time.time()}).encode()


def test_commands_are_followed_or_refused(broker: Broker, link: MqttLink, other: MqttLink) -> None:
    settings = broker.settings(commands=True, command_code=SecretStr(CODE))
    told: queue.Queue[DoorCommand | CommandRefusal] = queue.Queue()
    other.publish("limen/front/command", command("UNLOCK"), retain=True)
    listen_for_commands(link, "front", settings, (time.monotonic, time.time), told.put, told.put)
    assert told.get(timeout=30) is CommandRefusal.RETAINED
    payload = command("KEEP_OPEN_ON")
    for sent in (payload, payload, command("UNLOCK", "wrong"), command("LOCK")):
        other.publish("limen/front/command", sent)
    assert [told.get(timeout=30) for _ in range(4)] == [
        DoorCommand.KEEP_OPEN_ON,
        CommandRefusal.REPLAYED,
        CommandRefusal.WRONG_CODE,
        DoorCommand.LOCK,
    ]


def test_nobody_listens_where_commands_are_off(broker: Broker, link: MqttLink, other: MqttLink) -> None:
    told: queue.Queue[DoorCommand | CommandRefusal] = queue.Queue()
    listen_for_commands(link, "front", broker.settings(), (time.monotonic, time.time), told.put, told.put)
    mark = Onlooker(link, "mark")
    other.publish("limen/front/command", command("UNLOCK"))
    other.publish("mark", b"")
    wait_until(lambda: bool(mark.seen), "what was sent before it has passed too")
    assert told.empty()


@pytest.mark.parametrize("code", ["", "12345"])
def test_commands_without_a_proper_code_are_refused_at_the_start(link: MqttLink, code: str) -> None:
    settings = MqttSettings(host="broker", commands=True, command_code=SecretStr(code))
    with pytest.raises(ConfigError, match="command_code"):
        listen_for_commands(link, "front", settings, (time.monotonic, time.time), print, print)
