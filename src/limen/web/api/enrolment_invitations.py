"""Links by which people enrol themselves, once, on their own phone."""

import io
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated

import segno
from fastapi import Path, Request, Response
from pydantic import BaseModel, Field

from limen.errors import UnknownNameError
from limen.store.invitations import Invitation, InvitationKind
from limen.types import PersonId
from limen.web.people_parts import PersonPath
from limen.web.problem import Problem
from limen.web.rights import Right, needs
from limen.web.routing import api_router
from limen.web.site import Site, SiteDep

router = api_router("people")

InvitationPath = Annotated[str, Path(max_length=64, description="The invitation's id")]


class PersonInvitation(BaseModel):
    """A link that was given to somebody, without its secret."""

    id: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    open: bool = Field(description="Whether it can still be used")


class NewPersonInvitation(PersonInvitation):
    """A new link: it is told once."""

    url: str = Field(description="To be opened on the person's own phone")
    qr: str = Field(description="The link as a QR code: an SVG to be shown as it is")


@router.post("/{person}/invitations", status_code=HTTPStatus.CREATED, dependencies=[needs(Right.ENROL)])
def people_invite(request: Request, site: SiteDep, person: PersonPath) -> NewPersonInvitation:
    """Make a link by which somebody enrols themselves, once, within the hours of the settings."""
    if site.store.removals.of(PersonId(person)) is not None:
        raise Problem(HTTPStatus.CONFLICT, "being-deleted", "This person is being deleted: restore them first.")
    now = datetime.now(UTC)
    expires_at = now + timedelta(hours=site.settings.web.invitation_hours)
    made, secret = site.store.invitations.add(InvitationKind.ENROL, person=PersonId(person), expires_at=expires_at)
    base = site.settings.web.public_url or str(request.base_url).rstrip("/")
    url = f"{base}/enrol/{secret}"
    return NewPersonInvitation(**_told(made, now).model_dump(), url=url, qr=qr_svg(url))


@router.get("/{person}/invitations", dependencies=[needs(Right.ENROL)])
def people_invitations(site: SiteDep, person: PersonPath) -> list[PersonInvitation]:
    """The links that somebody was given, the newest first."""
    site.store.people.get(PersonId(person))
    now = datetime.now(UTC)
    return [_told(one, now) for one in _of(site, person)]


@router.delete(
    "/{person}/invitations/{invitation}", status_code=HTTPStatus.NO_CONTENT, response_class=Response,
    dependencies=[needs(Right.ENROL)],
)  # fmt: skip
def people_uninvite(site: SiteDep, person: PersonPath, invitation: InvitationPath) -> None:
    """Withdraw a link: it no longer works."""
    if not any(one.id == invitation for one in _of(site, person)):
        raise UnknownNameError("this person has no such invitation: it was withdrawn before")
    site.store.invitations.delete(invitation)


def qr_svg(text: str) -> str:
    """A QR code as SVG without sizes of its own: it fills what it is put into."""
    buffer = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        buffer, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=2, dark="#000", light="#fff"
    )
    return buffer.getvalue().decode()


def _of(site: Site, person: str) -> list[Invitation]:
    return [one for one in site.store.invitations.all(InvitationKind.ENROL) if one.person == person]


def _told(invitation: Invitation, now: datetime) -> PersonInvitation:
    return PersonInvitation(
        id=invitation.id,
        created_at=invitation.created_at,
        expires_at=invitation.expires_at,
        used_at=invitation.used_at,
        open=invitation.open_at(now),
    )
