"""Events as they happen, by server-sent events."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from http import HTTPStatus
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Header, Query, Request
from fastapi.sse import format_sse_event
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from limen.errors import LimenError
from limen.web.crowd import Crowd
from limen.web.event_feed import EventFeed
from limen.web.event_words import EventTeller, EventView
from limen.web.identity import identify
from limen.web.problem import Problem
from limen.web.rights import Actor, Right, needs
from limen.web.routing import api_router
from limen.web.site import Site, SiteDep
from limen.web.words import chosen

router = api_router("events")

_GREATEST = 2**53
_CHECK_S = 5.0
"""So often it is asked whether whoever listens still may, where events come."""
_RETRY_MS = 2000
_MOST_OF_ONE = 10

Seeing = Annotated[Actor, needs(Right.EVENTS_SEE)]
After = Annotated[
    int | None, Query(ge=0, le=_GREATEST, description="Begin behind this sequence number; else with what happens next")
]
LastEventId = Annotated[
    int | None,
    Header(alias="Last-Event-ID", ge=0, le=_GREATEST, description="As `after`, and stronger; browsers send it"),
]
Named = Annotated[
    bool, Query(description="Whether each has its type as `event:`, which browsers then hear under that name alone")
]


class _Streams(Crowd):
    """The streams of each account and token."""


def feed_of(site: Site) -> EventFeed:
    """The one feed of the site."""
    return site.part(EventFeed, lambda one: EventFeed(one.store.events, one.store.event_facts.newest_sequence))


def start(site: Site) -> Callable[[], None]:
    """What ends all streams when the application ends."""
    return feed_of(site).close


@router.get(
    "/stream",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}, "description": "Events."}},
)
async def events_stream(
    request: Request, site: SiteDep, actor: Seeing,
    after: After = None, last_event_id: LastEventId = None, named: Named = False,
) -> StreamingResponse:  # fmt: skip
    """Every event as it happens, each as JSON under its sequence number as `id:`; a comment every 15 seconds without.

    It goes on until whoever listens is signed out, may see less or more, is too slow, or the server ends; resume with
    `Last-Event-ID`.
    """
    feed = feed_of(site)
    if feed.full:
        wait = {"Retry-After": "5"}
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "full", "Too many listen already: ask again later.", headers=wait)
    streams = site.part(_Streams, lambda _: _Streams(_MOST_OF_ONE))
    if streams.full(actor.key):
        wait = {"Retry-After": "5"}
        told = f"You listen {_MOST_OF_ONE} times already: close other pages."
        raise Problem(HTTPStatus.TOO_MANY_REQUESTS, "too-many", told, headers=wait)
    words = chosen(request, actor.language, site.settings.site.language)
    zone = ZoneInfo(site.settings.site.time_zone)
    teller = EventTeller(site.store, words, zone, scores=actor.can(Right.DOORS_WATCH))
    listening = _Listening(request, actor, teller, streams, named=named)
    return StreamingResponse(
        listening.lines(feed, last_event_id if last_event_id is not None else after),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


class _Listening:
    """One client that listens."""

    def __init__(
        self, request: Request, actor: Actor, teller: EventTeller, streams: Crowd, *, named: bool
    ) -> None:  # fmt: skip
        self._request, self._actor, self._teller, self._named = request, actor, teller, named
        self._streams = streams
        self._checked_s = time.monotonic()

    async def lines(self, feed: EventFeed, after: int | None) -> AsyncIterator[bytes]:
        """The stream, as it goes over the wire."""
        with self._streams.room(self._actor.key) as room:
            if not room:
                return
            yield format_sse_event(comment="limen", retry=_RETRY_MS)
            async with aclosing(self._news(feed, after)) as told:
                async for line in told:
                    yield line

    async def _news(self, feed: EventFeed, after: int | None) -> AsyncGenerator[bytes, None]:
        async with aclosing(feed.listen(after)) as news:
            try:
                async for records in news:
                    if not await self._still_may(beat=not records):
                        return
                    told = await asyncio.to_thread(self._teller.tell, records)
                    yield b"".join(map(self._line, told)) or format_sse_event(comment="")
            except LimenError:
                return  # The database does not answer: the client asks again, and is told why.

    def _line(self, view: EventView) -> bytes:
        return format_sse_event(
            data_str=view.model_dump_json(), event=view.type if self._named else None, id=str(view.sequence)
        )

    async def _still_may(self, *, beat: bool) -> bool:
        now_s = time.monotonic()
        if not beat and now_s - self._checked_s < _CHECK_S:
            return True
        self._checked_s = now_s
        found = await run_in_threadpool(identify, self._request, touch=False)
        scores = self._actor.can(Right.DOORS_WATCH)
        return any(
            one.key == self._actor.key and one.can(Right.EVENTS_SEE) and one.can(Right.DOORS_WATCH) is scores
            for one in found
        )
