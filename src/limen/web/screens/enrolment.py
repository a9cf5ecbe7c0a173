"""The pages of enrolment: for those who enrol others, and for those who were invited."""

from collections.abc import Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Path, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from limen.door.enrol_look import LookKind
from limen.types import PersonId
from limen.web.enrolment_desk import consent_version
from limen.web.identity import INVITATION, identify, keep_cookie
from limen.web.pages import page_router, render
from limen.web.rights import Actor, Kind, Right, anybody, needs
from limen.web.site import Site, SiteDep

router = page_router()


@router.get("/enrol")
def enrol_page(
    request: Request,
    site: SiteDep,
    actor: Annotated[Actor, needs(Right.ENROL)],
    person: Annotated[str, Query(max_length=100)] = "",
    look: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Enrol somebody: new, or known."""
    known = site.store.people.get(PersonId(person)) if person else None
    kind = LookKind(look) if look in list(LookKind) else LookKind.FIRST
    data = _data(site, kind) | {"person": known.id if known else None, "name": known.name if known else ""}
    return render(request, "enrolment.html", actor, data=data, name=data["name"], invited=False)


@router.get("/enrol/me", dependencies=[anybody()])
def enrol_me_page(request: Request, site: SiteDep) -> Response:
    """Enrol oneself, by the invitation that this browser keeps."""
    actor = _invited(identify(request))
    if actor is None or actor.person is None:
        return render(request, "enrolment_over.html", None, status=HTTPStatus.GONE)
    name = site.store.people.get(actor.person).name
    data = _data(site, LookKind.FIRST) | {"person": actor.person, "name": name, "invited": True}
    return render(request, "enrolment.html", actor, data=data, name=name, invited=True)


@router.get("/enrol/{secret}", dependencies=[anybody()])
def enrol_invitation(request: Request, site: SiteDep, secret: Annotated[str, Path(max_length=200)]) -> Response:
    """Open an invitation: the browser keeps it, and its address goes out of sight; it is used once all is saved."""
    now = datetime.now(UTC)
    found = site.store.invitations.find(secret, now, "enrol")
    if found is None:
        return render(request, "enrolment_over.html", None, status=HTTPStatus.GONE)
    response = RedirectResponse("/enrol/me", HTTPStatus.SEE_OTHER)
    keep_cookie(response, request, INVITATION, secret, lasts=found.expires_at - now)
    return response


def _invited(found: Iterable[Actor]) -> Actor | None:
    return next((one for one in found if one.kind is Kind.INVITATION), None)


def _data(site: Site, look: LookKind) -> dict[str, Any]:
    return {
        "consent": consent_version(site),
        "look": look,
        "keep_photos": site.settings.enrolment.keep_photos,
        "invited": False,
    }
