"""The page of the tokens that programs and displays sign in with."""

from datetime import UTC, datetime
from typing import Annotated

from starlette.requests import Request
from starlette.responses import Response

from limen.web.api.tokens import names_of
from limen.web.pages import page_router, render
from limen.web.rights import Actor, Right, Role, needs
from limen.web.role_words import ROLE_WORDS
from limen.web.setting_pages import PAGES
from limen.web.site import SiteDep

router = page_router()

_OFFERED = (Role.VIEWER, Role.ATTENDANT, Role.ENROLLER, Role.ADMIN, Role.KIOSK)


@router.get("/settings/tokens")
def tokens_screen(request: Request, site: SiteDep, actor: Annotated[Actor, needs(Right.ACCOUNTS_CHANGE)]) -> Response:
    """Every token, without its secret."""
    return render(
        request,
        "tokens.html",
        actor,
        pages=PAGES,
        page=None,
        tokens=site.store.tokens.all(),
        names=names_of(site.store.users.all()),
        roles=_OFFERED,
        words={str(role): words for role, words in ROLE_WORDS.items()},
        doors=list(site.settings.doors),
        now=datetime.now(UTC),
    )
