"""``/api/v1/tokens``: secrets that programs sign in with."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Literal, Self

from fastapi import Response
from pydantic import BaseModel, Field

from limen.errors import BadDataError, UnknownNameError
from limen.store.tokens import Token
from limen.store.users import User
from limen.web.accounts import Asked
from limen.web.displays import displays_of
from limen.web.paging import Page
from limen.web.problem import Problem
from limen.web.rights import Actor, Kind, Right, needs
from limen.web.routing import api_router
from limen.web.site import Site, SiteDep

router = api_router("tokens")

Administrator = Annotated[Actor, needs(Right.ACCOUNTS_CHANGE)]


class NewToken(Asked):
    """A token to be made. Tokens are never owners: an owner signs in in person."""

    name: Annotated[str, Field(min_length=1, max_length=200, description="What it is for")]
    role: Literal["admin", "enroller", "attendant", "viewer", "kiosk"] = "viewer"
    door: Annotated[
        str | None, Field(max_length=40, pattern="^[a-z0-9][a-z0-9-]*$", description="Of a kiosk: its one door")
    ] = None
    days: Annotated[int | None, Field(ge=1, le=3650, description="After so many days it ends; null: never")] = 365


class ApiToken(BaseModel):
    """A token, without its secret."""

    id: str
    name: str
    role: str
    door: str | None
    created_by: str = Field(description="The account's name, or what made it")
    created_at: datetime
    last_used_at: datetime | None = Field(description="To the minute; null where it was never used")
    expires_at: datetime | None
    expired: bool

    @classmethod
    def of(cls, token: Token, names: dict[str, str]) -> Self:
        """The token as it is told; ``names`` are those of the accounts."""
        return cls(
            id=token.id, name=token.name, role=token.role, door=token.door,
            created_by=names.get(token.created_by, token.created_by.partition(":")[0]),
            created_at=token.created_at, last_used_at=token.last_used_at, expires_at=token.expires_at,
            expired=token.expires_at is not None and token.expires_at <= datetime.now(UTC),
        )  # fmt: skip


class CreatedToken(ApiToken):
    """A new token; its secret is told this once."""

    secret: str = Field(description="Send it as Authorization: Bearer")


@router.get("")
def tokens_list(site: SiteDep, actor: Administrator) -> Page[ApiToken]:
    """Every token, the newest first; those of displays too."""
    names = names_of(site.store.users.all())
    return Page(items=[ApiToken.of(token, names) for token in site.store.tokens.all()], next=None)


@router.post("", status_code=HTTPStatus.CREATED)
def tokens_create(asked: NewToken, response: Response, site: SiteDep, actor: Administrator) -> CreatedToken:
    """Make a token; the secret in the answer is told this once."""
    _check_person(actor)
    _check_door(site, asked)
    ends = None if asked.days is None else datetime.now(UTC) + timedelta(days=asked.days)
    token, secret = site.store.tokens.add(asked.name, asked.role, door=asked.door, expires_at=ends)
    told = ApiToken.of(token, names_of(site.store.users.all()))
    response.headers["Location"] = f"{router.prefix}/{token.id}"
    return CreatedToken(**told.model_dump(), secret=secret)


@router.get("/{token}")
def tokens_get(token: str, site: SiteDep, actor: Administrator) -> ApiToken:
    """One token."""
    found = next((one for one in site.store.tokens.all() if one.id == token), None)
    if found is None:
        raise UnknownNameError(f"there is no token with the id {token!r}: the list of tokens shows what there is")
    return ApiToken.of(found, names_of(site.store.users.all()))


@router.delete("/{token}", status_code=HTTPStatus.NO_CONTENT)
def tokens_delete(token: str, site: SiteDep, actor: Administrator) -> None:
    """End a token at once."""
    _check_person(actor)
    site.store.tokens.delete(token)
    displays_of(site).revoke(token)


def names_of(users: list[User]) -> dict[str, str]:
    """The accounts' names, by how they stand on record."""
    return {f"user:{user.id}": user.name for user in users}


def _check_person(actor: Actor) -> None:
    if actor.kind is not Kind.USER:
        raise Problem(
            HTTPStatus.FORBIDDEN, "no-account", "Tokens are made and ended by people, not by tokens: sign in for this."
        )


def _check_door(site: Site, asked: NewToken) -> None:
    if (asked.role == "kiosk") != (asked.door is not None):
        raise BadDataError("a token of the role kiosk names its door, and no other token does")
    if asked.door is not None and asked.door not in site.settings.doors:
        raise UnknownNameError(f"the settings have no door {asked.door!r}")
