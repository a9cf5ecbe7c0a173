"""Days at two doors, from a table: people, cards, PINs, hours over both changes of the clocks, and orders.

Store, rules, gate and visits are real; faces are colours, liveness is a fake, time is in the hands of the test.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from door_samples import GREETING, SETTINGS, FakeParts, FakeRoster, HandClock, Witness, picture
from limen.audit.events import EventType
from limen.config import DoorConfig, ReaderSettings
from limen.credentials.base import Reading
from limen.credentials.card import CardNumber
from limen.credentials.pin import PinHasher
from limen.decision.levels import Level
from limen.decision.rules import Effect, Mode, Rule
from limen.decision.schedule import Override
from limen.decision.throttle import ThrottlePolicy
from limen.door.claims import Claims
from limen.door.clock_watch import ClockWatch
from limen.door.gate import Gate, GateParts
from limen.door.greeting import Greeter
from limen.door.latch import Latch
from limen.door.ledger import Ledger
from limen.door.runtime import Door, DoorParts
from limen.door.store_audit import StoreAudit
from limen.door.store_register import StoreRegister
from limen.door.visit import Looking, Visits
from limen.liveness.base import Liveness
from limen.liveness.fake import FakeLiveness
from limen.locks.base import LockState
from limen.locks.sensors import NoSensors
from limen.locks.simulator import SimulatedLock
from limen.matching.exact import ExactGallery
from limen.matching.match import MatchPolicy
from limen.store import Store, open_store
from limen.store.hours import hours_from_text, span_from_text
from limen.types import Frame, PersonId, Template, TemplateId
from limen.voice.fake import FakeSpeaker

BERLIN = ZoneInfo("Europe/Berlin")
COLOURS = {
    "Anna": (230, 20, 20), "Ben": (20, 230, 20), "Clara": (20, 230, 230), "Carl": (230, 230, 20),
    "Dora": (230, 20, 230), "a stranger": (20, 20, 230),
}  # fmt: skip
CARDS = {"Anna": 1, "Ben": 2, "Carl": 3, "Erik": 4, "lost": 5, "nobody": 99}
PIN, DURESS = "4711", "480153"
PINS = PinHasher()
DOORS = {
    "front": DoorConfig(camera="0", level="convenience", zone="house"),
    "lab": DoorConfig(
        camera="1", level="secure", zone="lab", anti_passback=True, passback_s=3600,
        reader=ReaderSettings(driver="stdin"),
    ),
}  # fmt: skip


class DayClock(HandClock):
    """Goes to a time of Berlin's; the monotonic clock goes as far."""

    def go_to(self, local: str, fold: int = 0) -> None:
        wanted = datetime.fromisoformat(local).replace(tzinfo=BERLIN, fold=fold).astimezone(UTC)
        self.now_s += (wanted - self.now_utc()).total_seconds()


class OneDoor:
    """A door joined as ``build_door`` joins it, with fakes for eyes and hands."""

    def __init__(self, store: Store, name: str, clock: DayClock) -> None:
        config = DOORS[name]
        asks = Level(config.level).asks
        self.witness, self.lock = Witness(), SimulatedLock(clock.monotonic_s)
        self.liveness = FakeLiveness()
        ledger = Ledger(name, StoreAudit(store, 7), clock, self.witness)
        latch = Latch(self.lock, NoSensors(), ledger, SETTINGS, clock)
        register = StoreRegister(store, name, config, BERLIN)
        guesses = ThrottlePolicy(5, 30, 900)
        claims = Claims(register, PINS, guesses, clock.monotonic_s)
        watch = ClockWatch(30, clock.now_utc(), clock.monotonic_s())
        faces = ThrottlePolicy(10, 30, 900)
        parts = GateParts(
            asks, ledger, latch, register, claims, watch, Greeter(GREETING, "en"), FakeSpeaker(), SETTINGS, faces
        )
        self.gate = Gate(parts, clock)
        engine = FakeParts().engine
        looking = Looking(asks, passive=self.liveness)
        visits = Visits(engine, gallery(store, engine), policy(engine), SETTINGS, looking)
        self.door = Door(DoorParts(name, self.gate, ledger, SETTINGS, visits, FakeRoster(), threads=False), clock)


def policy(engine) -> MatchPolicy:  # type: ignore[no-untyped-def]  # an Engine of fakes
    return MatchPolicy(engine.thresholds, fmr=1e-2, fpir=2e-2, margin=0.05)


def gallery(store: Store, engine) -> ExactGallery:  # type: ignore[no-untyped-def]  # an Engine of fakes
    side = engine.embedder.size
    templates = []
    for person in store.people.all():
        if person.name in COLOURS and not person.disabled:
            crop = picture(COLOURS[person.name])[: side.height, : side.width]
            (embedding,) = engine.embedder.embed([crop])
            templates.append(Template(TemplateId(person.id), person.id, embedding))
    return ExactGallery(templates, engine.model, engine.measure)


class Site:
    """Two doors, those who run them, and those who come."""

    def __init__(self, folder: Path) -> None:
        self.store = open_store(folder, environment={})
        self.clock = DayClock()
        self.clock.go_to("2026-03-27T12:00")
        self.ids = {name: self.store.people.add(name).id for name in (*COLOURS, "Erik") if name != "a stranger"}
        self._people()
        self._rules()
        self.doors = {name: OneDoor(self.store, name, self.clock) for name in DOORS}
        self.shown = 0

    def _people(self) -> None:
        store, ids = self.store, self.ids
        for group, names in {"staff": ("Anna", "Ben", "Carl", "Dora", "Erik"), "cleaners": ("Clara",)}.items():
            store.groups.add(group)
            for name in names:
                store.groups.join(ids[name], group)
        for name, number in CARDS.items():
            if name in ids:
                store.credentials.add_card(ids[name], card(name))
            elif name == "lost":
                store.credentials.add_card(ids["Anna"], CardNumber(26, number))
                store.credentials.switch_off(CardNumber(26, number))
        store.credentials.set_pin(ids["Anna"], "12", PIN, DURESS)
        store.credentials.set_pin(ids["Erik"], "14", "5802")
        store.people.set_faceless(ids["Erik"], True)
        store.people.set_validity(ids["Carl"], None, local("2026-04-01T00:00"))
        store.people.set_validity(ids["Dora"], local("2026-04-06T00:00"), None)

    def _rules(self) -> None:
        store = self.store
        groups = {group.name: group.id for group in store.groups.all()}
        store.rules.remove("everyone")
        store.schedules.add("office", [hours_from_text("mon-fri 08:00-18:00")])
        store.schedules.add("night", [hours_from_text("sun 01:30-03:30")])
        store.schedules.add_exception(
            "office", Override(date(2026, 4, 2), date(2026, 4, 2), (span_from_text("08:00-12:00"),))
        )
        store.holidays.add({date(2026, 4, 3): "Good Friday"})
        store.rules.add(Rule("office hours", Effect.ALLOW, group=groups["staff"], zone="house", schedule="office"))
        store.rules.add(Rule("the lab", Effect.ALLOW, group=groups["staff"], door="lab"))
        store.rules.add(Rule("cleaning", Effect.ALLOW, group=groups["cleaners"], door="front", schedule="night"))
        store.rules.add(Rule("not Ben", Effect.DENY, person=self.ids["Ben"], zone="lab"))

    def happens(self, door: str, what: str) -> list[tuple[str, str | None]]:
        """Reason and name of each decision that came of it; alarms and throttles by their type."""
        newest = self.store.events.latest(1)[0].sequence
        for one in self.doors.values():
            one.gate.tick()
        self._do(self.doors[door], *what.split(maxsplit=1))
        for _ in range(2):
            self.clock.now_s += 0.1
            self.doors[door].gate.tick()
        names = {identifier: name for name, identifier in self.ids.items()}
        kinds = (EventType.ACCESS_GRANTED, EventType.ACCESS_DENIED)
        new = [record.event for record in reversed(self.store.events.latest(500, after=newest))]
        told = [event for event in new if event.type in kinds or event.type.startswith(("alarm.", "door.throttled"))]
        return [
            (event.reason or "" if event.type in kinds else event.type, names.get(event.person)) for event in told
        ]  # fmt: skip

    def _do(self, door: OneDoor, kind: str, rest: str) -> None:
        if kind == "face":
            self._face(door, rest)
        elif kind == "spoof":
            door.liveness.says = Liveness.SPOOF
            self._face(door, rest)
            door.liveness.says = Liveness.LIVE
        elif kind == "strangers":
            for _ in range(int(rest)):
                self._face(door, "a stranger")
                self.clock.now_s += SETTINGS.pause_s
        elif kind == "card":
            name, _, pin = rest.partition(" with ")
            door.gate.present(Reading(card(name), pin=pin or None))
        elif kind == "pin":
            number, pin = rest.split()
            door.gate.present(Reading(number=number, pin=pin))

    def _face(self, door: OneDoor, name: str) -> None:
        """Somebody stands before the camera for a second, and goes."""
        colour = COLOURS[name]
        for number in range(24):
            self.shown += 1
            self.clock.now_s += 0.1
            now = self.clock.now_utc()
            image = picture(colour if number < 12 else (0, 0, 0), number=self.shown)
            door.door.look(Frame(image, self.clock.monotonic_s(), now, self.shown))
            door.gate.tick()


def card(name: str) -> CardNumber:
    return CardNumber(26, CARDS[name])


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.store.close()


# When (Berlin), door, what happens, what must come of it.
DAYS: list[tuple[str, str, str, list[tuple[str, str | None]]]] = [
    ("2026-03-28T10:00", "front", "face Anna", [("out_of_hours", "Anna")]),
    # The clocks are set forward in the night: 02:00 is 03:00.
    ("2026-03-29T01:29", "front", "face Clara", [("out_of_hours", "Clara")]),
    ("2026-03-29T01:45", "front", "face Clara", [("matched", "Clara")]),
    ("2026-03-29T03:10", "front", "face Clara", [("matched", "Clara")]),
    ("2026-03-29T03:30", "front", "face Clara", [("out_of_hours", "Clara")]),
    ("2026-03-30T07:59", "front", "face Anna", [("out_of_hours", "Anna")]),
    ("2026-03-30T08:00", "front", "face Anna", [("matched", "Anna")]),
    ("2026-03-30T08:05", "front", "face a stranger", [("unknown", None)]),
    ("2026-03-30T08:06", "front", "spoof Anna", [("liveness_failed", "Anna")]),
    ("2026-03-30T08:10", "front", "card Ben", [("card", "Ben")]),
    ("2026-03-30T08:11", "front", "card nobody", [("unknown_card", None)]),
    ("2026-03-30T08:12", "front", "card lost", [("card_off", "Anna")]),
    # The lab: a card names a person, whose face must come.
    ("2026-03-30T09:00", "lab", "face Anna", []),
    ("2026-03-30T09:01", "lab", "card Anna", []),
    ("2026-03-30T09:01:01", "lab", "face Anna", [("verified", "Anna")]),
    ("2026-03-30T09:30", "lab", "card Anna", [("passback", "Anna")]),
    ("2026-03-30T09:31", "lab", "card Ben", [("ruled_out", "Ben")]),
    ("2026-03-30T10:30", "lab", "card Anna", []),
    ("2026-03-30T10:30:01", "lab", "face Ben", [("not_the_same", "Anna")]),
    ("2026-03-30T10:31", "lab", "card Anna", []),
    ("2026-03-30T10:31:01", "lab", "spoof Anna", [("liveness_failed", "Anna")]),
    ("2026-03-30T10:32", "lab", "card Anna", []),
    ("2026-03-30T10:33", "lab", "face Anna", [("no_face", "Anna")]),
    ("2026-03-30T10:40", "lab", "card Erik", [("not_enough", "Erik")]),
    ("2026-03-30T10:41", "lab", "card Erik with 5802", [("card", "Erik")]),
    # PINs.
    ("2026-03-30T11:00", "front", f"pin 12 {PIN}", [("pin", "Anna")]),
    ("2026-03-30T11:01", "front", f"pin 12 {DURESS}", [("pin", "Anna"), ("alarm.duress", "Anna")]),
    ("2026-03-30T11:02", "front", "pin 12 0001", [("wrong_pin", "Anna")]),
    ("2026-03-30T11:02:01", "front", "pin 12 0002", [("wrong_pin", "Anna")]),
    ("2026-03-30T11:02:02", "front", "pin 12 0003", [("wrong_pin", "Anna")]),
    ("2026-03-30T11:02:03", "front", "pin 12 0004", [("wrong_pin", "Anna")]),
    ("2026-03-30T11:02:04", "front", "pin 12 0005", [("wrong_pin", "Anna")]),
    ("2026-03-30T11:02:05", "front", f"pin 12 {PIN}", [("throttled", "Anna")]),
    ("2026-03-30T11:02:06", "front", "card Anna", [("card", "Anna")]),
    ("2026-03-30T11:02:40", "front", f"pin 12 {PIN}", [("pin", "Anna")]),
    ("2026-03-30T11:03", "front", "pin 99 4711", [("wrong_pin", None)]),
    ("2026-03-30T11:59", "front", "face Anna", [("matched", "Anna")]),
    # Ten in a row are turned away: the face waits, the card does not.
    ("2026-03-30T12:00", "front", "strangers 10", [("unknown", None)] * 10 + [("door.throttled", None)]),
    ("2026-03-30T12:01:10", "front", "face Anna", []),
    ("2026-03-30T12:01:13", "front", "card Anna", [("card", "Anna")]),
    ("2026-03-30T12:01:40", "front", "face Anna", [("matched", "Anna")]),
    # Orders.
    ("2026-03-30T13:00", "front", "lockdown 1", []),
    ("2026-03-30T13:01", "front", "face Anna", [("lockdown", "Anna")]),
    ("2026-03-30T13:02", "front", "card Anna", [("lockdown", "Anna")]),
    ("2026-03-30T13:03", "front", f"pin 12 {PIN}", [("lockdown", "Anna")]),
    ("2026-03-30T14:00", "front", "face Anna", [("matched", "Anna")]),
    ("2026-03-30T15:00", "front", "keep-open 0.5", []),
    ("2026-03-30T15:29", "front", "stands open", []),
    ("2026-03-30T15:30", "front", "stands shut", []),
    ("2026-03-30T18:00", "front", "face Anna", [("out_of_hours", "Anna")]),
    # Dates of people.
    ("2026-03-31T17:00", "front", "face Carl", [("matched", "Carl")]),
    ("2026-04-01T09:00", "front", "face Carl", [("expired", "Carl")]),
    ("2026-04-01T09:01", "front", "card Carl", [("expired", "Carl")]),
    ("2026-04-01T09:02", "front", "face Dora", [("not_yet_valid", "Dora")]),
    ("2026-04-01T09:03", "front", "disable Ben", []),
    ("2026-04-01T09:04", "front", "card Ben", [("disabled", "Ben")]),
    # An exception, a holiday, and the week after.
    ("2026-04-02T11:59", "front", "face Anna", [("matched", "Anna")]),
    ("2026-04-02T12:00", "front", "face Anna", [("out_of_hours", "Anna")]),
    ("2026-04-03T10:00", "front", "face Anna", [("out_of_hours", "Anna")]),
    ("2026-04-06T08:00", "front", "face Dora", [("matched", "Dora")]),
    # The clocks are set back: 02:30 comes twice.
    ("2026-10-25T02:30", "front", "face Clara", [("matched", "Clara")]),
    ("2026-10-25T02:30 again", "front", "face Clara", [("matched", "Clara")]),
    ("2026-10-25T03:30", "front", "face Clara", [("out_of_hours", "Clara")]),
]


def test_days_at_two_doors(site: Site) -> None:
    for when, door, what, expected in DAYS:
        text, _, again = when.partition(" ")
        site.clock.go_to(text, fold=1 if again else 0)
        kind, _, rest = what.partition(" ")
        if kind in ("lockdown", "keep-open"):
            mode = Mode.LOCKDOWN if kind == "lockdown" else Mode.KEEP_OPEN
            now = site.clock.now_utc()
            site.store.modes.set(door, mode, now + timedelta(hours=float(rest)), now)
        elif kind == "disable":
            site.store.people.disable(site.ids[rest])
        before = len(site.doors[door].lock.history)
        assert site.happens(door, what) == expected, (when, door, what)
        opened = len(site.doors[door].lock.history) - before
        granted = [reason for reason, _ in expected if reason in ("matched", "verified", "card", "pin")]
        if kind == "stands":
            assert (site.doors[door].lock.state() is LockState.UNLOCKED) is (rest == "open")
        elif kind != "keep-open":
            assert opened == len(granted), (when, door, what)
    assert site.store.events.verify().first_broken is None


def test_what_was_said_at_the_doors_names_nobody_to_visitors(site: Site) -> None:
    site.clock.go_to("2026-03-30T09:00")
    answers = [site.doors["front"].gate.present(Reading(card(name))) for name in ("Anna", "nobody", "lost")]
    assert not any(name in answer.text for answer in answers for name in site.ids)


def test_who_is_erased_is_let_in_nowhere(site: Site) -> None:
    site.clock.go_to("2026-03-30T09:00")
    assert site.happens("front", "card Anna") == [("card", "Anna")]
    site.store.people.delete(PersonId(site.ids["Anna"]))
    assert site.happens("front", "card Anna") == [("unknown_card", None)]
    assert site.store.events.verify().first_broken is None
