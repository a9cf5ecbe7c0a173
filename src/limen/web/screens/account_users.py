"""The page of the accounts of those who run the doors."""

from datetime import UTC, datetime
from typing import Annotated

from starlette.requests import Request
from starlette.responses import Response

from limen.store.users import User
from limen.web.pages import page_router, render
from limen.web.rights import ACCOUNT_ROLES, Actor, Kind, Right, Role, needs
from limen.web.role_words import ROLE_WORDS
from limen.web.second_factor import should_have_second_factor
from limen.web.setting_pages import PAGES
from limen.web.site import SiteDep

router = page_router()


@router.get("/settings/users")
def users_screen(request: Request, site: SiteDep, actor: Annotated[Actor, needs(Right.ACCOUNTS_CHANGE)]) -> Response:
    """Every account."""
    roles = [role for role in ACCOUNT_ROLES if role is not Role.OWNER or actor.role is Role.OWNER]

    def changeable(user: User) -> bool:
        return actor.kind is Kind.USER and user.id != actor.id and Role(user.role) in roles

    return render(
        request,
        "users.html",
        actor,
        pages=PAGES,
        page=None,
        users=sorted(site.store.users.all(), key=lambda user: (ACCOUNT_ROLES.index(Role(user.role)), user.name)),
        roles=roles,
        words={str(role): words for role, words in ROLE_WORDS.items()},
        changeable=changeable,
        should=should_have_second_factor,
        now=datetime.now(UTC),
    )
