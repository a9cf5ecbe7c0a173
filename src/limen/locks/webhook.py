"""A lock that is moved by signed HTTP requests; ``verify_signature`` is for whoever receives them."""

import hashlib
import hmac
import http.client
import json
import secrets
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import SplitResult, urlsplit

from limen.config import WebhookSettings, secret_text
from limen.errors import ConfigError, LockError
from limen.locks.base import LockState, check_opening
from limen.version import __version__

_LOCK_WITHIN_S = 10.0
"""A command to lock is tried for so long at most."""
_BACKOFF_S = 0.1
"""The wait before the second try; it doubles with each further one."""
_LARGEST = 64 * 1024
_ASK_EVERY_S, _ASK_AGAIN_S = 1.0, 5.0
"""How often the state is asked for, and how soon again where the answer did not come."""
_ASK_WITHIN_S = 0.5
"""Whoever polls the state is held up by so much at most."""
_TRY_AGAIN = {408, 429}


def verify_signature(
    body: bytes, timestamp: str, signature: str, secret: str, now: datetime, tolerance_s: float
) -> bool:
    """Whether Limen signed exactly these bytes, and did so less than ``tolerance_s`` before or after ``now``.

    ``timestamp`` and ``signature`` are the headers X-Limen-Timestamp and X-Limen-Signature as they came. A request that
    is sent once more within the tolerance passes: remember the Idempotency-Key for twice as long as ``tolerance_s``,
    and do what it asks for only once.
    """
    # A timestamp with a dot in it could have eaten the beginning of the body, and be signed all the same.
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 20):
        return False
    right = hmac.compare_digest(signature.encode(), sign(body, timestamp, secret).encode())
    return right and abs(now.timestamp() - int(timestamp)) < tolerance_s


def sign(body: bytes, timestamp: str, secret: str) -> str:
    """The value of X-Limen-Signature."""
    digest = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return f"sha256={digest.hexdigest()}"


class WebhookLock:
    """A lock behind an address that takes POST requests.

    Every command has an id, the same in all of its tries, and a time after which it is of no use any more: no try of an
    unlock begins to send later than ``unlock_within_s`` after it was asked for, and ``expires_at`` tells the receiver
    the same. Where replies carry the state, the state is asked for as well, by GET; where they do not, it follows
    from time, and nobody knows whether the bolt moved. What was not confirmed is jammed until a later command is.

    Blocks for at most: ``open_for`` ``unlock_within_s``; ``lock``, ``close`` and the constructor, which locks, the
    lesser of 10 s and ``attempts`` times ``timeout_s`` with the waits between; ``state`` 0.5 s, once a second while
    answers come and once in five seconds while they do not. ``now_s`` must be the machine's own monotonic clock.

    Raises:
        ConfigError: the address, secret or certificate of the settings cannot be used.
    """

    def __init__(
        self,
        settings: WebhookSettings,
        door: str,
        now_s: Callable[[], float],
        wall_now: Callable[[], datetime],
        *,
        unlock_within_s: float = 2.0,
    ) -> None:
        self._settings, self._door, self._now_s, self._wall_now = settings, door, now_s, wall_now
        self._unlock_within_s = unlock_within_s
        self._secret = secret_text("webhook.secret", settings.secret, settings.secret_file, at_least=16)
        self._url = _checked_url(settings)
        self._tls = _tls(settings) if self._url.scheme == "https" else None
        self._commanding = threading.RLock()
        self._open_until_s = float("-inf")
        self._may_be_open, self._jammed = True, False
        self._reports = False
        self._reported = LockState.LOCKED
        self._failure: str | None = None
        self._asked_s = float("-inf")
        self._ask_again_s = float("inf")
        with suppress(LockError):  # the state says so, until a command is confirmed
            self.lock()

    def open_for(self, seconds: float) -> None:
        """Unlock for ``seconds``; the receiver is told the longest that is still asked for."""
        check_opening(seconds)
        with self._commanding:
            self._may_be_open = True
            left_s = self._open_until_s - self._now_s()
            self._command("unlock", LockState.UNLOCKED, max(seconds, left_s), self._unlock_within_s)
            self._open_until_s = max(self._open_until_s, self._now_s() + seconds)

    def lock(self) -> None:
        """Lock now."""
        with self._commanding:
            self._open_until_s = float("-inf")
            self._command("lock", LockState.LOCKED, 0, _LOCK_WITHIN_S)
            self._may_be_open = False

    def state(self) -> LockState:
        """What the receiver reports, else what follows from time; jammed after a command that was not confirmed."""
        with self._commanding:
            if self._jammed:
                return LockState.JAMMED
            by_time = LockState.UNLOCKED if self._now_s() < self._open_until_s else LockState.LOCKED
            if not self._reports:
                return by_time
            self._ask(by_time)
            if self._failure is not None:
                raise LockError(self._failure)
            return self._reported

    def close(self) -> None:
        """Lock, unless it was locked last."""
        with self._commanding:
            if self._may_be_open:
                self.lock()

    def _command(self, action: str, wanted: LockState, seconds: float, within_s: float) -> None:
        until_s, issued_at = self._now_s() + within_s, self._wall_now()
        key = secrets.token_hex(16)
        message = {
            "action": action,
            "door": self._door,
            "seconds": seconds,
            "issued_at": _iso(issued_at),
            "expires_at": _iso(issued_at + timedelta(seconds=within_s)),
            "id": key,
        }
        request = self._signed("POST", json.dumps(message).encode(), issued_at, key)
        self._jammed = True
        reported = self._until_answered(request, until_s)
        if reported not in (None, wanted):
            raise LockError(f"the lock at {self._shown_url()} was told to {action} and reports that it is {reported}")
        self._jammed, self._failure = False, None
        self._reports = reported is not None
        self._reported, self._asked_s, self._ask_again_s = wanted, self._now_s(), _ASK_EVERY_S

    def _until_answered(self, request: "_Request", until_s: float) -> LockState | None:
        """The state in the answer, after as many tries of the same request as it takes and is allowed."""
        failure = _NoAnswerError("it is too late to ask")
        for attempt in range(self._settings.attempts):
            if attempt:
                time.sleep(max(min(_BACKOFF_S * 2 ** (attempt - 1), until_s - self._now_s()), 0))
            left_s = until_s - self._now_s()
            if left_s <= 0:
                break
            try:
                return self._try(request, min(self._settings.timeout_s, left_s))
            except _NoAnswerError as error:
                failure = error
        raise LockError(f"the lock at {self._shown_url()} did not confirm in time: {failure}") from failure

    def _try(self, request: "_Request", timeout_s: float) -> LockState | None:
        status, body = _Exchange(self._url, self._tls, request).run(timeout_s)
        if status in _TRY_AGAIN or status >= 500:
            raise _NoAnswerError(f"it answered {status}")
        if not 200 <= status < 300:
            hint = "redirects are not followed: set webhook.url to where it is" if status < 400 else "see its log"
            raise LockError(f"the lock at {self._shown_url()} answered {status}, 2xx was expected: {hint}")
        try:
            return _state_in(body)
        except ValueError as error:
            raise LockError(f"the lock at {self._shown_url()} sent what is not understood: {error}") from error

    def _ask(self, by_time: LockState) -> None:
        """Ask for the state, where the last answer is too old, or from before the opening ran out."""
        now_s = self._now_s()
        ran_out = by_time is LockState.LOCKED and self._asked_s < self._open_until_s
        if now_s - self._asked_s < self._ask_again_s and not ran_out:
            return
        try:
            timeout_s = min(self._settings.timeout_s, _ASK_WITHIN_S)
            reported = self._try(self._signed("GET", b"", self._wall_now(), ""), timeout_s)
            if reported is None:
                raise LockError("it did so before")
            self._reported, self._failure, self._ask_again_s = reported, None, _ASK_EVERY_S
        except (_NoAnswerError, LockError) as error:
            self._failure = f"the lock at {self._shown_url()} does not report its state: {error}"
            self._ask_again_s = _ASK_AGAIN_S
        self._asked_s = self._now_s()

    def _signed(self, method: str, body: bytes, at: datetime, key: str) -> "_Request":
        timestamp = str(int(at.timestamp()))
        headers = {
            "User-Agent": f"limen/{__version__}",
            "Content-Type": "application/json",
            "X-Limen-Timestamp": timestamp,
            "X-Limen-Signature": sign(body, timestamp, self._secret),
            "Connection": "close",
        }
        return _Request(method, body, headers | ({"Idempotency-Key": key} if key else {}))

    def _shown_url(self) -> str:
        """Where the lock is, without what may be secret in the address."""
        return f"{self._url.scheme}://{self._url.netloc}"


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    body: bytes
    headers: dict[str, str]


class _NoAnswerError(Exception):
    """What may be better the next time."""


class _Exchange:
    """One request, sent once or never.

    In a thread, since neither the look-up of a name nor a server that sends a byte a second can be bounded otherwise;
    and by http.client, which follows no redirects, heeds no proxies of the environment, and lets us look at the clock
    between the connection and the first byte sent.
    """

    def __init__(self, url: SplitResult, tls: ssl.SSLContext | None, request: _Request) -> None:
        self._request = request
        self._target = (url.path or "/") + (f"?{url.query}" if url.query else "")
        self._host = url.hostname or ""
        if tls is None:
            self._connection = http.client.HTTPConnection(self._host, url.port or 80)
        else:
            self._connection = http.client.HTTPSConnection(self._host, url.port or 443, context=tls)
        self._connection.auto_open = 0  # what was cut off must not be sent on a new connection
        self._socket: socket.socket | None = None
        self._deciding = threading.Lock()
        self._given_up = False
        self._answer: tuple[int, bytes] | None = None
        self._error: Exception | None = None

    def run(self, timeout_s: float) -> tuple[int, bytes]:
        """Status and body of the answer.

        Raises:
            _NoAnswerError: none came in time; nothing will be sent any more.
            LockError: asking again is of no use.
        """
        thread = threading.Thread(target=self._run, args=(timeout_s,), name="limen-webhook", daemon=True)
        thread.start()
        thread.join(timeout_s)
        self._give_up()
        if self._answer is not None:
            return self._answer
        if isinstance(self._error, LockError):
            raise self._error
        if isinstance(self._error, ssl.SSLCertVerificationError):
            raise LockError(f"{self._host} is not who it says: {self._error}; see webhook.ca_file") from self._error
        raise _NoAnswerError(str(self._error or f"no answer in {timeout_s:.1f} s")) from self._error

    def _run(self, timeout_s: float) -> None:
        connection, request = self._connection, self._request
        connection.timeout = timeout_s
        try:
            connection.connect()
            self._socket = connection.sock
            with self._deciding:
                if self._given_up:
                    return
                connection.request(request.method, self._target, request.body or None, request.headers)
            with connection.getresponse() as response:
                body = response.read(_LARGEST + 1)
            if len(body) > _LARGEST:
                raise LockError(f"{self._host} sent more than {_LARGEST} bytes")
            if response.length:  # what was cut off is given without an error
                raise _NoAnswerError("the answer was cut off")
            with self._deciding:
                if not self._given_up:
                    self._answer = response.status, body
        except Exception as error:  # noqa: BLE001 - the top of a thread: told to whoever waits
            self._error = error
        finally:
            connection.close()

    def _give_up(self) -> None:
        """See to it that nothing is sent from now on, and that the thread ends."""
        with self._deciding:
            self._given_up = True
        connected = self._socket or self._connection.sock
        if connected is not None:
            with suppress(OSError):
                connected.shutdown(socket.SHUT_RDWR)


def _state_in(body: bytes) -> LockState | None:
    """The state that an answer carries, ``None`` where it carries none.

    Raises:
        ValueError: it is neither empty nor a JSON object, or its state is none that there is.
    """
    if not body.strip():
        return None
    try:
        said = json.loads(body)
    except RecursionError as error:
        raise ValueError("JSON nested too deeply") from error
    if not isinstance(said, dict):
        raise ValueError(f"a JSON object was expected, got {type(said).__name__}")
    return LockState(said["state"]) if "state" in said else None


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _checked_url(settings: WebhookSettings) -> SplitResult:
    try:
        url = urlsplit(settings.url)
        sound = url.scheme in ("http", "https") and url.hostname and (url.port is None or url.port > 0)
    except ValueError:
        sound = False
    if not sound or not settings.url.isascii() or any(character <= " " for character in settings.url):
        raise ConfigError(f"webhook.url is {settings.url!r}, an address as https://lock.example/door was expected")
    if url.username is not None or url.fragment:
        raise ConfigError(
            "webhook.url must hold neither a user nor a fragment: requests are signed with webhook.secret"
        )
    if settings.ca_file is not None and url.scheme != "https":
        raise ConfigError("webhook.ca_file is of no use with http: set webhook.url to an https address")
    return url


def _tls(settings: WebhookSettings) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=settings.ca_file)
    except (OSError, ValueError) as error:
        raise ConfigError(f"webhook.ca_file: {settings.ca_file} holds no usable certificate ({error})") from error
