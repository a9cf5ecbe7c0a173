"""The page to sign in, and the certificate that phones are to trust."""

from http import HTTPStatus
from typing import Annotated

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from limen.web.pages import page_router, render
from limen.web.problem import Problem
from limen.web.rights import Actor, Kind, anybody
from limen.web.site import SiteDep
from limen.web.tls import CA_MEDIA_TYPE, authority_certificate, own_folder

router = page_router()


@router.get("/sign-in")
def sign_in_screen(request: Request, site: SiteDep, actor: Annotated[Actor | None, anybody()]) -> Response:
    """Asks for name and password; whoever is signed in goes on."""
    if not site.store.users.any():
        return RedirectResponse("/setup", HTTPStatus.SEE_OTHER)
    if actor is not None and actor.kind is Kind.USER and "next" not in request.query_params:
        return RedirectResponse("/", HTTPStatus.SEE_OTHER)
    return render(request, "sign_in.html", None, own_authority=(own_folder(site.settings) / "ca.crt").exists())


@router.get("/ca.crt", dependencies=[anybody()])
def authority(site: SiteDep) -> Response:
    """The certificate of the authority of ``limen tls init``."""
    certificate = authority_certificate(own_folder(site.settings))
    if certificate is None:
        raise Problem(HTTPStatus.NOT_FOUND, "not-found", "There is no certificate of one's own here: limen tls init.")
    headers = {"Content-Disposition": 'attachment; filename="limen-ca.crt"'}
    return Response(certificate, media_type=CA_MEDIA_TYPE, headers=headers)
