"""``/api/v1/setup``: the first account, made by whoever has the code that the server printed."""

import secrets
from contextlib import suppress
from http import HTTPStatus
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from limen.audit.actor import act_as
from limen.errors import BadDataError, LimenError
from limen.web.accounts import (
    Asked,
    Language,
    Me,
    Name,
    NewPassword,
    address_of,
    begin_session,
    me_of,
    sign_in_of,
    too_often,
)
from limen.web.attempts import Attempt, Attempts
from limen.web.passwords import check_new_password
from limen.web.problem import Problem
from limen.web.rights import Role, anybody
from limen.web.routing import api_router
from limen.web.site import Site, SiteDep

router = api_router("setup")

FIRST_DOOR = "front"
_FIRST_DOOR_IS = {"camera": "browser", "lock": "simulator", "level": "face"}


def _known_zone(name: str | None) -> str | None:
    if name is not None and name not in available_timezones():
        raise ValueError("a time zone of the IANA database is expected, as Europe/Berlin")
    return name


class SetupRequest(Asked):
    """The first account, and what is known of the site; what is left out stays as it is."""

    code: Annotated[str, Field(min_length=1, max_length=50, description="The one-time code that the server printed")]
    name: Name
    password: NewPassword
    site_name: Annotated[str | None, Field(min_length=1, max_length=100)] = None
    time_zone: Annotated[
        str | None, Field(max_length=64, description="As Europe/Berlin"), AfterValidator(_known_zone)
    ] = None
    language: Language = None


class SetupState(BaseModel):
    """Whether there is something to set up."""

    needed: bool = Field(description="Whether there is no account yet")


class _SetupAttempts(Attempts):
    """Those who try the code."""


@router.get("", dependencies=[anybody()])
def setup_get(site: SiteDep) -> SetupState:
    """Whether the first account is still to be made."""
    return SetupState(needed=not site.store.users.any())


@router.post("", status_code=HTTPStatus.CREATED, dependencies=[anybody()])
def setup_start(asked: SetupRequest, request: Request, response: Response, site: SiteDep) -> Me:
    """Make the owner's account and sign in: 403 where the code is wrong, 409 where there is an account already."""
    _check_unused(site)
    _check_code(site, asked.code, address_of(request))
    check_new_password(asked.password, (asked.name, asked.site_name or site.settings.site.name))
    hashed = sign_in_of(site).passwords.hash(asked.password)
    try:
        user = site.store.users.add(asked.name, Role.OWNER, hashed, first=True)
    except BadDataError:
        _check_unused(site)  # somebody was faster
        raise
    act_as(f"user:{user.id}")
    _set_up(site, asked)
    return me_of(begin_session(site, user, request, response), user, request)


def _check_unused(site: Site) -> None:
    if site.store.users.any():
        raise Problem(HTTPStatus.CONFLICT, "set-up-already", "There is an account already: sign in with it.")


def _check_code(site: Site, code: str, address: str) -> None:
    """Return where the code is right.

    Raises:
        Problem: it is wrong (403), or was tried too often (429).
    """
    attempts = site.part(_SetupAttempts, lambda _: _SetupAttempts())
    attempt = attempts.begin(address, address)
    if not isinstance(attempt, Attempt):
        too_often(attempt)
    if not secrets.compare_digest(_plain(code), _plain(site.setup_code)):
        raise Problem(
            HTTPStatus.FORBIDDEN, "wrong-code", "This is not the code: it stands where limen serve was started."
        )
    attempts.succeeded(address, address)


def _plain(code: str) -> bytes:
    """The code without what people add or leave out when they type it."""
    return "".join(character for character in code.upper() if character.isalnum()).encode("utf-8", "replace")


def _set_up(site: Site, asked: SetupRequest) -> None:
    """Keep what was told of the site, and see that there is a door; what is fixed elsewhere stays."""
    told = {"name": asked.site_name, "time_zone": asked.time_zone, "language": asked.language}
    for key, value in told.items():
        if value is not None:
            with suppress(LimenError):  # config.toml or the environment sets it, which the settings' page says
                site.desk.change({"site": {key: value}})
    if not site.settings.doors:
        with suppress(LimenError):
            site.desk.add_door(FIRST_DOOR, _FIRST_DOOR_IS)
