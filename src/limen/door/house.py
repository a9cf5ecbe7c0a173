"""All doors of one process: each in a thread of its own, with engines that they share."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from limen.config import Settings
from limen.credentials.base import Answer, Reading
from limen.decision.levels import Level
from limen.decision.rules import DoorMode, Mode, mode_at
from limen.door.build import build_engine
from limen.door.build_door import Surroundings
from limen.door.engines import EnginePool
from limen.door.housed import HousedDoor
from limen.door.ledger import DoorWatcher
from limen.door.live import DoorLive, LiveLook, VisitorState
from limen.door.memory import give_large_memory_back
from limen.door.runtime import AlwaysMyTurn
from limen.door.upkeep import Upkeep
from limen.door.views import DoorView
from limen.engine import Engine
from limen.errors import StoreError, UnknownNameError
from limen.store import Store

_REVISION_S, _PROBE_S, _TIDY_S = 0.05, 0.25, 3000.0
_SECTIONS = ("data_dir", "door", "matching", "site", "throttle", "greeting", "liveness", "mqtt", "privacy", "models")
"""What of the settings a running door depends on, beside its own."""


@dataclass(frozen=True, slots=True)
class _Housed:
    """A door, and what of the settings it was started with."""

    door: HousedDoor
    kept: tuple[object, ...]


class House:
    """The doors of ``settings``, none of which another one, or whoever asks here, can bring down.

    ``note`` hears in words what is not right; ``watchers`` hear what happens at every door, from its threads.
    """

    def __init__(
        self, settings: Settings, store: Store, note: Callable[[str], None], watchers: tuple[DoorWatcher, ...] = (),
        build: Callable[[Settings], Engine] = build_engine,
    ) -> None:  # fmt: skip
        self._settings, self._store, self._note, self._watchers, self._build = settings, store, note, watchers, build
        self._upkeep = Upkeep(store, revision_s=_REVISION_S, probe_s=_PROBE_S, tidy_s=_TIDY_S)
        self._doors: dict[str, _Housed] = {}
        self._changing = threading.Lock()
        self._engines_kept = _engine_key(settings)
        self._running = False
        self.engines = EnginePool(lambda: build(settings))
        self._fit()

    @property
    def settings(self) -> Settings:
        """What the doors run by."""
        return self._settings

    def start(self) -> None:
        """Start all doors; returns at once."""
        with self._changing:
            self._running = True
            give_large_memory_back()
            for housed in self._doors.values():
                housed.door.start()

    def close(self) -> None:
        """Stop all doors, and return once they are locked."""
        with self._changing:
            self._running = False
            _stop([housed.door for housed in self._doors.values()])

    def apply(self, settings: Settings) -> None:
        """Run by these settings from now on: only doors that they change are started again, or stopped.

        Also to be called after a calibration: a file that changed is read again. Returns once the doors that ran by
        other settings are locked.
        """
        with self._changing:
            if (key := _engine_key(settings)) != self._engines_kept:
                self._engines_kept = key
                self.engines = EnginePool(lambda: self._build(settings))
            self._settings = settings
            self._fit()

    def names(self) -> tuple[str, ...]:
        """The doors, in the order of the settings."""
        return tuple(self._settings.doors)

    def view(self, name: str) -> DoorView:
        """How a door stands.

        Raises:
            UnknownNameError: there is no such door.
        """
        return self._viewed(self._door(name), self._modes())

    def views(self) -> tuple[DoorView, ...]:
        """How all doors stand, in the order of the settings."""
        modes, doors = self._modes(), self._doors
        return tuple(self._viewed(doors[name].door, modes) for name in self.names() if name in doors)

    def present(self, name: str, reading: Reading) -> Answer:
        """What whoever showed a card or typed a PIN at a door is told.

        Raises:
            UnknownNameError: there is no such door.
        """
        return self._door(name).present(reading)

    def open_once(self, name: str, how: str) -> bool:
        """Open a door, and say on record ``how`` that was asked for; whether it was obeyed.

        Raises:
            UnknownNameError: there is no such door.
        """
        gate = self._door(name).gate
        return gate is not None and gate.open_once(how)

    def believe_clock(self, name: str) -> None:
        """Tell a door that the machine's clock is right.

        Raises:
            UnknownNameError: there is no such door.
        """
        if (gate := self._door(name).gate) is not None:
            gate.believe_clock()

    def push(self, name: str, jpeg: bytes, at_s: float, source: str = "") -> None:
        """Show a door the newest picture of its display, received at the monotonic time ``at_s``; returns at once.

        ``source`` tells one display from another. A door whose camera is not its display's, and one that does not run,
        does not see it.

        Raises:
            UnknownNameError: there is no such door.
        """
        self._door(name).push(jpeg, at_s, source)

    def live(self, name: str) -> LiveLook | None:
        """What those see who watch a door; ``None`` at first: it is made only while somebody asks.

        Raises:
            UnknownNameError: there is no such door.
        """
        return self._door(name).live.look()

    def visitor(self, name: str) -> VisitorState:
        """What a door's display may show; told without waiting for anything.

        Raises:
            UnknownNameError: there is no such door.
        """
        return self._door(name).live.visitor()

    def display(self, name: str) -> DoorLive:
        """Where to listen for what a display may show; another one once the door runs by other settings.

        Raises:
            UnknownNameError: there is no such door.
        """
        return self._door(name).live

    def _door(self, name: str) -> HousedDoor:
        housed = self._doors.get(name)
        if housed is None:
            known = ", ".join(self.names()) or "none"
            raise UnknownNameError(f"there is no door {name!r}, there are: {known}")
        return housed.door

    def _modes(self) -> Mapping[str, DoorMode]:
        """What was ordered; nothing where the store does not say, and then doors that run say it themselves."""
        try:
            return self._store.modes.current()
        except StoreError:
            return {}

    def _viewed(self, door: HousedDoor, modes: Mapping[str, DoorMode]) -> DoorView:
        ordered, now = modes.get(door.name), datetime.now(UTC)
        gate = door.gate
        by_order = mode_at(ordered, now)
        mode, why = gate.mode if gate is not None else (by_order, None)
        until = ordered.until if ordered is not None and by_order is mode is not Mode.NORMAL else None
        return DoorView(
            door.name, door.config, gate is not None, door.failure, door.board.status(), mode, until, why,
            gate.locked_out_s if gate is not None else 0.0,
        )  # fmt: skip

    def _kept(self, name: str) -> tuple[object, ...]:
        """What a door that is started now depends on."""
        sections = tuple(getattr(self._settings, section) for section in _SECTIONS)
        return (self._settings.doors[name], self._engines_kept, *sections)

    def _fit(self) -> None:
        """Stop doors that are no more, or run by other settings, and start those that do not run yet."""
        kept = {name: self._kept(name) for name in self._settings.doors}
        old = [housed for name, housed in self._doors.items() if housed.kept != kept.get(name)]
        # Those that are stopped are still shown, as stopped ones, until others are there in their place.
        _stop([housed.door for housed in old])
        doors = {name: housed for name, housed in self._doors.items() if housed not in old}
        for name in self._settings.doors:
            if name not in doors:
                doors[name] = _Housed(HousedDoor(self._settings, name, self._surround, self._note), kept[name])
                if self._running:
                    doors[name].door.start()
        self._doors = doors

    def _surround(
        self, settings: Settings, name: str, watchers: tuple[DoorWatcher, ...], alive: Callable[[], None]
    ) -> Surroundings:
        pool = self.engines
        looks = Level(settings.doors[name].level).asks.face
        return Surroundings(
            self._store, pool.shared() if looks else None, (*watchers, *self._watchers), self._note, alive,
            upkeep=self._upkeep, turn=pool.turn() if looks else AlwaysMyTurn(),
        )  # fmt: skip


def _stop(doors: list[HousedDoor]) -> None:
    for door in doors:
        door.ask_to_stop()
    for door in doors:
        door.stop()


def _engine_key(settings: Settings) -> tuple[object, ...]:
    """What engines depend on: the settings of the models, and the calibrations made here."""
    folder = settings.data_dir / "calibrations"
    return settings.models, settings.data_dir, tuple(sorted(map(_stamp, folder.glob("*"))))


def _stamp(file: Path) -> tuple[str, int]:
    try:
        return file.name, file.stat().st_mtime_ns
    except OSError:  # deleted a moment ago
        return file.name, 0
