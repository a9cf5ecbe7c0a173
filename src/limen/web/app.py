"""Joins the API and the pages to one application."""

import json
import pkgutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from importlib import import_module
from types import ModuleType
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

from limen.version import __version__
from limen.web import api, screens
from limen.web.guard import Guard
from limen.web.problem import ProblemDetails, add_problems, responses
from limen.web.rights import anybody, rights_of
from limen.web.site import Site
from limen.web.words import words_in

_SUMMARY = "Doors, people, events and rules of one installation. Errors are problems as RFC 9457 has them."


def build_app(site: Site) -> FastAPI:
    """The whole application, without the guard that every server puts before it."""
    modules = list(areas())

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        ends: list[Callable[[], None]] = []
        for module in modules:
            if (start := getattr(module, "start", None)) is not None:
                ends.append(await run_in_threadpool(start, site))
        try:
            yield
        finally:
            for end in reversed(ends):
                await run_in_threadpool(end)

    app = FastAPI(
        title="Limen", version=__version__, summary=_SUMMARY, docs_url=None, redoc_url=None,
        openapi_url="/api/v1/openapi.json", generate_unique_id_function=lambda route: route.name, lifespan=lifespan,
    )  # fmt: skip
    app.state.site = site
    add_problems(app)
    app.mount("/static", _Static(packages=[("limen.web", "static")]))
    app.get("/words/{language}.js", include_in_schema=False, dependencies=[anybody()])(_words)
    for module in modules:
        app.include_router(module.router)
    app.openapi = lambda: _schema(app)  # type: ignore[method-assign]  # the way FastAPI has for this
    return app


def guarded(app: FastAPI, site: Site) -> ASGIApp:
    """The application as it is served."""
    return Guard(app, lambda: site.settings.web)


class _Static(StaticFiles):
    """Files that browsers keep, and ask about each time: a new version is seen at once."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """The file, or that it has not changed."""
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        return response

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file."""
        return await super().get_response(path, scope)


def _words(language: str) -> Response:
    """The texts of the scripts in a language, as a module."""
    texts = json.dumps(words_in(language).for_scripts, ensure_ascii=False, separators=(",", ":"))
    return Response(f"export default {texts};", media_type="text/javascript", headers={"Cache-Control": "no-cache"})


def areas() -> Iterator[ModuleType]:
    """The modules of the API and of the screens, each with its ``router``."""
    for package in (api, screens):
        for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            module = import_module(found.name)
            if hasattr(module, "router"):
                yield module


def _schema(app: FastAPI) -> dict[str, Any]:
    """The contract: what every route answers, errors included."""
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
        components = schema.setdefault("components", {})
        components.setdefault("schemas", {}).update(_problem_schemas())
        components["securitySchemes"] = {
            "token": {"type": "http", "scheme": "bearer"},
            "session": {"type": "apiKey", "in": "cookie", "name": "limen_session"},
        }
        schema["security"] = [{"token": []}, {"session": []}]
        public = _public()
        for operations in schema["paths"].values():
            for method, operation in operations.items():
                _add_problems(method, operation)
                if operation["operationId"] in public:
                    operation["security"] = []
        app.openapi_schema = schema
    return app.openapi_schema


def _public() -> frozenset[str]:
    """The names of the routes that ask for no right."""
    routes = (route for area in areas() for route in area.router.routes if isinstance(route, APIRoute))
    return frozenset(route.name for route in routes if not rights_of(route.dependant))


def _add_problems(method: str, operation: dict[str, Any]) -> None:
    told = operation.setdefault("responses", {})
    told.pop("422", None)
    statuses = [401, 403, 404, 409, 422, 429, 500, 503]
    if method != "get":
        statuses += [400, 412, 413, 415]
    told.update({status: told.get(status, answer) for status, answer in responses(*sorted(set(statuses))).items()})
    if method == "post":
        operation.setdefault("parameters", []).append(
            {
                "name": "Idempotency-Key", "in": "header", "required": False,
                "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
                "description": "Repeated with the same key within a day, the request is not done again.",
            }
        )  # fmt: skip


def _problem_schemas() -> dict[str, Any]:
    schema = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
    parts: dict[str, Any] = schema.pop("$defs", {})
    return {**parts, "ProblemDetails": schema}
