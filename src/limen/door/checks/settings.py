"""Settings that contradict each other, or that leave something open."""

from collections import Counter
from collections.abc import Iterator, Mapping

from limen.config import DoorConfig, LivenessSettings, Settings, secret_text
from limen.decision.levels import Level
from limen.door.checks.addresses import here_only, host_and_port
from limen.door.checks.base import Check, fault, ok, warning
from limen.errors import ConfigError
from limen.voice.choose import VoiceFound

Contradiction = tuple[str, str]
"""What contradicts, and what to do."""


def check_settings(settings: Settings, *, duress: bool) -> Check:
    """Whether the settings fit together; ``duress`` says that somebody has a duress PIN."""
    name = "settings"
    if wrong := [*_broker(settings), *_shared(settings.doors), *_throttle(settings)]:
        return fault(name, "; ".join(what for what, _ in wrong), "; ".join(remedy for _, remedy in wrong))
    if odd := [*_passback(settings.doors), *_unheard(settings, duress=duress), *_empty(settings)]:
        return warning(name, "; ".join(what for what, _ in odd), "; ".join(remedy for _, remedy in odd))
    return ok(name, f"{len(settings.doors)} doors; nothing contradicts")


def check_liveness(settings: LivenessSettings, doors: Mapping[str, DoorConfig]) -> Check:
    """Whether living faces are told from pictures of them."""
    name = "liveness"
    if "simulated" in (settings.passive, settings.challenge):
        asking = [door for door, config in doors.items() if Level(config.level).asks.passive]
        told = f"it is simulated, nobody looks whether a face is alive: {', '.join(asking) or 'no door asks'}"
        return (fault if asking else warning)(name, told, "for tests alone: set liveness.passive to none")
    if settings.passive == "none" and any(Level(config.level).asks.face for config in doors.values()):
        return warning(
            name, "none: a photo of a face may pass for it", "where that matters, let a door be of level card"
        )
    return ok(name, f"passive {settings.passive}, challenge {settings.challenge}")


def check_status(listen: str, doors: int) -> Check:
    """Whether the address at which doors tell how they are is this machine's alone."""
    name = "status"
    if not listen:
        return ok(name, "doors tell nobody how they are")
    host, port = host_and_port(listen)
    if not here_only(host):
        return warning(name, f"{listen} is reached from the network, without a password", "listen at 127.0.0.1")
    if doors > 1:
        told = f"{doors} doors share {listen}, and only one of them gets it"
        return warning(name, told, "give each its own: LIMEN_STATUS__LISTEN where it is started")
    return ok(name, f"a running door answers at {host}, port {port}")


def check_voice(wanted: str, found: list[VoiceFound]) -> Check:
    """Whether this machine can say greetings aloud."""
    name, usable = "voice", [one.voice for one in found if one.why_not is None]
    if wanted == "none":
        return ok(name, "greetings are not said aloud")
    if wanted == "auto" and not usable:
        return warning(name, "this machine has no voice: greetings are shown only", "apt install espeak-ng")
    if wanted != "auto" and wanted not in usable:
        why = next((one.why_not for one in found if one.voice == wanted), None)
        return fault(name, f"{wanted} cannot be used: {why}; doors do not start", "limen voice list shows others")
    return ok(name, f"{usable[0] if wanted == 'auto' else wanted} says greetings aloud")


def _broker(settings: Settings) -> Iterator[Contradiction]:
    mqtt = settings.mqtt
    wanting = [f"doors.{name}.lock" for name, door in settings.doors.items() if door.lock == "mqtt"]
    wanting += [f"mqtt.{key}" for key in ("home_assistant", "commands") if getattr(mqtt, key)]
    if wanting and not mqtt.host:
        yield f"{', '.join(wanting)} need a broker", "set mqtt.host"
    if mqtt.commands:
        try:
            secret_text("mqtt.command_code", mqtt.command_code, mqtt.command_code_file, at_least=6)
        except ConfigError as error:
            yield f"mqtt.commands: {error}", "set mqtt.command_code_file"


def _shared(doors: Mapping[str, DoorConfig]) -> Iterator[Contradiction]:
    """What two doors cannot have together."""
    used: Counter[str] = Counter()
    for door in doors.values():
        used.update(_held(door))
    if twice := [what for what, count in used.items() if count > 1]:
        yield f"used more than once: {', '.join(twice)}", "give each door its own"


def _held(door: DoorConfig) -> Iterator[str]:
    """What only one program, or one door, can hold."""
    if door.camera.isdecimal():
        yield f"camera {door.camera}"
    pins = (door.gpio.relay_pin if door.lock == "gpio" else None, door.gpio.contact_pin, door.gpio.exit_pin)
    yield from (f"pin {pin} of gpiochip{door.gpio.chip}" for pin in pins if pin is not None)
    if door.reader.driver == "evdev":
        yield f"reader {door.reader.device}"
    if door.reader.driver == "http":
        yield f"reader.listen {door.reader.listen}"


def _throttle(settings: Settings) -> Iterator[Contradiction]:
    throttle = settings.throttle
    if throttle.longest_wait_s < throttle.wait_s:
        yield "throttle.longest_wait_s is below throttle.wait_s", "make it at least as long"


def _passback(doors: Mapping[str, DoorConfig]) -> Iterator[Contradiction]:
    kept = [door for door in doors.values() if door.anti_passback]
    ways = {way: {door.zone for door in kept if door.direction == way} for way in ("in", "out")}
    for zone in sorted(ways["in"] - ways["out"]):
        missing = f"anti_passback: no door leads out of zone {zone}, so nobody comes in again before passback_s is over"
        yield missing, "add a door with direction = out and anti_passback"
    for zone in sorted(ways["out"] - ways["in"]):
        yield f"anti_passback: a door leads out of zone {zone}, and none into it", "add one with direction = in"


def _unheard(settings: Settings, *, duress: bool) -> Iterator[Contradiction]:
    if duress and not settings.mqtt.home_assistant and not settings.status.listen:
        yield "a duress PIN raises an alarm that only the audit hears", "set mqtt.home_assistant or status.listen"


def _empty(settings: Settings) -> Iterator[Contradiction]:
    if not settings.doors:
        yield "no door is set up", "add [doors.NAME] to config.toml: docs/settings.md"
