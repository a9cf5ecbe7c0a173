"""How doors stand for a while, and what is asked of those that run."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import delete, exists, insert, select

from limen.audit.actor import current_actor
from limen.decision.rules import DoorMode, Mode
from limen.errors import BadDataError
from limen.store.named import tell
from limen.store.names import clean_name
from limen.store.schema import door_modes, door_requests
from limen.store.sealing import Sealer
from limen.store.transactions import Transactions


class Modes:
    """The doors that are kept open or locked down for a while; each change is on record."""

    def __init__(self, transactions: Transactions, sealer: Sealer) -> None:
        self._transactions, self._sealer = transactions, sealer

    def current(self) -> dict[str, DoorMode]:
        """What was set, by door, also where its time is over; a mode of a newer version is a lockdown."""
        with self._transactions.reading() as connection:
            rows = connection.execute(select(door_modes)).all()
        return {row.door: DoorMode(_mode(row.mode), row.until) for row in rows}

    def set(self, door: str, mode: Mode, until: datetime, now: datetime | None = None) -> None:
        """Keep the door open, or shut for everybody, until a moment to come (aware UTC).

        Raises:
            BadDataError: the moment has passed, the mode is no exception, or the door's name cannot be one.
        """
        if mode is Mode.NORMAL:
            raise BadDataError("a door is normal again at once: clear its mode instead of setting an end")
        new, name = DoorMode(mode, until), clean_name(door)
        if new.until <= (now or datetime.now(UTC)):
            raise BadDataError(f"{until.isoformat()} has passed: give an end that is to come")
        with self._transactions.changing_people() as connection:
            connection.execute(delete(door_modes).where(door_modes.c.door == name))
            connection.execute(insert(door_modes).values(door=name, mode=mode.value, until=until))
            words = f"until {until.astimezone(UTC).isoformat(timespec='minutes')}"
            tell(connection, self._sealer, mode.replace("_", " "), words, door=name)

    def clear(self, door: str) -> bool:
        """Whether anything was set, which no longer holds."""
        name = clean_name(door)
        with self._transactions.changing_people() as connection:
            gone = connection.execute(delete(door_modes).where(door_modes.c.door == name)).rowcount > 0
            if gone:
                tell(connection, self._sealer, Mode.NORMAL, None, door=name)
        return gone


class DoorAction(StrEnum):
    """What may be asked of a door that runs."""

    OPEN = "open"
    BELIEVE_CLOCK = "believe_clock"


@dataclass(frozen=True, slots=True)
class DoorRequest:
    """What was asked of a door, and who asked, as ``user:`` or ``token:`` and an id; ``None``: nobody said so."""

    action: str
    actor: str | None = None


class Requests:
    """What is asked of doors that run; a request is obeyed once, in time, or never."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def add(self, door: str, action: str, expires_at: datetime) -> None:
        """Ask the door; after ``expires_at`` (aware UTC) the request is nothing.

        Raises:
            BadDataError: there is no such action, or the door's name cannot be one.
        """
        if action not in list(DoorAction):
            raise BadDataError(f"a door cannot {action!r}, expected one of {', '.join(DoorAction)}")
        row: Mapping[str, object] = {
            "door": clean_name(door), "action": str(action), "expires_at": expires_at, "actor": current_actor(),
        }  # fmt: skip
        with self._transactions.changing_people() as connection:
            connection.execute(insert(door_requests).values(row))

    def take(self, door: str, now: datetime) -> list[DoorRequest]:
        """What was asked of the door and is still to be obeyed at ``now``, in order; none of it is told again."""
        own = door_requests.c.door == door
        with self._transactions.reading() as connection:
            # Most of the time there is none, and whoever only looks must not wait for those who write.
            if not connection.scalar(select(exists().where(own))):
                return []
        with self._transactions.writing() as connection:
            rows = connection.execute(select(door_requests).where(own).order_by(door_requests.c.id)).all()
            connection.execute(delete(door_requests).where(own))
        due = [row for row in rows if now < row.expires_at and row.action in list(DoorAction)]
        return [DoorRequest(row.action, row.actor) for row in due]


def _mode(text: str) -> Mode:
    return Mode(text) if text in (Mode.KEEP_OPEN, Mode.LOCKDOWN) else Mode.LOCKDOWN
