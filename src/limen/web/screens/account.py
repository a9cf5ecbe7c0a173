"""The page of one's own account: password, second factor, language, and where one is signed in."""

from datetime import UTC, datetime
from typing import Annotated

from starlette.requests import Request
from starlette.responses import Response

from limen.web.accounts import user_of
from limen.web.browsers import browser_name, is_phone
from limen.web.pages import page_router, render
from limen.web.rights import Actor, Right, needs
from limen.web.role_words import ROLE_WORDS
from limen.web.second_factor import must_add_second_factor, should_have_second_factor
from limen.web.site import SiteDep

router = page_router()


@router.get("/account")
def account_screen(request: Request, site: SiteDep, actor: Annotated[Actor, needs(Right.OWN_ACCOUNT)]) -> Response:
    """One's own account."""
    user = user_of(site, actor)
    return render(
        request,
        "account.html",
        actor,
        user=user,
        words=ROLE_WORDS[actor.role],
        sessions=site.store.sessions.of(user.id),
        browser_name=browser_name,
        is_phone=is_phone,
        must=must_add_second_factor(user, request, datetime.now(UTC)),
        should=should_have_second_factor(user),
    )
