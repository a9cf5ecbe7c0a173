"""How a door stands, from what it says of itself or from what its record tells, in words for those who run it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo

from limen.camera.browser import BROWSER
from limen.config import DoorConfig
from limen.decision.levels import Level
from limen.decision.rules import Mode
from limen.door.build_door import has_reader
from limen.door.status import DoorStatus
from limen.web.door_models import DoorPart, DoorState, Health
from limen.web.event_sentences import Tone
from limen.web.event_words import Say

TONES = {
    DoorState.LOCKED: Tone.QUIET,
    DoorState.UNLOCKED: Tone.GOOD,
    DoorState.KEPT_OPEN: Tone.WARN,
    DoorState.LOCKED_DOWN: Tone.BAD,
    DoorState.FAULT: Tone.BAD,
    DoorState.OFFLINE: Tone.QUIET,
}
STATE_WORDS = {
    DoorState.LOCKED: "Door locked",
    DoorState.UNLOCKED: "Door unlocked",
    DoorState.KEPT_OPEN: "Kept open",
    DoorState.LOCKED_DOWN: "Locked down",
    DoorState.FAULT: "Fault",
    DoorState.OFFLINE: "Not running",
}
PART_WORDS = {
    ("camera", Health.GOOD): "The camera delivers pictures",
    ("camera", Health.BAD): "The camera delivers no pictures",
    ("camera", Health.UNKNOWN): "Whether the camera delivers pictures is not known yet",
    ("camera", Health.NONE): "There is no camera",
    ("display", Health.GOOD): "The door's display sends pictures",
    ("display", Health.BAD): "The door's display sends no pictures",
    ("display", Health.UNKNOWN): "No display of the door has sent pictures yet",
    ("lock", Health.GOOD): "The lock obeys",
    ("lock", Health.BAD): "The lock did not obey",
    ("lock", Health.UNKNOWN): "How the lock is, is not known",
    ("reader", Health.GOOD): "Cards and PINs can be shown",
    ("reader", Health.BAD): "The reader is offline",
    ("reader", Health.UNKNOWN): "Whether the reader works is not known yet",
    ("reader", Health.NONE): "There is no reader of cards or PINs",
    ("clock", Health.GOOD): "The clock is believed",
    ("clock", Health.BAD): "The clock jumped and is not believed",
    ("store", Health.GOOD): "The database answers",
    ("store", Health.BAD): "The database does not answer",
    ("store", Health.UNKNOWN): "Whether the database answers is not known yet",
    ("loop", Health.BAD): "The door hangs: its camera or its lock takes too long",
}


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known of a door at a moment.

    ``here``: it runs, or should, in this program. ``failure`` says why it does not. ``mode`` holds until ``until``, or
    by ``rule``.
    """

    config: DoorConfig
    status: DoorStatus
    here: bool
    running: bool
    failure: str | None = None
    mode: Mode = Mode.NORMAL
    until: datetime | None = None
    rule: str | None = None

    @property
    def missing(self) -> list[str]:
        """The parts that keep people out; of a door elsewhere only what its record says is wrong."""
        if not self.running:
            return ["door"]
        if self.here:
            return list(self.status.missing)
        return [part for part in self.status.missing if part != "loop" and self._is_bad(part)]

    def health(self, part: str) -> Health:
        """How a part is."""
        status = self.status
        if part == "camera" and not (self.config.camera and Level(self.config.level).asks.face):
            return Health.NONE
        if part == "reader" and not has_reader(self.config):
            return Health.NONE
        if part == "loop":
            return Health.GOOD if status.alive else Health.BAD
        if part == "door" or (not self.running and part != "clock"):
            return Health.UNKNOWN
        if part == "reader" and self.config.reader.driver == "none":
            return Health.GOOD  # cards and PINs come from the door's display
        works = {
            "camera": status.camera_up, "reader": status.reader_up, "store": status.store_up,
            "lock": not status.lock_fault, "clock": status.clock_right,
        }[part]  # fmt: skip
        return Health.UNKNOWN if works is None else Health.GOOD if works else Health.BAD

    def words(self, part: str, say: Say) -> str | None:
        """How a part is, in words; ``None`` where there is nothing to say."""
        told = "display" if part == "camera" and self.config.camera == BROWSER else part
        found = PART_WORDS.get((told, self.health(part)))
        return None if found is None else say(found)

    def _is_bad(self, part: str) -> bool:
        return part != "door" and self.health(part) is Health.BAD


def state_of(known: Known) -> DoorState:
    """How the door stands."""
    if not known.running:
        return DoorState.OFFLINE
    if known.status.lock_fault:
        return DoorState.FAULT
    if known.mode is Mode.LOCKDOWN:
        return DoorState.LOCKED_DOWN
    if known.mode is Mode.KEEP_OPEN:
        return DoorState.KEPT_OPEN
    if known.status.unlocked:
        return DoorState.UNLOCKED
    return DoorState.FAULT if known.missing else DoorState.LOCKED


def parts_of(known: Known, say: Say) -> list[DoorPart]:
    """The door's parts."""
    told = ((part, known.words(part, say)) for part in ("camera", "lock", "reader", "clock", "store"))
    return [DoorPart(part=part, health=known.health(part), words=words) for part, words in told if words is not None]


def why(known: Known, state: DoorState, say: Say, zone: tzinfo, now: datetime) -> str | None:
    """More about the state, as a sentence without its full stop."""
    if state is DoorState.OFFLINE:
        return _why_offline(known, say)
    sentences = list(_mode_words(known, say, zone, now))
    sentences += [words for part in known.missing if (words := known.words(part, say)) is not None]
    return ". ".join(dict.fromkeys(sentences)) or None


def refusal(known: Known, say: Say) -> str | None:
    """Why the door cannot be opened now; ``None`` where it can."""
    if not known.running:
        return say("The door does not run, so it cannot be opened from here.")
    if known.mode is Mode.LOCKDOWN:
        return say("The door is locked down: end that first.")
    if known.status.lock_fault:
        return say("The lock did not obey. Look after it at the door.")
    return None


def camera_kind(config: DoorConfig) -> str:
    """Where the door's pictures come from."""
    if not (config.camera and Level(config.level).asks.face):
        return "none"
    return "browser" if config.camera == BROWSER else "server"


def _why_offline(known: Known, say: Say) -> str:
    if known.failure:
        return say(known.failure)
    if known.here:
        return say("It is locked until it runs")
    return say("It runs in no program that is known here")


def _mode_words(known: Known, say: Say, zone: tzinfo, now: datetime) -> Iterator[str]:
    if known.mode is Mode.NORMAL:
        return
    lockdown = known.mode is Mode.LOCKDOWN
    if known.until is not None:
        until = known.until.astimezone(zone)
        time = f"{until:%H:%M}" if until.date() == now.astimezone(zone).date() else f"{until:%Y-%m-%d %H:%M}"
        text = "Nobody may come in until {time}" if lockdown else "Everybody may pass until {time}"
        yield say(text, time=time)
    elif known.rule is not None:
        yield say("Everybody may pass by the rule {rule}", rule=known.rule)
