import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from starlette.requests import Request

from doors_site import doors_site
from limen.audit.events import AuditEvent, EventType
from limen.web import identity
from limen.web.api import event_stream
from limen.web.api.event_stream import events_stream, feed_of
from limen.web.identity import SESSION, identify
from limen.web.problem import Problem
from web_site import WebSite

STREAM = "/api/v1/events/stream"
SOON_S = 30.0


@pytest.fixture
def site(tmp_path: Path) -> Iterator[WebSite]:
    found = doors_site(tmp_path / "data")
    yield found
    found.close()


def happened(site: WebSite, count: int = 1) -> None:
    for _ in range(count):
        site.store.events.append(AuditEvent(EventType.DOOR_LOCKED, datetime.now(UTC), "front"))


def asked_by_a_viewer(site: WebSite) -> Request:
    client = site.client("viewer")
    cookie = f"{SESSION}={client.cookies[SESSION]}".encode()
    return Request({"type": "http", "app": site.app, "method": "GET", "path": STREAM, "headers": [(b"cookie", cookie)]})


async def lines(site: WebSite, request: Request, **asked: int | bool) -> AsyncIterator[str]:
    """What goes over the wire; a client of the tests would wait for the end of it, which never comes."""
    answer = await events_stream(request, site.site, identify(request)[0], **asked)  # type: ignore[arg-type]
    assert answer.media_type == "text/event-stream"
    async for chunk in answer.body_iterator:
        yield cast("bytes", chunk).decode()


async def heard(site: WebSite, count: int, **asked: int | bool) -> list[str]:
    got = ""
    async with asyncio.timeout(SOON_S):
        async for chunk in lines(site, asked_by_a_viewer(site), **asked):
            got += chunk
            if got.count("\n\n") > count:
                break
    return [part for part in got.split("\n\n") if part]


def test_events_are_resumed_behind_the_last_that_was_heard(site: WebSite) -> None:
    happened(site, 4)
    first, *events = asyncio.run(heard(site, 2, after=1, last_event_id=2))
    assert "retry: 2000" in first
    assert [part.splitlines()[-1] for part in events[:2]] == ["id: 3", "id: 4"]
    told = json.loads(events[0].splitlines()[0].removeprefix("data: "))
    assert (told["words"], told["door"], told["sequence"]) == ("The door locked", "front", 3)


def test_with_names_each_event_has_its_type(site: WebSite) -> None:
    happened(site)
    assert "event: door.locked" in asyncio.run(heard(site, 1, after=0, named=True))[1]


def test_it_ends_once_whoever_listens_is_signed_out(site: WebSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "_CHECK_S", 0.0)
    request = asked_by_a_viewer(site)

    async def run() -> list[str]:
        got = []
        async with asyncio.timeout(SOON_S):
            async for chunk in lines(site, request, after=site.store.event_facts.newest_sequence()):
                got.append(chunk)
                site.store.sessions.end_all(identify(request)[0].id)
                happened(site)
        return got

    assert len(asyncio.run(run())) == 1


def test_it_ends_once_whoever_listens_may_see_more_or_less(site: WebSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "_CHECK_S", 0.0)
    request = asked_by_a_viewer(site)
    user = identify(request)[0].id

    async def run() -> list[str]:
        got = []
        async with asyncio.timeout(SOON_S):
            async for chunk in lines(site, request, after=site.store.event_facts.newest_sequence()):
                got.append(chunk)
                if len(got) == 2:
                    site.store.users.set_role(user, "attendant")
                happened(site)
        return got

    assert len(asyncio.run(run())) == 2


def test_listening_is_nothing_that_somebody_does(site: WebSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "_SEEN_EVERY", timedelta(0))
    request = asked_by_a_viewer(site)

    def seen() -> datetime:
        found = site.store.sessions.find(request.cookies[SESSION])
        assert found is not None
        return found[0].seen_at

    before = seen()
    identify(request, touch=False)
    assert seen() == before
    identify(request)
    assert seen() > before


def test_one_account_listens_ten_times_and_no_more(site: WebSite) -> None:
    request = asked_by_a_viewer(site)

    async def run() -> None:
        streams = [lines(site, request) for _ in range(10)]
        for stream in streams:
            await anext(stream)
        with pytest.raises(Problem) as refused:
            await anext(lines(site, request))
        assert refused.value.status_code == 429
        await streams[0].aclose()  # type: ignore[attr-defined]  # it is a generator
        await asyncio.sleep(0.05)  # what it was made of ends soon after
        await anext(lines(site, request))

    asyncio.run(run())


def test_only_those_who_may_see_events_listen_and_no_more_than_there_is_room_for(site: WebSite) -> None:
    assert site.client("enroller").get(STREAM).status_code == 403
    assert site.kiosk().get(STREAM).status_code == 403
    assert site.client("viewer").get(f"{STREAM}?after=-1").status_code == 422
    feed_of(site.site).close()
    full = site.client("viewer").get(STREAM)
    assert (full.status_code, full.headers["retry-after"]) == (503, "5")
