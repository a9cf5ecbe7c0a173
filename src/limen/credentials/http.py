"""A reader that sends each reading as an HTTP request: a microcontroller, a gateway of a Wiegand or OSDP line.

Encryption is a reverse proxy's: this server speaks plain HTTP, and by default to this machine alone.
"""

import hmac
import socket
import socketserver
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any

from limen.config.doors import ReaderSettings
from limen.config.secret import secret_text
from limen.credentials.base import Answer, Reading
from limen.credentials.card import CardFormat
from limen.credentials.http_message import SeenIds, answer_body, is_fresh, parse, problem_body
from limen.credentials.lines import never_raising, note
from limen.errors import BadDataError, ConfigError, ReaderError

MOST_BODY_BYTES = 4096
MOST_CONNECTIONS = 8
REQUEST_S = 5.0
"""How long a client may take to send its request, and as long again to take the answer."""

_PATH = "/reading"
_POLL_S = 0.1
_MOST_DRAINED_BYTES = 65536


class HttpReader:
    """Takes readings at ``POST /reading`` of ``settings.listen``, in the format of ``http_message``.

    ``now_s`` gives the time in Unix seconds.

    Raises:
        ConfigError: no token, a token of less than 16 characters, or an address that is none.
    """

    def __init__(
        self,
        settings: ReaderSettings,
        *,
        now_s: Callable[[], float] = time.time,
        request_s: float = REQUEST_S,
    ) -> None:
        self._token = secret_text("reader.token", settings.token, settings.token_file, at_least=16)
        self._address = _address(settings.listen)
        self._format, self._now_s, self._request_s = settings.format, now_s, request_s
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """The port that is listened at; after ``start`` the one that was found where ``listen`` ends with ``:0``."""
        return int(self._server.server_address[1]) if self._server is not None else self._address[1]

    def start(self, present: Callable[[Reading], Answer], health: Callable[[str | None], None]) -> None:
        """Listen until ``close``.

        Raises:
            ReaderError: the address cannot be listened at.
        """
        desk = _Desk(self._token, self._format, never_raising(present), self._now_s)
        try:
            self._server = _Server(self._address, desk, self._request_s)
        except OSError as error:
            host, port = self._address
            raise ReaderError(
                f"reader.listen: cannot listen at {host}, port {port} ({error}): choose another"
            ) from error
        health(None)
        self._thread = threading.Thread(target=_serve, args=(self._server, health), name="limen-http", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening; readings that came before are answered still, but none of them is presented any more."""
        if self._server is None:
            return
        self._server.desk.closed.set()
        self._server.shutdown()
        self._server.server_close()


def _serve(server: "_Server", health: Callable[[str | None], None]) -> None:
    try:
        server.serve_forever(_POLL_S)
    except Exception as error:  # noqa: BLE001 - the top of a thread: health hears it, and no card opens any more
        health(f"the reader's server failed: {error!r}")


class _RefusedError(Exception):
    def __init__(self, status: HTTPStatus, detail: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


class _Desk:
    """What all requests share: who may ask, what was asked before, and who answers."""

    def __init__(
        self,
        token: str,
        card_format: CardFormat,
        ask: Callable[[Reading], Answer],
        now_s: Callable[[], float],
    ) -> None:
        self._authorization = f"Bearer {token}".encode()
        self._format, self._ask, self._now_s = card_format, ask, now_s
        self._seen = SeenIds()
        self.closed = threading.Event()

    def may_ask(self, authorization: str) -> bool:
        """Whether the header's value carries the token; takes as long for every value of the same length."""
        return hmac.compare_digest(authorization.encode("latin-1", "replace"), self._authorization)

    def answer(self, body: bytes) -> Answer:
        """The answer to a body of somebody who may ask.

        Raises:
            _RefusedError: it is not a reading, too old, or was presented before.
        """
        try:
            sent = parse(body, self._format)
        except BadDataError as error:
            raise _RefusedError(HTTPStatus.BAD_REQUEST, str(error)) from error
        now_s = self._now_s()
        if not is_fresh(sent.at_s, now_s):
            raise _RefusedError(HTTPStatus.UNAUTHORIZED, "at is too old or lies ahead: set the reader's clock")
        first = self._seen.first(sent.id, sent.at_s, now_s)
        if first is False:
            raise _RefusedError(HTTPStatus.CONFLICT, "a reading with this id was presented before")
        if first is None or self.closed.is_set():
            raise _RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "no reading can be taken now: try again later")
        return self._ask(sent.reading)


class _Handler(BaseHTTPRequestHandler):
    """One request of one connection. Writes neither Date nor Server, so that equal answers are equal bytes."""

    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.0"  # that of HTTP/0.9 has no head, and so no status
    server: "_Server"

    def setup(self) -> None:
        self.request.settimeout(self.server.request_s)
        super().setup()
        # That is for one read: who sends a byte now and then is cut off by the timer.
        self._cut = threading.Timer(self.server.request_s, self._stop_reading)
        self._cut.daemon = True
        self._cut.start()

    def handle(self) -> None:
        self._unread = True
        self.handle_one_request()

    def finish(self) -> None:
        if self._unread:
            self._drain()
        self._cut.cancel()
        super().finish()

    def do_POST(self) -> None:
        try:
            answer = self.server.desk.answer(self._body())
        except _RefusedError as refused:
            self._refuse(refused.status, refused.detail)
        else:
            self._send(HTTPStatus.OK, "application/json", answer_body(answer))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the standard library finds wrong; its words repeat the request, so that they are left out."""
        status = HTTPStatus.METHOD_NOT_ALLOWED if code == HTTPStatus.NOT_IMPLEMENTED else HTTPStatus(code)
        self._refuse(status, f"there is POST {_PATH}, and nothing else")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
        """Nothing: readings are for the audit alone."""

    def _body(self) -> bytes:
        if self.path != _PATH:
            raise _RefusedError(HTTPStatus.NOT_FOUND, f"there is POST {_PATH}, and nothing else")
        if not self.server.desk.may_ask(self.headers.get("Authorization", "")):
            raise _RefusedError(HTTPStatus.UNAUTHORIZED, "Authorization: Bearer with the reader's token is needed")
        length = self.headers.get_all("Content-Length", [])
        if len(length) != 1 or "Transfer-Encoding" in self.headers:
            raise _RefusedError(HTTPStatus.LENGTH_REQUIRED, "one Content-Length and no Transfer-Encoding is needed")
        if not (length[0].isascii() and length[0].isdigit()):
            raise _RefusedError(HTTPStatus.BAD_REQUEST, "Content-Length is a number")
        if len(length[0]) > 9 or int(length[0]) > MOST_BODY_BYTES:
            raise _RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a body has at most {MOST_BODY_BYTES} bytes")
        body = self.rfile.read(int(length[0]))
        if len(body) != int(length[0]):
            raise _RefusedError(HTTPStatus.BAD_REQUEST, "the body ended early or came too slowly")
        self._unread = False
        return body

    def _refuse(self, status: HTTPStatus, detail: str) -> None:
        self._send(status, "application/problem+json", problem_body(status, detail))

    def _send(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
        self.send_response_only(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        if status is HTTPStatus.UNAUTHORIZED:
            self.send_header("WWW-Authenticate", "Bearer")
        if status is HTTPStatus.METHOD_NOT_ALLOWED:
            self.send_header("Allow", "POST")
        self.end_headers()
        self.wfile.write(body)

    def _stop_reading(self) -> None:
        with suppress(OSError):  # it is gone already
            self.connection.shutdown(socket.SHUT_RD)

    def _drain(self) -> None:
        """Take what is still sent, for a connection closed on unread bytes may lose the answer on its way.

        Source: RFC 9112, 9.6.
        """
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            left = _MOST_DRAINED_BYTES
            while left > 0 and (chunk := self.connection.recv(4096)):
                left -= len(chunk)


class _Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], desk: _Desk, request_s: float) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.desk, self.request_s = desk, request_s
        self._slots = threading.BoundedSemaphore(MOST_CONNECTIONS)
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:  # Any: as the standard library's own
        if not self._slots.acquire(blocking=False):
            self._turn_away(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:  # no thread could be started
            self._slots.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._slots.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exc_info()[1]
        if not isinstance(error, ConnectionError):
            note(f"a request of a reader failed: {type(error).__name__}")

    def _turn_away(self, request: socket.socket) -> None:
        status = HTTPStatus.SERVICE_UNAVAILABLE
        body = problem_body(status, f"more than {MOST_CONNECTIONS} connections at once: try again later")
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/problem+json\r\n"
            f"Content-Length: {len(body)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
        )
        with suppress(OSError):
            request.setblocking(False)
            request.sendall(head.encode() + body)
        self.shutdown_request(request)


def _address(listen: str) -> tuple[str, int]:
    host, colon, port = listen.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not (colon and host and port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= 65535):
        raise ConfigError(f"reader.listen is {listen!r}: an address and a port are needed, as 127.0.0.1:8790")
    return host, int(port)
