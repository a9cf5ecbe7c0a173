"""Joins a door: its lock, sensors, reader, checks and voice by the names of their drivers."""

import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

from limen.camera.browser import BROWSER
from limen.camera.capture import Capture
from limen.camera.clock import SYSTEM_CLOCK, Clock
from limen.camera.sources import open_source
from limen.config import DoorConfig, LivenessSettings, Settings
from limen.credentials.base import Reader
from limen.credentials.evdev import EvdevReader
from limen.credentials.http import HttpReader
from limen.credentials.pin import PinHasher
from limen.credentials.stdin import StdinReader
from limen.decision.levels import Asks, Level, lacking
from limen.decision.rules import Mode
from limen.decision.throttle import ThrottlePolicy
from limen.door.build import match_policy
from limen.door.claims import Claims
from limen.door.clock_watch import ClockWatch
from limen.door.gate import Gate, GateParts
from limen.door.greeting import Greeter
from limen.door.home_assistant import CommandRefusal, DoorCommand, HomeAssistant, listen_for_commands
from limen.door.housekeeping import Housekeeping
from limen.door.latch import Latch
from limen.door.ledger import DoorWatcher, Ledger
from limen.door.roster import StoreRoster
from limen.door.runtime import AlwaysMyTurn, Door, DoorParts, FrameClock, Turn
from limen.door.store_audit import StoreAudit
from limen.door.store_register import StoreRegister
from limen.door.upkeep import Upkeep
from limen.door.visit import Looking, Visits
from limen.door.watchers import Watchers
from limen.engine import Engine
from limen.errors import ConfigError
from limen.liveness.base import Liveness, LivenessCheck
from limen.liveness.fake import FakeLiveness
from limen.locks.base import Lock
from limen.locks.gpio import GpioLock, GpioSensors
from limen.locks.mqtt import MqttLock
from limen.locks.mqtt_link import MqttLink
from limen.locks.sensors import NoSensors, Sensors
from limen.locks.simulator import SimulatedLock
from limen.locks.webhook import WebhookLock
from limen.store import Store
from limen.voice.base import Speaker
from limen.voice.choose import SilentSpeaker, speaker_for

LOCK_DRIVERS: tuple[str, ...] = get_args(DoorConfig.model_fields["lock"].annotation)
_KEPT_OPEN_BY_MESSAGE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a door is put into; ``alive`` is called as long as its loop goes round, ``note`` says what is not right.

    Doors of one process share ``upkeep``, and take ``turn`` about with the engine.
    """

    store: Store
    engine: Engine | None
    watchers: tuple[DoorWatcher, ...]
    note: Callable[[str], None]
    alive: Callable[[], None] = lambda: None
    fast: bool = False
    upkeep: Upkeep | None = None
    turn: Turn = field(default_factory=AlwaysMyTurn)


def check_level(name: str, config: DoorConfig, liveness: LivenessSettings) -> Asks:
    """What the door's level asks for.

    Raises:
        ConfigError: the installation cannot meet it.
    """
    asks = Level(config.level).asks
    missing = lacking(
        asks, camera=bool(config.camera), reader=has_reader(config),
        passive=liveness.passive != "none", challenge=liveness.challenge != "none",
    )  # fmt: skip
    if missing:
        raise ConfigError(
            f"door {name} cannot be of level {config.level}: it lacks {' and '.join(missing)}; set it up, or choose "
            f"another level ({', '.join(Level)})"
        )
    return asks


def has_reader(config: DoorConfig) -> bool:
    """Whether cards or PINs can be shown: to a reader, or to the display whose camera the door has."""
    return config.reader.driver != "none" or config.camera == BROWSER


def build_door(settings: Settings, name: str, config: DoorConfig, around: Surroundings, closing: ExitStack) -> Door:
    """A door with its lock locked; ``closing`` lets go what the door itself does not, and all of it where this fails.

    Raises:
        ConfigError: the level cannot be met, or a driver is not set up.
        LockError: the lock is not there.
        StoreError: it is not known who may enter.
    """
    asks = check_level(name, config, settings.liveness)
    clock: Clock = FrameClock(SYSTEM_CLOCK) if around.fast else SYSTEM_CLOCK
    link = _link(settings, name, config, closing)
    watchers = [*around.watchers]
    if link is not None and settings.mqtt.home_assistant:
        watchers.append(HomeAssistant(link, name, settings.site.name, settings.mqtt))
    ledger = Ledger(name, StoreAudit(around.store, settings.privacy.crop_days), clock, Watchers(watchers))
    upkeep = around.upkeep or Upkeep(around.store)
    visits, roster = _seeing(settings, config, asks, around, upkeep)
    reader = build_reader(config)
    gate_parts = _gate_parts(settings, config, around, ledger, (asks, clock, link, upkeep))
    gate, watch = Gate(gate_parts, clock), gate_parts.clock_watch
    housekeeping = Housekeeping(around.store, settings, around.note, lambda: watch.wrong is None)
    if link is not None and settings.mqtt.commands:
        clocks = (clock.monotonic_s, lambda: clock.now_utc().timestamp())
        listen_for_commands(
            link, name, settings.mqtt, clocks, _commanded(gate, around.store, name, clock.monotonic_s), _refused(gate)
        )
    parts = DoorParts(
        config.level, gate, ledger, settings.door, visits, roster, reader,
        probe=upkeep.probe, tidy=lambda: _tidied(housekeeping, clock, upkeep), alive=around.alive, turn=around.turn,
        keep_crops=settings.privacy.keep_crops, threads=not around.fast,
    )  # fmt: skip
    return Door(parts, clock)


def _tidied(housekeeping: Housekeeping, clock: Clock, upkeep: Upkeep) -> None:
    if upkeep.tidy_due():
        housekeeping.tidy(clock.now_utc())


def build_lock(name: str, config: DoorConfig, clock: Clock, link: MqttLink | None = None, topic: str = "limen") -> Lock:
    """The lock of the door ``name``, locked.

    Raises:
        ConfigError: it is not set up.
        LockError: it is not there.
    """
    if config.lock == "gpio":
        return GpioLock(config.gpio, clock.monotonic_s)
    if config.lock == "webhook":
        return WebhookLock(config.webhook, name, clock.monotonic_s, clock.now_utc)
    if config.lock == "simulator":
        return SimulatedLock(clock.monotonic_s, config.simulator_log)
    if link is None:
        raise ConfigError(f"door {name}: lock = mqtt needs a broker: set mqtt.host")
    return MqttLock(link, name, config.mqtt, topic, clock.monotonic_s, lambda: _epoch_ms(clock.now_utc()))


def build_sensors(config: DoorConfig) -> Sensors:
    """The contact and the exit button that hang on the machine's own pins, if any."""
    pins = (config.gpio.contact_pin, config.gpio.exit_pin)
    return NoSensors() if pins == (None, None) else GpioSensors(config.gpio)


def build_reader(config: DoorConfig) -> Reader | None:
    """The reader of cards and PINs, if there is one.

    Raises:
        ConfigError: it is not set up.
    """
    reader = config.reader
    if reader.driver == "http":
        return HttpReader(reader)
    if reader.driver == "evdev":
        return EvdevReader(reader)
    if reader.driver == "stdin":
        return StdinReader(reader, sys.stdin, lambda text: print(text, file=sys.stderr, flush=True))  # noqa: T201 - its display
    return None


def open_capture(camera: str, settings: Settings, *, fast: bool) -> Capture:
    """The camera or film that ``camera`` names."""
    return Capture(open_source(camera), fast=fast, freeze_s=settings.door.freeze_s)


def _gate_parts(
    settings: Settings, config: DoorConfig, around: Surroundings, ledger: Ledger,
    joined: tuple[Asks, Clock, MqttLink | None, Upkeep],
) -> GateParts:  # fmt: skip
    asks, clock, link, upkeep = joined
    zone = ZoneInfo(settings.site.time_zone)
    register = StoreRegister(around.store, ledger.name, config, zone, upkeep.revision)
    throttle = settings.throttle
    failures = throttle.failures_with_liveness if asks.passive else throttle.failures
    policy = ThrottlePolicy(failures, throttle.wait_s, throttle.longest_wait_s)
    claims = Claims(register, PinHasher(), ThrottlePolicy(throttle.failures, *_waits(settings)), clock.monotonic_s)
    newest = around.store.events.latest(1)
    last = newest[0].event.at if newest and not around.fast else None
    watch = ClockWatch(settings.door.clock_s, clock.now_utc(), clock.monotonic_s(), last)
    greeter = Greeter(settings.greeting, settings.site.language)
    with ExitStack() as undo:
        # Devices last, and let go where one of them is not there: the door is built anew a moment later.
        lock = build_lock(ledger.name, config, clock, link, settings.mqtt.topic)
        undo.callback(lock.close)
        sensors = build_sensors(config)
        undo.callback(sensors.close)
        latch = Latch(lock, sensors, ledger, settings.door, clock)
        speaker = SilentSpeaker("a film") if around.fast else _speaker(settings, around)
        undo.pop_all()
    return GateParts(asks, ledger, latch, register, claims, watch, greeter, speaker, settings.door, policy)


def _speaker(settings: Settings, around: Surroundings) -> Speaker:
    return speaker_for(settings.greeting, settings.site.language, around.note)


def _waits(settings: Settings) -> tuple[float, float]:
    return settings.throttle.wait_s, settings.throttle.longest_wait_s


def _seeing(
    settings: Settings, config: DoorConfig, asks: Asks, around: Surroundings, upkeep: Upkeep
) -> tuple[Visits, StoreRoster] | tuple[None, None]:
    """What looks at faces; nothing at a door that needs none."""
    if not asks.face or around.engine is None:
        return None, None
    matching = settings.matching
    own = {"fmr": config.fmr or matching.fmr, "fpir": config.fpir or matching.fpir}
    policy = match_policy(settings.model_copy(update={"matching": matching.model_copy(update=own)}), around.engine)
    looking = Looking(
        asks,
        _check(asks.passive, settings.liveness.passive, settings.liveness),
        _check(asks.challenge, settings.liveness.challenge, settings.liveness),
    )
    roster = StoreRoster(around.store, around.engine, upkeep)
    return Visits(around.engine, roster.gallery, policy, settings.door, looking), roster


def _check(asked: bool, driver: str, settings: LivenessSettings) -> LivenessCheck | None:
    """The check by the name of its driver; ``check_level`` saw to it that there is one where it is asked for."""
    return FakeLiveness(Liveness(settings.simulated_says)) if asked and driver == "simulated" else None


def _link(settings: Settings, name: str, config: DoorConfig, closing: ExitStack) -> MqttLink | None:
    wanted = config.lock == "mqtt" or settings.mqtt.home_assistant or settings.mqtt.commands
    if not wanted:
        return None
    link = MqttLink(settings.mqtt, f"limen-{name}", f"{settings.mqtt.topic}/{name}/availability")
    closing.callback(link.close)
    link.start(wait_s=2.0)
    return link


def _commanded(gate: Gate, store: Store, name: str, now_s: Callable[[], float]) -> Callable[[DoorCommand], None]:
    """What a message may order; done later, by the gate's own thread."""

    def obey(command: DoorCommand, since_s: float) -> None:
        if command is DoorCommand.UNLOCK:
            gate.open_once("message", since_s)
        elif command is DoorCommand.KEEP_OPEN_ON:
            store.modes.set(name, Mode.KEEP_OPEN, datetime.now(UTC) + _KEPT_OPEN_BY_MESSAGE)
        else:
            store.modes.clear(name)
            gate.lock_now()

    def hear(command: DoorCommand) -> None:
        since_s = now_s()
        gate.later(lambda: obey(command, since_s))

    return hear


def _refused(gate: Gate) -> Callable[[CommandRefusal], None]:
    return lambda why: gate.later(lambda: gate.refused(why))


def _epoch_ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
