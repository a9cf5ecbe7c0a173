"""The lock of a door together with what its contact and exit button report."""

from limen.audit.events import EventType
from limen.camera.clock import Clock
from limen.config import DoorSettings
from limen.decision.opening import Happening, Opening
from limen.decision.reasons import Reason
from limen.door.ledger import Ledger
from limen.errors import LockError, StoreError
from limen.locks.base import Lock, LockState
from limen.locks.sensors import Inputs, Sensors

_LOCK_EVENTS = {
    LockState.LOCKED: EventType.DOOR_LOCKED,
    LockState.UNLOCKED: EventType.DOOR_UNLOCKED,
    LockState.JAMMED: EventType.LOCK_FAULT,
}
_HAPPENINGS = {
    Happening.OPENED: EventType.DOOR_OPENED,
    Happening.CLOSED: EventType.DOOR_CLOSED,
    Happening.FORCED: EventType.ALARM_FORCED,
    Happening.HELD_OPEN: EventType.ALARM_HELD_OPEN,
    Happening.TAILGATING: EventType.ALARM_TAILGATING,
}
_GRACE_S = 1.0
"""A bolt and a contact may lag behind the lock's own time by so much."""
_OVERDUE_S = 3.0
_HOLD_S = 20.0
"""A door that is kept open is opened for so long again and again: if the program dies, it locks by itself."""


class Latch:
    """Moves the lock, and puts on record what lock and door report. Not to be shared between threads."""

    def __init__(self, lock: Lock, sensors: Sensors, ledger: Ledger, settings: DoorSettings, clock: Clock) -> None:
        self._lock, self._sensors, self._ledger = lock, sensors, ledger
        self._settings, self._clock = settings, clock
        self._state = LockState.LOCKED
        self._opening = Opening()
        self._open_until_s = self._held_until_s = float("-inf")
        self._exit_pressed = self._sensors_fail = self._overdue = False

    @property
    def state(self) -> LockState:
        """What the lock reported when it was last asked."""
        return self._state

    def opens_for_s(self) -> float:
        """How much longer the lock stays open by what it was told; 0 where it is locked."""
        return max(self._open_until_s - self._clock.monotonic_s(), 0.0)

    def open_for(self, seconds: float, track: int | None = None) -> bool:
        """Open for ``seconds``, for the face of ``track`` if it is for a face; whether the lock obeyed."""
        try:
            self._lock.open_for(seconds)
        except LockError as error:
            self._jammed(error)
            return False
        now_s = self._clock.monotonic_s()
        self._open_until_s = max(self._open_until_s, now_s + seconds)
        self._opening = self._opening.allow(self._open_until_s + _GRACE_S, track)
        self._poll()
        return True

    def hold(self) -> None:
        """Keep open for a while longer; to be called again and again."""
        if self._clock.monotonic_s() >= self._held_until_s - _HOLD_S / 2 and self.open_for(_HOLD_S):
            self._held_until_s = self._open_until_s

    def lock_now(self) -> None:
        """Lock, whatever was asked before."""
        self._open_until_s = self._held_until_s = float("-inf")
        try:
            self._lock.lock()
        except LockError as error:
            self._jammed(error)
        self._poll()

    def saw(self, tracks: frozenset[int]) -> None:
        """These faces are in the picture."""
        if self._state is LockState.UNLOCKED and self._clock.monotonic_s() > self._held_until_s:
            self._opening = self._opening.saw(tracks)

    def tick(self) -> None:
        """Ask the lock, the contact and the button."""
        self._poll()
        self._insist()
        try:
            inputs = self._sensors.read()
        except LockError as error:
            if not self._sensors_fail:
                self._ledger.note(EventType.LOCK_FAULT, Reason.LOCK_FAULT, str(error))
            self._sensors_fail, inputs = True, Inputs()
        else:
            self._sensors_fail = False
        self._exit(inputs.exit_pressed)
        self._contact(inputs.closed)

    def close(self) -> None:
        """Lock for good, and let the devices go."""
        self._open_until_s = self._held_until_s = float("-inf")
        try:
            self._lock.close()
        except LockError as error:
            self._jammed(error)
        self._poll()
        self._sensors.close()

    def _insist(self) -> None:
        """A lock that still reports to be open after its time is told to lock, and is a fault."""
        overdue = self._clock.monotonic_s() > self._open_until_s + _OVERDUE_S
        if self._state is LockState.UNLOCKED and overdue and not self._overdue:
            self._ledger.note(EventType.LOCK_FAULT, Reason.LOCK_FAULT, "it reports to be open after its time")
            self.lock_now()
        self._overdue = self._state is LockState.UNLOCKED and overdue

    def _contact(self, closed: bool | None) -> None:
        now_s = self._clock.monotonic_s()
        held = now_s <= self._held_until_s
        longest_s = float("inf") if held else self._settings.held_open_s
        self._opening, happened = self._opening.contact(closed, now_s, longest_s)
        for one in happened:
            self._ledger.note(_HAPPENINGS[one])
        if Happening.CLOSED in happened and not held:
            # One opening, one person: who comes next is looked at again.
            self.lock_now()

    def _exit(self, pressed: bool) -> None:
        begins, self._exit_pressed = pressed and not self._exit_pressed, pressed
        if not begins:
            return
        try:
            self._ledger.record(self._ledger.event(EventType.DOOR_EXIT))
        except StoreError:
            # Way out is the hardware's; without a record the lock is not moved, and no alarm is raised for leaving.
            until_s = self._clock.monotonic_s() + self._settings.open_s
            self._opening = self._opening.allow(until_s + _GRACE_S)
            return
        self.open_for(self._settings.open_s)

    def _poll(self) -> None:
        """Put on record what the lock reports, where it changed."""
        try:
            state, detail = self._lock.state(), None
        except LockError as error:
            state, detail = LockState.JAMMED, str(error)
        if state is self._state:
            return
        self._state = state
        self._ledger.note(_LOCK_EVENTS[state], detail=detail)
        if state is LockState.LOCKED:
            self._opening, happened = self._opening.locked()
            for one in happened:
                self._ledger.note(_HAPPENINGS[one])

    def _jammed(self, error: LockError) -> None:
        self._state = LockState.JAMMED
        self._ledger.note(EventType.LOCK_FAULT, Reason.LOCK_FAULT, str(error))
