"""Routers of the API: every route with an id of its own, and POSTs that can be repeated safely."""

import re
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from limen.store.answers import UNDER_WAY, Answers, KeptAnswer
from limen.web.identity import identify
from limen.web.problem import Problem
from limen.web.rights import rights_of
from limen.web.site import site_of

PREFIX = "/api/v1"
_HEADERS = ("content-type", "location", "etag")
_LARGEST = 1_000_000


class ApiRoute(APIRoute):
    """Answers a POST with an ``Idempotency-Key`` once: repeated within a day, it gets the same answer."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with the repetition taken care of."""
        handle, rights = super().get_route_handler(), rights_of(self.dependant)

        async def once(request: Request) -> Response:
            key = request.headers.get("idempotency-key")
            if key is None or request.method != "POST":
                return await handle(request)
            who = await run_in_threadpool(identify, request)
            actor = next((one for one in who if not rights or any(map(one.can, rights))), None)
            if actor is None:  # Refused as always: an answer from before is nobody's who may not ask any more.
                return await handle(request)
            return await _once(handle, request, _checked(key), actor.key)

        return once


def api_router(name: str) -> APIRouter:
    """A router for ``/api/v1/name``."""
    return APIRouter(prefix=f"{PREFIX}/{name}", tags=[name], route_class=ApiRoute)


async def _once(
    handle: Callable[[Request], Coroutine[Any, Any, Response]], request: Request, key: str, actor: str
) -> Response:
    answers = site_of(request).store.answers
    asked = f"{request.method} {request.url.path}?{request.url.query}\n".encode() + await request.body()
    kept = await run_in_threadpool(answers.claim, key, actor, asked, datetime.now(UTC))
    if kept is not None:
        return _repeated(kept)
    try:
        response = await handle(request)
        await run_in_threadpool(_keep, answers, key, actor, response)
    except BaseException:
        await run_in_threadpool(answers.release, key, actor)
        raise
    return response


def _keep(answers: Answers, key: str, actor: str, response: Response) -> None:
    body = getattr(response, "body", None)
    if response.status_code >= HTTPStatus.BAD_REQUEST or not isinstance(body, bytes) or len(body) > _LARGEST:
        answers.release(key, actor)
        return
    headers = {name: response.headers[name] for name in _HEADERS if name in response.headers}
    answers.keep(key, actor, response.status_code, headers, body)


def _repeated(kept: KeptAnswer) -> Response:
    if not kept.same_request:
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "key-used",
            "This Idempotency-Key belongs to another request: choose a new one.",
        )
    if kept.status == UNDER_WAY:
        raise Problem(HTTPStatus.CONFLICT, "under-way", "This very request is being answered: ask again in a moment.")
    return Response(kept.body, kept.status, {**kept.headers, "Idempotency-Replayed": "true"})


def _checked(key: str) -> str:
    if not re.fullmatch("[!-~]{1,200}", key):
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY, "bad-key", "An Idempotency-Key has 1 to 200 visible ASCII characters."
        )
    return key
