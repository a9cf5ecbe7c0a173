"""The displays that are connected: what each is told, and which of a door's displays shows it its pictures."""

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.websockets import WebSocket, WebSocketDisconnect

from limen.camera.browser import BROWSER, MOST_BYTES
from limen.decision.throttle import Throttle, ThrottlePolicy
from limen.door.hints import Show
from limen.door.live import VisitorState
from limen.errors import StoreError, UnknownNameError
from limen.version import __version__
from limen.web.site import Site
from limen.web.words import Words

_BEAT_S = 2.0
"""A display that hears nothing for longer counts the server as lost."""
_LOOK_AROUND_S = 0.25
_LEAST_BETWEEN_S = 1 / 15
_LONGEST_TEXT = 200
_SILENCE_S = 1.0
"""After so long without a picture the next one may have waited on its way: it shows who was there, not who is."""
_ASK_AGAIN_S = 15.0
"""How long a token that was revoked elsewhere still shows something."""
_TOO_LARGE, _REFUSED, _GONE = 1009, 1008, 1001
_FORGIVE_S = 360.0
_TRIES = ThrottlePolicy(failures=10, wait_s=30, longest_wait_s=900)
_NOT_HERE = VisitorState(Show.OFFLINE, "")
_BLIND = "The camera shows nothing. Cards and PINs still work."
_OUT_OF_ORDER = "Please ask those who run the door."


class Displays:
    """Who is connected, by door; the newest one shows the door its pictures. Safe to use from several threads."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._connected: dict[str, list[DisplayLine]] = {}

    def come(self, line: "DisplayLine") -> None:
        """A display connected, and feeds from now on."""
        with self._guard:
            self._connected.setdefault(line.door, []).append(line)

    def feed(self, line: "DisplayLine") -> None:
        """A display that was connected already is to feed."""
        self.go(line)
        self.come(line)

    def go(self, line: "DisplayLine") -> None:
        """A display is gone."""
        with self._guard:
            left = [one for one in self._connected.get(line.door, []) if one is not line]
            self._connected[line.door] = left

    def feeds(self, line: "DisplayLine") -> bool:
        """Whether the door sees the pictures of this display."""
        with self._guard:
            return self._connected.get(line.door, [None])[-1:] == [line]

    def connected(self, door: str) -> frozenset[str]:
        """The tokens of the displays of ``door`` that are connected."""
        with self._guard:
            return frozenset(line.token for line in self._connected.get(door, []))

    def revoke(self, token: str) -> None:
        """Close every connection of a token that is no more."""
        with self._guard:
            lines = [line for lines in self._connected.values() for line in lines if line.token == token]
        for line in lines:
            line.revoke()


def displays_of(site: Site) -> Displays:
    """The displays of a site."""
    return site.part(Displays, lambda _: Displays())


def visitor_of(site: Site, door: str) -> VisitorState:
    """What a display of ``door`` shows now; of a door that is no more, that it is out of order."""
    try:
        return site.house.visitor(door)
    except UnknownNameError:
        return _NOT_HERE


def camera_of(site: Site, door: str) -> str:
    """Whose camera the door has: ``display``, ``server`` or ``none``."""
    config = site.settings.doors.get(door)
    if config is None or not config.camera or config.level == "card":
        return "none"
    return "display" if config.camera == BROWSER else "server"


@dataclass(slots=True)
class _Sent:
    """What a display was told last, and when."""

    sequence: int = -1
    feeding: bool | None = None
    live: object = None
    at_s: float = float("-inf")


class Tries:
    """Slows down a display at which nothing but wrong cards and PINs is shown; safe to use from several threads.

    PINs are slowed down number by number at the door. This is for whoever goes through all cards, or all numbers.
    """

    def __init__(self, policy: ThrottlePolicy, now_s: Callable[[], float] = time.monotonic) -> None:
        self._policy, self._now_s = policy, now_s
        self._guard = threading.Lock()
        self._kept: dict[str, tuple[Throttle, float]] = {}

    def begin(self, display: str) -> bool:
        """Whether something may be shown now; it counts as wrong until it is ``not_wrong``."""
        now_s = self._now_s()
        with self._guard:
            before, since_s = self._forgiven(display, now_s)
            if before.wait_s(now_s) > 0:
                return False
            self._kept[display] = before.failed(now_s, self._policy), since_s
            return True

    def not_wrong(self, display: str) -> None:
        """What was shown does not count. What was wrong before still does: one card that is right excuses nothing."""
        with self._guard:
            before, since_s = self._forgiven(display, self._now_s())
            self._kept[display] = Throttle(max(before.failures - 1, 0)), since_s

    def _forgiven(self, display: str, now_s: float) -> tuple[Throttle, float]:
        """What counts now, and since when it is: one failure is forgotten every few minutes, after any wait."""
        throttle, since_s = self._kept.get(display, (Throttle(), now_s))
        since_s = max(since_s, min(throttle.until_s, now_s))
        forgotten = int((now_s - since_s) / _FORGIVE_S)
        if forgotten <= 0:
            return throttle, since_s
        left = max(throttle.failures - forgotten, 0)
        return Throttle(left, throttle.until_s), since_s + forgotten * _FORGIVE_S


def tries_of(site: Site) -> Tries:
    """What slows displays down."""
    return site.part(Tries, lambda _: Tries(_TRIES))


class DisplayLine:
    """One display's connection: its newest picture goes to the door, and what visitors may see comes back.

    Each picture is answered at once with what is shown now, so that a display can wait for the answer to one before it
    sends the next. Whatever changes is told without being asked for.
    """

    def __init__(self, socket: WebSocket, site: Site, door: str, token: str, words: Words) -> None:
        self.door, self.token = door, token
        self._socket, self._site, self._words = socket, site, words
        self._displays = displays_of(site)
        self._loop = asyncio.get_running_loop()
        self._due = asyncio.Event()
        self._answer = self._revoked = False
        self._sent = _Sent()
        self._last_s = self._heard_s = float("-inf")
        self._received = 0
        self._checked_s = time.monotonic()

    async def run(self) -> None:
        """Answer until the display goes, or may no longer be one."""
        self._displays.come(self)
        reading, writing = asyncio.create_task(self._read()), asyncio.create_task(self._write())
        try:
            await asyncio.wait((reading, writing), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._displays.go(self)
            for task in (reading, writing):
                task.cancel()
            await asyncio.gather(reading, writing, return_exceptions=True)

    def revoke(self) -> None:
        """The token is no more; from any thread."""
        self._revoked = True
        self._wake()

    def _wake(self) -> None:
        """From any thread; nothing once the server has stopped."""
        try:
            self._loop.call_soon_threadsafe(self._due.set)
        except RuntimeError:
            return

    async def _read(self) -> None:
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if (jpeg := message.get("bytes")) is not None:
                if len(jpeg) > MOST_BYTES:
                    await self._close(_TOO_LARGE, "a picture is too large")
                    return
                self._received += 1
                self._take(jpeg, time.monotonic())
            elif message.get("text") == '{"feed":true}':
                self._displays.feed(self)
            elif len(message.get("text") or "") > _LONGEST_TEXT:
                await self._close(_TOO_LARGE, "a message is too long")
                return
            self._answer = True
            self._due.set()

    def _take(self, jpeg: bytes, now_s: float) -> None:
        """Show the door a picture, unless another display does, they come too quickly, or it is the first for a while.

        That one is only answered: the next is made after the answer, and cannot be old.
        """
        silence_s, self._heard_s = now_s - self._heard_s, now_s
        if silence_s > _SILENCE_S or now_s - self._last_s < _LEAST_BETWEEN_S or not self._displays.feeds(self):
            return
        self._last_s = now_s
        try:
            self._site.house.push(self.door, jpeg, now_s, self.token)
        except UnknownNameError:
            return

    async def _write(self) -> None:
        ear = _Ear(self._site, self.door, self._wake)
        try:
            while True:
                self._due.clear()
                ear.attend()
                if self._revoked or not await self._still_paired():
                    await self._close(_REFUSED, "revoked")
                    return
                if self.door not in self._site.settings.doors:
                    await self._close(_GONE, "there is no such door")
                    return
                await self._tell()
                await self._pause()
        except (WebSocketDisconnect, RuntimeError):
            return  # it went while it was told
        finally:
            ear.close()

    async def _still_paired(self) -> bool:
        """Whether the token is one, asked now and then."""
        if time.monotonic() - self._checked_s < _ASK_AGAIN_S:
            return True
        self._checked_s = time.monotonic()
        try:
            tokens = await run_in_threadpool(self._site.store.tokens.all)
        except StoreError:
            return True  # nothing opens without the store, and it is asked again
        now = datetime.now(UTC)
        return any(one.id == self.token and (one.expires_at is None or now < one.expires_at) for one in tokens)

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._due.wait(), _LOOK_AROUND_S)
        except TimeoutError:
            return

    async def _tell(self) -> None:
        state, feeding, now_s = visitor_of(self._site, self.door), self._displays.feeds(self), time.monotonic()
        sent = self._sent
        same = (sent.sequence, sent.feeding) == (state.sequence, feeding)
        if same and not self._answer and now_s - sent.at_s < _BEAT_S:
            return
        self._answer = False
        self._sent = _Sent(state.sequence, feeding, None, now_s)
        told = shown(self._site, self.door, state, self._words)
        await self._socket.send_json(told | {"feeding": feeding, "received": self._received})

    async def _close(self, code: int, reason: str) -> None:
        try:
            await self._socket.close(code, reason)
        except RuntimeError:  # closed meanwhile
            return


def shown(site: Site, door: str, state: VisitorState, words: Words) -> dict[str, Any]:
    """The state as it is told: in the display's language, without scores."""
    text = (_BLIND if state.blind else _OUT_OF_ORDER) if state.show is Show.OFFLINE else state.text
    return {
        "state": state.show.value, "text": words(text) if text else "", "names": list(state.names),
        "sequence": state.sequence, "looks": state.looks,
        "age_ms": round(state.age_s * 1000), "camera": camera_of(site, door), "version": __version__,
    }  # fmt: skip


class _Ear:
    """Listens to a door, also to the one that takes its place once the settings change."""

    def __init__(self, site: Site, door: str, changed: Callable[[], None]) -> None:
        self._site, self._door, self._changed = site, door, changed
        self._live: object = None
        self.close: Callable[[], None] = lambda: None

    def attend(self) -> None:
        """Listen to the door that is there now."""
        try:
            live = self._site.house.display(self._door)
        except UnknownNameError:
            return
        if live is not self._live:
            self.close()
            self._live, self.close = live, live.listen(self._changed)
