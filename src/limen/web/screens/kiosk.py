"""The display of a door, becoming one, and those that a door has."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import Path
from starlette.requests import Request
from starlette.responses import Response

from limen.errors import UnknownNameError
from limen.store.invitations import InvitationKind
from limen.web.api.kiosk_pairing import LASTS, displays_shown
from limen.web.displays import camera_of, shown, visitor_of
from limen.web.identity import DISPLAY, identify, keep_cookie
from limen.web.pages import page_router, render
from limen.web.rights import Actor, Right, anybody, needs
from limen.web.site import SiteDep
from limen.web.words import chosen

router = page_router()


@router.get("/display", dependencies=[anybody()])
def display_screen(request: Request, site: SiteDep) -> Response:
    """What hangs beside the door; for a device that is no display, how it becomes one."""
    actor = next((one for one in identify(request) if one.can(Right.KIOSK)), None)
    if actor is None or actor.door is None:
        return render(request, "kiosk_unpaired.html", None, status=HTTPStatus.UNAUTHORIZED, expired=False)
    words = chosen(request, None, site.settings.site.language)
    state = shown(site, actor.door, visitor_of(site, actor.door), words)
    config = site.settings.doors.get(actor.door)
    response = render(
        request, "kiosk.html", actor, door=actor.door, state=state, camera=camera_of(site, actor.door),
        purpose=config.purpose if config is not None else "", menu=(),
    )  # fmt: skip
    if secret := request.cookies.get(DISPLAY):
        keep_cookie(response, request, DISPLAY, secret, lasts=LASTS)
    return response


@router.get("/pair/{secret}", dependencies=[anybody()])
def pair_screen(secret: Annotated[str, Path(max_length=200)], request: Request, site: SiteDep) -> Response:
    """Asks whether this device is to be the display: a preview of the link must not use it up."""
    found = site.store.invitations.find(secret, datetime.now(UTC), InvitationKind.KIOSK)
    if found is None:
        return render(request, "kiosk_unpaired.html", None, status=HTTPStatus.NOT_FOUND, expired=True)
    return render(request, "kiosk_pair.html", None, door=found.door, secret=secret)


@router.get("/doors/{name}/displays")
def displays_screen(
    name: Annotated[str, Path(max_length=40)],
    request: Request,
    site: SiteDep,
    actor: Annotated[Actor, needs(Right.SETTINGS_SEE)],
) -> Response:
    """The displays of a door, and the way to another one."""
    if name not in site.settings.doors:
        raise UnknownNameError(f"there is no door {name!r}")
    shown_here = displays_shown(site, name)
    return render(request, "kiosk_displays.html", actor, door=name, camera=camera_of(site, name), shown=shown_here)
