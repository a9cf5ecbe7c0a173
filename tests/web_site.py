"""The web application on a store of its own, with somebody signed in for every role."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from limen.door.desk import SettingsDesk
from limen.door.engines import EnginePool
from limen.engine import Engine
from limen.errors import ModelError
from limen.store import Store, open_store
from limen.web.app import build_app, guarded
from limen.web.identity import DISPLAY, SESSION
from limen.web.rights import ACCOUNT_ROLES, Role
from limen.web.site import Site

ADDRESS = "http://localhost"
PASSWORD_HASH = "$argon2id$nobody-signs-in-with-this"


def no_engine() -> Engine:
    """What builds no engine."""
    raise ModelError("there is no model in this test")


@dataclass
class FakeHouse:
    """Doors that do what a test wants: set ``doors`` (name to view), look at ``calls`` afterwards."""

    doors: dict[str, Any] = field(default_factory=dict)
    calls: list[tuple[object, ...]] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    engines: Any = field(default_factory=lambda: EnginePool(no_engine, 1))

    def names(self) -> tuple[str, ...]:
        return tuple(self.doors)

    def view(self, name: str) -> Any:
        from limen.errors import UnknownNameError

        if name not in self.doors:
            raise UnknownNameError(f"there is no door {name!r}")
        return self.doors[name]

    def views(self) -> tuple[Any, ...]:
        return tuple(self.doors.values())

    def __getattr__(self, method: str) -> Any:
        """Any other method: it is noted, and answers what ``answers`` has for it."""
        if method.startswith("_"):
            raise AttributeError(method)

        def call(*arguments: object) -> Any:
            self.calls.append((method, *arguments))
            return self.answers.get(method)

        return call


@dataclass
class WebSite:
    """A site to test: ``client(role)`` is signed in, ``anonymous()`` is not."""

    site: Site
    clients: list[TestClient] = field(default_factory=list)

    @property
    def store(self) -> Store:
        return self.site.store

    @property
    def house(self) -> Any:
        return self.site.house

    @property
    def desk(self) -> SettingsDesk:
        return self.site.desk

    def anonymous(self, **headers: str) -> TestClient:
        if not self.clients:
            self.app = build_app(self.site)
        client = TestClient(
            guarded(self.app, self.site),
            base_url=ADDRESS,
            headers={"Origin": ADDRESS} | headers,
            follow_redirects=False,
        )
        self.clients.append(client)
        return client

    def client(self, role: str = "owner") -> TestClient:
        now, client = datetime.now(UTC), self.anonymous()
        if Role(role) not in ACCOUNT_ROLES:
            raise ValueError("a display is kiosk(door); an invitation is made by the test")
        user = self.store.users.find(f"an-{role}") or self.store.users.add(f"an-{role}", role, PASSWORD_HASH)
        client.cookies.set(SESSION, self.store.sessions.start(user.id, now, now + timedelta(hours=1), "a test"))
        return client

    def token(self, role: str) -> TestClient:
        _, secret = self.store.tokens.add("a test", role)
        return self.anonymous(Authorization=f"Bearer {secret}")

    def kiosk(self, door: str = "front") -> TestClient:
        client = self.anonymous()
        client.cookies.set(DISPLAY, self.store.tokens.add("a display", Role.KIOSK, door=door)[1])
        return client

    @staticmethod
    def websocket(client: TestClient, path: str) -> Any:
        """A WebSocket, opened by ``with``: the test client would ask for another host."""
        return client.websocket_connect(f"ws://localhost{path}")

    @contextmanager
    def served(self) -> Iterator[str]:
        """The application, served for a real browser; yields its address."""
        self.anonymous()
        with serving(guarded(self.app, self.site)) as port:
            yield f"http://localhost:{port}"

    def close(self) -> None:
        for client in self.clients:
            client.close()
        self.store.close()


@contextmanager
def serving(app: ASGIApp, port: int = 0) -> Iterator[int]:
    """``app``, served in a thread; yields its port."""
    config = uvicorn.Config(app, port=port, log_config=None, timeout_graceful_shutdown=1, ws_per_message_deflate=False)
    server, listener = uvicorn.Server(config), config.bind_socket()
    listener.listen()  # At once: the browser must not come too early.
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def make_site(data: Path, config: str = "", house: Any = None) -> WebSite:
    """A site in the folder ``data``, whose config.toml is ``config``; ``house`` is a ``FakeHouse`` unless given."""
    data.mkdir(exist_ok=True)
    if config:
        (data / "config.toml").write_text(config, "utf-8")
    store = open_store(data, environment=os.environ)
    desk = SettingsDesk(data, store.events.append)
    return WebSite(Site(store, FakeHouse() if house is None else house, desk, "123-456"))
