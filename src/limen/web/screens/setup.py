"""The first run: an account, the site, a camera, a lock, privacy, a first face."""

from http import HTTPStatus
from typing import Annotated

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from limen.config import Settings
from limen.web.pages import page_router, render
from limen.web.rights import Actor, Right, anybody
from limen.web.second_factor import should_have_second_factor
from limen.web.site import SiteDep
from limen.web.tls import own_folder

router = page_router()

STEPS = ("account", "site", "camera", "lock", "privacy", "enrol", "done")
_NAMES = ("Your account", "Your site", "Camera", "Lock", "Privacy", "Your face", "Done")


@router.get("/setup")
def setup_screen(request: Request, site: SiteDep, actor: Annotated[Actor | None, anybody()]) -> Response:
    """The first account while there is none; afterwards, for whoever may change settings, all else."""
    steps = list(zip(STEPS, _NAMES, strict=True))
    if not site.store.users.any():
        return render(request, "setup_account.html", None, steps=steps)
    if actor is None or actor.session is None:
        return RedirectResponse("/sign-in?next=/setup", HTTPStatus.SEE_OTHER)
    if not actor.can(Right.SETTINGS_CHANGE):
        return RedirectResponse("/", HTTPStatus.SEE_OTHER)
    user = site.store.users.get(actor.id)
    return render(
        request,
        "setup.html",
        actor,
        steps=steps,
        data=_data(site.settings),
        settings=site.settings,
        should=should_have_second_factor(user),
        own_authority=(own_folder(site.settings) / "ca.crt").exists(),
        insecure=request.url.scheme == "http" and request.url.hostname not in ("localhost", "127.0.0.1", "::1"),
    )


def _data(settings: Settings) -> dict[str, object]:
    """What the script of the page starts from: the first door, as it is set up now."""
    door = next(iter(settings.doors), None)
    config = settings.doors[door] if door is not None else None
    return {
        "door": door,
        "camera": config.camera if config else "browser",
        "lock": config.lock if config else "simulator",
        "time_zone": settings.site.time_zone,
    }
