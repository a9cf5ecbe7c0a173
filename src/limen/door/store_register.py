"""What a door knows of people, cards and rules, from the store."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from limen.config import DoorConfig
from limen.credentials.card import CardNumber
from limen.decision.rules import DoorMode, OpenHours, Permission, Place, permit, stands_open
from limen.store import Holder, PinRecord, Store
from limen.store.modes import DoorRequest
from limen.types import PersonId


class StoreRegister:
    """The ``Register`` of the door ``name``; rules and people are read again only where something changed.

    ``revision`` tells that, where it is not the store itself that is asked.
    """

    def __init__(
        self, store: Store, name: str, config: DoorConfig, zone: ZoneInfo, revision: Callable[[], int] | None = None
    ) -> None:
        self._store, self._config, self._zone = store, config, zone
        self._asked = revision or store.revision
        self._place = Place(name, config.zone)
        self._came_in: dict[str, datetime] = {}
        self._revision = -1
        self.refresh()

    def refresh(self) -> None:
        """Read again what changed."""
        revision = self._asked()
        if revision == self._revision:
            return
        self._book = self._store.rules.book(self._zone)
        self._standings = self._store.rules.standings()
        self._mode = self._store.modes.current().get(self._place.door)
        self._people = {person.id: person for person in self._store.people.all()}
        self._requested = True
        self._revision = revision

    def name(self, person: PersonId) -> str:
        """The person's name; the id of somebody who was deleted a moment ago."""
        return self._people[person].name if person in self._people else person

    def faceless(self, person: PersonId) -> bool:
        """Whether the person does not want their face used."""
        return person in self._people and self._people[person].faceless

    def permission(self, person: PersonId, at: datetime) -> Permission:
        """Whether the rules let the person in at this moment."""
        permission = permit(self._book, self._standings.get(person), self._place, at)
        # The name of a rule for one person may be theirs, and goes on record.
        own = any(rule.name == permission.rule and rule.person is not None for rule in self._book.rules)
        return replace(permission, rule="a rule of their own") if own else permission

    def inside(self, person: PersonId, at: datetime) -> bool:
        """Whether the person must leave first."""
        if not self._config.anti_passback or self._config.direction != "in":
            return False
        since = at - timedelta(seconds=self._config.passback_s)
        return self._store.presence.inside(person, self._config.zone, since)

    def entered(self, person: PersonId, at: datetime) -> None:
        """The person was let in: for retention, for anti-passback, and for the first of a group to come in."""
        standing = self._standings.get(person)
        if self._config.direction == "in" and standing is not None:
            self._came_in.update(dict.fromkeys(standing.groups, at))
        self._store.people.entered(person, at)
        if self._config.anti_passback and self._config.direction == "in":
            self._store.presence.entered(person, self._config.zone, at)
        elif self._config.anti_passback:
            self._store.presence.left(person, self._config.zone)

    def mode(self) -> DoorMode | None:
        """What those who run the door ordered for a while."""
        return self._mode

    def open_hours(self, at: datetime) -> OpenHours | None:
        """The rule by which the door stands open at this moment."""
        return stands_open(self._book, self._place, at, self._came_in)

    def holder(self, card: CardNumber) -> Holder | None:
        """Whose card it is."""
        return self._store.credentials.holder(card)

    def pin_of(self, *, number: str | None = None, person: PersonId | None = None) -> PinRecord | None:
        """The PINs that belong to a number, or to a person."""
        if number is not None:
            return self._store.credentials.pin_of(number)
        return None if person is None else self._store.credentials.pin_of_person(person)

    def requests(self, now: datetime) -> list[DoorRequest]:
        """What was asked of the door since, each told once."""
        if not self._requested:
            return []
        taken = self._store.requests.take(self._place.door, now)
        self._requested = False
        return taken
