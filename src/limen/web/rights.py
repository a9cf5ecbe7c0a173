"""Who may do what: rights, the roles that have them, and whoever a request comes from."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from fastapi import Depends
from fastapi.dependencies.models import Dependant
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from limen.audit.actor import act_as
from limen.types import PersonId


class Right(StrEnum):
    """What somebody may do."""

    DOORS_SEE = "doors_see"
    DOORS_WATCH = "doors_watch"
    """See pictures, and how alike faces are."""
    DOORS_OPERATE = "doors_operate"
    PEOPLE_SEE = "people_see"
    PEOPLE_CHANGE = "people_change"
    PEOPLE_DELETE = "people_delete"
    ENROL = "enrol"
    EVENTS_SEE = "events_see"
    EVENTS_LABEL = "events_label"
    EVENTS_EXPORT = "events_export"
    RULES_SEE = "rules_see"
    RULES_CHANGE = "rules_change"
    ACCURACY_SEE = "accuracy_see"
    ACCURACY_CHANGE = "accuracy_change"
    SETTINGS_SEE = "settings_see"
    SETTINGS_CHANGE = "settings_change"
    ACCOUNTS_CHANGE = "accounts_change"
    AUDIT_SEE = "audit_see"
    OWN_ACCOUNT = "own_account"
    KIOSK = "kiosk"
    """Be the display of one door."""
    ENROL_SELF = "enrol_self"
    """Enrol oneself, once, by invitation."""


class Role(StrEnum):
    """A set of rights with a name. The last two belong to displays and invitations, never to accounts."""

    OWNER = "owner"
    ADMIN = "admin"
    ENROLLER = "enroller"
    ATTENDANT = "attendant"
    VIEWER = "viewer"
    KIOSK = "kiosk"
    INVITED = "invited"


_ALL = frozenset(Right) - {Right.KIOSK, Right.ENROL_SELF}
_VIEWER = frozenset((Right.DOORS_SEE, Right.EVENTS_SEE, Right.OWN_ACCOUNT))
RIGHTS: dict[Role, frozenset[Right]] = {
    Role.OWNER: _ALL,
    Role.ADMIN: _ALL,
    Role.ENROLLER: frozenset((Right.PEOPLE_SEE, Right.PEOPLE_CHANGE, Right.ENROL, Right.OWN_ACCOUNT)),
    Role.ATTENDANT: _VIEWER | {Right.DOORS_WATCH, Right.DOORS_OPERATE, Right.PEOPLE_SEE, Right.EVENTS_LABEL},
    Role.VIEWER: _VIEWER,
    Role.KIOSK: frozenset((Right.KIOSK,)),
    Role.INVITED: frozenset((Right.ENROL_SELF,)),
}
ACCOUNT_ROLES = (Role.OWNER, Role.ADMIN, Role.ENROLLER, Role.ATTENDANT, Role.VIEWER)


class Kind(StrEnum):
    """How somebody signed in."""

    USER = "user"
    TOKEN = "token"  # noqa: S105 - a word
    INVITATION = "invitation"


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever a request comes from; ``door`` is that of a display, ``person`` whom an invitation is for.

    ``session`` is the id of a signed-in browser's session; ``by_cookie`` whether the browser sends its secret by
    itself, so that other sites could make it; ``limited`` whether only the own account counts until a second factor is
    set up.
    """

    kind: Kind
    id: str
    name: str
    role: Role
    door: str | None = None
    person: PersonId | None = None
    language: str | None = None
    session: bytes | None = None
    by_cookie: bool = True
    limited: bool = False

    @property
    def key(self) -> str:
        """How the actor stands on record."""
        return f"{self.kind}:{self.id}"

    def can(self, right: Right) -> bool:
        """Whether the actor's role has ``right``."""
        return right in RIGHTS[self.role] and (not self.limited or right is Right.OWN_ACCOUNT)


class Needs:
    """A dependency that lets those through who have any of ``rights``, and returns them; without rights anybody."""

    def __init__(self, rights: Iterable[Right]) -> None:
        self.rights = tuple(rights)

    async def __call__(self, connection: HTTPConnection) -> Actor | None:
        """Whoever asks.

        Raises:
            Problem: nobody is signed in (401), or whoever is lacks the right (403).
        """
        from limen.web.identity import check_origin, identify, refuse  # late: that module knows this one

        found = await run_in_threadpool(identify, connection)
        actor = next((one for one in found if not self.rights or any(map(one.can, self.rights))), None)
        if self.rights and actor is None:
            refuse(found)
        if actor is None or actor.by_cookie:
            check_origin(connection, trusted=actor is None)
        if actor is not None:
            act_as(actor.key)
        return actor


def needs(*rights: Right) -> Any:
    """The dependency of a route that only those may use who have any of ``rights``."""
    if not rights:
        raise ValueError("a route that needs no right says so with anybody()")
    return Depends(Needs(rights))


def anybody() -> Any:
    """The dependency of a route that everybody may use."""
    return Depends(Needs(()))


def rights_of(dependant: Dependant) -> tuple[Right, ...]:
    """The rights of which a route asks for one; none where everybody may use it.

    Raises:
        ValueError: the route says nothing of that, or says it twice.
    """
    found = [below.call for below in dependant.dependencies if isinstance(below.call, Needs)]
    if len(found) != 1:
        raise ValueError(f"{dependant.path} must say once who may use it, with needs() or anybody()")
    return found[0].rights
