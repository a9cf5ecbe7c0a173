"""Doors: how they stand, what their cameras show, and what they can be told to do."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Path, Query, Request, Response

from limen.web.door_desk import door_desk
from limen.web.door_models import DoorAnswer, DoorsAnswer, LiveAnswer, LockdownOrder, ModeOrder, OpenAnswer
from limen.web.rights import Actor, Right, needs
from limen.web.routing import api_router
from limen.web.site import SiteDep

router = api_router("doors")

DoorName = Annotated[str, Path(max_length=40, description="The door's name.")]
Seeing = Annotated[Actor, needs(Right.DOORS_SEE)]
Watching = Annotated[Actor, needs(Right.DOORS_WATCH)]
Operating = Annotated[Actor, needs(Right.DOORS_OPERATE)]
WithPicture = Annotated[bool, Query(description="Whether the picture comes along, so that both are of one moment.")]
_KEEP_OPEN_MINUTES = 30
_JPEG = {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}, "description": "A JPEG."}


@router.get("")
def doors_list(request: Request, site: SiteDep, actor: Seeing) -> DoorsAnswer:
    """All doors, in the order of the settings, and what is to be known beside them."""
    return door_desk(site, request, actor).all()


@router.post("/lockdown")
def doors_lock_down(request: Request, site: SiteDep, actor: Operating, order: LockdownOrder) -> DoorsAnswer:
    """Let nobody in anywhere for a while; the ways out stay free."""
    desk = door_desk(site, request, actor)
    desk.lock_all_down(order)
    return desk.all()


@router.delete("/lockdown")
def doors_end_lockdown(request: Request, site: SiteDep, actor: Operating) -> DoorsAnswer:
    """End the lockdown of every door."""
    desk = door_desk(site, request, actor)
    desk.end_lockdowns()
    return desk.all()


@router.get("/{name}")
def doors_get(request: Request, site: SiteDep, actor: Seeing, name: DoorName) -> DoorAnswer:
    """One door as it stands now."""
    return door_desk(site, request, actor).one(name)


@router.post("/{name}/open")
def doors_open(request: Request, site: SiteDep, actor: Operating, name: DoorName) -> OpenAnswer:
    """Open the door once.

    Refused (409) while it is locked down, does not run, or its lock does not obey.
    """
    return door_desk(site, request, actor).open(name)


@router.put("/{name}/mode")
def doors_set_mode(request: Request, site: SiteDep, actor: Operating, name: DoorName, order: ModeOrder) -> DoorAnswer:
    """Keep the door open for everybody, or shut for everybody, for a while."""
    desk = door_desk(site, request, actor)
    desk.set_mode(name, order.mode, order, _KEEP_OPEN_MINUTES)
    return desk.one(name)


@router.delete("/{name}/mode")
def doors_end_mode(request: Request, site: SiteDep, actor: Operating, name: DoorName) -> DoorAnswer:
    """Let the door stand as its rules say, from now on."""
    desk = door_desk(site, request, actor)
    desk.end_mode(name)
    return desk.one(name)


@router.post("/{name}/believe-clock")
def doors_believe_clock(request: Request, site: SiteDep, actor: Operating, name: DoorName) -> DoorAnswer:
    """Tell the door that the machine's clock is right, after it jumped."""
    desk = door_desk(site, request, actor)
    desk.believe_clock(name)
    return desk.one(name)


@router.get("/{name}/live")
def doors_live(
    request: Request, site: SiteDep, actor: Watching, name: DoorName, picture: WithPicture = False
) -> LiveAnswer:
    """The newest picture that was looked at: faces, what is wrong with them, whom they are like.

    It is made while somebody asks at least every three seconds: the first answer is empty.
    """
    return door_desk(site, request, actor).live(name, picture=picture)


@router.get(
    "/{name}/picture", response_class=Response, responses={200: _JPEG, 204: {"description": "There is none yet."}}
)
def doors_picture(request: Request, site: SiteDep, actor: Watching, name: DoorName) -> Response:
    """The newest picture that was looked at."""
    look = door_desk(site, request, actor).look(name)
    headers = {"Cache-Control": "no-store"}
    if look is None:
        return Response(status_code=HTTPStatus.NO_CONTENT, headers=headers)
    return Response(look.jpeg, media_type="image/jpeg", headers=headers)
