"""Serving pages: to the browser of this machine alone, or as a site to whoever can reach it."""

import asyncio
import errno
import logging
import signal
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType
from typing import cast

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from limen.errors import ConfigError, UnavailableError
from limen.web.tls import Pair

LOCAL = "127.0.0.1"

_CONNECTIONS = 500
"""Displays, live pages and their pictures; beyond, whoever comes is told to come later."""
_LONGEST_FRAME = 4 * 1024 * 1024
_GRACE_S = 1
_PING_S = 20.0
_FIRST_PAGES = ("/setup", "/sign-in")


def listen(port: int) -> socket.socket:
    """A socket that takes connections from this machine alone, on ``port``, or on any free one where that is 0.

    Raises:
        UnavailableError: the port is taken, or not for everybody to use.
    """
    return _bound(socket.AF_INET, (LOCAL, port), f"port {port}", "name another with --port, or none for any free one")


def listen_at(address: str) -> socket.socket:
    """A socket that takes connections at ``address``, as 127.0.0.1:8300 or [::]:8300; port 0 is any free one.

    Raises:
        ConfigError: it is no address of a machine and a port.
        UnavailableError: it is taken, not for everybody to use, or not of this machine.
    """
    host, _, port = address.rpartition(":")
    if not (host and port.isdecimal() and int(port) < 65536):
        raise ConfigError(f"an address and a port are expected, as 127.0.0.1:8300 or 0.0.0.0:8300, got {address!r}")
    try:
        found = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        raise UnavailableError(f"{address}: {host} is no address of this machine ({error})") from error
    return _bound(found[0], found[4], address, "stop what uses it, or name another with --listen or web.listen")


def serve(app: ASGIApp, listener: socket.socket) -> None:
    """Serve ``app`` until SIGTERM, after which this returns, or until an interrupt from the keyboard, which goes on."""
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, ws="none", timeout_graceful_shutdown=2
    )
    _run(uvicorn.Server(config), listener)


@dataclass(frozen=True, slots=True)
class Moments:
    """What is called while a site is served: once it can be reached, each second, and as soon as it is to stop."""

    up: Callable[[], None] = lambda: None
    alive: Callable[[], None] = lambda: None
    stopping: Callable[[], None] = lambda: None


def serve_site(app: ASGIApp, listener: socket.socket, pair: Pair | None, moments: Moments) -> None:
    """Serve ``app`` as ``serve`` does, by HTTPS where there is a ``pair``, with WebSockets and streams of events.

    Once it is to stop, streams end at once, WebSockets are closed with 1012 so that browsers connect again, and all
    others have a second.
    """
    leaving = _Leaving(app)

    async def alive() -> None:
        moments.alive()

    config = uvicorn.Config(
        leaving,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="websockets-sansio",  # reads the next message only once the one before was taken
        ws_per_message_deflate=False,  # JPEGs do not get smaller, and eight times slower
        ws_max_size=_LONGEST_FRAME,
        ws_ping_interval=_PING_S,
        ws_ping_timeout=_PING_S,
        limit_concurrency=_CONNECTIONS,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=_GRACE_S,
        callback_notify=cast("Callable[..., Awaitable[None]]", alive),
        timeout_notify=0,
        ssl_certfile=None if pair is None else pair.certificate,
        ssl_keyfile=None if pair is None else pair.key,
    )
    _run(_SiteServer(config, moments, leaving), listener)


class _SiteServer(uvicorn.Server):
    """Tells when it begins and when it is to end."""

    def __init__(self, config: uvicorn.Config, moments: Moments, leaving: "_Leaving") -> None:
        super().__init__(config)
        self._moments, self._leaving = moments, leaving

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            for path in _FIRST_PAGES:
                await _look(self._leaving, path)
            self._moments.up()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._leaving.leave()
        # That answers are cut short now is what is wanted.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if not self.should_exit:
            self._moments.stopping()
        super().handle_exit(sig, frame)


class _Leaving:
    """Tells streams of events that whoever listens has gone, once the server is to end: they would never end else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._end: asyncio.Event | None = None

    def leave(self) -> None:
        """End all streams."""
        if self._end is not None:
            self._end.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _is_stream(scope):
            await self._app(scope, receive, send)
            return
        self._end = self._end or asyncio.Event()
        await self._app(scope, _until(self._end, receive), send)


async def _look(app: ASGIApp, path: str) -> None:
    """Ask for a page once: what is made at the first request is there before anybody waits for it."""
    headers = [(b"host", b"localhost"), (b"accept", b"text/html")]
    scope: Scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "headers": headers,
        "client": (LOCAL, 0), "server": (LOCAL, 0),
    }  # fmt: skip

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        """Nobody is there."""

    with suppress(Exception):  # told to whoever asks for the page, and no reason not to start
        await app(scope, receive, send)


def _is_stream(scope: Scope) -> bool:
    return any(name == b"accept" and b"text/event-stream" in value for name, value in scope["headers"])


def _until(end: asyncio.Event, receive: Receive) -> Receive:
    """``receive``, which tells a disconnection once ``end`` is set."""

    async def receive_or_end() -> Message:
        waiting = [asyncio.ensure_future(receive()), asyncio.ensure_future(end.wait())]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            received = waiting[0]
            return cast("Message", received.result()) if received.done() else {"type": "http.disconnect"}
        finally:
            for task in waiting:
                task.cancel()

    return receive_or_end


def _run(server: uvicorn.Server, listener: socket.socket) -> None:
    # uvicorn sends itself again, once it has stopped, the signal that stopped it: to this handler.
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        server.run(sockets=[listener])
    finally:
        signal.signal(signal.SIGTERM, before)
        listener.close()


def _bound(family: int, address: object, what: str, advice: str) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        with suppress(OSError):
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    try:
        listener.bind(address)  # type: ignore[arg-type]  # what getaddrinfo gives fits its own family
        listener.listen(128)
    except OSError as error:
        listener.close()
        why = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
        raise UnavailableError(f"{what} {why}: {advice}") from error
    return listener
