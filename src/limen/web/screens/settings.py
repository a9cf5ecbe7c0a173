"""The pages of the settings."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import available_timezones

from fastapi import Path
from starlette.requests import Request
from starlette.responses import Response

from limen.audit.events import EventType
from limen.camera.browser import BROWSER
from limen.door.views import DoorView
from limen.errors import LimenError, UnknownNameError
from limen.store.webhooks import AGAIN_AFTER_S
from limen.web.api.audit import checker_of
from limen.web.api.backups import folder_of
from limen.web.event_sentences import TELLINGS
from limen.web.pages import page_router, render
from limen.web.rights import Actor, Right, needs
from limen.web.setting_pages import DOOR_GROUPS, HEALTH_GROUP, PAGES, form, page_named
from limen.web.setting_texts import CHOICES
from limen.web.site import Site, SiteDep

router = page_router()

Seeing = Annotated[Actor, needs(Right.SETTINGS_SEE)]
_FORMS = {page.path for page in PAGES if page.groups}


@router.get("/settings")
def settings_page(request: Request, site: SiteDep, actor: Seeing) -> Response:
    """What there is to set."""
    return render(request, "settings.html", actor, **_frame(None))


@router.get("/settings/doors")
def settings_doors_page(request: Request, site: SiteDep, actor: Seeing) -> Response:
    """The doors that are set up."""
    doors = [(name, config, _viewed(site, name)) for name, config in site.settings.doors.items()]
    return render(request, "settings_doors.html", actor, doors=doors, choices=CHOICES, **_frame("doors"))


@router.get("/settings/doors/{name}")
def settings_door_page(
    name: Annotated[str, Path(max_length=40)], request: Request, site: SiteDep, actor: Seeing
) -> Response:
    """One door's settings, its tests and its displays."""
    if name not in site.settings.doors:
        raise UnknownNameError(f"the settings have no door {name!r}")
    return render(
        request, "settings_door.html", actor, name=name, groups=form(site.desk, DOOR_GROUPS, name),
        config=site.settings.doors[name], door=_viewed(site, name), browser=BROWSER,
        fixed=site.desk.layers.fixed(("doors", name)), **_frame("doors"),
    )  # fmt: skip


@router.get("/settings/webhooks")
def settings_webhooks_page(request: Request, site: SiteDep, actor: Seeing) -> Response:
    """Who is told of events, and what came of it."""
    hooks = [(hook, site.store.webhooks.deliveries(hook.id, 5)) for hook in site.store.webhooks.all()]
    return render(
        request, "settings_webhooks.html", actor, hooks=hooks, topics=_topics(), tries=len(AGAIN_AFTER_S) + 1,
        words=_words(), **_frame("webhooks"),
    )  # fmt: skip


@router.get("/settings/backup")
def settings_backup_page(request: Request, site: SiteDep, actor: Seeing) -> Response:
    """The backups there are."""
    folder = folder_of(site)
    return render(
        request, "settings_backup.html", actor, backups=folder.all(), folder=folder.path,
        data_dir=site.settings.data_dir, **_frame("backup"),
    )  # fmt: skip


@router.get("/settings/audit")
def settings_audit_page(request: Request, site: SiteDep, actor: Annotated[Actor, needs(Right.AUDIT_SEE)]) -> Response:
    """Whether the record is whole."""
    newest = site.store.events.latest(1)
    return render(
        request, "settings_audit.html", actor, check=checker_of(site).check,
        records=newest[0].sequence if newest else 0, **_frame("audit"),
    )  # fmt: skip


@router.get("/settings/health")
def settings_health_page(request: Request, site: SiteDep, actor: Seeing) -> Response:
    """What is wrong; asked for by the script, since cameras take their time."""
    return render(
        request, "settings_health.html", actor, groups=form(site.desk, (HEALTH_GROUP,)), zones=(), **_frame("health")
    )


@router.get("/settings/privacy")
def settings_privacy_page(request: Request, site: SiteDep, actor: Seeing) -> Response:
    """What is kept of people, and whom that would delete now."""
    unused = site.store.people.unused(datetime.now(UTC), site.settings.privacy.unused_days)
    page = page_named("privacy")
    return render(
        request, "settings_form.html", actor, groups=form(site.desk, page.groups), zones=(), unused=len(unused),
        **_frame("privacy"),
    )  # fmt: skip


@router.get("/settings/{page}")
def settings_form_page(
    page: Annotated[str, Path(max_length=40)], request: Request, site: SiteDep, actor: Seeing
) -> Response:
    """A page that is a form."""
    if page not in _FORMS:
        raise UnknownNameError(f"there is no page {page!r} of the settings")
    zones = sorted(available_timezones()) if page == "site" else ()
    return render(
        request, "settings_form.html", actor, groups=form(site.desk, page_named(page).groups), zones=zones, unused=None,
        **_frame(page),
    )  # fmt: skip


def _frame(path: str | None) -> Mapping[str, Any]:
    """What every page of the settings needs: the list of them, and which one it is."""
    return {"pages": PAGES, "page": None if path is None else page_named(path)}


def _viewed(site: Site, name: str) -> DoorView | None:
    """How a door stands; nothing while it is not known yet."""
    try:
        return site.house.view(name)
    except LimenError:
        return None


def _words() -> dict[str, str]:
    """What each event is called, by its type; who it was about goes unsaid."""
    return {str(type_): telling.nameless or telling.words for type_, telling in TELLINGS.items()}


def _topics() -> dict[str, list[EventType]]:
    """The types of events, by what they are about."""
    topics: dict[str, list[EventType]] = {}
    for type_, telling in TELLINGS.items():
        topics.setdefault(str(telling.topic), []).append(type_)
    return topics
