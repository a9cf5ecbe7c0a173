"""The timeline, one event, and strangers who came often."""

from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Path, Query
from starlette.requests import Request
from starlette.responses import Response

from limen.decision.reasons import Reason
from limen.errors import UnknownPersonError
from limen.types import PersonId
from limen.web.api.events import teller_for
from limen.web.event_filters import LARGEST_SEQUENCE, EventPage, newer_than, read_page
from limen.web.event_page import SHOWN, EventAddress
from limen.web.event_rows import by_day, row_of
from limen.web.pages import page_router, render
from limen.web.rights import Actor, Right, needs
from limen.web.site import Site, SiteDep

router = page_router()

_ROWS = 100
Sees = Annotated[Actor, needs(Right.EVENTS_SEE)]
Address = Annotated[EventAddress, Query()]
Sequence = Annotated[int, Path(ge=1, le=LARGEST_SEQUENCE)]
Cursor = Annotated[str | None, Query(max_length=20)]


@router.get("/events")
def events_page(request: Request, site: SiteDep, actor: Sees, asked: Address, after: Cursor = None) -> Response:
    """The timeline."""
    zone = _zone(site)
    # Before the page is read: what comes between is then asked for twice, rather than never.
    newest = site.store.event_facts.newest_sequence()
    page = read_page(site.store, asked.selection(zone), _ROWS, after)
    return _rows(
        request, site, actor, "events.html", page,
        asked=asked, shown=SHOWN, reasons=list(Reason), person=_person(site, actor, asked.person), later=after,
        doors=sorted({*site.settings.doors, *([asked.door] if asked.door else [])}),
        export=asked.for_export(zone), newest=newest,
    )  # fmt: skip


@router.get("/events/rows")
def events_rows(
    request: Request,
    site: SiteDep,
    actor: Sees,
    asked: Address,
    after: Cursor = None,
    newer: Annotated[int | None, Query(ge=0, le=LARGEST_SEQUENCE)] = None,
) -> Response:
    """Rows alone: those older than ``after``, or those that are ``newer``."""
    wanted = asked.selection(_zone(site))
    page = (
        read_page(site.store, wanted, _ROWS, after) if newer is None else newer_than(site.store, wanted, newer, _ROWS)
    )
    return _rows(request, site, actor, "events_rows.html", page, asked=asked)


@router.get("/events/{sequence:int}")
def event_page(
    request: Request, site: SiteDep, actor: Sees, sequence: Sequence, part: Annotated[bool, Query()] = False
) -> Response:
    """One event: a page, or the part of it that a dialog shows."""
    view = teller_for(request, site, actor).tell([site.store.events.get(sequence)])[0]
    until = site.store.crops.kept([sequence]).get(sequence)
    template = "event_details.html" if part else "event.html"
    return render(
        request, template, actor, row=row_of(view, _zone(site)), until=until,
        consent=site.settings.privacy.consent_text_version,
    )  # fmt: skip


@router.get("/unknown-faces")
def unknown_faces_page(request: Request, site: SiteDep, actor: Annotated[Actor, needs(Right.EVENTS_LABEL)]) -> Response:
    """Strangers who came often; the script asks for them, since pictures may have to be looked at first."""
    privacy = site.settings.privacy
    return render(
        request, "unknown_faces.html", actor, kept=privacy.keep_crops, days=privacy.crop_days,
        consent=privacy.consent_text_version, pictures=len(site.store.crops.strangers(1)),
    )  # fmt: skip


def _rows(request: Request, site: Site, actor: Actor, template: str, page: EventPage, **context: Any) -> Response:
    views = teller_for(request, site, actor).tell(page.records)
    privacy = site.settings.privacy
    return render(
        request, template, actor, days=by_day(views, _zone(site), datetime.now(UTC)), older=page.next,
        keeps_crops=privacy.keep_crops, crop_days=privacy.crop_days, consent=privacy.consent_text_version, **context,
    )  # fmt: skip


def _zone(site: Site) -> ZoneInfo:
    return ZoneInfo(site.settings.site.time_zone)


def _person(site: Site, actor: Actor, person: str | None) -> str | None:
    """The name of whom the timeline is about, for those who may see people."""
    if person is None or not actor.can(Right.PEOPLE_SEE):
        return None
    try:
        return site.store.people.get(PersonId(person)).name
    except UnknownPersonError:
        return None
