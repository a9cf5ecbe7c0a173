"""What happened: listed, looked at, labelled, exported."""

from collections.abc import Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Path, Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from limen.audit.events import AuditEvent, EventType
from limen.errors import NoInputError
from limen.types import PersonId
from limen.web.etags import IfMatch, check_match, etag
from limen.web.event_export import EventExport, ExportFormat, all_up_to, as_text
from limen.web.event_filters import LARGEST_SEQUENCE, EventQuery, read_page
from limen.web.event_labels import LabelAnswer, NewLabel, PictureRefused, likest_photo, set_label
from limen.web.event_words import EventTeller, EventView
from limen.web.paging import Page
from limen.web.problem import Problem
from limen.web.rights import Actor, Right, needs
from limen.web.routing import api_router
from limen.web.site import Site, SiteDep
from limen.web.words import chosen

router = api_router("events")

Sees = Annotated[Actor, needs(Right.EVENTS_SEE)]
Labels = Annotated[Actor, needs(Right.EVENTS_LABEL)]
Sequence = Annotated[int, Path(ge=1, le=LARGEST_SEQUENCE, description="The number of an event")]
NO_STORE = {"Cache-Control": "no-store"}
_Answers = dict[int | str, dict[str, Any]]
_PICTURE: _Answers = {200: {"description": "The picture", "content": {"image/jpeg": {"schema": {"type": "string"}}}}}
_FILE: _Answers = {
    200: {
        "description": "The file",
        "content": {kind.media_type.partition(";")[0]: {"schema": {"type": "string"}} for kind in ExportFormat},
    }
}


def teller_for(request: Request, site: Site, actor: Actor) -> EventTeller:
    """What tells events in the language of whoever asks, with no more in them than they may see."""
    words = chosen(request, actor.language, site.settings.site.language)
    zone = ZoneInfo(site.settings.site.time_zone)
    return EventTeller(site.store, words, zone, scores=actor.can(Right.DOORS_WATCH))


@router.get("")
def events_list(
    request: Request, site: SiteDep, actor: Sees, wanted: Annotated[EventQuery, Query()]
) -> Page[EventView]:
    """Events, the newest first, a page at a time."""
    page = read_page(site.store, wanted, wanted.limit, wanted.after)
    return Page(items=teller_for(request, site, actor).tell(page.records), next=page.next)


@router.get("/export", response_class=StreamingResponse, responses=_FILE)
def events_export(
    request: Request,
    site: SiteDep,
    actor: Annotated[Actor, needs(Right.EVENTS_EXPORT)],
    wanted: Annotated[EventExport, Query()],
) -> StreamingResponse:
    """The events of this moment, the oldest first, as a file. That they were exported is put on record before."""
    end = site.store.event_facts.newest_sequence()
    now = datetime.now(UTC)
    detail = f"up to event {end} as {wanted.kind}{'' if wanted.names else ' without names'}"
    site.store.events.append(AuditEvent(EventType.AUDIT_EXPORTED, now, wanted.door, reason="web", detail=detail))
    pages = all_up_to(site.store, end, wanted.door, wanted.only(), names=wanted.names)
    text: Iterator[str] = as_text(pages, teller_for(request, site, actor), wanted.kind, names=wanted.names)
    day = now.astimezone(ZoneInfo(site.settings.site.time_zone)).date().isoformat()
    headers = NO_STORE | {"Content-Disposition": f'attachment; filename="limen-events-{day}.{wanted.kind}"'}
    return StreamingResponse(text, media_type=wanted.kind.media_type, headers=headers)


@router.get("/{sequence:int}")
def events_get(sequence: Sequence, request: Request, response: Response, site: SiteDep, actor: Sees) -> EventView:
    """One event. Its ETag changes with its label."""
    view = _view(request, site, actor, sequence)
    response.headers["ETag"] = etag(view)
    return view


@router.get(
    "/{sequence:int}/crop",
    response_class=Response,
    responses=_PICTURE,
    dependencies=[needs(Right.DOORS_WATCH, Right.EVENTS_LABEL)],
)
def events_crop(sequence: Sequence, site: SiteDep) -> Response:
    """The face that an event was about, as JPEG; 404 where none is kept."""
    jpeg = site.store.crops.of(sequence)
    if jpeg is None:
        raise NoInputError(f"no picture of event {sequence} is kept, or its time is over")
    return Response(jpeg, media_type="image/jpeg", headers=NO_STORE)


@router.delete(
    "/{sequence:int}/crop",
    status_code=HTTPStatus.NO_CONTENT,
    response_class=Response,
    dependencies=[needs(Right.EVENTS_LABEL)],
)
def events_erase_crop(sequence: Sequence, site: SiteDep) -> None:
    """Erase the picture of an event now; that is put on record. The event itself stays."""
    if not site.store.crops.erase([sequence]):
        raise NoInputError(f"no picture of event {sequence} is kept, or its time is over")


@router.put("/{sequence:int}/label")
def events_set_label(
    sequence: Sequence, asked: NewLabel, request: Request, site: SiteDep, actor: Labels, if_match: IfMatch = None
) -> LabelAnswer:
    """Say whom a visit was of, that it was not who the door took it for, or that it is of no matter.

    With `enrol` the picture also becomes a template of the person, where it is good enough and the caller may enrol.
    """
    if asked.enrol and not actor.can(Right.ENROL):
        raise Problem(HTTPStatus.FORBIDDEN, "not-allowed", "Your role does not allow this: ask an owner or admin.")
    if if_match is not None:
        check_match(if_match, etag(_view(request, site, actor, sequence)))
    enrolled, wrong = set_label(site, actor, sequence, asked)
    refused = enrolled.refused[0] if enrolled is not None and enrolled.refused else None
    return LabelAnswer(
        event=_view(request, site, actor, sequence),
        added=enrolled is not None and bool(enrolled.added),
        refused=None if refused is None else PictureRefused.of(refused),
        likest_photo=None if wrong is None else likest_photo(site, actor, PersonId(wrong), sequence),
    )


@router.delete(
    "/{sequence:int}/label",
    status_code=HTTPStatus.NO_CONTENT,
    response_class=Response,
    dependencies=[needs(Right.EVENTS_LABEL)],
)
def events_clear_label(sequence: Sequence, site: SiteDep) -> None:
    """Take back what was said of an event; templates that came of it stay."""
    site.store.labels.clear([sequence])


def _view(request: Request, site: Site, actor: Actor, sequence: int) -> EventView:
    return teller_for(request, site, actor).tell([site.store.events.get(sequence)])[0]
