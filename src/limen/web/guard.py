"""What holds for every request: the names we answer to, strict headers, bounded bodies."""

import ipaddress
import socket
from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from limen.config import WebSettings
from limen.web.problem import MEDIA_TYPE, ProblemDetails

LARGEST_BODY, LARGEST_FILE = 256 * 1024, 16 * 1024 * 1024
"""In bytes: what is read before anybody asks who sent it, and a file of somebody who at least says who they are."""
TOO_LARGE = 413
_FILES = ("text/csv", "text/calendar", "application/octet-stream")
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
        "media-src 'self' blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(self), screen-wake-lock=(self), microphone=(), geolocation=()",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_HSTS = "max-age=31536000"


class Guard:
    """Answers only to names of ours, and makes every answer strict.

    A site whose name was bound anew to this machine (DNS rebinding) asks for its own name, and gets nothing; whoever
    asks for a bare address can be no other site.
    """

    def __init__(self, app: ASGIApp, web: Callable[[], WebSettings]) -> None:
        self._app, self._web = app, web
        self._bounded = {most: RequestBodyLimitMiddleware(app, most) for most in (LARGEST_BODY, LARGEST_FILE)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the application answer."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        most = _largest(headers)
        strict = _strict(send, most, secure=scope["scheme"] in ("https", "wss"))
        host = _host(headers.get("host", ""))
        if _is_address(host) or host in _own_names() or host in _configured(self._web()):
            await self._bounded[most](scope, receive, strict)
            return
        text = "This is not a name of this server: add it to web.hosts in the settings, or ask for its address."
        await PlainTextResponse(text, HTTPStatus.MISDIRECTED_REQUEST)(scope, receive, strict)


def _largest(headers: Headers) -> int:
    """How many bytes a body may have: many only for files, and not for whoever brings nothing to be known by."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    file = kind.startswith("image/") or kind in _FILES
    return LARGEST_FILE if file and ("cookie" in headers or "authorization" in headers) else LARGEST_BODY


def _too_large(most: int) -> bytes:
    problem = ProblemDetails(
        type="/problems/too-large",
        title="Content Too Large",
        status=TOO_LARGE,
        detail=f"This is larger than is taken here, {most:,} bytes at most: send less. Files say with Content-Type "
        "what they are.",
        instance="urn:limen:too-large",
    )
    return problem.model_dump_json().encode()


def _strict(send: Send, most: int, *, secure: bool) -> Send:
    too_large = False

    async def send_strict(message: Message) -> None:
        nonlocal too_large
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            # What limits bodies answers in a word of its own, before anything that tells problems.
            too_large = message["status"] == TOO_LARGE and headers.get("content-type", "").startswith("text/plain")
            if too_large:
                headers["Content-Type"], headers["Content-Length"] = MEDIA_TYPE, str(len(_too_large(most)))
            for name, value in _HEADERS.items():
                headers[name] = value
            headers.setdefault("Cache-Control", "no-store")
            if secure:
                headers["Strict-Transport-Security"] = _HSTS
        elif too_large and message["type"] == "http.response.body":
            message = {"type": "http.response.body", "body": _too_large(most)}
        await send(message)

    return send_strict


def _host(header: str) -> str:
    """The name or address a client asked for, without the port."""
    try:
        return (urlsplit(f"//{header}").hostname or "").rstrip(".").lower()
    except ValueError:
        return ""


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


@cache
def _own_names() -> frozenset[str]:
    name = socket.gethostname().lower()
    return frozenset(("localhost", name, f"{name.split('.')[0]}.local", f"{name.split('.')[0]}.lan"))


def _configured(web: WebSettings) -> frozenset[str]:
    public = urlsplit(web.public_url).hostname
    return frozenset((*(name.lower() for name in web.hosts), *([public] if public else [])))
