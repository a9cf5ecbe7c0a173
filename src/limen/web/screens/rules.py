"""The pages about rules: the table and the sentences, groups, schedules, holidays, and who may open what."""

from datetime import datetime, timedelta, tzinfo
from typing import Annotated, Any

from fastapi import Path, Query, Request, Response

from limen.decision.schedule import WEEK, Day
from limen.door.access import moment_from, site_zone
from limen.errors import BadDataError, UnknownPersonError
from limen.types import PersonId
from limen.web.api.access import explained, known_door, who_may
from limen.web.api.schedules import schedule_view, tag_of
from limen.web.pages import page_router, render
from limen.web.rights import Actor, Right, needs
from limen.web.rule_desk import RuleDesk, must_see_people, rule_desk
from limen.web.rule_matrix import MOST_DOORS, MOST_ROWS, matrix_of
from limen.web.rule_words import long_day, short_day, time_words
from limen.web.schedule_views import ScheduleView, schedule_from_view
from limen.web.site import Site, SiteDep
from limen.web.week import bars_of, week_of

router = page_router()

Seeing = Annotated[Actor, needs(Right.RULES_SEE)]
RowId = Annotated[str, Path(max_length=36)]
After = Annotated[str, Query(max_length=200)]
Asked = Annotated[str, Query(max_length=200)]
_PAGE = 50


@router.get("/rules")
def rules_page(
    request: Request, site: SiteDep, actor: Seeing, after: After = "",
    row: Annotated[int, Query(ge=0, le=10**6)] = 0, door: Annotated[int, Query(ge=0, le=10**6)] = 0,
) -> Response:  # fmt: skip
    """The rules as a table and in sentences."""
    desk = rule_desk(request, site, actor)
    listed = [each for each, rule in desk.rules.items() if rule.name > after]
    matrix = matrix_of(desk, row, door)
    shown = {*listed[:_PAGE], *(chip.id for one in matrix.rows for cell in one.cells for chip in cell)}
    return render(
        request, "rules.html", actor,
        matrix=matrix, row=row, door=door, rows_a_page=MOST_ROWS, doors_a_page=MOST_DOORS,
        rules=[desk.view(each) for each in listed[:_PAGE]],
        next=desk.rules[listed[_PAGE - 1]].name if len(listed) > _PAGE else None,
        everybody=desk.everybody_anyway(),
        nobody_enters=not any(rule.effect == "allow" for rule in desk.rules.values()),
        dialog=_dialog(desk, shown),
    )  # fmt: skip


@router.get("/rules/ask")
def rules_ask_page(
    request: Request, site: SiteDep, actor: Seeing, person: Asked = "", door: Asked = "", at: Asked = "",
    after: After = "",
) -> Response:  # fmt: skip
    """Who may open a door at a time, and why."""
    desk, zone = rule_desk(request, site, actor), site_zone(site.settings)
    must_see_people(actor)
    context: dict[str, Any] = {"answer": None, "who": None, "wrong": None, "at_words": None}
    if door:
        try:
            moment = moment_from(at, zone) if at else desk.now
            context["at_words"] = time_words(moment, zone, desk.namer.translate)
            if person:
                found = _person_named(site, person)
                context["answer"] = explained(site, desk, found, known_door(desk, door), moment)
            else:
                context["who"] = who_may(site, desk, known_door(desk, door), moment, limit=_PAGE, after=after)
        except UnknownPersonError:
            context["wrong"] = desk.namer.translate("Nobody is called “{name}”.", name=person)
        except (ValueError, OverflowError):
            context["wrong"] = desk.namer.translate("“{time}” is no time.", time=at)
    asked = {"person": person, "door": door, "at": at}
    return render(request, "rules_ask.html", actor, doors=desk.doors, asked=asked, zone=zone, **context)


@router.get("/rules/groups")
def rules_groups_page(request: Request, site: SiteDep, actor: Seeing, after: After = "") -> Response:
    """The groups."""
    desk = rule_desk(request, site, actor)
    found = [desk.group_view(group) for group in desk.groups.values() if group.name > after]
    following = found[_PAGE - 1].name if len(found) > _PAGE else None
    return render(request, "rules_groups.html", actor, groups=found[:_PAGE], next=following)


@router.get("/rules/groups/{group}")
def rules_group_page(request: Request, site: SiteDep, actor: Seeing, group: RowId, after: After = "") -> Response:
    """Who is in a group, and which rules speak of it."""
    must_see_people(actor)
    desk, found = rule_desk(request, site, actor), site.store.groups.get(group)
    members = [one for one in site.store.people.all() if one.id in found.members and one.name > after]
    return render(
        request, "rules_group.html", actor,
        group=found, members=members[:_PAGE], next=members[_PAGE - 1].name if len(members) > _PAGE else None,
        rules=[desk.view(row) for row, rule in desk.rules.items() if rule.group == group],
    )  # fmt: skip


@router.get("/rules/schedules")
def rules_schedules_page(request: Request, site: SiteDep, actor: Seeing, after: After = "") -> Response:
    """The schedules, each with its week."""
    desk = rule_desk(request, site, actor)
    found = [name for name in desk.schedule_ids if name > after]
    shown = [_shown(site, desk, name) for name in found[:_PAGE]]
    following = found[_PAGE - 1] if len(found) > _PAGE else None
    return render(request, "rules_schedules.html", actor, schedules=shown, next=following)


@router.get("/rules/schedules/{schedule}")
def rules_schedule_page(request: Request, site: SiteDep, actor: Seeing, schedule: RowId) -> Response:
    """A schedule, to be looked at and changed."""
    desk, name = rule_desk(request, site, actor), site.store.schedules.name_of(schedule)
    shown = _shown(site, desk, name)
    view: ScheduleView = shown["view"]
    _ = desk.namer.translate
    days = [{"id": day.value, "short": short_day(day, _), "long": long_day(day, _)} for day in Day]
    using = [desk.view(row) for row, rule in desk.rules.items() if rule.schedule == name]
    data = {
        "id": view.id,
        "tag": tag_of(schedule_from_view(view)),
        "week": view.week.model_dump(),
        "days": days,
        "exceptions": [one.model_dump(mode="json") for one in view.exceptions],
    }
    return render(request, "rules_schedule.html", actor, **shown, days=days, data=data, rules=using)


@router.get("/rules/holidays")
def rules_holidays_page(request: Request, site: SiteDep, actor: Seeing, past: bool = False) -> Response:
    """The holidays."""
    desk, zone = rule_desk(request, site, actor), site_zone(site.settings)
    today = datetime.now(zone).date()
    everyone = site.store.holidays.all()
    shown = [
        {"day": day, "weekday": short_day(WEEK[day.weekday()], desk.namer.translate), "name": name}
        for day, name in everyone.items()
        if past or day >= today
    ]
    return render(
        request, "rules_holidays.html", actor, holidays=shown, today=today, past=past, hidden=len(everyone) - len(shown)
    )


def _person_named(site: Site, name: str) -> PersonId:
    try:
        found = site.store.people.find(name)
    except BadDataError:
        found = None
    if found is None:
        raise UnknownPersonError(f"nobody is called {name!r}")
    return found.id


def _shown(site: Site, desk: RuleDesk, name: str) -> dict[str, Any]:
    """A schedule with what is drawn of it."""
    view, schedule = schedule_view(site, desk, name), desk.namer.schedules.get(name)
    bars = bars_of(week_of(schedule.hours if schedule else ()))
    _ = desk.namer.translate
    used_days = [day for day in Day if day is not Day.HOLIDAY or bars[day]]
    changes = time_words(view.changes_at, desk.namer.zone, _) if view.changes_at else None
    return {
        "view": view,
        "bars": [(short_day(day, _), bars[day]) for day in used_days],
        "changes": changes,
    }


def _dialog(desk: RuleDesk, shown: set[str]) -> dict[str, Any]:
    """What the dialog for rules needs: what there is to choose from, and the rules of this page."""
    zone = desk.namer.zone
    rules = {}
    for row in shown:
        view = desk.view(row)
        rules[row] = view.model_dump(mode="json", exclude={"doubts"}) | {
            "tag": desk.tag(row),
            "first_day": _day_of(view.valid_from, zone),
            "last_day": _day_of(view.valid_until, zone, last=True),
        }
    return {
        "groups": [{"id": group.id, "name": group.name} for group in desk.groups.values()],
        "doors": desk.doors,
        "zones": sorted({zone for zone in desk.zones.values() if zone} | {
            rule.zone for rule in desk.rules.values() if rule.zone is not None
        }),
        "schedules": [{"id": row, "name": name} for name, row in desk.schedule_ids.items()],
        "rules": rules,
    }  # fmt: skip


def _day_of(moment: datetime | None, zone: tzinfo, *, last: bool = False) -> str | None:
    """The day at the site that is meant; an end at midnight is that of the day before."""
    if moment is None:
        return None
    local = moment.astimezone(zone)
    midnight = (local.hour, local.minute) == (0, 0)
    return str(local.date() - timedelta(days=1) if last and midnight else local.date())
