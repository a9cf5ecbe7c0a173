"""How one door of many stands, for those who run it."""

from dataclasses import dataclass
from datetime import datetime

from limen.config import DoorConfig
from limen.decision.rules import Mode
from limen.door.status import DoorStatus


@dataclass(frozen=True, slots=True)
class DoorView:
    """A door at one moment.

    ``running`` says whether its thread watches it; where it does not, ``failure`` says why in words, and the door is
    tried again by itself unless its pictures ended. ``mode`` is how it stands: by order until ``mode_until``, or by the
    rule of which ``mode_why`` tells. ``display`` says whether a display shows this door, and for a door whose camera is
    the display's whether it sends pictures.
    """

    name: str
    config: DoorConfig
    running: bool
    failure: str | None
    status: DoorStatus
    mode: Mode
    mode_until: datetime | None = None
    mode_why: str | None = None
    locked_out_s: float = 0.0

    @property
    def unlocked(self) -> bool:
        """Whether the lock reported to be open."""
        return self.status.unlocked
