"""A house of doors whose engines are fakes, on a real store, and the pictures of its displays."""

import io
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image as Pillow

from door_samples import ANNA, NOBODY, Colour, FakeParts, picture
from limen.audit.events import AuditEvent, EventType
from limen.config import DoorConfig, GreetingSettings, QualityBounds, Settings, load_settings
from limen.credentials.card import CardNumber
from limen.door.build_store import build_store
from limen.door.house import House
from limen.engine import Engine
from limen.store import NewTemplate, PhotoSource, TakenFrom
from limen.types import Size

CARD = CardNumber(32, 0xC0FFEE42)
_CALM = {"min_size_px": 0, "min_inside": 0, "min_brightness": 15, "max_brightness": 255, "min_sharpness": 0}


def jpeg(left: Colour, number: int) -> bytes:
    image = np.array(picture(left, NOBODY))
    image[120:, 200:] = np.random.default_rng(number).integers(0, 120, (40, 120, 3))
    image[80, 240] = 0
    buffer = io.BytesIO()
    Pillow.fromarray(image).save(buffer, "JPEG", quality=95, subsampling=0)
    return buffer.getvalue()


class Builder:
    """Builds engines of fakes, or fails."""

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self.built = 0

    def __call__(self, settings: Settings) -> Engine:
        if self.failure is not None:
            raise self.failure
        self.built += 1
        return FakeParts().engine


class Inhabited:
    """A house, and what happens in it."""

    def __init__(self, folder: Path, doors: dict[str, DoorConfig], builder: Builder) -> None:
        self.builder, self.notes = builder, list[str]()
        quality = QualityBounds(**_CALM, max_yaw_deg=90, max_pitch_deg=90)
        base = load_settings(folder)
        door = base.door.model_copy(
            update={"quality": quality, "open_s": 0.3, "pause_s": 0.5, "stall_s": 0.3, "min_face_px": 20}
        )
        self.settings = base.model_copy(
            update={"doors": doors, "door": door, "greeting": GreetingSettings(voice="none")}
        )
        self.store = build_store(self.settings)
        self._enrol()
        self.events: list[AuditEvent] = []
        self.house = House(self.settings, self.store, self.notes.append, (self,), builder)
        self._number = 0

    def happened(self, event: AuditEvent) -> None:
        self.events.append(event)

    def greeted(self, sentence: str) -> None: ...

    def saw(self, *_: object) -> None: ...

    def _enrol(self) -> None:
        engine = FakeParts().engine
        [embedding] = engine.embedder.embed([np.full((16, 16, 3), ANNA, np.uint8)])
        source = PhotoSource("anna.png", "0" * 64, Size(16, 16), TakenFrom.FILE)
        anna = self.store.enrol("Anna", [NewTemplate(embedding, source)]).person
        self.store.credentials.add_card(anna.id, CARD)

    def show(self, door: str, who: Colour, until: Callable[[], bool]) -> None:
        """Let somebody stand before the display of a door until it comes to ``until``."""
        for _ in range(500):
            self._number += 1
            self.house.push(door, jpeg(who, self._number), time.monotonic())
            if wait_for(until, 0.03):
                return
        raise AssertionError(f"it never came to that: {self.house.view(door)}, {self.events}")

    def types(self, door: str) -> list[EventType]:
        return [event.type for event in self.events if event.door == door]


def wait_for(condition: Callable[[], bool], seconds: float = 5) -> bool:
    pause, until_s = threading.Event(), time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until_s:
            return False
        pause.wait(0.005)
    return True


BROWSER = DoorConfig(camera="browser")
