"""``/api/v1/users``: the accounts of those who run the doors."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Self

from fastapi import Response
from pydantic import BaseModel, Field

from limen.store import Store
from limen.store.users import User
from limen.web.accounts import AccountRole, Asked, Language, Name, NewPassword, sign_in_of
from limen.web.etags import IfMatch, check_match, etag
from limen.web.paging import Page
from limen.web.passwords import check_new_password
from limen.web.problem import Problem
from limen.web.rights import Actor, Kind, Right, Role, needs
from limen.web.routing import api_router
from limen.web.site import Site, SiteDep

router = api_router("users")

Administrator = Annotated[Actor, needs(Right.ACCOUNTS_CHANGE)]


class Account(BaseModel):
    """An account."""

    id: str
    name: str
    role: str
    language: str | None
    second_factor: bool
    disabled: bool
    created_at: datetime
    signed_in_at: datetime | None = Field(description="null where it never signed in")
    sessions: int = Field(description="With how many browsers it is signed in")

    @classmethod
    def of(cls, user: User, store: Store) -> Self:
        """The account as it is told."""
        return cls(
            id=user.id, name=user.name, role=user.role, language=user.language, second_factor=user.totp,
            disabled=user.disabled, created_at=user.created_at, signed_in_at=user.signed_in_at,
            sessions=len(store.sessions.of(user.id)),
        )  # fmt: skip


class NewUser(Asked):
    """An account to be made."""

    name: Name
    role: AccountRole = "viewer"
    password: NewPassword


class UserChange(Asked):
    """What is to be other than it is; what is left out stays."""

    name: Name | None = None
    role: AccountRole | None = None
    disabled: bool | None = None
    language: Language = None


class NewPasswordRequest(Asked):
    """Another password."""

    password: NewPassword


@router.get("")
def users_list(site: SiteDep, actor: Administrator) -> Page[Account]:
    """Every account, by name."""
    return Page(items=[Account.of(user, site.store) for user in site.store.users.all()], next=None)


@router.post("", status_code=HTTPStatus.CREATED)
def users_create(asked: NewUser, response: Response, site: SiteDep, actor: Administrator) -> Account:
    """Make an account; only an owner makes owners."""
    _check_person(actor)
    _check_rank(actor, asked.role)
    check_new_password(asked.password, (asked.name, site.settings.site.name))
    hashed = sign_in_of(site).passwords.hash(asked.password)
    account = Account.of(site.store.users.add(asked.name, asked.role, hashed), site.store)
    response.headers["Location"] = f"{router.prefix}/{account.id}"
    return _tagged(account, response)


@router.get("/{user}")
def users_get(user: str, response: Response, site: SiteDep, actor: Administrator) -> Account:
    """One account."""
    return _tagged(Account.of(site.store.users.get(user), site.store), response)


@router.patch("/{user}")
def users_update(
    user: str, asked: UserChange, response: Response, site: SiteDep, actor: Administrator, if_match: IfMatch = None
) -> Account:
    """Rename an account, give it another role, let it sign in or no longer. The last owner stays one."""
    found = _changeable(site, user, actor)
    check_match(if_match, etag(Account.of(found, site.store)))
    if asked.role is not None:
        _check_rank(actor, asked.role)
    if found.id == actor.id and (asked.disabled or asked.role not in (None, found.role)):
        raise Problem(HTTPStatus.CONFLICT, "own-account", "You cannot take your own rights: ask another owner.")
    _change(site, found, asked)
    return _tagged(Account.of(site.store.users.get(user), site.store), response)


@router.post("/{user}/password", status_code=HTTPStatus.NO_CONTENT)
def users_set_password(user: str, asked: NewPasswordRequest, site: SiteDep, actor: Administrator) -> None:
    """Give an account a new password; wherever it is signed in, it must sign in again."""
    found = _changeable(site, user, actor)
    if found.id == actor.id:
        raise Problem(HTTPStatus.CONFLICT, "own-account", "Change your own password under your account.")
    check_new_password(asked.password, (found.name, site.settings.site.name))
    site.store.users.set_password_hash(found.id, sign_in_of(site).passwords.hash(asked.password))
    site.store.sessions.end_all(found.id)


@router.post("/{user}/totp/remove", status_code=HTTPStatus.NO_CONTENT)
def users_remove_totp(user: str, site: SiteDep, actor: Administrator) -> None:
    """Take the second factor off an account whose phone was lost; its sessions end."""
    found = _changeable(site, user, actor)
    if found.id == actor.id:
        raise Problem(HTTPStatus.CONFLICT, "own-account", "Remove your own second factor under your account.")
    site.store.users.set_totp(found.id, None)
    site.store.sessions.end_all(found.id)


@router.delete("/{user}/sessions", status_code=HTTPStatus.NO_CONTENT)
def users_end_sessions(user: str, site: SiteDep, actor: Administrator) -> None:
    """Sign an account out everywhere; oneself everywhere but here."""
    found = _changeable(site, user, actor)
    site.store.sessions.end_all(found.id, but=actor.session if found.id == actor.id else None)


@router.delete("/{user}", status_code=HTTPStatus.NO_CONTENT)
def users_delete(user: str, site: SiteDep, actor: Administrator) -> None:
    """Delete an account, and the tokens that it made for programs; what it did stays on record."""
    found = _changeable(site, user, actor)
    if found.id == actor.id:
        raise Problem(HTTPStatus.CONFLICT, "own-account", "You cannot delete your own account: ask another owner.")
    site.store.users.delete(found.id)


def _change(site: Site, user: User, asked: UserChange) -> None:
    users, given = site.store.users, asked.model_fields_set
    if asked.name is not None and asked.name != user.name:
        users.rename(user.id, asked.name)
    if asked.role is not None and asked.role != user.role:
        users.set_role(user.id, asked.role)
    if asked.disabled is not None and asked.disabled != user.disabled:
        users.set_disabled(user.id, asked.disabled)
    if "language" in given and asked.language != user.language:
        users.set_language(user.id, asked.language)


def _changeable(site: Site, user: str, actor: Actor) -> User:
    """The account, where ``actor`` may change it.

    Raises:
        Problem: it is an owner's and the actor is none, or the actor is a token.
        UnknownNameError: there is none.
    """
    _check_person(actor)
    found = site.store.users.get(user)
    _check_rank(actor, found.role)
    return found


def _check_person(actor: Actor) -> None:
    if actor.kind is not Kind.USER:
        raise Problem(
            HTTPStatus.FORBIDDEN, "no-account", "Accounts are changed by people, not by tokens: sign in for this."
        )


def _check_rank(actor: Actor, role: str) -> None:
    if role == Role.OWNER and actor.role is not Role.OWNER:
        raise Problem(HTTPStatus.FORBIDDEN, "owners-alone", "Only an owner makes or changes owners: ask one.")


def _tagged(account: Account, response: Response) -> Account:
    response.headers["ETag"] = etag(account)
    return account
