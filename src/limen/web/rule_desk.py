"""The rules of a site as somebody may see them: one look at all of them, with what their ids mean."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.requests import Request

from limen.decision.rules import Effect, Rule
from limen.door.access import site_zone
from limen.errors import UnknownNameError, UnknownPersonError
from limen.store import Store
from limen.store.rules import Group
from limen.types import PersonId
from limen.web.etags import etag
from limen.web.identity import refuse
from limen.web.rights import Actor, Right
from limen.web.rule_views import GroupView, Named, RuleView, rule_edit
from limen.web.rule_words import Namer, rule_sentence
from limen.web.site import Site
from limen.web.words import Words, chosen


@dataclass(frozen=True, slots=True)
class RuleDesk:
    """All rules, groups and schedules at one moment; people's names only where whoever asks may see them."""

    rules: Mapping[str, Rule]
    """By their ids, in the order of their names."""
    schedule_ids: Mapping[str, str]
    groups: Mapping[str, Group]
    zones: Mapping[str, str]
    """The zones that the doors of the settings lead into, by the doors' names; empty for none."""
    namer: Namer
    now: datetime

    @property
    def doors(self) -> list[str]:
        """Every door that the settings or a rule name, those of the settings first."""
        others = {rule.door for rule in self.rules.values() if rule.door is not None} - self.zones.keys()
        return [*self.zones, *sorted(others)]

    def view(self, row: str) -> RuleView:
        """The rule with this id as clients get it.

        Raises:
            UnknownNameError: there is none.
        """
        rule = self.rule(row)
        group = self.groups.get(rule.group or "")
        person = self.namer.people.get(rule.person or "")
        return RuleView(
            id=row,
            name=rule.name,
            effect=rule.effect,
            group=None if group is None else Named(id=group.id, name=group.name),
            person=None if rule.person is None or person is None else Named(id=rule.person, name=person),
            about_one_person=rule.person is not None,
            door=rule.door,
            zone=rule.zone,
            schedule=self._schedule(rule),
            valid_from=rule.valid_from,
            valid_until=rule.valid_until,
            sentence=rule_sentence(rule, self.namer),
            doubts=self.doubts(rule),
        )

    def rule(self, row: str) -> Rule:
        """The rule with this id.

        Raises:
            UnknownNameError: there is none.
        """
        if row not in self.rules:
            raise UnknownNameError(f"there is no rule with the id {row!r}: it may have been removed")
        return self.rules[row]

    def tag(self, row: str) -> str:
        """The ETag of the rule with this id.

        Raises:
            UnknownNameError: there is none.
        """
        rule = self.rule(row)
        return etag(rule_edit(rule, self.schedule_ids.get(rule.schedule or "")))

    def group_view(self, group: Group) -> GroupView:
        """The group as clients get it."""
        using = sum(rule.group == group.id for rule in self.rules.values())
        return GroupView(id=group.id, name=group.name, members=len(group.members), rules=using)

    def doubts(self, rule: Rule) -> list[str]:
        """Why the rule may not do what it seems to."""
        _, found = self.namer.translate, []
        if rule.door is not None and rule.door not in self.zones:
            found.append(_("No door “{door}” is in the settings.", door=rule.door))
        if rule.zone is not None and rule.zone not in self.zones.values():
            found.append(_("No door leads into a zone “{zone}”.", zone=rule.zone))
        if rule.schedule is not None and rule.schedule not in self.namer.schedules:
            found.append(_("Its schedule cannot be read: give it hours again."))
        group = self.groups.get(rule.group or "")
        if group is not None and not group.members:
            found.append(_("Nobody is in this group."))
        if rule.valid_until is not None and rule.valid_until <= self.now:
            found.append(_("It has ended."))
        return found

    def everybody_anyway(self) -> Rule | None:
        """The rule that lets everybody in everywhere at all times, beside which others that let people in do nothing.

        ``None`` where there is no such rule, or no other.
        """
        letting_in = [rule for rule in self.rules.values() if rule.effect is Effect.ALLOW]
        found = next((rule for rule in letting_in if rule.unconditional), None)
        return found if len(letting_in) > 1 else None

    def _schedule(self, rule: Rule) -> Named | None:
        if rule.schedule is None:
            return None
        return Named(id=self.schedule_ids.get(rule.schedule, ""), name=rule.schedule)


def must_see_people(actor: Actor) -> None:
    """Refuse those who may see rules, but not people.

    Raises:
        Problem: the right is missing.
    """
    if not actor.can(Right.PEOPLE_SEE):
        refuse([actor])


def words_for(request: Request, site: Site, actor: Actor) -> Words:
    """The words of whoever asks."""
    return chosen(request, actor.language, site.settings.site.language)


def rule_desk(request: Request, site: Site, actor: Actor) -> RuleDesk:
    """One look at all rules."""
    store, rules = site.store, site.store.rules.by_id()
    groups = {group.id: group for group in store.groups.all()}
    namer = Namer(
        words_for(request, site, actor),
        site_zone(site.settings),
        {group.id: group.name for group in groups.values()},
        _people(store, rules.values()) if actor.can(Right.PEOPLE_SEE) else {},
        {schedule.name: schedule for schedule in store.schedules.all()},
    )
    zones = {name: config.zone for name, config in site.settings.doors.items()}
    return RuleDesk(rules, store.schedules.ids(), groups, zones, namer, datetime.now(UTC))


def _people(store: Store, rules: Iterable[Rule]) -> dict[str, str]:
    """The names of those whom rules are about, by their ids."""
    found = {}
    for person in {rule.person for rule in rules if rule.person is not None}:
        try:
            found[person] = store.people.get(PersonId(person)).name
        except UnknownPersonError:  # Deleted since the rules were read.
            continue
    return found
