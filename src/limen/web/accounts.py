"""What signing in, accounts and their administration have in common."""

import math
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Literal, NoReturn

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from limen.store.users import User
from limen.web.identity import SESSION, keep_cookie
from limen.web.problem import Problem
from limen.web.rights import RIGHTS, Actor, Kind, Right, Role
from limen.web.second_factor import must_add_second_factor
from limen.web.sign_in import Refusal, Refused, SignIn
from limen.web.site import Site

Name = Annotated[
    str, Field(min_length=1, max_length=200, description="What the account is called; case does not count")
]
NewPassword = Annotated[
    str, Field(min_length=1, max_length=200, description="At least 10 characters, and no first guess")
]
Password = Annotated[str, Field(min_length=1, max_length=800)]
Language = Annotated[Literal["en", "de"] | None, Field(description="Of the pages; null: as the site")]
AccountRole = Literal["owner", "admin", "enroller", "attendant", "viewer"]


class Asked(BaseModel):
    """What a request brings: nothing but what is known."""

    model_config = ConfigDict(extra="forbid")


class Me(BaseModel):
    """Whoever asks, and what they may do."""

    kind: Kind
    id: str
    name: str
    role: Role
    rights: list[Right]
    language: str | None
    door: str | None = Field(description="Of a display: the one door that it is for")
    second_factor: bool | None = Field(description="Whether the account has one; null where it is no account")
    must_add_second_factor: bool = Field(description="Nothing but the own account can be used until there is one")


def me_of(actor: Actor, user: User | None, request: Request) -> Me:
    """Whoever asks, as they are told."""
    return Me(
        kind=actor.kind,
        id=actor.id,
        name=actor.name,
        role=actor.role,
        rights=sorted(RIGHTS[actor.role]),
        language=actor.language,
        door=actor.door,
        second_factor=None if user is None else user.totp,
        must_add_second_factor=user is not None and must_add_second_factor(user, request, datetime.now(UTC)),
    )


def sign_in_of(site: Site) -> SignIn:
    """What checks passwords here; one for the whole site, for it counts failures."""
    return site.part(SignIn, lambda one: SignIn(one.store))


def address_of(request: Request) -> str:
    """Where a request comes from."""
    return "unknown" if request.client is None else request.client.host


def begin_session(site: Site, user: User, request: Request, response: Response) -> Actor:
    """Sign the browser in that asks, on record; whoever was signed in with it before no longer is."""
    now = datetime.now(UTC)
    if (before := request.cookies.get(SESSION)) and (found := site.store.sessions.find(before)):
        site.store.sessions.end(found[0].id)
    lasts = timedelta(days=site.settings.web.session_days)
    secret = site.store.sessions.start(user.id, now, now + lasts, request.headers.get("user-agent", ""))
    site.store.users.signed_in(user.id, now)
    keep_cookie(response, request, SESSION, secret, lasts=lasts)
    return Actor(Kind.USER, user.id, user.name, Role(user.role), language=user.language)


def user_of(site: Site, actor: Actor) -> User:
    """The account of whoever asks.

    Raises:
        Problem: a token asks, which has none.
    """
    if actor.kind is not Kind.USER:
        raise Problem(HTTPStatus.FORBIDDEN, "no-account", "A token has no account of its own: sign in for this.")
    return site.store.users.get(actor.id)


def refuse(refused: Refused) -> NoReturn:
    """Tell why nobody was signed in.

    Raises:
        Problem: always.
    """
    if refused.why is Refusal.WAIT:
        too_often(refused.wait_s)
    if refused.why is Refusal.CODE_NEEDED:
        raise Problem(HTTPStatus.UNAUTHORIZED, "code-needed", "Type the code that your authenticator app shows.")
    if refused.why is Refusal.WRONG_CODE:
        raise Problem(
            HTTPStatus.UNAUTHORIZED, "wrong-code",
            "This code is wrong or was used before: wait for the next one, and see that the phone's clock is right.",
        )  # fmt: skip
    raise Problem(HTTPStatus.UNAUTHORIZED, "wrong-password", "There is no account of that name with this password.")


def too_often(wait_s: float) -> NoReturn:
    """Tell that it was tried too often, and for how long to wait.

    Raises:
        Problem: always.
    """
    seconds = max(1, math.ceil(wait_s))
    shown = f"{seconds} seconds" if seconds < 120 else f"{math.ceil(seconds / 60)} minutes"
    raise Problem(
        HTTPStatus.TOO_MANY_REQUESTS, "too-many-tries", f"That was tried too often: wait {shown}, then try again.",
        headers={"Retry-After": str(seconds)},
    )  # fmt: skip


def confirm(site: Site, user: User, password: str, request: Request) -> None:
    """Return where the password is that of ``user``, who is asked for it once more.

    Raises:
        Problem: it is another one (403), or was tried too often (429).
    """
    refused = sign_in_of(site).confirm(user, password, address_of(request))
    if refused is None:
        return
    if refused.why is Refusal.WAIT:
        too_often(refused.wait_s)
    raise Problem(HTTPStatus.FORBIDDEN, "wrong-password", "This is not your present password: type it again.")
