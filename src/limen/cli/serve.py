"""``limen serve``: the web application and its API, with the doors of the settings."""

import os
import secrets
import sys
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from limen.cli.context import Context, note
from limen.config import Settings
from limen.door.build_store import build_store
from limen.door.desk import SettingsDesk
from limen.door.house import House
from limen.door.service import ServiceManager

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from limen.store import Store
    from limen.web.event_feed import EventFeed
    from limen.web.tls import Pair

_BUSY_S = 2.0
_CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - names them, and listens only where it is told to


def serve(
    ctx: typer.Context,
    listen: Annotated[
        str | None,
        typer.Option("--listen", metavar="ADDRESS:PORT", help="Where to serve [web.listen]; 0.0.0.0: everywhere."),
    ] = None,
    no_doors: Annotated[
        bool, typer.Option("--no-doors", help="Run no doors here, where limen door run runs each by itself.")
    ] = False,
) -> None:
    """Serve the pages and the API, and run the doors, until it is stopped."""
    # Late: FastAPI takes half a second to import, and whoever asks for help need not wait.
    from limen.web.serving import Moments, listen_at, serve_site

    context: Context = ctx.obj
    settings = context.settings
    listener = listen_at(listen or settings.web.listen)
    with ExitStack() as closing:
        closing.callback(listener.close)
        pair = _certificate(settings)
        store = closing.enter_context(build_store(settings, busy_s=_BUSY_S))
        store.answers.forget_under_way()
        desk = SettingsDesk(context.data_dir, store.events.append)
        feed = _feed(store)
        house = House(desk.settings, store, note, (feed,))
        closing.callback(house.close)
        desk.when_changed(house.apply)
        if not no_doors:
            house.start()
        code = _one_time_code()
        host, port = listener.getsockname()[:2]
        started = Started(_urls(settings, host, port, secure=pair is not None), _code_to_print(store, code))
        service = ServiceManager(os.environ)

        def up() -> None:
            _announce(context, started)
            service.ready()

        def stopping() -> None:
            service.stopping()
            feed.close()
            # At once, and not only after the last answer: doors lock while browsers are still told.
            threading.Thread(target=house.close, name="limen-stopping", daemon=True).start()

        app = _application(Parts(store, house, desk, feed), code)
        serve_site(app, listener, pair, Moments(up, service.alive, stopping))


@dataclass(frozen=True, slots=True)
class Started:
    """What whoever starts it needs to know; ``code`` is asked of whoever makes the first account."""

    urls: tuple[str, ...]
    code: str | None


@dataclass(frozen=True, slots=True)
class Parts:
    """What is served; ``feed`` hears of events where they happen, so that browsers need not wait for a look."""

    store: "Store"
    house: House
    desk: SettingsDesk
    feed: "EventFeed"


def _application(parts: Parts, code: str) -> "ASGIApp":
    from limen.web.app import build_app, guarded  # late: as above
    from limen.web.event_feed import EventFeed
    from limen.web.site import Site

    site = Site(parts.store, parts.house, parts.desk, code)
    site.part(EventFeed, lambda _: parts.feed)
    return guarded(build_app(site), site)


def _feed(store: "Store") -> "EventFeed":
    from limen.web.event_feed import EventFeed  # late: as above

    return EventFeed(store.events, store.event_facts.newest_sequence)


def _certificate(settings: Settings) -> "Pair | None":
    """What pages are served by HTTPS with, looked at before anything starts.

    Raises:
        ConfigError: it cannot be used.
    """
    from limen.web.tls import WARN_DAYS, check_pair, find_pair

    pair = find_pair(settings)
    if pair is not None and (days := check_pair(pair, datetime.now(UTC))) < WARN_DAYS:
        note(f"The certificate {pair.certificate} ends in {days} day(s): renew it (limen tls init), and start again.")
    return pair


def _one_time_code() -> str:
    """Eight letters and digits that are not mistaken for each other."""
    letters = "".join(secrets.choice(_CODE_LETTERS) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def _code_to_print(store: "Store", code: str) -> str | None:
    return None if store.users.any() else code


def _urls(settings: Settings, host: str, port: int, *, secure: bool) -> tuple[str, ...]:
    """The addresses that browsers can use, the best one first."""
    from limen.web.tls import own_names

    scheme = "https" if secure else "http"
    if host not in _EVERYWHERE:
        own = [f"[{host}]" if ":" in host else host]
    else:
        own = [f"[{name}]" if ":" in name else name for name in own_names() if not name.startswith(("127.", "::1"))]
        own.sort(key=lambda name: name == "localhost")
    public = [settings.web.public_url] if settings.web.public_url else []
    return tuple(dict.fromkeys((*public, *(f"{scheme}://{name}:{port}" for name in own))))


def _announce(context: Context, started: Started) -> None:
    first = started.urls[0]
    setup = None if started.code is None else _setup_url(first, started.code)
    told = {"url": f"{first}/", "urls": list(started.urls), "setup_url": setup, "code": started.code}
    context.answer(told, _text(started))
    sys.stdout.flush()
    if urlsplit(first).scheme == "http" and urlsplit(first).hostname not in ("127.0.0.1", "localhost", "::1"):
        note(
            "This is not encrypted: passwords can be read on the way, and browsers on other machines may not use their "
            "cameras. limen tls init makes a certificate."
        )


def _setup_url(first: str, code: str) -> str:
    """Where the first account is made, with the code behind the address, where no server and no log sees it."""
    return f"{first}/setup#{code}"


def _text(started: Started) -> str:
    others = "".join(f"\n  also  {url}/" for url in started.urls[1:])
    if started.code is None:
        return f"Limen, until Ctrl-C:\n        {started.urls[0]}/{others}"
    return (
        f"Limen is up, and waits for its first account. Open\n\n    {_setup_url(started.urls[0], started.code)}\n\n"
        f"One-time code, should it be asked for:\n\n    {started.code}\n{others}"
    )
