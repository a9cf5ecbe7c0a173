"""What the record tells of every door: its newest events, how it stands, and what happened today.

Read once and then followed: asking again costs one look for new events.
"""

import threading
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from limen.audit.events import AuditEvent, EventType
from limen.door.status import DoorStatus, StatusBoard
from limen.errors import BadDataError
from limen.store import Store
from limen.store.events import EventRecord

_PAGE = 200
_BACK = 200
"""So many events of a door are looked back at in the beginning."""
_KEPT = 40
QUIET = frozenset((EventType.DOOR_LOCKED, EventType.DOOR_UNLOCKED, EventType.DOOR_CLOSED, EventType.DOOR_OPENED))
"""Follow from something that is told already."""
_COUNTED = {
    EventType.ACCESS_GRANTED: "granted",
    EventType.ACCESS_DENIED: "denied",
    EventType.ALARM_DURESS: "alarms",
    EventType.ALARM_FORCED: "alarms",
    EventType.ALARM_HELD_OPEN: "alarms",
    EventType.ALARM_TAILGATING: "alarms",
}


@dataclass(frozen=True, slots=True)
class Today:
    """How many were let in and turned away at a door since midnight of the site, and how many alarms there were."""

    granted: int = 0
    denied: int = 0
    alarms: int = 0


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the record tells of a door; ``last`` is its newest event that says something by itself.

    ``status`` is how it stood when that was put on record: whether it still runs no record can tell. ``mode`` is the
    newest event about how it stands.
    """

    status: DoorStatus
    last: EventRecord | None = None
    mode: AuditEvent | None = None
    today: Today = Today()


@dataclass(slots=True)
class _Door:
    board: StatusBoard
    newest: deque[EventRecord] = field(default_factory=lambda: deque(maxlen=_KEPT))
    mode: AuditEvent | None = None

    def follow(self, record: EventRecord) -> None:
        event = record.event
        self.board.happened(event)
        if event.type is EventType.DOOR_MODE:
            self.mode = event
        elif event.type is EventType.DOOR_STARTED:
            self.mode = None
        if event.type not in QUIET:
            self.newest.append(record)


class DoorMemory:
    """Follows the record of ``store``; safe to use from several threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._guard = threading.Lock()
        self._cursor: int | None = None
        self._doors: dict[str, _Door] = {}
        self._since = datetime.min.replace(tzinfo=UTC)
        self._today: dict[str, Counter[str]] = {}

    def of(self, doors: tuple[str, ...], zone: tzinfo, now: datetime) -> Mapping[str, Remembered]:
        """What the record tells of ``doors`` at ``now`` (aware UTC), whose days begin in ``zone``.

        Raises:
            StoreError: the database cannot be read.
        """
        midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
        with self._guard:
            for record in self._new_records():
                self._follow(record)
            if midnight != self._since:
                self._count_anew(midnight)
            return {name: self._remembered(name) for name in doors}

    def _new_records(self) -> list[EventRecord]:
        if self._cursor is None:
            self._cursor = self._store.event_facts.newest_sequence()
            return []
        found: list[EventRecord] = []
        while page := self._page(self._cursor):
            found += page
            self._cursor = page[-1].sequence
            if len(page) < _PAGE:
                break
        return found

    def _page(self, after: int) -> list[EventRecord]:
        try:
            return self._store.events.oldest(_PAGE, after=after)
        except BadDataError:  # An altered event hides nothing but itself: go on behind what there is.
            self._cursor = self._store.event_facts.newest_sequence()
            return []

    def _follow(self, record: EventRecord) -> None:
        event = record.event
        if event.door is None:
            return
        if event.door in self._doors:
            self._doors[event.door].follow(record)
        if (what := _COUNTED.get(event.type)) and event.at >= self._since:
            self._today.setdefault(event.door, Counter())[what] += 1

    def _count_anew(self, since: datetime) -> None:
        self._since, self._today = since, {}
        for (door, kind), number in self._store.event_facts.counts(since, frozenset(_COUNTED)).items():
            if door is not None:
                self._today.setdefault(door, Counter())[_COUNTED[kind]] += number

    def _remembered(self, name: str) -> Remembered:
        if name not in self._doors:
            self._doors[name] = self._looked_back(name)
        door = self._doors[name]
        last = door.newest[-1] if door.newest else None
        return Remembered(door.board.status(), last, door.mode, Today(**self._today.get(name, Counter())))

    def _looked_back(self, name: str) -> _Door:
        door = _Door(StatusBoard(name))
        try:
            records = self._store.events.latest(_BACK, door=name)
        except BadDataError:
            records = []
        for record in reversed(records):
            if self._cursor is None or record.sequence <= self._cursor:
                door.follow(record)
        return door
