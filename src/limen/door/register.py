"""What a door must know of people, cards, rules and wishes of those who run it."""

from datetime import datetime
from typing import Protocol

from limen.credentials.card import CardNumber
from limen.decision.rules import DoorMode, OpenHours, Permission
from limen.store import Holder, PinRecord
from limen.store.modes import DoorRequest
from limen.types import PersonId


class Register(Protocol):
    """What one door knows; every method may raise ``StoreError``, and then nobody may enter."""

    def refresh(self) -> None:
        """Read again what changed."""
        ...

    def name(self, person: PersonId) -> str:
        """The person's name; the id of somebody who was deleted a moment ago."""
        ...

    def faceless(self, person: PersonId) -> bool:
        """Whether the person does not want their face used."""
        ...

    def permission(self, person: PersonId, at: datetime) -> Permission:
        """Whether the rules let the person in at this moment."""
        ...

    def inside(self, person: PersonId, at: datetime) -> bool:
        """Whether the person must leave first: never where the door does not ask for that."""
        ...

    def entered(self, person: PersonId, at: datetime) -> None:
        """The person was let in."""
        ...

    def mode(self) -> DoorMode | None:
        """What those who run the door ordered for a while."""
        ...

    def open_hours(self, at: datetime) -> OpenHours | None:
        """The rule by which the door stands open at this moment."""
        ...

    def holder(self, card: CardNumber) -> Holder | None:
        """Whose card it is."""
        ...

    def pin_of(self, *, number: str | None = None, person: PersonId | None = None) -> PinRecord | None:
        """The PINs that belong to a number, or to a person."""
        ...

    def requests(self, now: datetime) -> list[DoorRequest]:
        """What was asked of the door since, each told once: ``open``, ``believe_clock``."""
        ...
