import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from limen.audit.events import AuditEvent, EventType
from limen.errors import StoreError, TemplateError
from limen.store import Store
from limen.store.crops import Crops
from limen.store.key import load_or_create_key
from limen.store.sealing import Sealer
from limen.store.transactions import Transactions
from limen.types import PersonId
from store_samples import all_bytes, opened

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
WEEK = timedelta(days=7)
JPEG = b"\xff\xd8\xff" + hashlib.sha512(b"face").digest() * 50


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path) as store:
        yield store


@pytest.fixture
def crops(store: Store) -> Crops:
    return store.crops


def granted(person: PersonId | None = None) -> AuditEvent:
    return AuditEvent(EventType.ACCESS_GRANTED, AT, "front", person)


def sealed_rows(folder: Path) -> list[tuple[str, bytes]]:
    with closing(sqlite3.connect(folder / "limen.db")) as database:
        return database.execute("SELECT id, sealed FROM crops ORDER BY sequence").fetchall()


def test_a_picture_comes_back_with_its_event_and_is_not_readable_in_the_file(
    store: Store, crops: Crops, tmp_path: Path
) -> None:
    ann = store.people.add("Ann").id
    of_ann, of_nobody = crops.append(granted(ann), JPEG, AT + WEEK), crops.append(granted(), JPEG[::-1], AT + WEEK)
    assert (crops.of(of_ann), crops.of(of_nobody), crops.of(99)) == (JPEG, JPEG[::-1], None)
    assert [record.event for record in store.events.oldest(9)][-2:] == [granted(ann), granted()]
    content = all_bytes(tmp_path)
    assert JPEG[:40] not in content
    assert JPEG[::-1][:40] not in content


def test_a_picture_of_somebody_goes_with_their_key(store: Store, crops: Crops, tmp_path: Path) -> None:
    ann = store.people.add("Ann").id
    sequences = crops.append(granted(ann), JPEG, AT + WEEK), crops.append(granted(), JPEG, AT + WEEK)
    (identifier, sealed), _ = sealed_rows(tmp_path)
    of_store = Sealer(load_or_create_key(tmp_path / "template.key", {}))
    with pytest.raises(TemplateError):
        of_store.open(sealed, f"crop:{identifier} of event {sequences[0]}")
    store.people.delete(ann)
    assert [crops.of(sequence) for sequence in sequences] == [None, JPEG]
    assert sealed not in all_bytes(tmp_path)


def test_a_picture_that_was_moved_to_another_event_does_not_open(crops: Crops, tmp_path: Path) -> None:
    sequence = crops.append(granted(), JPEG, AT + WEEK)
    with closing(sqlite3.connect(tmp_path / "limen.db")) as database, database:
        database.execute("UPDATE crops SET sequence = 7")
    assert crops.of(sequence) is None
    with pytest.raises(TemplateError):
        crops.of(7)


def test_what_is_due_is_deleted_from_the_files_and_put_on_record(store: Store, crops: Crops, tmp_path: Path) -> None:
    ends = [AT, AT + timedelta(microseconds=1), AT + WEEK]
    sequences = [crops.append(granted(), JPEG, end) for end in ends]
    gone, kept = [sealed for _, sealed in sealed_rows(tmp_path)][:2], sealed_rows(tmp_path)[2][1]
    assert crops.due(AT - timedelta(microseconds=1)) == 0
    assert crops.delete_due(AT - timedelta(microseconds=1)) == 0
    assert crops.due(AT + timedelta(hours=1)) == 2
    assert crops.delete_due(AT + timedelta(hours=1)) == 2
    assert [crops.of(sequence) is None for sequence in sequences] == [True, True, False]
    content = all_bytes(tmp_path)
    # A row's content may go over several pages: any 200 bytes of it would lie within one.
    assert not any(sealed[place : place + 200] in content for sealed in gone for place in range(0, len(sealed), 200))
    assert kept[-200:] in content
    event = store.events.latest(1)[0].event
    assert (event.type, event.detail) == (EventType.CROPS_DELETED, "2 crops")
    assert crops.delete_due(AT + timedelta(hours=1)) == 0
    assert len(store.events.latest(9)) == 4
    assert store.events.verify().first_broken is None


def test_neither_event_nor_picture_is_kept_where_the_disk_is_full(store: Store, tmp_path: Path) -> None:
    transactions = Transactions(tmp_path / "limen.db")
    crops = Crops(transactions, Sealer(load_or_create_key(tmp_path / "template.key", {})))
    with transactions.reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    with transactions.reading() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    with pytest.raises(StoreError, match="free some space"):
        crops.append(granted(), JPEG * 20, AT + WEEK)
    transactions.close()
    assert store.events.latest(1) == []
    assert sealed_rows(tmp_path) == []
