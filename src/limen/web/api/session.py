"""``/api/v1/session``: signing in and out, and who one is."""

from http import HTTPStatus
from typing import Annotated

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from limen.store.users import User
from limen.web.accounts import Asked, Me, Password, address_of, begin_session, me_of, refuse, sign_in_of
from limen.web.identity import SESSION
from limen.web.rights import Actor, Kind, Right, anybody, needs
from limen.web.routing import api_router
from limen.web.sign_in import Credentials
from limen.web.site import SiteDep

router = api_router("session")

_SignedIn = needs(Right.OWN_ACCOUNT)
_Somebody = needs(Right.OWN_ACCOUNT, Right.KIOSK, Right.ENROL_SELF)


class SignInRequest(Asked):
    """A name, a password, and where it is asked for the code of the second factor."""

    name: Annotated[str, Field(max_length=200)]
    password: Password
    code: Annotated[str, Field(max_length=20, description="Six digits, where the account has a second factor")] = ""


@router.post("", status_code=HTTPStatus.CREATED, dependencies=[anybody()])
def session_start(asked: SignInRequest, request: Request, response: Response, site: SiteDep) -> Me:
    """Sign in: the answer sets a cookie. 401 with the type ``code-needed`` asks for the second factor."""
    found = sign_in_of(site).check(Credentials(asked.name, asked.password, asked.code, address_of(request)))
    if not isinstance(found, User):
        refuse(found)
    return me_of(begin_session(site, found, request, response), found, request)


@router.get("")
def session_get(request: Request, site: SiteDep, actor: Annotated[Actor, _Somebody]) -> Me:
    """Who one is, and what one may do."""
    user = site.store.users.get(actor.id) if actor.kind is Kind.USER else None
    return me_of(actor, user, request)


@router.delete("", status_code=HTTPStatus.NO_CONTENT)
def session_end(response: Response, site: SiteDep, actor: Annotated[Actor, _SignedIn]) -> None:
    """Sign out; a token stays what it is."""
    if actor.session is not None:
        site.store.sessions.end(actor.session)
    response.delete_cookie(SESSION, httponly=True, samesite="lax")
