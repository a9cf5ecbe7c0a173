"""Who may open a door, and why: the rules asked as the door asks them."""

from datetime import UTC, datetime
from http import HTTPStatus
from itertools import islice
from typing import Annotated

from fastapi import Query, Request
from pydantic import Field

from limen.decision.reasons import Reason
from limen.decision.rules import Effect, Mode
from limen.door.access import explain, may_enter, site_zone
from limen.types import PersonId
from limen.web.explain_words import answer_words, door_lines, may_words, person_lines, rule_steps
from limen.web.paging import After, Limit, Page
from limen.web.problem import Problem
from limen.web.rights import Actor, Right, needs
from limen.web.routing import api_router
from limen.web.rule_desk import RuleDesk, must_see_people, rule_desk
from limen.web.rule_views import Named, NearTime, Told
from limen.web.site import Site, SiteDep

router = api_router("access")

Asking = Annotated[Actor, needs(Right.RULES_SEE)]
DoorAsked = Annotated[str, Query(min_length=1, max_length=200, description="A door's name.")]
At = Annotated[NearTime | None, Query(description="A time; without an offset that of the site; now otherwise.")]


class RuleLookedAt(Told):
    """A rule that speaks of the person at the door."""

    name: str
    effect: Effect
    sentence: str = Field(description="What it says, in the language that you prefer.")
    holds: bool = Field(description="Whether it is in force at the time.")
    until: datetime | None = Field(description="When that ends; null where no end is within two weeks.")
    next: datetime | None = Field(description="When it next begins, where it does not hold.")
    holding: str = Field(description="Whether it holds, until when or from when on, in words.")
    decides: bool = Field(description="Whether the answer is by this rule.")


class AccessExplained(Told):
    """Whether somebody may open a door, and how that comes about."""

    person: Named
    door: str
    at: datetime
    allowed: bool
    reason: Reason | None = Field(description="Why not; null where they may.")
    rule: str | None = Field(description="The rule that lets them in, or keeps them out.")
    until: datetime | None = Field(description="When a permission ends; null where that is not within two weeks.")
    next: datetime | None = Field(description="When they may next, where they may not.")
    mode: Mode
    answer: str = Field(description="The answer in a sentence, in the language that you prefer.")
    about_person: list[str]
    about_door: list[str]
    rules: list[RuleLookedAt] = Field(description="All rules that were looked at, those that keep people out first.")


class MayOpen(Told):
    """Somebody who may open the door."""

    person: Named
    rule: str
    until: datetime | None
    why: str = Field(description="By which rule, and until when, in words.")


@router.get("/explain")
def access_explain(
    request: Request, site: SiteDep, actor: Asking, door: DoorAsked,
    person: Annotated[str, Query(min_length=1, max_length=36, description="A person's id.")], at: At = None,
) -> AccessExplained:  # fmt: skip
    """Whether a person may open a door; cards, faces and PINs are not asked about."""
    must_see_people(actor)
    desk = rule_desk(request, site, actor)
    return explained(site, desk, PersonId(person), known_door(desk, door), moment(site, at))


@router.get("/who")
def access_who(
    request: Request, site: SiteDep, actor: Asking, door: DoorAsked, at: At = None, limit: Limit = 50,
    after: After = None,
) -> Page[MayOpen]:  # fmt: skip
    """Everybody who may open a door, by name."""
    must_see_people(actor)
    desk = rule_desk(request, site, actor)
    return who_may(site, desk, known_door(desk, door), moment(site, at), limit=limit, after=after)


def explained(site: Site, desk: RuleDesk, person: PersonId, door: str, at: datetime) -> AccessExplained:
    """Whether the person may open the door, as clients get it.

    Raises:
        UnknownPersonError: nobody has this id.
    """
    somebody, namer = site.store.people.get(person), desk.namer
    found = explain(site.store, site.settings, somebody, door, at)
    return AccessExplained(
        person=Named(id=somebody.id, name=somebody.name),
        door=door,
        at=at,
        allowed=found.allowed,
        reason=found.reason,
        rule=found.permission.rule,
        until=found.permission.until,
        next=found.next,
        mode=found.mode,
        answer=answer_words(found, somebody, namer),
        about_person=list(person_lines(found, somebody, namer)),
        about_door=list(door_lines(found, namer)),
        rules=[
            RuleLookedAt(
                name=step.rule,
                effect=step.considered.rule.effect,
                sentence=step.sentence,
                holds=step.considered.holds,
                until=step.considered.until,
                next=step.considered.next,
                holding=step.holding,
                decides=step.decides,
            )
            for step in rule_steps(found, namer)
        ],
    )


def who_may(site: Site, desk: RuleDesk, door: str, at: datetime, *, limit: int, after: str | None) -> Page[MayOpen]:
    """A page of those who may open the door."""
    found = list(islice(may_enter(site.store, site.settings, door, at, after or ""), limit + 1))
    views = [
        MayOpen(
            person=Named(id=each.person.id, name=each.person.name),
            rule=each.permission.rule or "",
            until=each.permission.until,
            why=may_words(each.permission, desk.namer),
        )
        for each in found[:limit]
    ]
    return Page(items=views, next=views[-1].person.name if len(found) > limit else None)


def known_door(desk: RuleDesk, door: str) -> str:
    """The door, if the settings or a rule name it.

    Raises:
        Problem: nothing does.
    """
    if door not in desk.doors:
        known = ", ".join(desk.doors[:10]) or "none"
        raise Problem(HTTPStatus.NOT_FOUND, "not-found", f"There is no door “{door}”: the doors are {known}.")
    return door


def moment(site: Site, at: datetime | None) -> datetime:
    """The aware UTC time that is meant; a time without an offset is one of the site."""
    if at is None:
        return datetime.now(UTC)
    return (at.replace(tzinfo=site_zone(site.settings)) if at.tzinfo is None else at).astimezone(UTC)
