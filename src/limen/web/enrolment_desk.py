"""What the routes of enrolment share: the enrolments of a site, whose they are, and frames as they come."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from http import HTTPStatus

from fastapi import WebSocket, WebSocketDisconnect
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from limen.door.enrol_session import EnrolSession, Tools
from limen.door.enrol_sessions import EnrolSessions
from limen.errors import BadDataError, ImageError, LimenError, UnknownNameError
from limen.web.identity import identify
from limen.web.problem import Problem
from limen.web.rights import Actor, Kind
from limen.web.site import Site, site_of

OWN_CONSENT = "limen-1"
"""The version of the text that the pages show where the settings name none."""
GONE, REFUSED = 4404, 4409
"""Why a WebSocket is closed: the enrolment is not known (any longer), or takes no frames."""
_LARGEST_FRAME = 600_000


def sessions_of(site: Site) -> EnrolSessions:
    """The enrolments under way at a site."""
    return site.part(EnrolSessions, _sessions)


def _sessions(site: Site) -> EnrolSessions:
    return EnrolSessions(Tools(lambda: site.house.engines, site.store, lambda: site.settings), time.monotonic)


def consent_version(site: Site) -> str:
    """The version of the text that people agree to now."""
    return site.settings.privacy.consent_text_version or OWN_CONSENT


def invited(connection: HTTPConnection) -> Actor:
    """Whom the invitation in the browser is for.

    Raises:
        Problem: there is none, or no longer.
    """
    for one in identify(connection):
        if one.kind is Kind.INVITATION:
            return one
    raise Problem(
        HTTPStatus.FORBIDDEN, "no-invitation", "This link was used or is over: ask those who run it for another one."
    )


def own_session(connection: HTTPConnection, enrolment: str) -> EnrolSession:
    """The enrolment, which whoever asks has begun.

    Raises:
        UnknownNameError: there is none, or it is somebody else's.
    """
    owners = {one.key for one in identify(connection)}
    return sessions_of(site_of(connection)).get(enrolment, owners)


class Newest:
    """The newest frame that a WebSocket received: those before it are gone, so that nothing queues."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._frame: bytes | None = None
        self._came = asyncio.Event()
        self._over = False

    async def receive(self) -> None:
        """Take in frames until the other side closes, or sends what is none."""
        try:
            while True:
                message = await self._socket.receive()
                if message["type"] == "websocket.disconnect":
                    return
                frame = message.get("bytes")
                if frame is None or len(frame) > _LARGEST_FRAME:
                    continue
                self._frame = frame
                self._came.set()
        finally:
            self._over = True
            self._came.set()

    async def next(self) -> bytes | None:
        """The newest frame, once there is one; ``None`` when none will come."""
        await self._came.wait()
        self._came.clear()
        frame, self._frame = self._frame, None
        return None if self._over else frame


async def answer_frames(socket: WebSocket, answer: Callable[[bytes], object]) -> None:
    """Answer each frame with the JSON that ``answer`` makes of it, in a thread, until either side has enough."""
    await socket.accept()
    newest = Newest(socket)
    receiving = asyncio.create_task(newest.receive())
    try:
        while (frame := await newest.next()) is not None:
            await _answer(socket, run_in_threadpool(answer, frame))
    except UnknownNameError:
        await _close(socket, GONE)
    except LimenError:
        await _close(socket, REFUSED)
    except WebSocketDisconnect:
        pass
    finally:
        receiving.cancel()
        with suppress(asyncio.CancelledError, WebSocketDisconnect):
            await receiving


async def _answer(socket: WebSocket, made: Awaitable[object]) -> None:
    try:
        told = await made
    except ImageError as error:
        told = {"problem": str(error)}
    await socket.send_json(told)


async def _close(socket: WebSocket, code: int) -> None:
    with suppress(RuntimeError, WebSocketDisconnect):
        await socket.close(code)


def check_name_free(site: Site, name: str) -> str:
    """The name as it is kept.

    Raises:
        BadDataError: nobody can have it.
        Problem: somebody has it.
    """
    if site.store.people.find(name) is not None:
        raise Problem(
            HTTPStatus.CONFLICT,
            "name-taken",
            "There is already somebody of this name: open their page to add pictures of them, or give another name.",
        )
    if not name.strip():
        raise BadDataError("a name was expected")
    return name.strip()
