"""A door of fakes: people are plain colours, faces stand at two places in the picture."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
from argon2 import PasswordHasher

from limen.audit.events import AuditEvent, EventType
from limen.audit.fake import FakeAuditSink
from limen.camera.clock import Clock
from limen.config import DoorSettings, GreetingSettings, QualityBounds
from limen.credentials.base import Reader
from limen.credentials.card import CardNumber
from limen.credentials.pin import PinHasher
from limen.decision.decide import Decision
from limen.decision.levels import Level
from limen.decision.rules import DoorMode, OpenHours, Permission
from limen.decision.throttle import ThrottlePolicy
from limen.door.claims import Claims
from limen.door.clock_watch import ClockWatch
from limen.door.gate import Gate, GateParts
from limen.door.greeting import Greeter
from limen.door.latch import Latch
from limen.door.ledger import Ledger
from limen.door.runtime import Door, DoorParts
from limen.door.visit import Decided, Looking, Seen, Visits
from limen.embedding.fake import FakeEmbedder
from limen.engine import Engine
from limen.errors import StoreError
from limen.locks.base import Lock
from limen.locks.sensors import FakeSensors
from limen.matching.exact import ExactGallery
from limen.matching.match import MatchPolicy
from limen.matching.thresholds import Thresholds
from limen.models.catalogue import Preset
from limen.store import Holder, PinRecord
from limen.store.modes import DoorRequest
from limen.types import Box, Embedding, Face, Frame, Image, PersonId, Template, TemplateId
from limen.voice.fake import FakeSpeaker

Colour = tuple[int, int, int]
ANNA, BEN, STRANGER, OTHER_STRANGER = (230, 20, 20), (20, 230, 20), (20, 20, 230), (230, 230, 20)
DARK, NOBODY = (25, 1, 1), (0, 0, 0)
COLOURS = {"anna": ANNA, "ben": BEN}
INTERVAL_S = 0.1
CHEAP_PINS = PinHasher(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
START = datetime(2026, 3, 1, 12, tzinfo=UTC)

BOUNDS = QualityBounds(
    min_size_px=0, min_inside=0, min_brightness=15, max_brightness=255, min_sharpness=0, max_yaw_deg=90,
    max_pitch_deg=90,
)  # fmt: skip
SETTINGS = DoorSettings(
    agreeing_frames=3, unknown_frames=5, freshness_s=1, pause_s=4, open_s=2, claim_s=5, freeze_s=1, stall_s=2,
    dark_s=3600, quality=BOUNDS,
)  # fmt: skip
GREETING = GreetingSettings(wait_s=0.5)


def picture(left: Colour, right: Colour = NOBODY, number: int = 0) -> Image:
    """Somebody at each side, and noise by which no two pictures are the same."""
    image = np.zeros((160, 320, 3), np.uint8)
    image[:, :160], image[:, 160:] = left, right
    image[0, 0] = (number % 256, number // 256, 1)
    return image


def film(*shots: tuple[int, Colour] | tuple[int, Colour, Colour]) -> list[Image]:
    """Pictures: how many, and who is in them."""
    people = [(shot[1], shot[2] if len(shot) == 3 else NOBODY) for shot in shots for _ in range(shot[0])]
    return [picture(left, right, number) for number, (left, right) in enumerate(people, start=1)]


class PlaceDetector:
    """Finds a face at each side of the picture that is not black there."""

    def __init__(self, alignment: np.ndarray, side_px: float) -> None:
        self.asked: list[float] = []
        self.fail_with: Exception | None = None
        self._faces = [_face(x, 40, alignment / side_px) for x in (40, 200)]

    def detect(self, image: Image, min_face_px: float) -> list[Face]:
        self.asked.append(min_face_px)
        if self.fail_with is not None:
            raise self.fail_with
        return [face for face in self._faces if image[80, int(face.box.centre[0])].any()]


def _face(x: float, y: float, points: np.ndarray) -> Face:
    return Face(Box(x, y, x + 80, y + 80), 0.99, np.asarray(points * 80 + (x, y), np.float32))


class CountingEmbedder(FakeEmbedder):
    """Counts the crops it is given."""

    crops = 0

    def embed(self, crops: Sequence[Image]) -> list[Embedding]:
        self.crops += len(crops)
        return super().embed(crops)


FACE_ALONE = Looking()
PATIENT = ThrottlePolicy(failures=50, wait_s=30, longest_wait_s=900)
PRESETS = (Preset(fmr=0.1, similarity=0.5), Preset(fmr=1e-4, similarity=0.9))


class FakeParts:
    """An engine of fakes, and the fakes."""

    def __init__(self) -> None:
        self.embedder = CountingEmbedder()
        self.detector = PlaceDetector(self.embedder.alignment, self.embedder.size.width)
        self.engine = Engine(self.detector, self.embedder, Thresholds(PRESETS))


def gallery_of(engine: Engine, people: Mapping[str, Colour]) -> ExactGallery:
    crops = [
        np.full((engine.embedder.size.height, engine.embedder.size.width, 3), c, np.uint8) for c in people.values()
    ]
    embeddings = engine.embedder.embed(crops)
    templates = [
        Template(TemplateId(name), PersonId(name), made) for name, made in zip(people, embeddings, strict=True)
    ]  # fmt: skip
    return ExactGallery(templates, engine.model, engine.measure)


def visits_of(
    engine: Engine, people: Mapping[str, Colour] = COLOURS, settings: DoorSettings = SETTINGS,
    looking: Looking = FACE_ALONE,
) -> Visits:  # fmt: skip
    policy = MatchPolicy(engine.thresholds, fmr=1e-2, fpir=2e-2, margin=0.05)
    return Visits(engine, gallery_of(engine, people), policy, settings, looking)


class Watch:
    """Shows pictures to visits, ``INTERVAL_S`` apart."""

    def __init__(
        self, people: Mapping[str, Colour] = COLOURS, settings: DoorSettings = SETTINGS, looking: Looking = FACE_ALONE
    ) -> None:
        self.parts = FakeParts()
        self.visits = visits_of(self.parts.engine, people, settings, looking)
        self.now_s, self.shown = 50.0, 0
        self.seen: list[Seen] = []

    def show(self, count: int, left: Colour, right: Colour = NOBODY, late_s: float = 0.0) -> list[Decision]:
        """The decisions while these people are there; each is made ``late_s`` after its frame."""
        decided: list[Decided] = []
        for _ in range(count):
            self.now_s += INTERVAL_S
            self.shown += 1
            frame = Frame(picture(left, right, self.shown), self.now_s, START, self.shown)
            self.seen, found = self.visits.see(frame, lambda: self.now_s + late_s)
            decided += found
        return [one.decision for one in decided]

    def gone(self, seconds: float) -> list[Decision]:
        """The decisions while nobody is there."""
        return self.show(round(seconds / INTERVAL_S), NOBODY)


class FakeRegister:
    """Lets everybody in whom ``permissions`` do not refuse; ``fail_with`` breaks it."""

    def __init__(self) -> None:
        self.permissions: dict[PersonId, Permission] = {}
        self.cards: dict[CardNumber, Holder] = {}
        self.pins: dict[str, PinRecord] = {}
        self.without_face: set[PersonId] = set()
        self.within: set[PersonId] = set()
        self.ordered: DoorMode | None = None
        self.hours: OpenHours | None = None
        self.asked_for: list[DoorRequest] = []
        self.let_in: list[PersonId] = []
        self.fail_with: StoreError | None = None

    def refresh(self) -> None:
        self._answer()

    def name(self, person: PersonId) -> str:
        return person.title()

    def faceless(self, person: PersonId) -> bool:
        return person in self.without_face

    def permission(self, person: PersonId, at: datetime) -> Permission:
        self._answer()
        return self.permissions.get(person, Permission(None, "everyone"))

    def inside(self, person: PersonId, at: datetime) -> bool:
        self._answer()
        return person in self.within

    def entered(self, person: PersonId, at: datetime) -> None:
        self._answer()
        self.let_in.append(person)

    def mode(self) -> DoorMode | None:
        return self.ordered

    def open_hours(self, at: datetime) -> OpenHours | None:
        return self.hours

    def holder(self, card: CardNumber) -> Holder | None:
        self._answer()
        return self.cards.get(card)

    def pin_of(self, *, number: str | None = None, person: PersonId | None = None) -> PinRecord | None:
        self._answer()
        found = [pin for key, pin in self.pins.items() if key == number or pin.person == person]
        return found[0] if found else None

    def requests(self, now: datetime) -> list[DoorRequest]:
        taken, self.asked_for = self.asked_for, []
        return taken

    def _answer(self) -> None:
        if self.fail_with is not None:
            raise self.fail_with


@dataclass
class Parts:
    """What a door under test is made of; whatever is not given is a fake."""

    clock: Clock
    lock: Lock
    audit: FakeAuditSink = field(default_factory=FakeAuditSink)
    witness: "Witness" = field(default_factory=lambda: Witness())  # noqa: PLW0108 - below
    register: FakeRegister = field(default_factory=FakeRegister)
    sensors: FakeSensors = field(default_factory=FakeSensors)
    speaker: FakeSpeaker = field(default_factory=FakeSpeaker)
    settings: DoorSettings = SETTINGS
    level: Level = Level.FACE
    throttle: ThrottlePolicy = PATIENT
    newest: datetime | None = None

    def gate(self) -> Gate:
        ledger = Ledger("front", self.audit, self.clock, self.witness)
        latch = Latch(self.lock, self.sensors, ledger, self.settings, self.clock)
        claims = Claims(self.register, CHEAP_PINS, self.throttle, self.clock.monotonic_s)
        now, now_s = self.clock.now_utc(), self.clock.monotonic_s()
        watch = ClockWatch(self.settings.clock_s, now, now_s, self.newest)
        greeter = Greeter(GREETING, "en")
        return Gate(
            GateParts(
                self.level.asks, ledger, latch, self.register, claims, watch, greeter, self.speaker, self.settings,
                self.throttle,
            ),
            self.clock,
        )  # fmt: skip

    def door(self, visits: Visits | None, roster: "FakeRoster | None", reader: Reader | None = None) -> Door:
        """A door whose threads are those of the test."""
        gate = self.gate()
        ledger = gate._parts.ledger
        parts = DoorParts(self.level, gate, ledger, self.settings, visits, roster, reader, threads=False)
        return Door(parts, self.clock)


class FakeRoster:
    """Has nothing new; of its refreshes, counted from 1, those in ``fails_at`` fail."""

    def __init__(self) -> None:
        self.fails_at = range(0)
        self.asked = 0

    def refresh(self, visits: Visits) -> None:
        self.asked += 1
        if self.asked in self.fails_at:
            raise StoreError("locked by another program")


class Witness:
    """Keeps what a door tells; ``on_frame`` and ``on_event`` may act on it."""

    def __init__(self) -> None:
        self.events: list[AuditEvent] = []
        self.greetings: list[str] = []
        self.frames = 0
        self.on_frame: Callable[[int], None] = lambda number: None
        self.on_event: Callable[[AuditEvent], None] = lambda event: None

    @property
    def types(self) -> list[EventType]:
        return [event.type for event in self.events]

    def of(self, kind: EventType) -> list[AuditEvent]:
        return [event for event in self.events if event.type is kind]

    def happened(self, event: AuditEvent) -> None:
        self.events.append(event)
        self.on_event(event)

    def greeted(self, sentence: str) -> None:
        self.greetings.append(sentence)

    def saw(self, frame: Frame, seen: list[Seen], decided: list[Decided]) -> None:
        self.frames += 1
        self.on_frame(self.frames)


class HandClock:
    """A clock that only goes on when it is told to."""

    def __init__(self) -> None:
        self.now_s = 50.0

    def monotonic_s(self) -> float:
        return self.now_s

    def now_utc(self) -> datetime:
        return START + timedelta(seconds=self.now_s)


class ImpatientStop(threading.Event):
    """Waits for nothing, and keeps how long it was asked to; is set after ``after`` waits."""

    def __init__(self, after: int | None = None) -> None:
        super().__init__()
        self.waits: list[float | None] = []
        self._after = after

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout)
        if self._after is not None and len(self.waits) > self._after:
            self.set()
        return self.is_set()
