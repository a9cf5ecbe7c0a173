"""The page of one person."""

from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Path
from starlette.requests import Request
from starlette.responses import Response

from limen.store.events import EventFilter
from limen.types import PersonId
from limen.web.api.people_consents import consents_of
from limen.web.api.people_models import editable
from limen.web.api.people_photos import photos_of
from limen.web.etags import etag
from limen.web.event_words import EventTeller, EventView
from limen.web.pages import page_router, render
from limen.web.people_answers import model_in_use, person_of
from limen.web.people_words import GRADE_WORDS, STALE_WORDS, STATE_WORDS, initials, tint
from limen.web.rights import Actor, Right, needs
from limen.web.site import Site, SiteDep
from limen.web.words import chosen

router = page_router()

_RECENT = 8


@router.get("/people/{person}")
def person_screen(
    request: Request,
    site: SiteDep,
    person: Annotated[str, Path(max_length=100)],
    actor: Annotated[Actor, needs(Right.PEOPLE_SEE)],
) -> Response:
    """One person, with all that can be done about them."""
    who, zone = PersonId(person), ZoneInfo(site.settings.site.time_zone)
    found = person_of(site, actor, who)
    return render(
        request,
        "people_person.html",
        actor,
        person=found,
        etag=etag(editable(site.store.people_edits.facts(who))),
        first_day=_day(found.valid_from, zone, timedelta()),
        last_day=_day(found.valid_until, zone, timedelta(microseconds=1)),
        photos=photos_of(site, who),
        keeps_photos=site.settings.enrolment.keep_photos,
        groups=[group.name for group in site.store.groups.all()],
        cards=site.store.credentials.cards_of(who) if actor.can(Right.PEOPLE_CHANGE) else [],
        consents=consents_of(site, who),
        events=_recent(request, site, who, actor) if actor.can(Right.EVENTS_SEE) else [],
        undo_s=site.settings.web.undo_s,
        model_missing=not model_in_use(site),
        words=STATE_WORDS,
        stale_words=STALE_WORDS,
        grade_words=GRADE_WORDS,
        initials=initials,
        tint=tint,
    )


def _recent(request: Request, site: Site, person: PersonId, actor: Actor) -> list[EventView]:
    words = chosen(request, actor.language, site.settings.site.language)
    teller = EventTeller(site.store, words, ZoneInfo(site.settings.site.time_zone))
    return teller.tell(site.store.events.latest(_RECENT, only=EventFilter(person)))


def _day(moment: datetime | None, zone: ZoneInfo, back: timedelta) -> str:
    """The day of a moment at the site, ``back`` before it; empty for none."""
    return "" if moment is None else (moment - back).astimezone(zone).date().isoformat()
