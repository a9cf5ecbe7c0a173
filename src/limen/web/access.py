"""Who may see the pages: whoever has the key, in a browser that really talks to this machine.

The pages show people's photos and scores. Other users of the machine, and other sites that are open in the same
browser, can reach the same port: neither has the key.
"""

import hashlib
import secrets
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HOSTS = ("127.0.0.1", "localhost")
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Access:
    """Lets requests through that name this machine and bring the key, and makes all answers strict.

    The key comes once in the address, ``/?key=…``, and from then on in a cookie that no script can read and that no
    other site can make the browser send. Hosts are checked by name, so that a site whose name was bound anew to this
    machine (DNS rebinding) gets nothing.
    """

    def __init__(self, app: ASGIApp, key: str) -> None:
        self._app, self._key = app, key
        # Cookies are shared between ports: two programs that run at once must not overwrite each other's.
        self._cookie = f"limen-{hashlib.sha256(key.encode()).hexdigest()[:12]}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the application answer; anything that is neither HTTP nor the start is dropped."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            answer = self._answer(Request(scope)) or self._app
            await answer(scope, receive, _strict(send))

    def _answer(self, request: Request) -> Response | None:
        """What to say instead of the application, ``None`` where the request may pass."""
        if request.headers.get("host", "").rsplit(":", 1)[0] not in _HOSTS:
            return PlainTextResponse("Ask for http://127.0.0.1 or http://localhost.", HTTPStatus.BAD_REQUEST)
        if request.url.path == "/" and self._is_key(request.query_params.get("key", "")):
            welcome = RedirectResponse("/", HTTPStatus.SEE_OTHER)
            welcome.set_cookie(self._cookie, self._key, httponly=True, samesite="strict")
            return welcome
        if self._is_key(request.cookies.get(self._cookie, "")):
            return None
        return PlainTextResponse(
            "This page is for whoever started it: open the address that limen printed, with its key.",
            HTTPStatus.FORBIDDEN,
        )

    def _is_key(self, given: str) -> bool:
        return secrets.compare_digest(given.encode(), self._key.encode())


def _strict(send: Send) -> Send:
    """``send`` with the headers that every answer has."""

    async def send_strict(message: Message) -> None:
        if message["type"] == "http.response.start":
            ours = [(name.lower().encode(), value.encode()) for name, value in _HEADERS.items()]
            names = {name for name, _ in ours}
            message["headers"] = [header for header in message["headers"] if header[0].lower() not in names] + ours
        await send(message)

    return send_strict
