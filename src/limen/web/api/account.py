"""``/api/v1/account``: one's own password, language, sessions and second factor."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Self

from fastapi import Path
from pydantic import BaseModel, Field
from starlette.requests import Request

from limen.errors import UnknownNameError
from limen.store.users import Session, User
from limen.web.accounts import (
    Asked,
    Language,
    NewPassword,
    Password,
    address_of,
    confirm,
    sign_in_of,
    too_often,
    user_of,
)
from limen.web.attempts import Attempt
from limen.web.paging import Page
from limen.web.passwords import check_new_password
from limen.web.problem import Problem
from limen.web.rights import Actor, Right, needs
from limen.web.routing import api_router
from limen.web.site import SiteDep
from limen.web.totp import address_of as totp_address
from limen.web.totp import new_secret, qr_code, written

router = api_router("account")

Own = Annotated[Actor, needs(Right.OWN_ACCOUNT)]


class OwnAccount(BaseModel):
    """One's own account."""

    id: str
    name: str
    role: str
    language: str | None
    second_factor: bool
    created_at: datetime
    signed_in_at: datetime | None

    @classmethod
    def of(cls, user: User) -> Self:
        """The account as it is told."""
        return cls(
            id=user.id, name=user.name, role=user.role, language=user.language, second_factor=user.totp,
            created_at=user.created_at, signed_in_at=user.signed_in_at,
        )  # fmt: skip


class AccountChange(Asked):
    """What one may change of one's own account."""

    language: Language = None


class PasswordChange(Asked):
    """The password there is, and the new one."""

    password: Password
    new_password: NewPassword


class Confirmation(Asked):
    """The password, once more."""

    password: Password


class Code(Asked):
    """What the app shows."""

    code: Annotated[str, Field(min_length=6, max_length=20, description="Six digits")]


class OwnSession(BaseModel):
    """A browser that one is signed in with."""

    id: str
    agent: str = Field(description="The browser in its own words")
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    this: bool = Field(description="Whether it is the one that asks")

    @classmethod
    def of(cls, session: Session, actor: Actor) -> Self:
        """The session as it is told."""
        return cls(
            id=session.id.hex(), agent=session.agent, created_at=session.created_at, seen_at=session.seen_at,
            expires_at=session.expires_at, this=session.id == actor.session,
        )  # fmt: skip


class SecondFactor(BaseModel):
    """A secret for an authenticator app; it is told this once."""

    secret: str = Field(description="For those who type it")
    address: str = Field(description="The same as an otpauth: address")
    qr_code: str = Field(description="The same as an SVG picture for the phone's camera")


@router.get("")
def account_get(site: SiteDep, actor: Own) -> OwnAccount:
    """One's own account."""
    return OwnAccount.of(user_of(site, actor))


@router.patch("")
def account_update(asked: AccountChange, site: SiteDep, actor: Own) -> OwnAccount:
    """Change the language of one's own pages."""
    user = user_of(site, actor)
    return OwnAccount.of(site.store.users.set_language(user.id, asked.language))


@router.post("/password", status_code=HTTPStatus.NO_CONTENT)
def account_set_password(asked: PasswordChange, request: Request, site: SiteDep, actor: Own) -> None:
    """Choose a new password; every other browser must sign in again. 403 where the present one is wrong."""
    user = user_of(site, actor)
    confirm(site, user, asked.password, request)
    check_new_password(asked.new_password, (user.name, site.settings.site.name))
    site.store.users.set_password_hash(user.id, sign_in_of(site).passwords.hash(asked.new_password))
    site.store.sessions.end_all(user.id, but=actor.session)


@router.get("/sessions")
def account_list_sessions(site: SiteDep, actor: Own) -> Page[OwnSession]:
    """Every browser that one is signed in with, the newest first."""
    user = user_of(site, actor)
    return Page(items=[OwnSession.of(one, actor) for one in site.store.sessions.of(user.id)], next=None)


@router.delete("/sessions", status_code=HTTPStatus.NO_CONTENT)
def account_end_other_sessions(site: SiteDep, actor: Own) -> None:
    """Sign out everywhere but here."""
    site.store.sessions.end_all(user_of(site, actor).id, but=actor.session)


@router.delete("/sessions/{session}", status_code=HTTPStatus.NO_CONTENT)
def account_end_session(session: Annotated[str, Path(pattern="^[0-9a-f]{64}$")], site: SiteDep, actor: Own) -> None:
    """Sign one browser out."""
    own = [one.id for one in site.store.sessions.of(user_of(site, actor).id)]
    if bytes.fromhex(session) not in own:
        raise UnknownNameError("there is no such session of yours: it has ended already")
    site.store.sessions.end(bytes.fromhex(session))


@router.post("/totp", status_code=HTTPStatus.CREATED)
def account_begin_totp(asked: Confirmation, request: Request, site: SiteDep, actor: Own) -> SecondFactor:
    """A secret for an authenticator app, which counts once a code of it was shown. 409 where there is one already."""
    user = user_of(site, actor)
    confirm(site, user, asked.password, request)
    if user.totp:
        raise Problem(HTTPStatus.CONFLICT, "has-second-factor", "There is a second factor already: remove it first.")
    secret = new_secret()
    site.store.users.set_totp(user.id, secret)
    address = totp_address(secret, user.name, site.settings.site.name)
    return SecondFactor(secret=written(secret), address=address, qr_code=qr_code(address))


@router.post("/totp/confirm", status_code=HTTPStatus.NO_CONTENT)
def account_confirm_totp(asked: Code, request: Request, site: SiteDep, actor: Own) -> None:
    """Show a code of the new secret; from now on one is asked for at each sign-in. Other browsers are signed out."""
    user = user_of(site, actor)
    sign_in, where = sign_in_of(site), address_of(request)
    if user.totp or site.store.users.totp_secret(user.id) is None:
        raise Problem(HTTPStatus.CONFLICT, "nothing-to-confirm", "No second factor is being set up: begin anew.")
    attempt = sign_in.try_code(user.name, where)
    if not isinstance(attempt, Attempt):
        too_often(attempt)
    if (step := sign_in.step_of(user, asked.code)) is None:
        raise Problem(
            HTTPStatus.FORBIDDEN, "wrong-code",
            "This is not the code of this moment: type the one the app shows, and see that both clocks are right.",
        )  # fmt: skip
    sign_in.took_code(user.name, where)
    site.store.users.confirm_totp(user.id, step)
    site.store.sessions.end_all(user.id, but=actor.session)


@router.post("/totp/remove", status_code=HTTPStatus.NO_CONTENT)
def account_remove_totp(asked: Confirmation, request: Request, site: SiteDep, actor: Own) -> None:
    """Sign in with the password alone again. 403 where the password is wrong."""
    user = user_of(site, actor)
    confirm(site, user, asked.password, request)
    site.store.users.set_totp(user.id, None)
