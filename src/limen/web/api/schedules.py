"""Schedules: the hours that rules speak of."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import Body, Path, Query, Request, Response

from limen.decision.schedule import Calendar, Schedule, covers, next_start, until
from limen.door.access import site_zone
from limen.errors import BadDataError
from limen.web.etags import IfMatch, check_match, etag
from limen.web.paging import After, Limit, Page
from limen.web.problem import Problem
from limen.web.rights import Actor, Right, needs
from limen.web.routing import api_router
from limen.web.rule_desk import RuleDesk, rule_desk
from limen.web.rule_views import NearDay
from limen.web.rule_words import hours_parts
from limen.web.schedule_views import (
    ScheduleChange,
    ScheduleEdit,
    ScheduleException,
    ScheduleView,
    exceptions_of,
    override_from,
    schedule_edit,
    schedule_from,
)
from limen.web.site import Site, SiteDep

router = api_router("schedules")

ScheduleId = Annotated[str, Path(max_length=36, description="The schedule's id.")]
Seeing = Annotated[Actor, needs(Right.RULES_SEE)]
Changing = Annotated[Actor, needs(Right.RULES_CHANGE)]
CALENDAR = "text/calendar"
CalendarBody = Annotated[bytes, Body(media_type=CALENDAR, description="An iCalendar file (.ics).")]
_FILE = {"200": {"content": {CALENDAR: {"schema": {"type": "string"}}}, "description": "An iCalendar file."}}


@router.get("")
def schedules_list(
    request: Request, site: SiteDep, actor: Seeing, limit: Limit = 50, after: After = None
) -> Page[ScheduleView]:
    """The schedules, by name."""
    desk = rule_desk(request, site, actor)
    found = [name for name in desk.schedule_ids if name > (after or "")][: limit + 1]
    views = [schedule_view(site, desk, name) for name in found[:limit]]
    return Page(items=views, next=views[-1].name if len(found) > limit else None)


@router.post("", status_code=HTTPStatus.CREATED)
def schedules_add(
    request: Request, response: Response, site: SiteDep, actor: Changing, edit: ScheduleEdit
) -> ScheduleView:
    """A new schedule."""
    schedule = schedule_from(edit)
    row = site.store.schedules.add(schedule.name, schedule.hours)
    if schedule.overrides:
        site.store.schedules.replace(schedule.name, schedule)
    response.headers["Location"] = f"{router.prefix}/{row}"
    return _answer(request, response, site, actor, row)


@router.get("/{schedule}")
def schedules_get(
    request: Request, response: Response, site: SiteDep, actor: Seeing, schedule: ScheduleId
) -> ScheduleView:
    """One schedule."""
    return _answer(request, response, site, actor, schedule)


@router.patch("/{schedule}")
def schedules_change(
    request: Request, response: Response, site: SiteDep, actor: Changing, schedule: ScheduleId, change: ScheduleChange,
    if_match: IfMatch = None,
) -> ScheduleView:  # fmt: skip
    """Another name, other hours of the week, other exceptions: what is not given stays."""
    before = _existing(site, schedule)
    check_match(if_match, tag_of(before))
    given = {name: value for name in ("name", "week", "exceptions") if (value := getattr(change, name)) is not None}
    site.store.schedules.replace(before.name, schedule_from(schedule_edit(before).model_copy(update=given)))
    return _answer(request, response, site, actor, schedule)


@router.delete("/{schedule}", status_code=HTTPStatus.NO_CONTENT, response_class=Response)
def schedules_remove(site: SiteDep, _: Changing, schedule: ScheduleId, if_match: IfMatch = None) -> None:
    """Away with a schedule that no rule speaks of, and its exceptions."""
    before = _existing(site, schedule)
    check_match(if_match, tag_of(before))
    if using := [rule.name for rule in site.store.rules.all() if rule.schedule == before.name]:
        names = ", ".join(f"“{name}”" for name in using[:5])
        raise Problem(HTTPStatus.CONFLICT, "in-use", f"Rules speak of “{before.name}”: remove or change {names} first.")
    site.store.schedules.remove(before.name)


@router.post("/{schedule}/exceptions")
def schedules_except(
    request: Request, response: Response, site: SiteDep, actor: Changing, schedule: ScheduleId,
    exception: ScheduleException,
) -> ScheduleView:  # fmt: skip
    """Other hours on some days; what was said of these days before no longer holds."""
    try:
        override = override_from(exception)
    except ValueError as error:
        raise BadDataError(str(error)) from error
    site.store.schedules.add_exception(site.store.schedules.name_of(schedule), override)
    return _answer(request, response, site, actor, schedule)


@router.delete("/{schedule}/exceptions")
def schedules_usual(
    request: Request, response: Response, site: SiteDep, actor: Changing, schedule: ScheduleId,
    first_day: Annotated[NearDay, Query()], last_day: Annotated[NearDay, Query(description="Included.")],
) -> ScheduleView:  # fmt: skip
    """The usual hours again on these days; 404 where they have no exception."""
    site.store.schedules.remove_exceptions(site.store.schedules.name_of(schedule), first_day, last_day)
    return _answer(request, response, site, actor, schedule)


@router.get("/{schedule}/calendar", response_class=Response, responses=_FILE)  # type: ignore[arg-type]
def schedules_calendar(site: SiteDep, _: Seeing, schedule: ScheduleId) -> Response:
    """The hours of the next two years, with holidays and exceptions, as an iCalendar file."""
    # Late: iCalendar takes a while to import.
    from limen.door.ical import schedule_calendar

    zone, now = site_zone(site.settings), datetime.now(UTC)
    found = site.store.schedules.get(site.store.schedules.name_of(schedule))
    calendar = Calendar(zone, frozenset(site.store.holidays.all()))
    content = schedule_calendar(found, calendar, now.astimezone(zone).date(), now)
    headers = {"Content-Disposition": 'attachment; filename="schedule.ics"'}
    return Response(content, media_type=CALENDAR, headers=headers)


@router.put("/{schedule}/calendar")
def schedules_read_calendar(
    request: Request, response: Response, site: SiteDep, actor: Changing, schedule: ScheduleId, content: CalendarBody,
    if_match: IfMatch = None,
) -> ScheduleView:  # fmt: skip
    """The hours and exceptions become those of an iCalendar file, at the times of the site."""
    from limen.door.ical_hours import hours_from  # Late, as above.

    before = _existing(site, schedule)
    check_match(if_match, tag_of(before))
    zone = site_zone(site.settings)
    read = hours_from(content, zone, datetime.now(zone).date())
    site.store.schedules.replace(before.name, Schedule(before.name, read.hours, read.overrides))
    return _answer(request, response, site, actor, schedule)


def schedule_view(site: Site, desk: RuleDesk, name: str) -> ScheduleView:
    """The schedule of this name as clients get it."""
    found = desk.namer.schedules.get(name)
    schedule = found or Schedule(name)
    calendar = Calendar(desk.namer.zone, frozenset(site.store.holidays.all()))
    within = covers(schedule, desk.now, calendar)
    edit = schedule_edit(schedule)
    return ScheduleView(
        id=desk.schedule_ids[name],
        name=name,
        readable=found is not None,
        week=edit.week,
        exceptions=exceptions_of(schedule),
        words=hours_parts(schedule, desk.namer.translate),
        rules=sum(rule.schedule == name for rule in desk.rules.values()),
        within=within,
        changes_at=(until if within else next_start)(schedule, desk.now, calendar),
    )


def tag_of(schedule: Schedule) -> str:
    """The schedule's ETag."""
    return etag(schedule_edit(schedule))


def _answer(request: Request, response: Response, site: Site, actor: Actor, row: str) -> ScheduleView:
    schedule = _existing(site, row)
    response.headers["ETag"] = tag_of(schedule)
    return schedule_view(site, rule_desk(request, site, actor), schedule.name)


def _existing(site: Site, row: str) -> Schedule:
    """The schedule with this id; without hours where those cannot be read, so that it can be given some."""
    name = site.store.schedules.name_of(row)
    try:
        return site.store.schedules.get(name)
    except BadDataError:
        return Schedule(name)
