"""A door as Home Assistant sees it: announced, reported to it, and moved by it where that is allowed."""

import hashlib
import hmac
import json
import re
from collections.abc import Callable
from enum import StrEnum

from limen.audit.events import AuditEvent, EventType
from limen.config import MqttSettings, secret_text
from limen.door.visit import Decided, Seen
from limen.locks.mqtt_link import Message, MqttLink
from limen.types import Frame
from limen.version import __version__

COMMAND_AGE_S = 5.0
COMMAND_AHEAD_S = 1.0
"""Home Assistant's clock may be ahead of ours by as much."""
_WRONG_CODES = 5
_WAIT_S, _LONGEST_WAIT_S = 30.0, 3600.0
_LONGEST_COMMAND = 512
_LATEST_S = 1e12

_TOLD = frozenset(
    (
        EventType.ACCESS_GRANTED,
        EventType.ACCESS_DENIED,
        EventType.ALARM_DURESS,
        EventType.ALARM_FORCED,
        EventType.ALARM_HELD_OPEN,
        EventType.ALARM_TAILGATING,
        EventType.DOOR_COMMAND_REFUSED,
        EventType.DOOR_THROTTLED,
        EventType.LOCK_FAULT,
    )
)
_LOCK_STATES = {
    EventType.DOOR_STARTED: b"LOCKED",
    EventType.DOOR_LOCKED: b"LOCKED",
    EventType.DOOR_UNLOCKED: b"UNLOCKED",
    EventType.LOCK_FAULT: b"JAMMED",
}
_CONTACT_STATES = {EventType.DOOR_OPENED: b"ON", EventType.DOOR_CLOSED: b"OFF"}


class DoorCommand(StrEnum):
    """What Home Assistant may ask for."""

    UNLOCK = "UNLOCK"
    LOCK = "LOCK"
    KEEP_OPEN_ON = "KEEP_OPEN_ON"
    KEEP_OPEN_OFF = "KEEP_OPEN_OFF"


class CommandRefusal(StrEnum):
    """Why a command was not followed."""

    RETAINED = "retained"
    THROTTLED = "throttled"
    MALFORMED = "malformed"
    WRONG_CODE = "wrong_code"
    OLD = "old"
    AHEAD = "ahead"
    REPLAYED = "replayed"


class CommandGate:
    """Decides about commands; ``started_at_s`` (seconds since 1970) is when it begins: older commands are replays.

    After five wrong codes in a row everything is refused for 30 s, doubled with each further one, up to an hour.
    """

    def __init__(self, code: str, started_at_s: float) -> None:
        self._code = _digest(code)
        self._newest_at_s = started_at_s
        self._wrong = 0
        self._refused_until_s = float("-inf")

    def decide(self, payload: bytes, *, retained: bool, now_s: float, at_s: float) -> DoorCommand | CommandRefusal:
        """What to do, or why nothing; ``now_s`` is monotonic, ``at_s`` seconds since 1970."""
        if retained:
            return CommandRefusal.RETAINED
        if now_s < self._refused_until_s:
            return CommandRefusal.THROTTLED
        fields = _fields(payload)
        if fields is None:
            return CommandRefusal.MALFORMED
        if not self._is_right(fields.get("code"), now_s):
            return CommandRefusal.WRONG_CODE
        return self._dated(fields, at_s)

    def _is_right(self, code: object, now_s: float) -> bool:
        if isinstance(code, str) and hmac.compare_digest(_digest(code), self._code):
            self._wrong = 0
            return True
        self._wrong += 1
        if self._wrong >= _WRONG_CODES:
            doublings = min(self._wrong - _WRONG_CODES, 20)
            self._refused_until_s = now_s + min(_WAIT_S * 2**doublings, _LONGEST_WAIT_S)
        return False

    def _dated(self, fields: dict[str, object], at_s: float) -> DoorCommand | CommandRefusal:
        sent_s, action = fields.get("at"), fields.get("action")
        if isinstance(sent_s, bool) or not isinstance(sent_s, int | float) or not 0 <= sent_s < _LATEST_S:
            return CommandRefusal.MALFORMED
        if fields.keys() != {"action", "code", "at"} or action not in tuple(DoorCommand):
            return CommandRefusal.MALFORMED
        if sent_s > at_s + COMMAND_AHEAD_S:
            return CommandRefusal.AHEAD
        if sent_s < at_s - COMMAND_AGE_S:
            return CommandRefusal.OLD
        if sent_s <= self._newest_at_s:
            return CommandRefusal.REPLAYED
        self._newest_at_s = sent_s
        return DoorCommand(str(action))


class HomeAssistant:
    """Tells Home Assistant what happens at one door; a ``DoorWatcher`` that never waits and never raises.

    No names, ids or scores of people leave through it, and pictures only where ``images`` is set and the caller gives
    one. Whoever may read the topics sees when the door is used.
    """

    def __init__(self, link: MqttLink, door: str, site: str, settings: MqttSettings, *, images: bool = False) -> None:
        self._link, self._door, self._images = link, door, images
        self._topics = Topics(settings.topic, door)
        self._discovery_topic = f"{settings.discovery_topic}/device/{_identifier(settings.topic, door)}/config"
        self._discovery = json.dumps(discovery(door, site, settings, images=images)).encode()
        self._states = {self._topics.keep_open: b"OFF"}
        link.when_connected(self._announce)

    def happened(self, event: AuditEvent) -> None:
        """Report what of ``event`` concerns this door and nobody's person."""
        if event.door != self._door:
            return
        if event.type in _LOCK_STATES:
            self._state(self._topics.lock, _LOCK_STATES[event.type])
        if event.type in _CONTACT_STATES:
            self._state(self._topics.contact, _CONTACT_STATES[event.type])
        if event.type is EventType.DOOR_MODE:
            self._state(self._topics.keep_open, b"ON" if event.reason == "keep_open" else b"OFF")
        if event.type in _TOLD:
            told = {"event_type": _event_type(event.type), "reason": event.reason, "at": event.at.isoformat()}
            self._link.post(self._topics.event, json.dumps(told).encode())

    def greeted(self, sentence: str) -> None:
        """Nothing: a greeting names people."""

    def saw(self, frame: Frame, seen: list[Seen], decided: list[Decided]) -> None:
        """Nothing: what a camera sees stays here."""

    def publish_image(self, jpeg: bytes) -> None:
        """Show a JPEG, which the broker does not keep; nothing where pictures are off."""
        if self._images:
            self._link.post(self._topics.image, jpeg, qos=0)

    def _state(self, topic: str, payload: bytes) -> None:
        self._states[topic] = payload
        self._link.post(topic, payload, retain=True)

    def _announce(self) -> None:
        # After each connection: a broker that was started again may have kept nothing.
        self._link.post(self._discovery_topic, self._discovery, retain=True)
        for topic, payload in list(self._states.items()):
            self._link.post(topic, payload, retain=True)


def listen_for_commands(
    link: MqttLink,
    door: str,
    settings: MqttSettings,
    clocks: tuple[Callable[[], float], Callable[[], float]],
    command: Callable[[DoorCommand], None],
    refused: Callable[[CommandRefusal], None],
) -> None:
    """Give ``command`` what may be done and ``refused`` why something may not; nothing where ``commands`` is off.

    ``clocks`` are the monotonic one and seconds since 1970. Both callbacks run in the link's thread: they must hand
    over and return, as a lock behind the same link answers through that thread.

    Raises:
        ConfigError: commands are allowed, and ``command_code`` is missing or shorter than 6 characters.
        LockError: the broker does not let us listen.
    """
    if not settings.commands:
        return
    now_s, wall_s = clocks
    code = secret_text("mqtt.command_code", settings.command_code, settings.command_code_file, at_least=6)
    gate = CommandGate(code, wall_s())

    def hear(message: Message) -> None:
        decided = gate.decide(message.payload, retained=message.retained, now_s=now_s(), at_s=wall_s())
        if isinstance(decided, DoorCommand):
            command(decided)
        else:
            refused(decided)

    link.subscribe(Topics(settings.topic, door).command, hear)


class Topics:
    """Where the messages of a door go."""

    def __init__(self, topic: str, door: str) -> None:
        base = f"{topic}/{door}"
        self.availability = f"{base}/availability"
        self.command = f"{base}/command"
        self.event = f"{base}/event"
        self.image = f"{base}/image"
        self.lock = f"{base}/state/lock"
        self.contact = f"{base}/state/contact"
        self.keep_open = f"{base}/state/keep_open"


def discovery(door: str, site: str, settings: MqttSettings, *, images: bool = False) -> dict[str, object]:
    """What announces a door as a device with its entities.

    An entity that is off stands there with its platform alone, which takes away what was announced before.
    Source: Home Assistant, https://www.home-assistant.io/integrations/mqtt/ (device discovery payload, removal of
    components), and the pages lock.mqtt, binary_sensor.mqtt, event.mqtt, image.mqtt and switch.mqtt beside it.
    """
    topics, identifier = Topics(settings.topic, door), _identifier(settings.topic, door)
    entities = {"contact": _contact(topics), "access": _access(topics)}
    entities |= _movable(topics, identifier) if settings.commands else _shown(topics)
    entities["picture"] = _picture(topics) if images else {"platform": "image"}
    for key, entity in entities.items():
        if len(entity) > 1:
            entity["unique_id"] = f"{identifier}_{key}"
            entity["default_entity_id"] = f"{entity['platform']}.{identifier}_{key}"
    return {
        "device": {
            "identifiers": [identifier],
            "name": f"{site} {door}",
            "manufacturer": "Limen",
            "model": "Door",
            "sw_version": __version__,
        },
        "origin": {"name": "limen", "sw_version": __version__},
        "availability_topic": topics.availability,
        "payload_available": "online",
        "payload_not_available": "offline",
        "qos": 1,
        "components": entities,
    }


def _contact(topics: Topics) -> dict[str, object]:
    return {"platform": "binary_sensor", "name": "Door", "device_class": "door", "state_topic": topics.contact}


def _access(topics: Topics) -> dict[str, object]:
    types = sorted(_event_type(kind) for kind in _TOLD)
    return {"platform": "event", "name": "Access", "event_types": types, "state_topic": topics.event}


def _picture(topics: Topics) -> dict[str, object]:
    return {"platform": "image", "name": "Picture", "image_topic": topics.image, "content_type": "image/jpeg"}


def _movable(topics: Topics, identifier: str) -> dict[str, dict[str, object]]:
    """Lock and switch. The code is in neither: everybody on the broker can read this message.

    Home Assistant asks for a lock's code. A switch has none there, so that it is read from an input_text helper.
    """
    lock: dict[str, object] = {
        "platform": "lock",
        "name": "Lock",
        "state_topic": topics.lock,
        "command_topic": topics.command,
        "command_template": _command_template("code"),
        "code_format": "^.{6,}$",
        "payload_lock": DoorCommand.LOCK,
        "payload_unlock": DoorCommand.UNLOCK,
        "state_locked": "LOCKED",
        "state_unlocked": "UNLOCKED",
        "state_jammed": "JAMMED",
        "optimistic": False,
        "retain": False,
    }
    keep_open: dict[str, object] = {
        "platform": "switch",
        "name": "Keep open",
        "state_topic": topics.keep_open,
        "command_topic": topics.command,
        "command_template": _command_template(f"states('input_text.{identifier}_code')"),
        "payload_on": DoorCommand.KEEP_OPEN_ON,
        "payload_off": DoorCommand.KEEP_OPEN_OFF,
        "state_on": "ON",
        "state_off": "OFF",
        "optimistic": False,
        "retain": False,
    }
    gone: dict[str, object] = {"platform": "binary_sensor"}
    return {"lock": lock, "keep_open": keep_open, "unlocked": gone, "kept_open": dict(gone)}


def _shown(topics: Topics) -> dict[str, dict[str, object]]:
    """The same as sensors: a lock of Home Assistant always has buttons."""
    unlocked: dict[str, object] = {
        "platform": "binary_sensor",
        "name": "Lock",
        "device_class": "lock",
        "state_topic": topics.lock,
        "value_template": "{{ 'OFF' if value == 'LOCKED' else 'ON' }}",
    }
    kept_open: dict[str, object] = {
        "platform": "binary_sensor",
        "name": "Keep open",
        "state_topic": topics.keep_open,
    }
    return {
        "unlocked": unlocked,
        "kept_open": kept_open,
        "lock": {"platform": "lock"},
        "keep_open": {"platform": "switch"},
    }


def _command_template(code: str) -> str:
    return "{{ {'action': value, 'code': " + code + ", 'at': now().timestamp()} | to_json }}"


def _event_type(kind: EventType) -> str:
    return kind.value.replace(".", "_")


def _identifier(topic: str, door: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", f"{topic}_{door}".lower()).strip("_")


def _digest(code: str) -> bytes:
    """Of one length, so that comparing says nothing of the code's."""
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).digest()


def _fields(payload: bytes) -> dict[str, object] | None:
    try:
        fields = json.loads(payload) if len(payload) <= _LONGEST_COMMAND else None
    except (ValueError, RecursionError):
        return None
    return fields if isinstance(fields, dict) else None
