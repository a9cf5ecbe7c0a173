"""A door in a thread of its own, built anew where it fails."""

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

from limen.camera.base import FrameStream
from limen.camera.browser import BROWSER, BrowserCamera
from limen.config import Settings
from limen.credentials.base import Answer, Outcome, Reading
from limen.decision.levels import Level
from limen.decision.reasons import Reason
from limen.decision.rules import Mode
from limen.door.build_door import Surroundings, build_door, open_capture
from limen.door.gate import Gate
from limen.door.ledger import DoorWatcher
from limen.door.live import DoorLive, Standing
from limen.door.runtime import Door
from limen.door.status import StatusBoard
from limen.errors import LimenError
from limen.types import PersonId

_AGAIN_S = (1.0, 2.0, 5.0, 10.0, 30.0)
_STEADY_S = 60.0
"""A door that ran for so long is tried again at once."""
_STOP_S = 15.0
"""A camera or a lock may take its time to let go; longer than this nobody waits for it."""

Surround = Callable[[Settings, str, tuple[DoorWatcher, ...], Callable[[], None]], Surroundings]
"""What a door of that name is put into, with those who watch it and whom it tells that it is alive."""


class HousedDoor:
    """The door ``name`` of ``settings``: runs from ``start`` to ``stop``, and is locked whenever it does not run.

    ``surround`` may raise: then the door waits and tries again, as where anything else fails.
    """

    def __init__(self, settings: Settings, name: str, surround: Surround, note: Callable[[str], None]) -> None:
        self.name, self.config = name, settings.doors[name]
        self._settings, self._surround, self._note = settings, surround, note
        asks = Level(self.config.level).asks
        self._looks = asks.face
        self._cards_first = asks.face and not asks.identifies
        self.board = StatusBoard(name, camera=asks.face)
        self.live = DoorLive(looks=asks.face, name_of=self._name_of, standing=self._standing)
        self._door: Door | None = None
        self._camera: BrowserCamera | None = None
        self._failure: str | None = "it does not run here"
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"limen-door-{name}", daemon=True)

    @property
    def failure(self) -> str | None:
        """Why it does not run."""
        return self._failure

    @property
    def gate(self) -> Gate | None:
        """The gate of the door while it runs."""
        door = self._door
        return door.gate if door is not None else None

    def start(self) -> None:
        """Run, in a thread of its own."""
        self._failure = "it is starting"
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Stop soon; returns at once."""
        self._stop.set()

    def stop(self) -> None:
        """Stop; returns once the lock is locked and the devices are let go, or do not answer."""
        self.ask_to_stop()
        if self._thread.is_alive():
            self._thread.join(_STOP_S)
        if self._thread.is_alive() and (gate := self.gate) is not None:
            gate.retire()  # Another door may take its place now.

    def present(self, reading: Reading) -> Answer:
        """What whoever showed a card or typed a PIN is told."""
        gate = self.gate
        return gate.present(reading) if gate is not None else _SHUT

    def push(self, jpeg: bytes, at_s: float, source: str = "") -> None:
        """Show the door a picture of the camera of its display ``source``."""
        if (camera := self._camera) is not None:
            camera.push(jpeg, at_s, source)

    def _run(self) -> None:
        attempt = 0
        while not self._stop.is_set():
            started_s = time.monotonic()
            failure = self._once()
            if failure is None or self._stop.is_set():
                break
            self._failure = failure
            self._note(f"door {self.name}: {failure}; it is locked, and tried again")
            attempt = 0 if time.monotonic() - started_s > _STEADY_S else attempt
            self._stop.wait(_AGAIN_S[min(attempt, len(_AGAIN_S) - 1)])
            attempt += 1

    def _once(self) -> str | None:
        """Run until it fails: why; ``None`` where it was stopped, or its pictures ended."""
        try:
            with ExitStack() as closing:
                around = self._surround(self._settings, self.name, (self.board, self.live), self.board.alive)
                door = build_door(self._settings, self.name, self.config, around, closing)
                closing.callback(self._gone)
                self._door, self._failure = door, None
                if not self._stop.is_set():
                    door.run(self._opening() if self._looks else None, self._stop)
        except LimenError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 - the top of a thread: the door is locked, and says so
            return f"it failed: {error!r}"
        self._failure = "it was stopped" if self._stop.is_set() else "its pictures ended"
        return None

    def _gone(self) -> None:
        self._door = self._camera = None

    def _opening(self) -> Callable[[], FrameStream]:
        if self.config.camera == BROWSER:
            return self._open_browser
        return partial(open_capture, self.config.camera, self._settings, fast=False)

    def _open_browser(self) -> FrameStream:
        self._camera = BrowserCamera(freeze_s=self._settings.door.freeze_s)
        return self._camera

    def _name_of(self, person: PersonId) -> str:
        gate = self.gate
        return gate.name(person) if gate is not None else ""

    def _standing(self) -> Standing:
        gate = self.gate
        if gate is None:
            return Standing()
        mode, _ = gate.mode
        needs_card = self._cards_first and not gate.awaits_face
        return Standing(mode is Mode.KEEP_OPEN, mode is Mode.LOCKDOWN, gate.locked_out_s, needs_card)


_SHUT = Answer(Outcome.SHUT, Reason.STORE_OFFLINE.for_visitor)
