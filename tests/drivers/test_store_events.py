import math
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limen.audit.events import AuditEvent, EventType
from limen.errors import AuditError, DatabaseVersionError, StoreError
from limen.store import Store
from limen.store.events import EventFilter, Events
from limen.store.key import load_or_create_key
from limen.store.sealing import Sealer
from limen.store.transactions import Transactions
from limen.types import PersonId
from store_samples import opened

AT = datetime(2026, 3, 29, 1, 30, 0, 123456, UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path) as store:
        yield store


def event(number: int = 0, door: str | None = "front") -> AuditEvent:
    return AuditEvent(EventType.ACCESS_DENIED, AT + timedelta(seconds=number), door=door)


def test_an_event_comes_back_as_it_was_after_a_restart(tmp_path: Path) -> None:
    bare = AuditEvent(EventType.DOOR_STARTED, AT)
    with opened(tmp_path) as store:
        ann = store.people.add("Ann").id
        full = AuditEvent(EventType.ACCESS_GRANTED, AT, "front", ann, "granted", 0.0, -0.25, "caf\u00e9 \U0001f600")
        store.events.append(full)
        store.events.append(bare)
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


def test_latest_of_a_person_some_types_and_a_span(store: Store) -> None:
    ann, bob = store.people.add("Ann").id, store.people.add("Bob").id
    for number in range(12):
        kind = EventType.ACCESS_GRANTED if number % 3 else EventType.ACCESS_DENIED
        at = AT + timedelta(hours=6 * number)
        store.events.append(AuditEvent(kind, at, person=ann if number % 2 else bob))

    def numbers(**only: Any) -> list[int]:
        return [record.sequence for record in store.events.latest(99, only=EventFilter(**only))]

    assert numbers(person=ann) == [12, 10, 8, 6, 4, 2]
    assert numbers(person=PersonId("nobody")) == []
    assert numbers(types=frozenset({EventType.ACCESS_DENIED})) == [10, 7, 4, 1]
    assert numbers(since=AT + timedelta(hours=48), until=AT + timedelta(hours=60)) == [10, 9]
    assert numbers(person=bob, types=frozenset({EventType.ACCESS_DENIED}), since=AT + timedelta(hours=1)) == [7]


def test_pages_back_and_forth(store: Store) -> None:
    for number in range(6):
        store.events.append(event(number))
    assert [record.sequence for record in store.events.latest(2, before=5)] == [4, 3]
    assert [record.sequence for record in store.events.latest(2, before=1)] == []
    assert [record.sequence for record in store.events.oldest(2)] == [1, 2]
    assert [record.sequence for record in store.events.oldest(9, after=4)] == [5, 6]


def test_events_outlive_the_person_and_then_name_nobody(store: Store) -> None:
    ann, bob = store.people.add("Ann").id, store.people.add("Bob").id
    for person in (ann, bob):
        store.events.append(AuditEvent(EventType.ACCESS_GRANTED, AT, "front", person))
    assert [record.event.person for record in store.events.latest(2)] == [bob, ann]
    subjects = [record.subject for record in store.events.oldest(2)]
    store.people.delete(ann)
    first, second = store.events.oldest(2)
    assert (first.event.person, second.event.person) == (None, bob)
    assert [first.subject, second.subject] == subjects
    assert store.events.verify().first_broken is None


def test_a_subject_differs_by_person_and_by_day(store: Store) -> None:
    people = [store.people.add("Ann").id, store.people.add("Bob").id]
    for day in range(3):
        for person in people:
            for hour in (1, 2):
                at = AT + timedelta(days=day, hours=hour)
                store.events.append(AuditEvent(EventType.ACCESS_GRANTED, at, person=person))
    subjects = [record.subject for record in store.events.oldest(99)]
    assert all(subject is not None and len(subject) == 16 for subject in subjects)
    assert len(set(subjects)) == 6
    assert subjects[0::2] == subjects[1::2]


def test_a_subject_does_not_stand_in_the_file_with_the_person(store: Store, tmp_path: Path) -> None:
    ann = store.people.add("Ann").id
    store.events.append(AuditEvent(EventType.ACCESS_GRANTED, AT, person=ann))
    with closing(sqlite3.connect(tmp_path / "limen.db")) as database:
        rows = database.execute("SELECT * FROM events").fetchall()
    assert ann not in repr(rows)
    assert "Ann" not in repr(rows)


def test_an_unknown_person_has_no_subject(store: Store) -> None:
    store.events.append(AuditEvent(EventType.ACCESS_DENIED, AT, person=PersonId("gone")))
    (record,) = store.events.latest(1)
    assert (record.subject, record.event.person) == (None, None)


def test_nothing_is_put_on_record_about_somebody_whose_key_was_changed(store: Store, tmp_path: Path) -> None:
    ann, bob = store.people.add("Ann").id, store.people.add("Bob").id
    store.events.append(AuditEvent(EventType.ACCESS_GRANTED, AT, person=bob))
    with closing(sqlite3.connect(tmp_path / "limen.db")) as database, database:
        database.execute("UPDATE people SET sealed_key = x'00' WHERE name = 'Ann'")
    with pytest.raises(StoreError, match="nothing about this person can be put on record"):
        store.events.append(AuditEvent(EventType.ACCESS_GRANTED, AT, person=ann))
    assert [record.event.person for record in store.events.latest(9)] == [bob], "others are still told"
    store.people.delete(ann)
    assert store.events.latest(1)[0].event.type is EventType.PERSON_DELETED


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_was_not_measured(store: Store, number: float) -> None:
    store.events.append(AuditEvent(EventType.ACCESS_DENIED, AT, similarity=number, threshold=number))
    (record,) = store.events.latest(1)
    assert (record.event.similarity, record.event.threshold) == (None, None)
    assert store.events.verify().first_broken is None


KEPT = st.builds(
    AuditEvent,
    st.sampled_from(EventType),
    st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)),
    door=st.none() | st.text(max_size=20),
    reason=st.none() | st.text(max_size=20),
    similarity=st.none() | st.floats(),
    threshold=st.none() | st.floats(width=32),
    detail=st.none() | st.text(st.characters(codec=None), max_size=20),
)


def test_whatever_is_kept_verifies_after_the_round_trip(store: Store) -> None:
    @given(KEPT)
    @settings(max_examples=150, deadline=None)
    def kept(event: AuditEvent) -> None:
        store.events.append(event)
        (record,) = store.events.latest(1)
        assert (record.event.type, record.event.at) == (event.type, event.at)
        if event.similarity is not None and math.isfinite(event.similarity):
            assert record.event.similarity == event.similarity

    kept()
    found = store.events.verify()
    assert found.records >= 100
    assert found.first_broken is None


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
        database.execute(
            "INSERT INTO events (sequence, type, at, hash)"
            " VALUES (1, 'door.painted', '2026-01-01 00:00:00.000000', x'')"
        )
    with pytest.raises(DatabaseVersionError, match=r"door\.painted.*upgrade limen"):
        store.events.latest(1)


def test_an_event_that_was_altered_beyond_reading_is_told(store: Store, tmp_path: Path) -> None:
    store.events.append(event())
    with closing(sqlite3.connect(tmp_path / "limen.db")) as database, database:
        database.execute("UPDATE events SET at = 'never'")
    with pytest.raises(AuditError, match="limen audit verify says which"):
        store.events.latest(1)


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[tuple[Transactions, Events]]:
    """Events of a database whose settings can be changed on the one connection of the pool."""
    opened(tmp_path).close()
    transactions = Transactions(tmp_path / "limen.db")
    yield transactions, Events(transactions, Sealer(load_or_create_key(tmp_path / "template.key", {})))
    transactions.close()


def set_pragma(transactions: Transactions, pragma: str) -> None:
    with transactions.reading() as connection:
        connection.exec_driver_sql(f"PRAGMA {pragma}")


def test_a_full_disk_keeps_nothing_and_leaves_the_chain_whole(bare: tuple[Transactions, Events]) -> None:
    transactions, events = bare
    events.append(event())
    before = events.verify()
    with transactions.reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    set_pragma(transactions, f"max_page_count={pages}")
    large = AuditEvent(EventType.DOOR_STARTED, AT + timedelta(days=1), detail="x" * 20_000)
    with pytest.raises(StoreError, match="free some space"):
        events.append(large)
    assert events.verify() == before
    set_pragma(transactions, "max_page_count=1000000")
    events.append(large)
    after = events.verify()
    assert (after.records, after.seals, after.first_broken) == (2, 1, None)


def test_a_locked_database_keeps_nothing_and_leaves_the_chain_whole(bare: tuple[Transactions, Events]) -> None:
    transactions, events = bare
    events.append(event())
    before = events.verify()
    set_pragma(transactions, "busy_timeout=20")
    with closing(sqlite3.connect(transactions.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another program keeps it locked"):
            events.append(event(1))
        assert events.verify() == before
        other.execute("ROLLBACK")
    events.append(event(1))
    assert (events.verify().records, events.verify().first_broken) == (2, None)


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
    assert store.events.verify().first_broken is None
