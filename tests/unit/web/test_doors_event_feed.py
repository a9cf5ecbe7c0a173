import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime

from limen.audit.events import AuditEvent, EventType
from limen.errors import AuditError, StoreError
from limen.store.events import EventRecord
from limen.web.event_feed import EventFeed

AT = datetime(2026, 11, 28, 12, tzinfo=UTC)
SOON_S = 5.0


class Kept:
    """Events in memory; those in ``broken`` cannot be read."""

    def __init__(self, count: int = 0) -> None:
        self.count, self.asked, self.broken, self.gone = count, 0, set[int](), False

    def oldest(self, limit: int, *, after: int = 0) -> list[EventRecord]:
        self.asked += 1
        if self.gone:
            raise StoreError("gone")
        numbers = range(after + 1, min(after + limit, self.count) + 1)
        if self.broken.intersection(numbers):
            raise AuditError("altered")
        return [EventRecord(number, AuditEvent(EventType.DOOR_LOCKED, AT), None, b"") for number in numbers]

    def newest(self) -> int:
        return self.count


def feed_of(kept: Kept, poll_s: float = 0.01) -> EventFeed:
    return EventFeed(kept, kept.newest, poll_s)


async def numbers(stream: AsyncIterator[list[EventRecord]], up_to: int) -> list[int]:
    got: list[int] = []
    async with asyncio.timeout(SOON_S):
        async for records in stream:
            got += [record.sequence for record in records]
            if got and got[-1] >= up_to:
                break
    return got


def test_everybody_hears_what_is_new_and_what_they_missed() -> None:
    async def run() -> None:
        kept = Kept(250)
        feed = feed_of(kept)
        async with aclosing(feed.listen(None, 0.02)) as new, aclosing(feed.listen(10)) as resumed:
            assert await anext(new) == []
            assert await numbers(resumed, 250) == list(range(11, 251))
            kept.count = 253
            assert await numbers(new, 253) == [251, 252, 253]
            assert await numbers(resumed, 253) == [251, 252, 253]

    asyncio.run(run())


def test_a_door_of_this_process_wakes_the_feed() -> None:
    async def run() -> None:
        kept = Kept(1)
        feed = feed_of(kept, poll_s=60)
        async with aclosing(feed.listen(None, 0.02)) as stream:
            assert await anext(stream) == []
            kept.count = 2
            feed.happened(AuditEvent(EventType.DOOR_LOCKED, AT))
            assert await numbers(stream, 2) == [2]

    asyncio.run(run())


def test_nobody_asks_the_database_while_nobody_listens() -> None:
    async def run() -> None:
        kept = Kept(1)
        feed = feed_of(kept)
        async with aclosing(feed.listen(None, 0.01)) as stream:
            await anext(stream)
        while any(thread.name == "limen-events" for thread in threading.enumerate()):
            await asyncio.sleep(0.005)
        asked = kept.asked
        await asyncio.sleep(0.05)
        assert kept.asked == asked
        async with aclosing(feed.listen(None, 0.01)) as stream:
            await anext(stream)
            kept.count = 5
            assert await numbers(stream, 5)

    asyncio.run(run())


def test_whoever_is_too_slow_is_dropped_and_resumes() -> None:
    async def run() -> None:
        kept = Kept()
        feed = feed_of(kept)
        async with aclosing(feed.listen(0, 0.01)) as slow:
            assert await anext(slow) == []
            kept.count = 1000
            await asyncio.sleep(0.15)
            got = await numbers(slow, 10**6)  # up to the end, which came
            assert got == list(range(1, len(got) + 1))
            assert 0 < len(got) < 1000
        async with aclosing(feed.listen(got[-1])) as again:
            assert await numbers(again, 1000) == list(range(len(got) + 1, 1001))

    asyncio.run(run())


def test_close_lets_everybody_go_and_nobody_in() -> None:
    async def run() -> None:
        feed = feed_of(Kept(3))

        async def wait_for_end() -> list[int]:
            return [record.sequence async for records in feed.listen(0) for record in records]

        waiting = [asyncio.create_task(wait_for_end()) for _ in range(3)]
        await asyncio.sleep(0.05)
        feed.close()
        async with asyncio.timeout(SOON_S):
            assert await asyncio.gather(*waiting) == [[1, 2, 3]] * 3
            assert await wait_for_end() == []
        assert feed.full

    asyncio.run(run())


def test_an_altered_event_and_a_database_that_is_gone_for_a_while_stop_nothing() -> None:
    async def run() -> None:
        kept = Kept(6)
        kept.broken = {2, 3, 8}
        feed = feed_of(kept)
        async with aclosing(feed.listen(0, 0.02)) as stream:
            assert await numbers(stream, 6) == [1, 4, 5, 6]
            assert await anext(stream) == []
            kept.gone, kept.count = True, 9
            assert await anext(stream) == []
            kept.gone = False
            assert await numbers(stream, 9) == [7, 9]

    asyncio.run(run())
