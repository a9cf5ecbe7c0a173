"""Rules: who may open which door when."""

from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated

from fastapi import Path, Query, Request, Response

from limen.decision.rules import Effect, Rule
from limen.door.access import site_zone
from limen.errors import BadDataError, NoInputError
from limen.store.names import clean_name
from limen.store.rules import free_name
from limen.types import PersonId
from limen.web.etags import IfMatch, check_match
from limen.web.paging import After, Limit, Page
from limen.web.rights import Actor, Right, needs
from limen.web.routing import api_router
from limen.web.rule_desk import rule_desk
from limen.web.rule_views import RuleEdit, RuleView, moment_of
from limen.web.site import Site, SiteDep

router = api_router("rules")

RuleId = Annotated[str, Path(max_length=36, description="The rule's id.")]
Seeing = Annotated[Actor, needs(Right.RULES_SEE)]
Changing = Annotated[Actor, needs(Right.RULES_CHANGE)]
OfGroup = Annotated[str | None, Query(max_length=36, description="Only those of the group with this id.")]
OfEffect = Annotated[Effect | None, Query(description="Only those that do this.")]


@router.get("")
def rules_list(
    request: Request, site: SiteDep, actor: Seeing, group: OfGroup = None, effect: OfEffect = None,
    limit: Limit = 50, after: After = None,
) -> Page[RuleView]:  # fmt: skip
    """The rules, by name."""
    desk = rule_desk(request, site, actor)
    fitting = (each for each in desk.rules.items() if _fits(each[1], group, effect))
    found = [row for row, rule in fitting if rule.name > (after or "")][: limit + 1]
    views = [desk.view(row) for row in found[:limit]]
    return Page(items=views, next=views[-1].name if len(found) > limit else None)


@router.post("", status_code=HTTPStatus.CREATED)
def rules_add(request: Request, response: Response, site: SiteDep, actor: Changing, edit: RuleEdit) -> RuleView:
    """A new rule; running doors take it over within moments."""
    rule = _rule(site, edit, site.store.rules.all())
    row = site.store.rules.add(rule)
    response.headers["Location"] = f"{router.prefix}/{row}"
    return _answer(request, response, site, actor, row)


@router.get("/{rule}")
def rules_get(request: Request, response: Response, site: SiteDep, actor: Seeing, rule: RuleId) -> RuleView:
    """One rule."""
    return _answer(request, response, site, actor, rule)


@router.put("/{rule}")
def rules_change(
    request: Request, response: Response, site: SiteDep, actor: Changing, rule: RuleId, edit: RuleEdit,
    if_match: IfMatch = None,
) -> RuleView:  # fmt: skip
    """The rule becomes what is sent, all of it; a name that is null stays."""
    desk = rule_desk(request, site, actor)
    before = desk.rule(rule)
    check_match(if_match, desk.tag(rule))
    named = edit if edit.name is not None else edit.model_copy(update={"name": before.name})
    site.store.rules.change(before.name, _rule(site, named, []))
    return _answer(request, response, site, actor, rule)


@router.delete("/{rule}", status_code=HTTPStatus.NO_CONTENT, response_class=Response)
def rules_remove(request: Request, site: SiteDep, actor: Changing, rule: RuleId, if_match: IfMatch = None) -> None:
    """Away with the rule. Without any that lets people in, every door stays shut for everybody."""
    desk = rule_desk(request, site, actor)
    check_match(if_match, desk.tag(rule))
    site.store.rules.remove(desk.rule(rule).name)


def _answer(request: Request, response: Response, site: Site, actor: Actor, row: str) -> RuleView:
    desk = rule_desk(request, site, actor)
    response.headers["ETag"] = desk.tag(row)
    return desk.view(row)


def _fits(rule: Rule, group: str | None, effect: Effect | None) -> bool:
    return group in (None, rule.group) and effect in (None, rule.effect)


def _rule(site: Site, edit: RuleEdit, others: Sequence[Rule]) -> Rule:
    """The rule that is meant.

    Raises:
        BadDataError: it names somebody or something that is not there, or would end before it begins.
    """
    zone = site_zone(site.settings)
    try:
        group = None if edit.group is None else site.store.groups.get(edit.group).name
        schedule = None if edit.schedule is None else site.store.schedules.name_of(edit.schedule)
        person = None if edit.person is None else site.store.people.get(PersonId(edit.person)).id
    except NoInputError as error:
        raise BadDataError(f"{error}; give the id of one that is there") from error
    rule = Rule(
        clean_name(edit.name) if edit.name else "",
        edit.effect,
        edit.group,
        person,
        None if edit.door is None else clean_name(edit.door),
        None if edit.zone is None else clean_name(edit.zone),
        schedule,
        moment_of(edit.valid_from, zone),
        moment_of(edit.valid_until, zone, last=True),
    )
    if rule.valid_from and rule.valid_until and rule.valid_from >= rule.valid_until:
        raise BadDataError(f"the rule would end before it begins: {rule.valid_from} to {rule.valid_until}")
    return rule if rule.name else replace(rule, name=free_name(rule, group, {other.name for other in others}))
