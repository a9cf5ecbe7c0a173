"""Holidays: the days on which no day of the week counts."""

from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import Body, Path, Query, Response
from pydantic import Field

from limen.door.access import site_zone
from limen.errors import BadDataError
from limen.store.names import clean_name
from limen.web.etags import IfMatch, check_match, etag
from limen.web.paging import Limit, Page
from limen.web.problem import Problem
from limen.web.rights import Actor, Right, needs
from limen.web.routing import api_router
from limen.web.rule_views import Asked, Name, NearDay, Told
from limen.web.site import Site, SiteDep

router = api_router("holidays")

Seeing = Annotated[Actor, needs(Right.RULES_SEE)]
Changing = Annotated[Actor, needs(Right.RULES_CHANGE)]
DayInPath = Annotated[NearDay, Path(description="A day as 2026-12-25.")]
AfterDay = Annotated[NearDay | None, Query(description="The `next` of the page before; or any day.")]
CalendarBody = Annotated[bytes, Body(media_type="text/calendar", description="An iCalendar file (.ics).")]


class HolidayEdit(Asked):
    """What a holiday is called."""

    name: Name


class HolidayView(Told):
    """A holiday."""

    day: date
    name: str


class HolidaysImported(Told):
    """What was read from a calendar."""

    holidays: list[HolidayView] = Field(description="The whole-day events of this year and the next five.")
    new: int = Field(description="So many of them were no holidays before.")
    skipped: int = Field(description="So many events were left out: past, too far ahead, or not of whole days.")
    kept: bool = Field(description="False after a dry run.")


@router.get("")
def holidays_list(site: SiteDep, _: Seeing, limit: Limit = 200, after: AfterDay = None) -> Page[HolidayView]:
    """The holidays, by day."""
    later = [(day, name) for day, name in site.store.holidays.all().items() if after is None or day > after]
    views = [HolidayView(day=day, name=name) for day, name in later[:limit]]
    return Page(items=views, next=str(views[-1].day) if len(later) > limit else None)


@router.put("/{day}")
def holidays_set(
    site: SiteDep, _: Changing, day: DayInPath, edit: HolidayEdit, if_match: IfMatch = None
) -> HolidayView:
    """Make a day a holiday, or give one another name."""
    _check(site, day, if_match)
    site.store.holidays.add({day: edit.name})
    return HolidayView(day=day, name=clean_name(edit.name))


@router.delete("/{day}", status_code=HTTPStatus.NO_CONTENT, response_class=Response)
def holidays_remove(site: SiteDep, _: Changing, day: DayInPath, if_match: IfMatch = None) -> None:
    """Make a day a usual one."""
    _check(site, day, if_match)
    site.store.holidays.remove(day)


@router.post("/import")
def holidays_import(
    site: SiteDep, _: Changing, content: CalendarBody,
    dry_run: Annotated[bool, Query(description="Only say what would be read.")] = False,
) -> HolidaysImported:  # fmt: skip
    """Make the whole-day events of an iCalendar file holidays."""
    # Late: iCalendar takes a while to import.
    from limen.door.ical import holidays_from

    read = holidays_from(content, datetime.now(site_zone(site.settings)).date())
    if not read.holidays:
        raise BadDataError("the file has no whole-day events in this year and the next five: nothing was imported")
    named = {day: _nameable(name) for day, name in read.holidays.items()}
    known = site.store.holidays.all()
    new = len(named.keys() - known.keys()) if dry_run else site.store.holidays.add(named)
    views = [HolidayView(day=day, name=name) for day, name in named.items()]
    return HolidaysImported(holidays=views, new=new, skipped=read.skipped, kept=not dry_run)


def _check(site: Site, day: date, if_match: str | None) -> None:
    """Refuse where somebody else changed the day meanwhile."""
    name = site.store.holidays.all().get(day)
    if name is not None:
        check_match(if_match, etag(HolidayView(day=day, name=name)))
    elif if_match is not None:
        raise Problem(HTTPStatus.PRECONDITION_FAILED, "changed-meanwhile", f"{day} is no holiday any more: load again.")


def _nameable(name: str) -> str:
    """A name of another's calendar as names can be: on one line, and not too long."""
    return " ".join("".join(c if c.isprintable() else " " for c in name).split())[:100] or "holiday"
