"""Making a device the display of a door: a link that works once, and the displays there are."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from limen.audit.actor import acting
from limen.errors import UnknownNameError
from limen.store.invitations import InvitationKind
from limen.store.names import clean_name
from limen.web.accounts import Asked
from limen.web.displays import displays_of
from limen.web.identity import DISPLAY, keep_cookie
from limen.web.problem import Problem
from limen.web.rights import Actor, Right, Role, anybody, needs
from limen.web.routing import PREFIX, ApiRoute
from limen.web.site import Site, SiteDep
from limen.web.totp import qr_code

LASTS = timedelta(days=400)
"""Browsers keep no cookie for longer; each visit of the display's page begins it anew."""

router = APIRouter(prefix=PREFIX, tags=["displays"], route_class=ApiRoute)
DoorName = Annotated[str, Path(max_length=40, description="The door's name")]
Administrator = Annotated[Actor, needs(Right.SETTINGS_CHANGE)]
Reader = Annotated[Actor, needs(Right.SETTINGS_SEE)]


class NewLink(Asked):
    """A link to be made."""

    minutes: Annotated[int, Field(ge=1, le=10080, description="It works for so long")] = 60


class Link(BaseModel):
    """A link that makes the device which opens it the door's display, once."""

    id: str
    door: str
    url: str
    qr: str = Field(description="The address as an SVG picture, for the device's camera")
    expires_at: datetime


class PairedDisplay(BaseModel):
    """A device that is the door's display."""

    id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None = Field(description="To the minute; null where it was never used")
    connected: bool = Field(description="Whether it is on, and reaches the server")


class OpenLink(BaseModel):
    """A link that nobody has opened yet; its address cannot be told again."""

    id: str
    created_at: datetime
    expires_at: datetime


class DoorDisplays(BaseModel):
    """The displays of a door, and the links to become one."""

    displays: list[PairedDisplay]
    links: list[OpenLink]


class Pairing(Asked):
    """A device that is to become a display."""

    secret: Annotated[str, Field(min_length=1, max_length=200, description="The last part of the link")]
    name: Annotated[str, Field(min_length=1, max_length=100, description="What the device is called")] = "Display"


class Paired(BaseModel):
    """What the device is from now on."""

    door: str


@router.post("/doors/{name}/kiosks", status_code=HTTPStatus.CREATED)
def kiosk_invite(name: DoorName, asked: NewLink, request: Request, site: SiteDep, actor: Administrator) -> Link:
    """Make a link that turns one device into this door's display."""
    _known(site, name)
    until = datetime.now(UTC) + timedelta(minutes=asked.minutes)
    made, secret = site.store.invitations.add(InvitationKind.KIOSK, door=name, expires_at=until)
    url = f"{site.settings.web.public_url or str(request.base_url).rstrip('/')}/pair/{secret}"
    return Link(id=made.id, door=name, url=url, qr=qr_code(url), expires_at=made.expires_at)


@router.get("/doors/{name}/kiosks")
def kiosk_list(name: DoorName, site: SiteDep, actor: Reader) -> DoorDisplays:
    """The door's displays, and the links that nobody has opened yet."""
    _known(site, name)
    return displays_shown(site, name)


@router.delete("/doors/{name}/kiosks/{display}", status_code=HTTPStatus.NO_CONTENT)
def kiosk_revoke(
    name: DoorName,
    display: Annotated[str, Path(max_length=40, description="The id of a display, or of a link")],
    site: SiteDep,
    actor: Administrator,
) -> None:
    """End a display, at once, or withdraw a link."""
    if any(token.id == display and _shows(token.role, token.door, name) for token in site.store.tokens.all()):
        site.store.tokens.delete(display)
        displays_of(site).revoke(display)
        return
    if all(one.id != display or one.door != name for one in site.store.invitations.all(InvitationKind.KIOSK)):
        raise UnknownNameError(f"{name} has no display and no link with the id {display!r}: it may have been revoked")
    site.store.invitations.delete(display)


@router.post("/pairing", status_code=HTTPStatus.CREATED, dependencies=[anybody()])
def kiosk_pair(asked: Pairing, request: Request, response: Response, site: SiteDep) -> Paired:
    """Become the display that a link is for: the answer sets a cookie, and the link works no more."""
    device = clean_name(asked.name)
    used = site.store.invitations.use(asked.secret, datetime.now(UTC), InvitationKind.KIOSK)
    if used is None or used.door is None:
        raise Problem(
            HTTPStatus.NOT_FOUND, "link-used", "This link was used already, or its time is over: make another."
        )
    with acting(f"invitation:{used.id}"):
        _, secret = site.store.tokens.add(device, Role.KIOSK, door=used.door)
    keep_cookie(response, request, DISPLAY, secret, lasts=LASTS)
    return Paired(door=used.door)


def end_displays(site: Site, door: str) -> None:
    """End the displays of a door that has no longer this name, and the links to become one."""
    for token in site.store.tokens.all():
        if _shows(token.role, token.door, door):
            site.store.tokens.delete(token.id)
            displays_of(site).revoke(token.id)
    for link in site.store.invitations.all(InvitationKind.KIOSK):
        if link.door == door:
            site.store.invitations.delete(link.id)


def displays_shown(site: Site, door: str) -> DoorDisplays:
    """The displays of a door, and the links that are still open."""
    connected, now = displays_of(site).connected(door), datetime.now(UTC)
    tokens = [token for token in site.store.tokens.all() if _shows(token.role, token.door, door)]
    links = [one for one in site.store.invitations.all(InvitationKind.KIOSK) if one.door == door and one.open_at(now)]
    return DoorDisplays(
        displays=[
            PairedDisplay(
                id=token.id, name=token.name, created_at=token.created_at, last_used_at=token.last_used_at,
                connected=token.id in connected,
            )
            for token in tokens
        ],
        links=[OpenLink(id=one.id, created_at=one.created_at, expires_at=one.expires_at) for one in links],
    )  # fmt: skip


def _shows(role: str, of: str | None, door: str) -> bool:
    return role == Role.KIOSK and of == door


def _known(site: Site, door: str) -> None:
    if door not in site.settings.doors:
        known = ", ".join(site.settings.doors) or "none"
        raise UnknownNameError(f"there is no door {door!r}, there are: {known}")
