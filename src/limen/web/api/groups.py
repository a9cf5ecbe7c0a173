"""Groups of people, of whom rules speak together."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Path, Request, Response

from limen.store.rules import Group
from limen.types import PersonId
from limen.web.etags import IfMatch, check_match, etag
from limen.web.paging import After, Limit, Page
from limen.web.problem import Problem
from limen.web.rights import Actor, Right, needs
from limen.web.routing import api_router
from limen.web.rule_desk import must_see_people, rule_desk
from limen.web.rule_views import GroupEdit, GroupView, Member
from limen.web.site import SiteDep

router = api_router("groups")

GroupId = Annotated[str, Path(max_length=36, description="The group's id.")]
PersonInPath = Annotated[str, Path(max_length=36, description="The person's id.")]
Seeing = Annotated[Actor, needs(Right.RULES_SEE)]
Changing = Annotated[Actor, needs(Right.RULES_CHANGE)]


@router.get("")
def groups_list(
    request: Request, site: SiteDep, actor: Seeing, limit: Limit = 50, after: After = None
) -> Page[GroupView]:
    """The groups, by name."""
    desk = rule_desk(request, site, actor)
    found = [group for group in desk.groups.values() if group.name > (after or "")][: limit + 1]
    views = [desk.group_view(group) for group in found[:limit]]
    return Page(items=views, next=views[-1].name if len(found) > limit else None)


@router.post("", status_code=HTTPStatus.CREATED)
def groups_add(request: Request, response: Response, site: SiteDep, actor: Changing, edit: GroupEdit) -> GroupView:
    """A new group, with nobody in it."""
    group = site.store.groups.add(edit.name)
    response.headers["Location"] = f"{router.prefix}/{group.id}"
    return _answer(request, response, site, actor, group)


@router.get("/{group}")
def groups_get(request: Request, response: Response, site: SiteDep, actor: Seeing, group: GroupId) -> GroupView:
    """One group."""
    return _answer(request, response, site, actor, site.store.groups.get(group))


@router.patch("/{group}")
def groups_change(
    request: Request, response: Response, site: SiteDep, actor: Changing, group: GroupId, edit: GroupEdit,
    if_match: IfMatch = None,
) -> GroupView:  # fmt: skip
    """Another name for the group; rules go on speaking of it."""
    before = site.store.groups.get(group)
    check_match(if_match, _tag(before))
    site.store.groups.rename(before.name, edit.name)
    return _answer(request, response, site, actor, site.store.groups.get(group))


@router.delete("/{group}", status_code=HTTPStatus.NO_CONTENT, response_class=Response)
def groups_remove(site: SiteDep, _: Changing, group: GroupId, if_match: IfMatch = None) -> None:
    """Away with a group that no rule speaks of; its people stay."""
    before = site.store.groups.get(group)
    check_match(if_match, _tag(before))
    if using := [rule.name for rule in site.store.rules.all() if rule.group == group]:
        names = ", ".join(f"“{name}”" for name in using[:5])
        raise Problem(HTTPStatus.CONFLICT, "in-use", f"Rules speak of “{before.name}”: remove or change {names} first.")
    site.store.groups.remove(before.name)


@router.get("/{group}/members")
def groups_members(
    site: SiteDep, actor: Seeing, group: GroupId, limit: Limit = 50, after: After = None
) -> Page[Member]:
    """The people of a group, by name."""
    must_see_people(actor)
    members = site.store.groups.get(group).members
    everybody = (one for one in site.store.people.all() if one.id in members and one.name > (after or ""))
    found = [Member(id=one.id, name=one.name, disabled=one.disabled) for one in everybody][: limit + 1]
    return Page(items=found[:limit], next=found[limit - 1].name if len(found) > limit else None)


@router.put("/{group}/members/{person}", status_code=HTTPStatus.NO_CONTENT, response_class=Response)
def groups_join(site: SiteDep, _: Changing, group: GroupId, person: PersonInPath) -> None:
    """Put somebody into the group, who may be in it already."""
    somebody = site.store.people.get(PersonId(person))
    site.store.groups.join(somebody.id, site.store.groups.get(group).name)


@router.delete("/{group}/members/{person}", status_code=HTTPStatus.NO_CONTENT, response_class=Response)
def groups_leave(site: SiteDep, _: Changing, group: GroupId, person: PersonInPath) -> None:
    """Take somebody out of the group."""
    somebody = site.store.people.get(PersonId(person))
    if not site.store.groups.leave(somebody.id, site.store.groups.get(group).name):
        raise Problem(HTTPStatus.NOT_FOUND, "not-found", "This person is not in the group: nothing was changed.")


def _answer(request: Request, response: Response, site: SiteDep, actor: Actor, group: Group) -> GroupView:
    response.headers["ETag"] = _tag(group)
    return rule_desk(request, site, actor).group_view(group)


def _tag(group: Group) -> str:
    return etag(GroupEdit(name=group.name))
