"""One person: looked at, changed, deleted, restored, taken out."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from fastapi.encoders import jsonable_encoder
from starlette.responses import JSONResponse

from limen.door.people import export
from limen.errors import BadDataError
from limen.store.events import EventFilter
from limen.store.people_edit import PersonFacts
from limen.types import PersonId
from limen.web.api.people_models import Person, PersonChange, Removed, editable
from limen.web.etags import IfMatch, check_match, etag
from limen.web.event_words import EventTeller, EventView
from limen.web.paging import After, Limit, Page
from limen.web.people_answers import person_of
from limen.web.people_parts import NO_STORE, PersonPath, check_change, file_answer
from limen.web.portraits import Portraits
from limen.web.problem import Problem
from limen.web.rights import Actor, Right, needs
from limen.web.routing import api_router
from limen.web.site import SiteDep
from limen.web.words import chosen

router = api_router("people")


@router.get("/{person}")
def people_get(
    site: SiteDep, person: PersonPath, response: Response, actor: Annotated[Actor, needs(Right.PEOPLE_SEE)]
) -> Person:
    """One person; the ETag is of what may be changed about them."""
    response.headers["ETag"] = etag(editable(site.store.people_edits.facts(PersonId(person))))
    return person_of(site, actor, PersonId(person))


@router.patch("/{person}")
def people_change(
    site: SiteDep,
    person: PersonPath,
    change: PersonChange,
    response: Response,
    actor: Annotated[Actor, needs(Right.PEOPLE_CHANGE)],
    if_match: IfMatch = None,
) -> Person:
    """Change somebody: all of it, or nothing.

    Groups are changed only by those who change rules, and only those who delete people enable somebody again.
    """

    def changed(before: PersonFacts) -> PersonFacts:
        # In the transaction: nobody can come between the comparison and the change.
        check_match(if_match, etag(editable(before)))
        after = _with(before, change)
        check_change(actor, groups=after.groups != before.groups, enables=before.disabled and not after.disabled)
        return after

    after = site.store.people_edits.edit(PersonId(person), changed)
    response.headers["ETag"] = etag(editable(after))
    return person_of(site, actor, PersonId(person))


@router.delete("/{person}")
def people_remove(site: SiteDep, person: PersonPath, actor: Annotated[Actor, needs(Right.PEOPLE_DELETE)]) -> Removed:
    """Let somebody in nowhere from now on, and erase them with everything about them a little later."""
    erase_at = datetime.now(UTC) + timedelta(seconds=site.settings.web.undo_s)
    return Removed(erase_at=site.store.removals.remove(PersonId(person), erase_at, actor.key).erase_at)


@router.post("/{person}/restore")
def people_restore(site: SiteDep, person: PersonPath, actor: Annotated[Actor, needs(Right.PEOPLE_DELETE)]) -> Person:
    """Undo a deletion in time; whoever was disabled before stays so."""
    site.store.removals.undo(PersonId(person))
    return person_of(site, actor, PersonId(person))


@router.get("/{person}/export", dependencies=[needs(Right.EVENTS_EXPORT)], response_class=JSONResponse)
def people_export(site: SiteDep, person: PersonPath) -> JSONResponse:
    """Everything that is kept of somebody but vectors, pictures and hashes; that it was taken out is put on record."""
    told: Any = jsonable_encoder(export(site.store, PersonId(person), site.settings.doors))
    headers = {"Content-Disposition": f'attachment; filename="person-{person[:8]}.json"', **NO_STORE}
    return JSONResponse(told, headers=headers)


@router.get("/{person}/events")
def people_events(
    request: Request,
    site: SiteDep,
    person: PersonPath,
    actor: Annotated[Actor, needs(Right.EVENTS_SEE)],
    limit: Limit = 50,
    after: After = None,
) -> Page[EventView]:
    """What happened to somebody, the newest first."""
    site.store.people.get(PersonId(person))
    before = None if after is None else _sequence(after)
    records = site.store.events.latest(limit + 1, before=before, only=EventFilter(PersonId(person)))
    words = chosen(request, actor.language, site.settings.site.language)
    zone = ZoneInfo(site.settings.site.time_zone)
    teller = EventTeller(site.store, words, zone, scores=actor.can(Right.DOORS_WATCH))
    more = len(records) > limit
    return Page(items=teller.tell(records[:limit]), next=str(records[limit - 1].sequence) if more else None)


@router.get(
    "/{person}/portrait", dependencies=[needs(Right.PEOPLE_SEE)], response_class=Response,
    responses=file_answer("image/jpeg"),
)  # fmt: skip
def people_portrait(site: SiteDep, person: PersonPath) -> Response:
    """A small picture of the face, from the newest photo that was kept."""
    found = site.part(Portraits, Portraits).of(PersonId(person))
    if found is None:
        raise Problem(HTTPStatus.NOT_FOUND, "not-found", "There is no photo of this person to look at.")
    return Response(found, media_type="image/jpeg", headers=NO_STORE)


def _with(before: PersonFacts, change: PersonChange) -> PersonFacts:
    """The facts with what the change names.

    Raises:
        Problem: the person is being deleted.
    """
    if before.erase_at is not None:
        raise Problem(
            HTTPStatus.CONFLICT,
            "being-deleted",
            f"{before.name} is being deleted: restore them first, then change them.",
        )
    given = change.model_dump(include=change.model_fields_set)
    values = {name: value for name, value in given.items() if value is not None or name.startswith("valid_")}
    if "groups" in values:
        values["groups"] = frozenset(values["groups"])
    return replace(before, **values)


def _sequence(after: str) -> int:
    if not (after.isascii() and after.isdigit() and len(after) <= 15):
        raise BadDataError("this is no place in the list: give the 'next' of the page before, unchanged")
    return int(after)
