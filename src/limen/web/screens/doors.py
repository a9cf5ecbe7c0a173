"""The dashboard of all doors, and the page of one."""

from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Path, Request
from starlette.responses import Response

from limen.audit.events import EventType
from limen.store.events import EventFilter
from limen.web.door_desk import door_desk
from limen.web.door_memory import QUIET
from limen.web.event_words import EventTeller
from limen.web.pages import page_router, render
from limen.web.rights import Actor, Right, needs
from limen.web.site import SiteDep
from limen.web.words import chosen

router = page_router()

DoorName = Annotated[str, Path(max_length=40)]
Seeing = Annotated[Actor, needs(Right.DOORS_SEE)]
_TIMELINE = 30
_TOLD = EventFilter(types=frozenset(EventType) - QUIET)


@router.get("/")
def doors_dashboard(request: Request, site: SiteDep, actor: Seeing) -> Response:
    """How all doors stand."""
    return render(request, "doors.html", actor, shown=door_desk(site, request, actor).all())


@router.get("/doors/{name}")
def doors_page(request: Request, site: SiteDep, actor: Seeing, name: DoorName) -> Response:
    """One door: what its camera shows, what happened there, what it can be told to do."""
    door = door_desk(site, request, actor).one(name)
    events = []
    if actor.can(Right.EVENTS_SEE):
        words = chosen(request, actor.language, site.settings.site.language)
        zone = ZoneInfo(site.settings.site.time_zone)
        teller = EventTeller(site.store, words, zone, scores=actor.can(Right.DOORS_WATCH))
        events = teller.tell(site.store.events.latest(_TIMELINE, door=name, only=_TOLD))
    return render(request, "doors_one.html", actor, door=door, events=events)
