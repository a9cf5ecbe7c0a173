"""Finds out who a request comes from: a token, a signed-in browser, a door's display, an invitation."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import NoReturn
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import Response

from limen.store.tokens import Token
from limen.web.problem import Problem
from limen.web.rights import Actor, Kind, Role
from limen.web.second_factor import SECOND_FACTOR_NEEDED, must_add_second_factor
from limen.web.site import Site, site_of

SESSION, DISPLAY, INVITATION = "limen_session", "limen_display", "limen_invitation"
_SEEN_EVERY = timedelta(minutes=1)
_SAFE = ("GET", "HEAD", "OPTIONS")


def identify(connection: HTTPConnection, *, touch: bool = True) -> list[Actor]:
    """Everybody whom the request can speak for; the first is whoever it says first of all.

    Without ``touch`` that does not count as something they did: a session that is idle stays so.
    """
    site, now = site_of(connection), datetime.now(UTC)
    if "authorization" in connection.headers:
        return list(_by_token(site, connection.headers["authorization"], now, touch=touch))
    cookies = connection.cookies
    return [
        *_by_session(site, connection, now, touch=touch),
        *_by_display(site, cookies.get(DISPLAY), now, touch=touch),
        *_by_invitation(site, cookies.get(INVITATION), now),
    ]


def check_origin(connection: HTTPConnection, *, trusted: bool = False) -> None:
    """Refuse what another site made a browser send.

    ``trusted`` is a request that brings no cookie which counts: it need not say where it comes from.

    Raises:
        Problem: it changes something, or is a WebSocket, and does not come from our own pages.
    """
    websocket = connection.scope["type"] == "websocket"
    if not websocket and connection.scope["method"] in _SAFE:
        return
    origin = connection.headers.get("origin")
    if origin is None:
        foreign = not trusted and (websocket or connection.headers.get("sec-fetch-site") not in ("same-origin", "none"))
    else:
        foreign = urlsplit(origin).netloc.lower() != connection.headers.get("host", "").lower()
    if foreign:
        raise Problem(HTTPStatus.FORBIDDEN, "foreign-origin", "This came from another site: use Limen's own pages.")


def refuse(found: Sequence[Actor]) -> NoReturn:
    """Refuse somebody who lacks a right.

    Raises:
        Problem: always.
    """
    if any(actor.limited for actor in found):
        raise Problem(HTTPStatus.FORBIDDEN, SECOND_FACTOR_NEEDED, "Set up a second factor first, under your account.")
    if found:
        raise Problem(HTTPStatus.FORBIDDEN, "not-allowed", "Your role does not allow this: ask an owner or admin.")
    raise Problem(
        HTTPStatus.UNAUTHORIZED, "not-signed-in", "Sign in first.", headers={"WWW-Authenticate": 'Bearer realm="limen"'}
    )


def keep_cookie(
    response: Response, connection: HTTPConnection, name: str, secret: str, *, lasts: timedelta | None = None
) -> None:
    """Give the browser a secret that no script can read, and that no other site can make it send."""
    response.set_cookie(
        name, secret, max_age=None if lasts is None else int(lasts.total_seconds()), httponly=True, samesite="lax",
        secure=connection.url.scheme in ("https", "wss"),
    )  # fmt: skip


def _by_token(site: Site, header: str, now: datetime, *, touch: bool) -> Iterator[Actor]:
    scheme, _, secret = header.partition(" ")
    if scheme.lower() == "bearer" and (token := site.store.tokens.find(secret.strip(), now)):
        yield _actor(site, token, now, by_cookie=False, touch=touch)


def _by_session(site: Site, connection: HTTPConnection, now: datetime, *, touch: bool) -> Iterator[Actor]:
    secret = connection.cookies.get(SESSION)
    found = site.store.sessions.find(secret) if secret else None
    if found is None:
        return
    session, user = found
    idle = timedelta(minutes=site.settings.web.idle_minutes)
    if user.disabled or now >= session.expires_at or now - session.seen_at >= idle:
        return
    if touch and now - session.seen_at >= _SEEN_EVERY:
        site.store.sessions.seen(session.id, now)
    yield Actor(
        Kind.USER, user.id, user.name, Role(user.role), language=user.language, session=session.id,
        limited=must_add_second_factor(user, connection, now),
    )  # fmt: skip


def _by_display(site: Site, secret: str | None, now: datetime, *, touch: bool) -> Iterator[Actor]:
    token = site.store.tokens.find(secret, now) if secret else None
    if token is not None and token.role == Role.KIOSK:
        yield _actor(site, token, now, by_cookie=True, touch=touch)


def _by_invitation(site: Site, secret: str | None, now: datetime) -> Iterator[Actor]:
    found = site.store.invitations.find(secret, now, "enrol") if secret else None
    if found is not None and found.person is not None:
        yield Actor(Kind.INVITATION, found.id, "", Role.INVITED, person=found.person)


def _actor(site: Site, token: Token, now: datetime, *, by_cookie: bool, touch: bool) -> Actor:
    if touch and (token.last_used_at is None or now - token.last_used_at >= _SEEN_EVERY):
        site.store.tokens.used(token.id, now)
    return Actor(Kind.TOKEN, token.id, token.name, Role(token.role), door=token.door, by_cookie=by_cookie)
