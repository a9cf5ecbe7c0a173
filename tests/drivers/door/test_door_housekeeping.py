"""What a running door deletes beside its work."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from limen.audit.events import AuditEvent, EventType
from limen.config import Settings
from limen.door.housekeeping import Housekeeping, Tidied
from limen.store import Store, open_store
from limen.types import PersonId

WAY_IN = {"zone": "house", "anti_passback": True, "passback_s": 3600}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "data", environment={}, busy_s=0.1) as opened:
        yield opened


@pytest.fixture
def noted() -> list[str]:
    return []


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


def settings(tmp_path: Path, **privacy: object) -> Settings:
    doors = {"front": WAY_IN, "side": {**WAY_IN, "passback_s": 7200}, "lab": {"zone": "lab"}}
    privacy = {"delete_unused": True, "unused_days": 30, **privacy}
    return Settings.model_validate({"data_dir": tmp_path / "data", "privacy": privacy, "doors": doors})


def housekeeping(
    store: Store, settings: Settings, noted: list[str], *, believed: bool = True, synchronised: bool | None = True
) -> Housekeeping:
    return Housekeeping(store, settings, noted.append, lambda: believed, lambda: synchronised)


def keep_crop(store: Store, delete_after: datetime) -> int:
    event = AuditEvent(EventType.ACCESS_DENIED, datetime.now(UTC), "front", reason="unknown")
    return store.crops.append(event, b"jpeg", delete_after)


def two_people(store: Store, now: datetime) -> tuple[PersonId, PersonId]:
    """Somebody who came in just before ``now``, and somebody who never did."""
    ann, bob = store.people.add("Ann").id, store.people.add("Bob").id
    store.people.entered(ann, now - timedelta(days=1))
    return ann, bob


def test_what_is_due_goes_and_the_rest_stays(store: Store, tmp_path: Path, noted: list[str], now: datetime) -> None:
    later = now + timedelta(days=40)
    old, fresh = keep_crop(store, now), keep_crop(store, later + timedelta(days=1))
    ann, _ = two_people(store, later)
    tidy = housekeeping(store, settings(tmp_path), noted).tidy
    assert tidy(later) == Tidied(crops=1, people=1)
    assert (store.crops.of(old), store.crops.of(fresh)) == (None, b"jpeg")
    assert [person.id for person in store.people.all()] == [ann]
    assert tidy(later) == Tidied()
    assert not noted
    assert store.events.verify().first_broken is None


def test_nobody_is_deleted_without_being_asked_to(
    store: Store, tmp_path: Path, noted: list[str], now: datetime
) -> None:
    two_people(store, now)
    tidy = housekeeping(store, settings(tmp_path, delete_unused=False), noted).tidy
    assert tidy(now + timedelta(days=400)) == Tidied()
    assert len(store.people.all()) == 2


def test_a_clock_that_is_not_believed_deletes_nothing(
    store: Store, tmp_path: Path, noted: list[str], now: datetime
) -> None:
    keep_crop(store, now)
    two_people(store, now)
    tidy = housekeeping(store, settings(tmp_path), noted, believed=False).tidy
    assert tidy(now + timedelta(days=400)) == Tidied()
    assert len(store.people.all()) == 2


@pytest.mark.parametrize(("synchronised", "people"), [(False, 0), (None, 1), (True, 1)])
def test_a_clock_that_nothing_keeps_right_deletes_no_people(
    store: Store, tmp_path: Path, noted: list[str], now: datetime, synchronised: bool | None, people: int
) -> None:
    later = now + timedelta(days=40)
    keep_crop(store, now)
    two_people(store, later)
    tidy = housekeeping(store, settings(tmp_path), noted, synchronised=synchronised).tidy
    assert tidy(later) == Tidied(crops=1, people=people)
    tidy(later)
    assert len(noted) == 1 - people, "said once"


def test_presence_is_forgotten_after_the_longest_time_of_its_zone(
    store: Store, tmp_path: Path, noted: list[str], now: datetime
) -> None:
    ann, bob = two_people(store, now)
    store.presence.entered(ann, "house", now - timedelta(seconds=7000))
    store.presence.entered(bob, "house", now - timedelta(seconds=7300))
    housekeeping(store, settings(tmp_path), noted).tidy(now)
    ever = now - timedelta(days=1)
    assert store.presence.inside(ann, "house", ever)
    assert not store.presence.inside(bob, "house", ever)


def test_a_step_that_fails_is_noted_and_tried_again(
    store: Store, tmp_path: Path, noted: list[str], now: datetime
) -> None:
    later = now + timedelta(days=40)
    keep_crop(store, now)
    two_people(store, later)
    tidy = housekeeping(store, settings(tmp_path), noted).tidy
    with closing(sqlite3.connect(tmp_path / "data" / "limen.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert tidy(later) == Tidied()
    assert len(noted) >= 3
    assert all("locked" in text for text in noted)
    assert tidy(later) == Tidied(crops=1, people=1)


def test_two_doors_delete_once(store: Store, tmp_path: Path, noted: list[str], now: datetime) -> None:
    later = now + timedelta(days=40)
    keep_crop(store, now)
    two_people(store, later)
    with open_store(tmp_path / "data", environment={}) as second:
        done = [housekeeping(one, settings(tmp_path), noted).tidy(later) for one in (store, second)]
    assert done == [Tidied(crops=1, people=1), Tidied()]
    deleted = [record.event.type for record in store.events.latest(20)].count(EventType.PERSON_DELETED)
    assert (deleted, noted) == (1, [])
