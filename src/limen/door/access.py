"""Who may open a door, and why: the rules asked as the door asks them, and the answer in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from limen.config import Settings
from limen.decision.reasons import Reason
from limen.decision.rules import (
    DoorMode,
    Effect,
    Mode,
    OpenHours,
    Permission,
    Place,
    Rule,
    RuleBook,
    Standing,
    ends,
    fitting,
    in_force,
    mode_at,
    next_permission,
    permit,
    stands_open,
    starts,
)
from limen.store import Store
from limen.store.rules import rule_words
from limen.types import Person


@dataclass(frozen=True, slots=True)
class Considered:
    """A rule that speaks of a person at a door: whether it holds, until when, or else from when on again.

    ``until`` is ``None`` where no end is within two weeks, ``next`` where no start is within 400 days.
    """

    rule: Rule
    holds: bool
    until: datetime | None
    next: datetime | None
    schedule_gone: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether somebody may open a door: ``reason`` is ``None`` where they may.

    ``next`` is the next moment at which they may, where they may not; ``steps`` is how the answer came about, a line
    each, and the fields after it are what those say: ``standing`` is ``None`` for who is not known any more,
    ``considered`` has every rule that speaks of the person at the door, ``mode_until`` the end of a mode that is not
    normal, ``open_hours`` for which rule the door may stand open for everybody, and ``first_in`` whether it does so
    only once somebody has come in. Level, cards, faces and anti-passback of the door are not in it: only what rules
    and modes say.
    """

    permission: Permission
    next: datetime | None
    mode: Mode
    steps: tuple[str, ...]
    place: Place
    standing: Standing | None
    considered: tuple[Considered, ...]
    mode_until: datetime | None
    open_hours: OpenHours | None
    first_in: bool

    @property
    def allowed(self) -> bool:
        """Whether they may."""
        return self.permission.allowed

    @property
    def reason(self) -> Reason | None:
        """Why they may not."""
        return self.permission.refusal


@dataclass(frozen=True, slots=True)
class MayEnter:
    """Somebody whom the rules let in."""

    person: Person
    permission: Permission


def site_zone(settings: Settings) -> ZoneInfo:
    """The time zone of the site."""
    return ZoneInfo(settings.site.time_zone)


def place_of(settings: Settings, door: str) -> Place:
    """The door, with the zone that the settings give it."""
    config = settings.doors.get(door)
    return Place(door, config.zone if config else "")


def explain(store: Store, settings: Settings, person: Person, door: str, at: datetime) -> Explanation:
    """Whether the person may open the door at ``at`` (aware UTC), and how that comes about."""
    book, place = store.rules.book(site_zone(settings)), place_of(settings, door)
    standing, mode = store.rules.standings().get(person.id), store.modes.current().get(door)
    permission = _permission(book, standing, place, at, mode)
    following = None if permission.allowed or standing is None else _next(book, standing, place, at, mode)
    groups = {group.id: group.name for group in store.groups.all()}
    telling = _Telling(book, place, at, groups, person)
    considered = tuple(_considered(book, standing, place, at))
    steps = [*telling.standing(standing), *telling.rules(standing, considered), *telling.door(mode)]
    open_hours, now = may_stand_open(book, place, at, mode), mode_at(mode, at)
    return Explanation(
        permission,
        following,
        now,
        (*steps, telling.verdict(permission, following)),
        place,
        standing,
        considered,
        None if mode is None or now is Mode.NORMAL else mode.until,
        open_hours,
        _needs_first(book, open_hours),
    )


def may_stand_open(book: RuleBook, place: Place, at: datetime, mode: DoorMode | None) -> OpenHours | None:
    """The rule for which the door stands open for everybody, if somebody of each group had come in."""
    entered = {rule.group: at for rule in book.rules if rule.group is not None}
    return stands_open(book, place, at, entered, mode_at(mode, at))


def who(store: Store, settings: Settings, door: str, at: datetime) -> list[MayEnter]:
    """Everybody whom the rules let through the door at ``at`` (aware UTC), by name."""
    return list(may_enter(store, settings, door, at))


def may_enter(store: Store, settings: Settings, door: str, at: datetime, after: str = "") -> Iterator[MayEnter]:
    """As ``who``, one by one, of those whose names come after ``after``: nobody is asked about before it is their turn.

    All of the store is read at once, at the first step.
    """
    book, place = store.rules.book(site_zone(settings)), place_of(settings, door)
    standings, mode = store.rules.standings(), store.modes.current().get(door)
    for person in store.people.all():
        if person.name > after:
            permission = _permission(book, standings.get(person.id), place, at, mode)
            if permission.allowed:
                yield MayEnter(person, permission)


def _considered(book: RuleBook, standing: Standing | None, place: Place, at: datetime) -> Iterator[Considered]:
    """Those that keep people out first."""
    if standing is None:
        return
    for effect in (Effect.DENY, Effect.ALLOW):
        for rule in fitting(book, standing, place, effect):
            gone = rule.schedule is not None and rule.schedule not in book.schedules
            if in_force(book, rule, at):
                yield Considered(rule, True, ends(book, rule, at), None, gone)
            else:
                yield Considered(rule, False, None, starts(book, rule, at), gone)


def _needs_first(book: RuleBook, hours: OpenHours | None) -> bool:
    return hours is not None and any(rule.name == hours.rule and rule.group is not None for rule in book.rules)


def _permission(
    book: RuleBook, standing: Standing | None, place: Place, at: datetime, mode: DoorMode | None
) -> Permission:
    """What the rules say, but for a door that is locked down."""
    if mode_at(mode, at) is Mode.LOCKDOWN:
        return Permission(Reason.LOCKDOWN)
    return permit(book, standing, place, at)


def _next(book: RuleBook, standing: Standing, place: Place, at: datetime, mode: DoorMode | None) -> datetime | None:
    locked = mode is not None and mode_at(mode, at) is Mode.LOCKDOWN
    return next_permission(book, standing, place, mode.until if mode is not None and locked else at)


@dataclass(frozen=True, slots=True)
class _Telling:
    """The steps to an answer in words; times are those of the site."""

    book: RuleBook
    place: Place
    at: datetime
    groups: dict[str, str]
    person: Person

    def standing(self, standing: Standing | None) -> list[str]:
        name = self.person.name
        if standing is None:
            return [f"{name} is not known any more"]
        names = sorted(self.groups.get(group, group) for group in standing.groups)
        lines = [f"{name} is in {'the groups ' + ', '.join(names) if names else 'no group'}"]
        if standing.disabled:
            lines.append(f"{name} is disabled")
        if standing.valid_from is not None:
            lines.append(f"{name} may enter from {self._time(standing.valid_from)} on")
        if standing.valid_until is not None:
            lines.append(f"{name} may enter until {self._time(standing.valid_until)}")
        return lines

    def rules(self, standing: Standing | None, considered: tuple[Considered, ...]) -> list[str]:
        if standing is None:
            return []
        return [self._rule(each) for each in considered] or [f"no rule speaks of {self.person.name} at this door"]

    def door(self, mode: DoorMode | None) -> list[str]:
        where = f"in the zone {self.place.zone}" if self.place.zone else "in no zone"
        lines = [f"the door {self.place.door} is {where}"]
        now = mode_at(mode, self.at)
        if mode is not None and now is not Mode.NORMAL:
            how = "locked down" if now is Mode.LOCKDOWN else "kept open for everybody"
            lines.append(f"the door is {how} until {self._time(mode.until)}")
        if hours := may_stand_open(self.book, self.place, self.at, mode):
            once = ", once the first of its group has come in" if _needs_first(self.book, hours) else ""
            lines.append(f"the rule {hours.rule!r} keeps the door open for everybody{self._until(hours.until)}{once}")
        return lines

    def verdict(self, permission: Permission, following: datetime | None) -> str:
        if permission.refusal is None:
            return f"yes, by the rule {permission.rule!r}{self._until(permission.until)}"
        by = f" ({permission.rule!r})" if permission.rule else ""
        then = f"; the next time is {self._time(following)}" if following else ""
        return f"no: {permission.refusal.for_operator}{by}{then}"

    def _rule(self, considered: Considered) -> str:
        rule = considered.rule
        subject = self.person.name if rule.person is not None else None
        if rule.group is not None:
            subject = f"group {self.groups.get(rule.group, rule.group)}"
        words = f"the rule {rule.name!r} ({rule_words(rule, subject, self._zone)})"
        if considered.schedule_gone:
            words += ", whose schedule is gone,"
        if considered.holds:
            return f"{words} holds now{self._until(considered.until)}"
        start = considered.next
        return f"{words} does not hold now{f', next from {self._time(start)}' if start else ''}"

    @property
    def _zone(self) -> tzinfo:
        return self.book.calendar.zone

    def _until(self, moment: datetime | None) -> str:
        return f", until {self._time(moment)}" if moment else ""

    def _time(self, moment: datetime) -> str:
        return in_words(moment, self._zone)


def in_words(moment: datetime, zone: tzinfo) -> str:
    """The time as it is written at the site, with what tells apart hours that come twice."""
    local = moment.astimezone(zone)
    return f"{local:%a %Y-%m-%d %H:%M} {local.tzname() or ''}".rstrip()


def moment_from(text: str, zone: tzinfo) -> datetime:
    """The aware UTC time that ``text`` (ISO 8601) means; without an offset it is a time of ``zone``.

    A time that comes twice is the first of the two; one that the clock skips is as much after the change.

    Raises:
        ValueError: the text is no time.
    """
    given = datetime.fromisoformat(text)
    return (given.replace(tzinfo=zone) if given.tzinfo is None else given).astimezone(UTC)
