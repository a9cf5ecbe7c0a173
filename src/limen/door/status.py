"""How a door is doing, in numbers and without names."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from limen.audit.events import AuditEvent, EventType
from limen.decision.reasons import Reason
from limen.door.visit import Decided, Seen
from limen.types import Frame

BOUNDS_S: Final = (0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1.0, 2.0, 5.0)
"""Upper bounds of the histogram of looks."""
_STALLED_S = 10.0

_CAMERA_DOWN = frozenset(
    (EventType.CAMERA_DARK, EventType.CAMERA_ENDED, EventType.CAMERA_FROZEN, EventType.CAMERA_OFFLINE)
)
_ALARM = "alarm."
_REASONS = frozenset(Reason)


@dataclass(frozen=True, slots=True)
class DoorStatus:
    """A door at one moment. What is ``None`` is not known, or the door has none."""

    door: str
    running: bool
    camera_up: bool | None
    store_up: bool | None
    reader_up: bool | None
    lock_fault: bool
    clock_right: bool
    unlocked: bool
    since_alive_s: float
    frames: int
    looks: tuple[int, ...]
    """How many frames were looked at so long after they were captured as each of ``BOUNDS_S``, without those of the
    bound before; last, longer."""
    looks_s: float
    decisions: Mapping[tuple[str, str], int]
    """By outcome, ``granted`` or ``denied``, and reason."""
    alarms: Mapping[str, int]

    @property
    def alive(self) -> bool:
        """Whether the loop over the frames goes round."""
        return self.since_alive_s <= _STALLED_S

    @property
    def missing(self) -> Sequence[str]:
        """What keeps the door from letting people in; what is not known keeps it too."""
        faults = {
            "loop": not self.alive,
            "door": not self.running,
            "camera": not self.camera_up,
            "store": not self.store_up,
            "reader": self.reader_up is False,
            "lock": self.lock_fault,
            "clock": not self.clock_right,
        }
        return [part for part, faulty in faults.items() if faulty]


class StatusBoard:
    """A ``DoorWatcher`` that keeps count; written by the door's thread, read by any other.

    A door without a ``camera`` is ready without one.
    """

    def __init__(self, door: str, *, camera: bool = True, now_s: Callable[[], float] = time.monotonic) -> None:
        self._door, self._has_camera, self._now_s = door, camera, now_s
        self._guard = threading.Lock()
        self._alive_s = now_s()
        self._running = self._lock_fault = self._unlocked = False
        self._clock_right = True
        self._camera_up: bool | None = None
        self._store_up: bool | None = None
        self._reader_up: bool | None = None
        self._frames, self._looks_s = 0, 0.0
        self._looks = [0] * (len(BOUNDS_S) + 1)
        self._decisions: Counter[tuple[str, str]] = Counter()
        self._alarms: Counter[str] = Counter()

    def happened(self, event: AuditEvent) -> None:
        """Follow an event of the door."""
        with self._guard:
            self._follow_parts(event)
            if event.type in (EventType.ACCESS_GRANTED, EventType.ACCESS_DENIED):
                self._count(event)
            elif event.type.value.startswith(_ALARM):
                self._alarms[event.type.value.removeprefix(_ALARM)] += 1

    def greeted(self, sentence: str) -> None:
        """Greetings name people, and are not kept."""

    def saw(self, frame: Frame, seen: list[Seen], decided: list[Decided]) -> None:
        """Count a frame that was looked at, and the time since it was captured."""
        seconds = self._now_s() - frame.at_s
        with self._guard:
            self._frames += 1
            self._looks[next((at for at, bound in enumerate(BOUNDS_S) if seconds <= bound), len(BOUNDS_S))] += 1
            self._looks_s += seconds

    def alive(self) -> None:
        """The loop over the frames went round, whether or not a frame came."""
        with self._guard:
            self._alive_s = self._now_s()

    def status(self) -> DoorStatus:
        """The door now."""
        with self._guard:
            return DoorStatus(
                door=self._door,
                running=self._running,
                camera_up=self._camera_up if self._has_camera else True,
                store_up=self._store_up,
                reader_up=self._reader_up,
                lock_fault=self._lock_fault,
                clock_right=self._clock_right,
                unlocked=self._unlocked,
                since_alive_s=max(self._now_s() - self._alive_s, 0.0),
                frames=self._frames,
                looks=tuple(self._looks),
                looks_s=self._looks_s,
                decisions=MappingProxyType(dict(self._decisions)),
                alarms=MappingProxyType(dict(self._alarms)),
            )

    def _count(self, event: AuditEvent) -> None:
        outcome = "granted" if event.type is EventType.ACCESS_GRANTED else "denied"
        # Only reasons that exist: whatever else stood there might name somebody.
        reason = str(event.reason) if event.reason in _REASONS else "other"
        self._decisions[outcome, reason] += 1
        if reason in (Reason.NO_RECORD, Reason.STORE_OFFLINE):
            self._store_up = False
        elif outcome == "granted":  # nobody is let in without a record
            self._store_up = True

    def _follow_parts(self, event: AuditEvent) -> None:
        match event.type:
            case EventType.DOOR_STARTED:
                self._running = self._store_up = True
            case EventType.DOOR_STOPPED:
                self._running = False
            case EventType.CAMERA_ONLINE:
                self._camera_up = True
            case down if down in _CAMERA_DOWN:
                self._camera_up = False
            case EventType.READER_ONLINE | EventType.READER_OFFLINE:
                self._reader_up = event.type is EventType.READER_ONLINE
            case EventType.STORE_ONLINE | EventType.STORE_OFFLINE:
                self._store_up = event.type is EventType.STORE_ONLINE
            case EventType.CLOCK_RIGHT | EventType.CLOCK_WRONG:
                self._clock_right = event.type is EventType.CLOCK_RIGHT
            case EventType.LOCK_FAULT:
                self._lock_fault = True
            case EventType.DOOR_LOCKED | EventType.DOOR_UNLOCKED:
                self._lock_fault, self._unlocked = False, event.type is EventType.DOOR_UNLOCKED
            case _:
                pass
