"""Doors to show on pages: they stand as a test wants, and do what they are told."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from limen.config import DoorConfig
from limen.decision.rules import Mode
from limen.door.live import LiveFace, LiveLook, Ranked
from limen.door.status import DoorStatus
from limen.door.views import DoorView
from limen.types import Box, PersonId, TrackId
from web_site import FakeHouse, WebSite, make_site

CONFIG = """
[doors.front]
camera = "0"
level = "convenience"
zone = "house"
[doors.back]
lock = "simulator"
level = "card"
reader = {driver = "stdin"}
[liveness]
passive = "simulated"
"""


def status(door: str = "front", *, unlocked: bool = False, **other: bool | None) -> DoorStatus:
    """A door that runs, and whose parts work."""
    good = DoorStatus(
        door, running=True, camera_up=True, store_up=True, reader_up=True, lock_fault=False, clock_right=True,
        unlocked=unlocked, since_alive_s=0.1, frames=1, looks=(), looks_s=0.0, decisions=MappingProxyType({}),
        alarms=MappingProxyType({}),
    )  # fmt: skip
    return replace(good, **other)  # type: ignore[arg-type]  # fields of the status


def view(config: DoorConfig, now: DoorStatus, mode: Mode = Mode.NORMAL, until: datetime | None = None) -> DoorView:
    """What a house says of a door."""
    return DoorView(now.door, config, running=now.running, failure=None, status=now, mode=mode, mode_until=until)


class Doors(FakeHouse):
    """Doors whose modes are those of the store, and which note what they were told."""

    site: WebSite
    look: LiveLook | None = None
    obeys = True

    def view(self, name: str) -> DoorView:
        found: DoorView = super().view(name)
        mode = self.site.store.modes.current().get(name)
        return found if mode is None else replace(found, mode=mode.mode, mode_until=mode.until)

    def views(self) -> tuple[DoorView, ...]:
        return tuple(self.view(name) for name in self.doors)

    def live(self, name: str) -> LiveLook | None:
        return self.look

    def open_once(self, name: str, how: str) -> bool:
        self.calls.append(("open_once", name, how))
        return self.obeys


def doors_site(data: Path, config: str = CONFIG) -> WebSite:
    """A site with two doors that run."""
    doors = Doors()
    doors.site = site = make_site(data, config, doors)
    for name, one in site.desk.settings.doors.items():
        doors.doors[name] = view(one, status(name))
    return site


def look(jpeg: bytes, person: PersonId, name: str) -> LiveLook:
    """A picture of 640 × 480 with one face that was recognised."""
    ranked = (Ranked(person, name, 0.71), Ranked(PersonId("other"), "Somebody else", 0.33))
    face = LiveFace(TrackId(3), Box(160, 120, 320, 360), (), person, 0.52, ranked)
    return LiveLook(datetime(2026, 11, 28, 12, tzinfo=UTC), 7, 640, 480, (face,), jpeg)
