"""The database, the audit, backups, people and rules."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from limen.audit.events import EventType
from limen.config import DoorConfig
from limen.decision.rules import Effect, Place, RuleBook, Standing, fitting
from limen.door.checks.base import Check, fault, ok, warning
from limen.errors import LimenError
from limen.store import Store
from limen.store.events import EventFilter
from limen.store.integrity import damage, stale_key_copies
from limen.types import ModelKey, Person, PersonId

_BACKUP_DAYS = 7
_NAMES = 5


def check_database(path: Path, opening: LimenError | None) -> Check:
    """Whether the database is whole, can be written and opens; ``opening`` is why it does not, but for its key."""
    name = "database"
    if not path.exists():
        return warning(name, f"there is no {path} yet", "enrol somebody: limen enrol")
    if found := damage(path):
        return fault(name, f"{path} is damaged: {'; '.join(found)}", "restore a backup: limen restore")
    if opening is not None:
        return fault(name, str(opening), "do what the line says, or restore a backup: limen restore")
    return ok(name, f"{path} is whole and can be written, {path.stat().st_size / 1e6:.1f} MB")


def check_audit(store: Store) -> Check:
    """Whether every record is what was put on record."""
    found = store.events.verify()
    if found.first_broken is not None:
        return fault("audit", str(found.first_broken), "limen audit verify; restore a backup, and ask who was there")
    return ok("audit", f"all {found.records} records and {found.seals} seals fit together")


def check_backups(store: Store, path: Path, now: datetime) -> Check:
    """When the newest backup was made, and whether a copy of keys still holds somebody who was deleted."""
    name = "backups"
    if stale := stale_key_copies(path):
        held = f"{', '.join(stale)} may still hold keys of people who were deleted"
        return fault(name, held, "connect what it lies on, then limen backup keys")
    if gone := [copy for copy in store.backups.key_copies() if not Path(copy).exists()]:
        missing = f"{', '.join(gone)}: not there, and it must be rewritten when somebody is deleted"
        return warning(name, missing, "connect what it lies on, or limen backup keys --forget PATH")
    made = store.events.latest(1, only=EventFilter(types=frozenset({EventType.BACKUP_MADE})))
    if not made:
        return warning(name, "none was ever made", "limen backup FILE, on another disk")
    days = (now - made[0].event.at).days
    detail = f"the newest is of {made[0].event.at:%Y-%m-%d}"
    if days > _BACKUP_DAYS:
        return warning(name, f"{detail}, {days} days ago", "limen backup FILE, on another disk")
    return ok(name, detail)


def check_people(store: Store, model: ModelKey | None) -> Check:
    """Whether those whose face is used have templates of ``model``, the one in use; ``None`` made none yet."""
    if model is None:
        return judged_people(store.people.all(), {}, sum(store.templates.models().values()))
    counts = Counter(template.person for template in store.templates.load(model))
    others = sum(count for other, count in store.templates.models().items() if other != model)
    return judged_people(store.people.all(), counts, others)


def judged_people(people: Sequence[Person], templates: Mapping[PersonId, int], others: int) -> Check:
    """What the templates that people have of the model in use mean; ``others`` are of other models."""
    name = "people"
    seen = [person for person in people if not (person.disabled or person.faceless)]
    if not people:
        return warning(name, "nobody is enrolled", "limen enrol PHOTO...")
    if seen and others and not templates:
        return fault(name, "everybody is enrolled with another model than the one in use", "limen enrol again")
    without = [person.name for person in seen if not templates.get(person.id)]
    alone = [person.name for person in seen if templates.get(person.id) == 1]
    if without:
        told = f"{len(without)} have no template of the model in use, and no face opens for them: {_some(without)}"
        return warning(name, told, "limen enrol PHOTO...")
    if alone:
        told = f"{len(alone)} of {len(people)} have one photo only: {_some(alone)}"
        return warning(name, told, "two or three photos each are recognised more often: limen enrol PHOTO...")
    return ok(name, f"{len(people)} people, {len(seen)} of them by their faces")


def check_rules(store: Store, doors: Mapping[str, DoorConfig], zone: ZoneInfo) -> Check:
    """Whether the rules let somebody in, and not everybody everywhere."""
    return judged_rules(store.rules.book(zone), list(store.rules.standings().values()), doors)


def judged_rules(book: RuleBook, standings: Sequence[Standing], doors: Mapping[str, DoorConfig]) -> Check:
    """What the rules come to."""
    name = "rules"
    allowing = [rule for rule in book.rules if rule.effect is Effect.ALLOW]
    if not allowing:
        return warning(name, "no rule lets anybody in anywhere", "limen access allow")
    if everywhere := [rule.name for rule in allowing if rule.unconditional]:
        told = f"the rule {everywhere[0]!r} lets everybody through every door at all times"
        return warning(name, told, f"add rules of your own, then limen access remove {everywhere[0]}")
    shut = [
        door
        for door, config in doors.items()
        if not any(fitting(book, one, Place(door, config.zone), Effect.ALLOW) for one in standings)
    ]
    if standings and shut:
        return warning(name, f"no rule lets anybody through {', '.join(shut)}", "limen access allow")
    return ok(name, f"{len(book.rules)} rules, {len(book.schedules)} schedules, in the time of {book.calendar.zone}")


def is_running(store: Store, door: str) -> bool:
    """Whether the door runs as far as its records tell: one that was killed looks the same."""
    both = frozenset({EventType.DOOR_STARTED, EventType.DOOR_STOPPED})
    last = store.events.latest(1, door=door, only=EventFilter(types=both))
    return bool(last) and last[0].event.type is EventType.DOOR_STARTED


def newest_record(store: Store) -> datetime | None:
    """When the newest record was made."""
    newest = store.events.latest(1)
    return newest[0].event.at.astimezone(UTC) if newest else None


def _some(names: Sequence[str]) -> str:
    more = len(names) - _NAMES
    return ", ".join(names[:_NAMES]) + (f" and {more} more" if more > 0 else "")
