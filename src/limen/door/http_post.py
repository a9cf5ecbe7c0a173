"""One POST to somewhere else: bounded in time, sent once, and never to where clouds hand out secrets."""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from limen.store.webhooks import is_forbidden

_HTTP, _HTTPS = 80, 443


@dataclass(frozen=True, slots=True)
class Reply:
    """The status that came back, or in words why none did; how long that took."""

    status: int | None
    error: str | None
    ms: int


def post(url: str, body: bytes, headers: Mapping[str, str], timeout_s: float) -> Reply:
    """What comes of sending ``body``, within ``timeout_s``; what the answer says beside its status is not read.

    In a thread, since neither the look-up of a name nor a server that sends a byte a second can be bounded otherwise;
    and by http.client, which follows no redirects and heeds no proxies of the environment.
    """
    start_s = time.monotonic()
    exchange = _Exchange(urlsplit(url), body, dict(headers), timeout_s)
    thread = threading.Thread(target=exchange.run, name="limen-webhook-post", daemon=True)
    thread.start()
    thread.join(timeout_s)
    exchange.give_up()
    ms = round((time.monotonic() - start_s) * 1000)
    return Reply(exchange.status, None if exchange.status is not None else exchange.why(), ms)


@dataclass
class _Exchange:
    url: SplitResult
    body: bytes
    headers: dict[str, str]
    timeout_s: float
    status: int | None = None
    error: Exception | None = None
    connected: socket.socket | None = None
    given_up: bool = False
    deciding: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> None:
        """Send, and wait for the status."""
        connection = _connection(self.url, self.timeout_s)
        try:
            connection.connect()
            with self.deciding:
                if self.given_up:
                    return
                self.connected = connection.sock
            target = (self.url.path or "/") + (f"?{self.url.query}" if self.url.query else "")
            connection.request("POST", target, self.body, self.headers)
            status = connection.getresponse().status
            with self.deciding:
                if not self.given_up:
                    self.status = status
        except Exception as error:  # noqa: BLE001 - the top of a thread: told to whoever waits
            with self.deciding:
                if not self.given_up:  # What giving up breaks is no answer in time.
                    self.error = error
        finally:
            connection.close()

    def give_up(self) -> None:
        """See to it that the thread ends."""
        with self.deciding:
            self.given_up = True
            connected = self.connected
        if connected is not None:
            with suppress(OSError):
                connected.shutdown(socket.SHUT_RDWR)

    def why(self) -> str:
        """In words what was wrong."""
        error = self.error
        if error is None:
            return f"no answer within {self.timeout_s:g} s"
        if isinstance(error, ssl.SSLCertVerificationError):
            return f"{self.url.hostname} is not who it says: {error.verify_message}"
        if isinstance(error, socket.gaierror):
            return f"there is no {self.url.hostname} ({error.strerror})"
        if isinstance(error, http.client.HTTPException):
            return f"it does not speak HTTP ({type(error).__name__})"
        return str(getattr(error, "strerror", None) or error) or type(error).__name__


def _connection(url: SplitResult, timeout_s: float) -> http.client.HTTPConnection:
    host = url.hostname or ""
    if url.scheme == "https":
        return _Secure(host, url.port or _HTTPS, timeout=timeout_s)
    return _Checked(host, url.port or _HTTP, timeout=timeout_s)


class _Checked(http.client.HTTPConnection):
    """Looks at the very address that it connects to: a name may lead anywhere."""

    auto_open = 0  # What was cut off must not be sent on a new connection.

    def connect(self) -> None:
        """Connect to the first of the host's addresses that answers.

        Raises:
            OSError: none does, or one is forbidden.
        """
        found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        for *_, address in found:
            if is_forbidden(str(address[0])):
                raise OSError(f"{self.host} leads to {address[0]}, where nothing is sent")
        failure = OSError(f"{self.host} has no address")
        for family, kind, protocol, _, address in found:
            try:
                self.sock = self._connected(socket.socket(family, kind, protocol), address)
                return
            except OSError as error:
                failure = error
        raise failure

    def _connected(self, opened: socket.socket, address: object) -> socket.socket:
        try:
            opened.settimeout(self.timeout)
            opened.connect(address)  # type: ignore[arg-type]  # what getaddrinfo gives fits its own family
        except OSError:
            opened.close()
            raise
        return opened


class _Secure(_Checked):
    """The same, encrypted, with the certificate checked against the name."""

    default_port = _HTTPS

    def _connected(self, opened: socket.socket, address: object) -> socket.socket:
        plain = super()._connected(opened, address)
        try:
            return ssl.create_default_context().wrap_socket(plain, server_hostname=self.host)
        except OSError:
            plain.close()
            raise
