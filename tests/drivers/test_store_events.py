import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from store_samples import new_template, opened

from limen.audit.base import AuditSink
from limen.audit.events import AuditEvent, EventType
from limen.errors import DatabaseVersionError, StoreError
from limen.store import Store
from limen.types import PersonId

AT = datetime(2026, 3, 29, 1, 30, 0, 123456, UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path) as store:
        yield store


def event(number: int = 0, door: str | None = "front") -> AuditEvent:
    return AuditEvent(EventType.ACCESS_DENIED, AT + timedelta(seconds=number), door=door)


def test_an_event_comes_back_as_it_was_after_a_restart(tmp_path: Path) -> None:
    full = AuditEvent(
        EventType.ACCESS_GRANTED, AT, "front", PersonId("p"), "granted", 0.0, -0.25, "caf\u00e9 \U0001f600"
    )
    bare = AuditEvent(EventType.DOOR_STARTED, AT)
    with opened(tmp_path) as store:
        sink: AuditSink = store.events
        sink.append(full)
        sink.append(bare)
    with opened(tmp_path) as store:
        assert [record.event for record in store.events.latest(10)] == [bare, full]


def test_times_are_kept_as_utc(store: Store) -> None:
    unusual = datetime(2026, 3, 29, 1, 30, tzinfo=timezone(timedelta(0), "zero"))
    store.events.append(AuditEvent(EventType.DOOR_STARTED, unusual))
    at = store.events.latest(1)[0].event.at
    assert at == unusual
    assert at.tzinfo is UTC


def test_latest_is_newest_first_and_bounded(store: Store) -> None:
    for number in range(5):
        store.events.append(event(-number))
    records = store.events.latest(3)
    assert [record.event for record in records] == [event(-4), event(-3), event(-2)]
    assert [record.sequence for record in records] == [5, 4, 3]


def test_latest_of_one_door_after_a_number(store: Store) -> None:
    for number in range(6):
        store.events.append(event(number, "front" if number % 2 else "back"))
    assert [record.sequence for record in store.events.latest(9, door="front")] == [6, 4, 2]
    assert [record.sequence for record in store.events.latest(9, door="front", after=2)] == [6, 4]
    assert [record.sequence for record in store.events.latest(9, after=0)] == [6, 5, 4, 3, 2, 1]
    assert store.events.latest(9, door="side") == []


def test_events_outlive_the_person(store: Store) -> None:
    ann = store.enrol("Ann", [new_template(1)]).person
    store.events.append(AuditEvent(EventType.ACCESS_GRANTED, AT, "front", ann.id))
    store.people.delete(ann.id)
    assert store.events.latest(1)[0].event.person == ann.id


def test_an_event_leaves_the_revision_alone(store: Store) -> None:
    before = store.revision()
    store.events.append(event())
    assert store.revision() == before


def test_text_that_no_database_takes_is_kept_as_an_escape(store: Store) -> None:
    store.events.append(AuditEvent(EventType.CAMERA_OFFLINE, AT, detail="caf\udce9\x00.mp4"))
    assert store.events.latest(1)[0].event.detail == "caf\\udce9\\x00.mp4"


def test_a_database_that_is_gone_keeps_no_event(store: Store, tmp_path: Path) -> None:
    store.events.append(event())
    (tmp_path / "limen.db").unlink()
    with pytest.raises(StoreError, match=r"limen\.db cannot be reached"):
        store.events.append(event())
    with pytest.raises(StoreError):
        store.revision()


def test_a_type_of_a_newer_version_is_told(store: Store, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "limen.db")) as database, database:
        database.execute("INSERT INTO events (type, at) VALUES ('door.painted', '2026-01-01 00:00:00.000000')")
    with pytest.raises(DatabaseVersionError, match=r"door\.painted.*upgrade limen"):
        store.events.latest(1)


def test_threads_write_and_read_at_once(store: Store) -> None:
    seen: list[int] = []
    failures: list[BaseException] = []
    done = threading.Event()

    def run(act: Callable[[], object]) -> None:
        try:
            act()
        except BaseException as error:  # noqa: BLE001 - told to the test below
            failures.append(error)

    def write(door: str) -> None:
        for number in range(25):
            store.events.append(event(number, door))

    def read() -> None:
        while not done.is_set():
            seen.append(len(store.events.latest(1000)))
            store.revision()

    writers = [threading.Thread(target=run, args=[lambda door=door: write(door)]) for door in ("front", "back")]
    enroller = threading.Thread(target=run, args=[lambda: [store.people.add(f"P{i}") for i in range(10)]])
    reader = threading.Thread(target=run, args=[read])
    for thread in (*writers, enroller, reader):
        thread.start()
    for thread in (*writers, enroller):
        thread.join()
    done.set()
    reader.join()
    assert failures == []
    assert seen == sorted(seen)
    records = store.events.latest(1000)
    assert len(records) == 50
    assert [record.sequence for record in records] == list(range(50, 0, -1))
    assert store.revision() == 10
