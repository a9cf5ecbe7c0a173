"""Who is inside, in a real database."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from access_samples import AccessStore
from limen.errors import StoreError
from limen.types import Person, PersonId
from store_samples import opened

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[AccessStore]:
    opened(tmp_path).close()
    store = AccessStore(tmp_path)
    yield store
    store.transactions.close()


@pytest.fixture
def ann(store: AccessStore) -> Person:
    return store.people.add("Ann")


def test_who_entered_is_inside_until_they_leave(store: AccessStore, ann: Person) -> None:
    assert not store.presence.inside(ann.id, "lab", NOON - HOUR)
    store.presence.entered(ann.id, "lab", NOON)
    assert store.presence.inside(ann.id, "lab", NOON - HOUR)
    assert not store.presence.inside(ann.id, "office", NOON - HOUR)
    store.presence.left(ann.id, "lab")
    assert not store.presence.inside(ann.id, "lab", NOON - HOUR)
    store.presence.left(ann.id, "lab")


def test_who_entered_too_long_ago_counts_as_outside(store: AccessStore, ann: Person) -> None:
    store.presence.entered(ann.id, "lab", NOON)
    assert store.presence.inside(ann.id, "lab", NOON)
    assert not store.presence.inside(ann.id, "lab", NOON + timedelta(microseconds=1))
    store.presence.entered(ann.id, "lab", NOON + HOUR)
    assert store.presence.inside(ann.id, "lab", NOON + HOUR)


def test_no_history_is_kept(store: AccessStore, ann: Person) -> None:
    for hours in range(5):
        store.presence.entered(ann.id, "lab", NOON + hours * HOUR)
    assert store.rows("SELECT entered_at FROM presence") == [("2026-03-01 16:00:00.000000",)]
    store.presence.forget("lab", NOON + 4 * HOUR)
    assert store.presence.inside(ann.id, "lab", NOON)
    store.presence.forget("lab", NOON + 5 * HOUR)
    assert store.rows("SELECT * FROM presence") == []
    assert store.told() == []


def test_a_cleared_zone_is_on_record(store: AccessStore, ann: Person) -> None:
    ben = store.people.add("Ben")
    for person, zone in ((ann, "lab"), (ben, "lab"), (ben, "office")):
        store.presence.entered(person.id, zone, NOON)
    assert store.presence.clear("lab") == 2
    assert not store.presence.inside(ann.id, "lab", NOON)
    assert store.presence.inside(ben.id, "office", NOON)
    assert store.told() == [("rules.changed", "zone cleared")]


def test_many_who_enter_at_once_are_all_inside(store: AccessStore, ann: Person) -> None:
    people = [ann, *(store.people.add(f"Person {index}") for index in range(7))]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda person: store.presence.entered(person.id, "lab", NOON), people * 2))
    assert all(store.presence.inside(person.id, "lab", NOON) for person in people)
    assert store.rows("SELECT count(*) FROM presence") == [(8,)]


def test_nobody_cannot_enter(store: AccessStore) -> None:
    with pytest.raises(StoreError):
        store.presence.entered(PersonId("00000000-0000-4000-8000-000000000000"), "lab", NOON)
