"""``limen access`` and ``limen groups``: who may open which door when."""

import shlex
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Annotated

import typer

from limen.audit.events import EventType
from limen.cli.context import Context, note
from limen.config import Settings
from limen.decision.rules import Effect, Rule
from limen.door.access import Explanation, explain, in_words, moment_from, site_zone, who
from limen.door.build_store import build_store
from limen.door.people import find
from limen.errors import BadDataError
from limen.store import Store, clean_name
from limen.store.rules import free_name, rule_words
from limen.types import Person, PersonId

app = typer.Typer(no_args_is_help=True, help="Who may open which door when.")
groups_app = typer.Typer(no_args_is_help=True, help="Groups of people, for rules.")

_LOOKED_THROUGH = 100

Door = Annotated[str, typer.Argument(metavar="DOOR", help="The door's name.")]
PersonName = Annotated[str, typer.Argument(metavar="PERSON", help="The person's name.")]
RuleName = Annotated[str, typer.Argument(metavar="RULE", help="The rule's name.")]
GroupName = Annotated[str, typer.Argument(metavar="GROUP", help="The group's name.")]
NewName = Annotated[str, typer.Argument(metavar="NEW_NAME")]
At = Annotated[str | None, typer.Option("--at", help="A time as 2026-12-24T17:30; now otherwise.")]
ForGroup = Annotated[str | None, typer.Option("--group", help="Only people of this group.")]
ForPerson = Annotated[str | None, typer.Option("--person", help="Only this person.")]
AtDoor = Annotated[str | None, typer.Option("--door", help="Only at this door.")]
InZone = Annotated[str | None, typer.Option("--zone", help="Only at doors of this zone.")]
During = Annotated[str | None, typer.Option("--schedule", help="Only during the hours of this schedule.")]
From = Annotated[str | None, typer.Option("--from", help="From this day or time on.")]
Until = Annotated[str | None, typer.Option("--until", help="Up to this day (included) or time (not included).")]
Named = Annotated[str | None, typer.Option("--name", help="The rule's name; made from its words otherwise.")]


@app.command("explain")
def explain_access(ctx: typer.Context, person: PersonName, door: Door, at: At = None) -> None:
    """Say whether a person may open a door, and by which rule."""
    context: Context = ctx.obj
    settings = context.settings
    moment = _moment(at, site_zone(settings))
    with build_store(settings) as store:
        somebody = find(store, person)
        _warn(store, settings, door, None)
        found = explain(store, settings, somebody, door, moment)
    context.answer(_explained(found, somebody, door, moment), "\n".join(found.steps))
    raise typer.Exit(0 if found.allowed else 1)


@app.command("who")
def who_may(ctx: typer.Context, door: Door, at: At = None) -> None:
    """List everybody who may open a door."""
    context: Context = ctx.obj
    settings, zone = context.settings, site_zone(context.settings)
    moment = _moment(at, zone)
    with build_store(settings) as store:
        _warn(store, settings, door, None)
        found = who(store, settings, door, moment)
    entries = [
        {"person": each.person.name, "rule": each.permission.rule, "until": _iso(each.permission.until)}
        for each in found
    ]
    lines = [
        f"{each.person.name}, by the rule {each.permission.rule!r}"
        + (f", until {in_words(each.permission.until, zone)}" if each.permission.until else "")
        for each in found
    ]
    context.answer({"door": door, "at": _iso(moment), "people": entries}, "\n".join(lines) or "nobody")


@app.command("rules")
def list_rules(ctx: typer.Context) -> None:
    """Show all rules."""
    context: Context = ctx.obj
    zone = site_zone(context.settings)
    with build_store(context.settings) as store:
        groups = {group.id: group.name for group in store.groups.all()}
        people: dict[str, str] = {person.id: person.name for person in store.people.all()}
        rules = store.rules.all()
    named = [(rule, groups.get(rule.group or ""), people.get(rule.person or "")) for rule in rules]
    entries = [_entry(*each) for each in named]
    lines = [_line(*each, zone) for each in named]
    context.answer({"rules": entries}, "\n".join(lines) or "there are no rules: nobody may enter anywhere")


@app.command()
def allow(  # noqa: PLR0913 - the options of the command line
    ctx: typer.Context,
    *,
    group: ForGroup = None,
    person: ForPerson = None,
    door: AtDoor = None,
    zone: InZone = None,
    schedule: During = None,
    valid_from: From = None,
    valid_until: Until = None,
    name: Named = None,
) -> None:
    """Let people in, by a new rule."""
    conditions = _Conditions(group, person, door, zone, schedule, valid_from, valid_until)
    _add(ctx.obj, Effect.ALLOW, conditions, name)


@app.command()
def deny(  # noqa: PLR0913 - the options of the command line
    ctx: typer.Context,
    *,
    group: ForGroup = None,
    person: ForPerson = None,
    door: AtDoor = None,
    zone: InZone = None,
    schedule: During = None,
    valid_from: From = None,
    valid_until: Until = None,
    name: Named = None,
) -> None:
    """Keep people out, by a new rule, which is stronger than all that let them in."""
    conditions = _Conditions(group, person, door, zone, schedule, valid_from, valid_until)
    _add(ctx.obj, Effect.DENY, conditions, name)


@app.command("keep-open-hours")
def keep_open_hours(  # noqa: PLR0913 - the options of the command line
    ctx: typer.Context,
    *,
    schedule: Annotated[str, typer.Option("--schedule", help="During the hours of this schedule.")],
    group: Annotated[
        str | None, typer.Option("--group", help="Only once somebody of this group has come in during these hours.")
    ] = None,
    door: AtDoor = None,
    zone: InZone = None,
    valid_from: From = None,
    valid_until: Until = None,
    name: Named = None,
) -> None:
    """Keep doors open for everybody during the hours of a schedule, by a new rule."""
    if door is None and zone is None:
        raise typer.BadParameter("say which doors are kept open: --door or --zone")
    conditions = _Conditions(group, None, door, zone, schedule, valid_from, valid_until)
    _add(ctx.obj, Effect.KEEP_OPEN, conditions, name)


@app.command()
def rename(ctx: typer.Context, rule: RuleName, new_name: NewName) -> None:
    """Give a rule another name."""
    context: Context = ctx.obj
    with build_store(context.settings) as store:
        store.rules.rename(rule, new_name)
    context.answer({"rule": clean_name(new_name)}, f"{rule}: renamed to {clean_name(new_name)}")


@app.command()
def remove(ctx: typer.Context, rule: RuleName) -> None:
    """Remove a rule."""
    context: Context = ctx.obj
    with build_store(context.settings) as store:
        store.rules.remove(rule)
        left = store.rules.all()
    if not any(each.effect is Effect.ALLOW for each in left):
        note("no rule lets anybody in now: every door stays shut for everybody (limen access allow)")
    context.answer({"removed": clean_name(rule)}, f"the rule {clean_name(rule)!r} was removed")


@groups_app.command("list")
def list_groups(ctx: typer.Context) -> None:
    """Show all groups and who is in them."""
    context: Context = ctx.obj
    with build_store(context.settings) as store:
        names: dict[PersonId, str] = {person.id: person.name for person in store.people.all()}
        found = store.groups.all()
    members = {group.name: sorted(names[one] for one in group.members if one in names) for group in found}
    document = {"groups": [{"group": name, "people": people} for name, people in members.items()]}
    lines = [f"{name}: {', '.join(people) or 'nobody'}" for name, people in members.items()]
    context.answer(document, "\n".join(lines) or "there are no groups")


@groups_app.command("add")
def add_group(ctx: typer.Context, group: GroupName) -> None:
    """Make a group, with nobody in it."""
    context: Context = ctx.obj
    with build_store(context.settings) as store:
        added = store.groups.add(group)
    context.answer({"group": added.name}, f"the group {added.name!r} was made")


@groups_app.command("rename")
def rename_group(ctx: typer.Context, group: GroupName, new_name: NewName) -> None:
    """Give a group another name; its rules stay."""
    context: Context = ctx.obj
    with build_store(context.settings) as store:
        store.groups.rename(group, new_name)
    context.answer({"group": clean_name(new_name)}, f"{group}: renamed to {clean_name(new_name)}")


@groups_app.command("remove")
def remove_group(ctx: typer.Context, group: GroupName) -> None:
    """Remove a group that no rule speaks of; its people stay."""
    context: Context = ctx.obj
    with build_store(context.settings) as store:
        store.groups.remove(group)
    context.answer({"removed": clean_name(group)}, f"the group {clean_name(group)!r} was removed")


@groups_app.command("join")
def join_group(ctx: typer.Context, person: PersonName, group: GroupName) -> None:
    """Put a person into a group."""
    with build_store(ctx.obj.settings) as store:
        somebody = find(store, person)
        new = store.groups.join(somebody.id, group)
    words = "is in" if new else "was already in"
    ctx.obj.answer({"person": somebody.name, "group": clean_name(group)}, f"{somebody.name} {words} {group}")


@groups_app.command("leave")
def leave_group(ctx: typer.Context, person: PersonName, group: GroupName) -> None:
    """Take a person out of a group."""
    with build_store(ctx.obj.settings) as store:
        somebody = find(store, person)
        gone = store.groups.leave(somebody.id, group)
    words = "is no longer in" if gone else "was not in"
    ctx.obj.answer({"person": somebody.name, "group": clean_name(group)}, f"{somebody.name} {words} {group}")


@dataclass(frozen=True, slots=True)
class _Conditions:
    """The conditions of a new rule as they were typed."""

    group: str | None
    person: str | None
    door: str | None
    zone: str | None
    schedule: str | None
    valid_from: str | None
    valid_until: str | None

    def __post_init__(self) -> None:
        if self.group is not None and self.person is not None:
            raise typer.BadParameter("give --group or --person, not both")
        if self.door is not None and self.zone is not None:
            raise typer.BadParameter("give --door or --zone, not both")


def _add(context: Context, effect: Effect, typed: _Conditions, name: str | None) -> None:
    settings, site = context.settings, site_zone(context.settings)
    with build_store(settings) as store:
        before = store.rules.all()
        group = None if typed.group is None else store.groups.find(typed.group)
        person = None if typed.person is None else find(store, typed.person)
        rule = Rule(
            name or "",
            effect,
            group=None if group is None else group.id,
            person=None if person is None else person.id,
            door=typed.door,
            zone=typed.zone,
            schedule=typed.schedule,
            valid_from=None if typed.valid_from is None else _moment(typed.valid_from, site),
            valid_until=None if typed.valid_until is None else _moment(typed.valid_until, site, whole_day=True),
        )
        if not name:
            taken = {each.name for each in before}
            rule = replace(rule, name=free_name(rule, None if group is None else group.name, taken))
        if rule.valid_from and rule.valid_until and rule.valid_from >= rule.valid_until:
            raise BadDataError(f"the rule would end before it begins: {typed.valid_from} to {typed.valid_until}")
        store.rules.add(rule)
        _warn(store, settings, typed.door, typed.zone)
    _note_everybody(effect, before)
    named = (rule, group.name if group else None, person.name if person else None)
    context.answer(_entry(*named), _line(*named, site))


def _note_everybody(effect: Effect, before: list[Rule]) -> None:
    for rule in before:
        if effect is Effect.ALLOW and rule.effect is Effect.ALLOW and rule.unconditional:
            note(
                f"the rule {rule.name!r} still lets everybody in everywhere, at all times: "
                f"limen access remove {shlex.quote(rule.name)} ends that"
            )


def _warn(store: Store, settings: Settings, door: str | None, zone: str | None) -> None:
    """Say where a door or a zone is known to nobody: it may be run elsewhere, or be mistyped."""
    if door is not None and door not in settings.doors and not _was_used(store, door):
        note(f"no door {door!r} is in the settings or was ever used: limen door run may make one")
    if zone is not None and zone not in {config.zone for config in settings.doors.values()}:
        note(f"no door of the settings leads into a zone {zone!r}: until one does, the rule is about no door")


def _was_used(store: Store, door: str) -> bool:
    """Whether more is on record of the door than that rules were made for it."""
    newest = store.events.latest(_LOOKED_THROUGH, door=door)
    return any(record.event.type is not EventType.RULES_CHANGED for record in newest)


def _moment(text: str | None, zone: tzinfo, *, whole_day: bool = False) -> datetime:
    """The time that was typed, or now; with ``whole_day`` a day alone is its end."""
    if text is None:
        return datetime.now(UTC)
    try:
        if whole_day and len(text) == len("2026-12-24"):
            text = (date.fromisoformat(text) + timedelta(days=1)).isoformat()
        return moment_from(text, zone)
    except (ValueError, OverflowError) as error:
        raise BadDataError(f"{text!r} is no time: write 2026-12-24 or 2026-12-24T17:30") from error


def _explained(found: Explanation, person: Person, door: str, at: datetime) -> dict[str, object]:
    return {
        "allowed": found.allowed,
        "reason": found.reason,
        "rule": found.permission.rule,
        "until": _iso(found.permission.until),
        "next": _iso(found.next),
        "at": _iso(at),
        "door": door,
        "person": person.name,
        "steps": list(found.steps),
    }


def _entry(rule: Rule, group: str | None, person: str | None) -> dict[str, object]:
    return {
        "rule": rule.name,
        "effect": rule.effect,
        "group": group,
        "person": person,
        "door": rule.door,
        "zone": rule.zone,
        "schedule": rule.schedule,
        "from": _iso(rule.valid_from),
        "until": _iso(rule.valid_until),
    }


def _line(rule: Rule, group: str | None, person: str | None, zone: tzinfo) -> str:
    return f"{rule.name}: {rule_words(rule, f'group {group}' if group else person, zone)}"


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
