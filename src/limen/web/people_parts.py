"""What the routes about people share: ids in paths, files as bodies, erasing what was deleted."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, Path
from starlette.requests import Request

from limen.door.background import Repeated
from limen.door.erasing import Erasing
from limen.web.portraits import Portraits
from limen.web.problem import Problem
from limen.web.rights import Actor, Right
from limen.web.site import Site

_log = logging.getLogger(__name__)

PersonPath = Annotated[str, Path(max_length=100, description="The person's id")]
NO_STORE = {"Cache-Control": "no-store"}


async def _body(request: Request) -> bytes:
    return await request.body()


RawBody = Annotated[bytes, Depends(_body)]
"""The body as it came; bounded for all routes."""


def may_change(actor: Actor, *, groups: bool, enables: bool) -> bool:
    """Whether ``actor`` may change people so: rules let groups in, and whoever was disabled was let in nowhere."""
    return (actor.can(Right.RULES_CHANGE) or not groups) and (actor.can(Right.PEOPLE_DELETE) or not enables)


def check_change(actor: Actor, *, groups: bool = False, enables: bool = False) -> None:
    """Refuse what ``may_change`` does not let through.

    Raises:
        Problem: ``actor`` may not.
    """
    if not may_change(actor, groups=groups, enables=enables):
        raise Problem(
            HTTPStatus.FORBIDDEN, "not-allowed",
            "Groups say which doors open, and whoever is disabled stays so: only those who change rules change who is "
            "in a group, and only those who delete people enable them again. Ask an owner or admin.",
        )  # fmt: skip


def body_of(*media_types: str) -> dict[str, Any]:
    """What a route says of its ``RawBody`` in the schema."""
    file = {"schema": {"type": "string", "format": "binary"}}
    return {"requestBody": {"required": True, "content": dict.fromkeys(media_types, file)}}


def file_answer(media_type: str, *, binary: bool = True) -> dict[int | str, dict[str, Any]]:
    """What a route that answers with a file says of it in the schema."""
    schema = {"type": "string", "format": "binary"} if binary else {"type": "string"}
    return {200: {"content": {media_type: {"schema": schema}}, "description": "The file"}}


def erase_in_time(site: Site) -> Callable[[], None]:
    """Erase those who were deleted once it cannot be undone any longer, until what is returned is called."""
    erasing = Erasing(site.store, _log.warning)
    repeated = Repeated(
        "erasing", lambda: _step(site, erasing), 1.0, lambda error: _log.error("erasing ended: %s", error)
    )
    return repeated.close


def _step(site: Site, erasing: Erasing) -> None:
    if erasing.step(datetime.now(UTC)):
        site.part(Portraits, Portraits).forget()
