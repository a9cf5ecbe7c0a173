"""Who may open which door when: rules, the order they are asked in, and how a door stands.

What is missing denies: without a rule nobody enters, a rule whose schedule is gone lets nobody in, and one that keeps
people out then does so at all times.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from limen.decision.reasons import Reason
from limen.decision.schedule import (
    START_WITHIN,
    UNTIL_WITHIN,
    Calendar,
    Schedule,
    check_utc,
    covers,
    next_start,
    until,
)

_FOR_EVER = datetime.max.replace(tzinfo=UTC)


class Effect(StrEnum):
    """What a rule does."""

    ALLOW = "allow"
    DENY = "deny"
    KEEP_OPEN = "keep_open"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; ``None`` is everybody, everywhere, always.

    ``group`` and ``person`` are ids, ``schedule`` is a name. ``valid_from`` is included, ``valid_until`` is not.
    """

    name: str
    effect: Effect
    group: str | None = None
    person: str | None = None
    door: str | None = None
    zone: str | None = None
    schedule: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def __post_init__(self) -> None:
        check_utc(self.valid_from)
        check_utc(self.valid_until)
        if self.group is not None and self.person is not None:
            raise ValueError(f"the rule {self.name!r} has a group and a person, expected one of them")
        if self.door is not None and self.zone is not None:
            raise ValueError(f"the rule {self.name!r} has a door and a zone, expected one of them")
        if self.effect is Effect.KEEP_OPEN and self.person is not None:
            raise ValueError(f"the rule {self.name!r} keeps a door open for one person: give a group, or nobody")

    @property
    def unconditional(self) -> bool:
        """Whether it speaks of everybody, everywhere, always."""
        conditions = (self.group, self.person, self.door, self.zone, self.schedule, self.valid_from, self.valid_until)
        return all(condition is None for condition in conditions)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a person: the ids of their groups, and from when to when they may enter at all."""

    person: str
    groups: frozenset[str] = frozenset()
    disabled: bool = False
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def __post_init__(self) -> None:
        check_utc(self.valid_from)
        check_utc(self.valid_until)


@dataclass(frozen=True, slots=True)
class Place:
    """A door and what it leads into; an empty zone is none."""

    door: str
    zone: str = ""


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All rules, and by their names the schedules that they speak of."""

    rules: tuple[Rule, ...]
    schedules: Mapping[str, Schedule]
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class Permission:
    """Whether the rules let somebody in: ``rule`` names the one that does, or the one that keeps them out.

    ``until`` is when a permission ends; ``None`` where that is not within the next two weeks.
    """

    refusal: Reason | None
    rule: str | None = None
    until: datetime | None = None

    @property
    def allowed(self) -> bool:
        """Whether a rule lets them in, and nothing keeps them out."""
        return self.refusal is None and self.rule is not None


class Mode(StrEnum):
    """How a door stands for the time being."""

    NORMAL = "normal"
    KEEP_OPEN = "keep_open"
    LOCKDOWN = "lockdown"


@dataclass(frozen=True, slots=True)
class DoorMode:
    """A mode, and when it ends."""

    mode: Mode
    until: datetime

    def __post_init__(self) -> None:
        check_utc(self.until)


@dataclass(frozen=True, slots=True)
class OpenHours:
    """The rule for which a door stands open, and until when; ``None`` as in ``Permission``."""

    rule: str
    until: datetime | None


def permit(book: RuleBook, standing: Standing | None, place: Place, at: datetime) -> Permission:
    """Whether the rules let this person through this door at ``at`` (aware UTC); ``None`` is an unknown person.

    Of several rules that do, the one that does so for longest is named.

    Raises:
        ValueError: ``at`` is not aware UTC.
    """
    check_utc(at)
    refusal = Reason.NO_RULE if standing is None else _refusal(standing, at)
    if standing is None or refusal is not None:
        return Permission(refusal)
    denying = fitting(book, standing, place, Effect.DENY)
    for rule in denying:
        if in_force(book, rule, at):
            return Permission(Reason.RULED_OUT, rule.name)
    allowing = fitting(book, standing, place, Effect.ALLOW)
    now = [rule for rule in allowing if in_force(book, rule, at)]
    if not now:
        return Permission(Reason.OUT_OF_HOURS if allowing else Reason.NO_RULE)
    longest = max(now, key=lambda rule: ends(book, rule, at) or _FOR_EVER)
    end = _earliest([ends(book, longest, at), standing.valid_until])
    # Only what keeps them out before that matters: looking further takes time, and somebody waits at the door.
    ahead = UNTIL_WITHIN if end is None else min(end - at, START_WITHIN)
    return Permission(None, longest.name, _earliest([end, *(starts(book, rule, at, ahead) for rule in denying)]))


def next_permission(book: RuleBook, standing: Standing, place: Place, at: datetime) -> datetime | None:
    """The first moment from ``at`` on at which the rules let this person in; ``None`` where none is within 400 days.

    Raises:
        ValueError: ``at`` is not aware UTC.
    """
    rules = [rule for effect in (Effect.ALLOW, Effect.DENY) for rule in fitting(book, standing, place, effect)]
    moment: datetime | None = at
    while moment is not None and moment <= at + START_WITHIN:
        if permit(book, standing, place, moment).allowed:
            return moment
        changes = [_changes(book, rule, moment) for rule in rules]
        if standing.valid_from is not None and standing.valid_from > moment:
            changes.append(standing.valid_from)
        moment = _earliest(changes)
    return None


def stands_open(
    book: RuleBook, place: Place, at: datetime, entered: Mapping[str, datetime], mode: Mode = Mode.NORMAL
) -> OpenHours | None:
    """The rule for which the door stands open at ``at`` for everybody; ``None`` where it does not.

    ``entered`` says of groups, by their ids, when somebody of them last came in through this door: a rule with a group
    holds only once that was during the present hours. A rule that keeps everybody out goes before, and so does a
    lockdown.

    Raises:
        ValueError: a time is not aware UTC.
    """
    check_utc(at)
    here = [rule for rule in book.rules if _is_of(rule, place) and in_force(book, rule, at)]
    everybody_out = any(rule.effect is Effect.DENY and rule.group is None and rule.person is None for rule in here)
    if mode is Mode.LOCKDOWN or everybody_out:
        return None
    opening = [rule for rule in here if rule.effect is Effect.KEEP_OPEN and _begun(book, rule, at, entered)]
    if not opening:
        return None
    longest = max(opening, key=lambda rule: ends(book, rule, at) or _FOR_EVER)
    return OpenHours(longest.name, ends(book, longest, at))


def mode_at(mode: DoorMode | None, at: datetime) -> Mode:
    """The mode in force at ``at``: normal where none was set, or its time is over.

    Raises:
        ValueError: ``at`` is not aware UTC.
    """
    check_utc(at)
    return mode.mode if mode is not None and at < mode.until else Mode.NORMAL


def fitting(book: RuleBook, standing: Standing, place: Place, effect: Effect) -> list[Rule]:
    """The rules of this effect that speak of this person at this door, at whatever time."""
    return [
        rule
        for rule in book.rules
        if rule.effect is effect
        and (rule.person is None or rule.person == standing.person)
        and (rule.group is None or rule.group in standing.groups)
        and _is_of(rule, place)
    ]


def in_force(book: RuleBook, rule: Rule, at: datetime) -> bool:
    """Whether ``at`` lies within the rule's dates and hours."""
    if (rule.valid_from is not None and at < rule.valid_from) or (
        rule.valid_until is not None and at >= rule.valid_until
    ):
        return False
    if rule.schedule is None:
        return True
    schedule = book.schedules.get(rule.schedule)
    return rule.effect is Effect.DENY if schedule is None else covers(schedule, at, book.calendar)


def starts(book: RuleBook, rule: Rule, at: datetime, within: timedelta = START_WITHIN) -> datetime | None:
    """The first moment from ``at`` on at which the rule is in force; ``None`` where none is ``within`` the time."""
    first = at if rule.valid_from is None else max(at, rule.valid_from)
    schedule = None if rule.schedule is None else book.schedules.get(rule.schedule)
    moment = first if schedule is None else next_start(schedule, first, book.calendar, within)
    return moment if moment is not None and in_force(book, rule, moment) else None


def ends(book: RuleBook, rule: Rule, at: datetime) -> datetime | None:
    """When the rule, in force at ``at``, no longer is; ``None`` where that is not within the next two weeks."""
    schedule = None if rule.schedule is None else book.schedules.get(rule.schedule)
    return _earliest([rule.valid_until, None if schedule is None else until(schedule, at, book.calendar)])


def _refusal(standing: Standing, at: datetime) -> Reason | None:
    """What keeps the person out of everywhere."""
    if standing.disabled:
        return Reason.DISABLED
    if standing.valid_from is not None and at < standing.valid_from:
        return Reason.NOT_YET_VALID
    if standing.valid_until is not None and at >= standing.valid_until:
        return Reason.EXPIRED
    return None


def _is_of(rule: Rule, place: Place) -> bool:
    return (rule.door is None or rule.door == place.door) and (
        rule.zone is None or (rule.zone == place.zone and place.zone != "")
    )


def _begun(book: RuleBook, rule: Rule, at: datetime, entered: Mapping[str, datetime]) -> bool:
    """Whether somebody of the rule's group came in while it was in force, as it has been ever since."""
    if rule.group is None:
        return True
    came = entered.get(rule.group)
    check_utc(came)
    if came is None or not at - UNTIL_WITHIN <= came <= at or not in_force(book, rule, came):
        return False
    over = ends(book, rule, came)
    return over is None or at < over


def _changes(book: RuleBook, rule: Rule, at: datetime) -> datetime | None:
    """When the rule's being in force may change next."""
    if not in_force(book, rule, at):
        return starts(book, rule, at)
    return ends(book, rule, at) or (None if rule.schedule is None else at + UNTIL_WITHIN)


def _earliest(moments: Iterable[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)
