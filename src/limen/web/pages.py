"""Renders pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from limen.version import __version__
from limen.web.problem import ProblemDetails
from limen.web.rights import Actor, Right
from limen.web.site import site_of
from limen.web.words import LANGUAGES, chosen

_ENVIRONMENT = Environment(
    loader=PackageLoader("limen.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_TEMPLATES = Jinja2Templates(env=_ENVIRONMENT)


@dataclass(frozen=True, slots=True)
class Link:
    """An entry of the menu; ``icon`` is the name of a symbol in icons.svg, ``below`` the pages that belong to it."""

    path: str
    text: str
    icon: str
    right: Right
    below: tuple[str, ...]

    def leads_to(self, path: str) -> bool:
        """Whether a page belongs to this entry."""
        return path == self.path or path.startswith(self.below)


MENU: Final = (
    Link("/", "Doors", "door", Right.DOORS_SEE, ("/doors",)),
    Link("/people", "People", "people", Right.PEOPLE_SEE, ("/people", "/enrol")),
    Link("/events", "Events", "events", Right.EVENTS_SEE, ("/events", "/unknown-faces")),
    Link("/rules", "Rules", "rules", Right.RULES_SEE, ("/rules",)),
    Link("/accuracy", "Accuracy", "accuracy", Right.ACCURACY_SEE, ("/accuracy",)),
    Link("/settings", "Settings", "settings", Right.SETTINGS_SEE, ("/settings",)),
)


def page_router() -> APIRouter:
    """A router for pages: they stand in no schema."""
    return APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


def render(
    request: Request, template: str, actor: Actor | None, *, status: int = HTTPStatus.OK, **context: Any
) -> Response:
    """A page; in its template ``_`` translates, ``can`` tells what the actor may do."""
    settings = site_of(request).settings
    words = chosen(request, actor.language if actor else None, settings.site.language)
    shown = {
        "actor": actor,
        "can": (lambda right: actor.can(Right(right))) if actor else (lambda right: False),
        "_": words,
        "_n": words.plural,
        "language": words.language,
        "languages": LANGUAGES,
        "site_name": settings.site.name,
        "time_zone": settings.site.time_zone,
        "version": __version__,
        "menu": [link for link in MENU if actor is not None and actor.can(link.right)],
    }
    return _TEMPLATES.TemplateResponse(request, template, shown | context, status_code=status)


def error_page(request: Request, problem: ProblemDetails, headers: Mapping[str, str] | None) -> Response:
    """The page that says what went wrong."""
    response = render(request, "error.html", None, status=problem.status, problem=problem)
    response.headers.update(headers or {})
    return response


def start_of(request: Request) -> str:
    """Where somebody begins who is not signed in: the first account, or signing in."""
    return "/sign-in" if site_of(request).store.users.any() else "/setup"
