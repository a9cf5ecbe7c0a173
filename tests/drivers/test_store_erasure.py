"""Whoever is deleted is gone from the files, from the log, and from every copy of keys."""

import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from limen.audit.events import AuditEvent, EventType
from limen.credentials.card import CardNumber
from limen.errors import BadDataError, NoInputError
from limen.store import Store
from limen.store.erasure import Erasure
from limen.store.invitations import InvitationKind
from limen.store.key import load_or_create_key
from limen.store.key_copies import read_keys
from limen.store.person_keys import open_key
from limen.store.records import LabelKind
from limen.store.sealing import Sealer
from limen.store.transactions import Transactions
from limen.types import Person, PersonId
from store_samples import MODEL, all_bytes, new_template, opened


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def store(data: Path) -> Iterator[Store]:
    with opened(data) as store:
        yield store


def sealer_of(data: Path) -> Sealer:
    return Sealer(load_or_create_key(data / "template.key", {}))


def rows_of(data: Path, person: PersonId) -> dict[str, int]:
    """How many rows of each table have this person."""
    with closing(sqlite3.connect(data / "limen.db")) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {}
        for table in tables:
            columns = {row[1] for row in database.execute(f"PRAGMA table_info({table})")}
            if "person_id" in columns:
                query = f"SELECT count(*) FROM {table} WHERE person_id = ?"
                found[table] = int(database.execute(query, (person,)).fetchone()[0])
    return found


def full_person(store: Store, data: Path) -> Person:
    """Somebody about whom there is a row in every table."""
    now = datetime.now(UTC)
    ann = store.enrol("Ann Unforgettable", [new_template(1, keep=True)], consent="text of 2026").person
    store.credentials.add_card(ann.id, CardNumber(26, 0x2468ACE))
    store.credentials.set_pin(ann.id, "918273", "4711", "8052")
    store.presence.entered(ann.id, "vault", now)
    store.crops.append(
        AuditEvent(EventType.ACCESS_GRANTED, now, door="front", person=ann.id), b"a picture", now + timedelta(days=1)
    )
    store.invitations.add(InvitationKind.ENROL, person=ann.id, expires_at=now + timedelta(days=1))
    store.labels.set(store.events.latest(1, door="front")[0].sequence, LabelKind.IS, ann.id, "user:1")
    store.answers.claim("key", "user:1", b"request", now - timedelta(minutes=1))
    store.answers.keep("key", "user:1", 200, {}, b"Ann Unforgettable")
    with closing(sqlite3.connect(data / "limen.db")) as database, database:
        database.execute("INSERT INTO removals VALUES (?, '2026-12-24 10:00:00.000000', 0, 'user:1')", (ann.id,))
        database.execute("INSERT INTO groups VALUES ('g', 'staff')")
        database.execute("INSERT INTO memberships VALUES (?, 'g')", (ann.id,))
        database.execute(
            "INSERT INTO rules (id, name, effect, person_id) VALUES ('r', 'only Unforgettable', 'allow', ?)", (ann.id,)
        )
    return ann


def secrets_of(store: Store, data: Path, person: Person) -> list[bytes]:
    """All that is about the person and must be found nowhere, in pieces that no page cuts through."""
    with closing(sqlite3.connect(data / "limen.db")) as database:
        sealed = database.execute("SELECT sealed_key FROM people WHERE id = ?", (person.id,)).fetchone()[0]
        blobs = [
            blob
            for table in ("templates", "photos", "cards", "crops")
            for (blob,) in database.execute(f"SELECT sealed FROM {table} WHERE person_id = ?", (person.id,))
        ]
        tags = [tag for (tag,) in database.execute("SELECT tag FROM cards WHERE person_id = ?", (person.id,))]
    key = open_key(sealer_of(data), person.id, sealed)
    vectors = [t.embedding.vector.tobytes() for t in store.templates.of(person.id, MODEL)]
    named = [b"Unforgettable", person.id.encode(), b"918273", b"photo 1.jpg", b"text of 2026", b"26:02468ace"]
    pieces = [blob[at : at + 32] for blob in (*blobs, *vectors) for at in range(0, len(blob) - 31, 32)]
    return [*named, *pieces, *tags, key, sealed]


def test_every_table_about_people_loses_its_rows(store: Store, data: Path) -> None:
    ann = full_person(store, data)
    before = rows_of(data, ann.id)
    assert len(before) >= 9
    assert all(before.values()), before
    assert store.people.delete(ann.id) == Erasure(complete=True)
    assert not any(rows_of(data, ann.id).values())
    with closing(sqlite3.connect(data / "limen.db")) as database:
        assert database.execute("SELECT count(*) FROM rules WHERE name LIKE '%Unforgettable%'").fetchone() == (0,)
        assert database.execute("SELECT count(*) FROM answers").fetchone() == (0,), "they may name anybody"


def test_nothing_is_found_in_any_file_of_the_data_folder(store: Store, data: Path) -> None:
    store.enrol("Bob", [new_template(2, keep=True)])
    ann = full_person(store, data)
    needles = secrets_of(store, data, ann)
    stored = all_bytes(data)
    assert sum(needle in stored for needle in needles) > 0.9 * len(needles) - 10, "the search must see what is there"
    assert store.people.delete(ann.id).complete
    for file in (file for file in data.rglob("*") if file.is_file()):
        content = file.read_bytes()
        assert not [needle for needle in needles if needle in content], file
    assert (data / "limen.db-wal").stat().st_size == 0


def test_events_outlive_the_person_and_no_longer_name_them(store: Store) -> None:
    ann = store.enrol("Ann", [new_template(1)]).person
    store.events.append(AuditEvent(EventType.ACCESS_GRANTED, datetime.now(UTC), door="front", person=ann.id))
    assert [record.event.person for record in store.events.latest(9)] == [ann.id, ann.id]
    store.people.delete(ann.id)
    after = store.events.latest(9)
    assert after[0].event.type is EventType.PERSON_DELETED
    assert {record.event.person for record in after} == {None}
    assert all(record.subject for record in after)


def test_the_files_are_rewritten_for_what_overwriting_misses(tmp_path: Path) -> None:
    """Balancing a tree leaves copies of rows in the unused part of pages, which no later deletion overwrites."""
    opened(tmp_path).close()
    chance = random.Random(2)
    alive: list[str] = []
    dead: list[str] = []
    with closing(Transactions(tmp_path / "limen.db")) as transactions:
        for step in range(1200):
            with transactions.writing() as connection:
                if chance.random() < 0.62 or not alive:
                    day, name = f"{step:05d}", f"{chance.getrandbits(128):032x}"
                    long = name + "n" * chance.randint(0, 700)
                    connection.execute(
                        text("INSERT INTO schedules VALUES (:id, :name, '[]')"),
                        {"id": name[::-1] + day[:4], "name": long},
                    )
                    alive.append(name)
                else:
                    name = alive.pop(chance.randrange(len(alive)))
                    connection.execute(text("DELETE FROM schedules WHERE name LIKE :name"), {"name": f"{name}%"})
                    dead.append(name)
        transactions.rewrite()
        assert transactions.forget_deleted()
    content = all_bytes(tmp_path)
    assert len(dead) > 300
    assert not [name for name in dead if name.encode() in content]
    assert [name for name in alive if name.encode() in content] == alive


READER = """
import sys
from pathlib import Path
from sqlalchemy import text
from limen.store.transactions import Transactions

with Transactions(Path(sys.argv[1])).reading() as connection:
    connection.execute(text("SELECT count(*) FROM people")).scalar()
    print("reading", flush=True)
    sys.stdin.readline()
"""


def test_a_reader_that_needs_the_log_is_told_of_and_waited_for_later(store: Store, data: Path) -> None:
    ann = store.enrol("Ann Unforgettable", [new_template(1, keep=True)]).person
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, data / "limen.db"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert reader.stdout is not None
    assert reader.stdout.readline() == "reading\n"
    assert store.people.delete(ann.id) == Erasure(complete=False, pending=(f"{data / 'limen.db'}-wal",))
    assert store.people.all() == []
    reader.communicate("done\n", timeout=60)
    assert store.backups.finish_erasure() == Erasure(complete=True)
    assert b"Unforgettable" not in all_bytes(data)


def test_all_copies_of_keys_are_rewritten(store: Store, data: Path, tmp_path: Path) -> None:
    ann, bob = (store.enrol(name, [new_template(seed)]).person for seed, name in enumerate(("Ann", "Bob")))
    copies = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        copies.append(store.backups.make(tmp_path / name / "limen.backup").keys)
    sealer = sealer_of(data)
    assert all(read_keys(copy, sealer).keys() == {ann.id, bob.id} for copy in copies)
    with copies[0].open("rb") as old:
        assert store.people.delete(ann.id) == Erasure(complete=True)
        assert old.read().strip(b"\0") == b"", "what was in the old file is overwritten, not only unlinked"
    assert all(read_keys(copy, sealer).keys() == {bob.id} for copy in copies)
    assert {file.name for file in copies[0].parent.iterdir()} == {"limen.backup", "people.keys"}
    assert copies[0].stat().st_mode & 0o777 == 0o600


def test_a_copy_that_cannot_be_reached_is_named_until_it_was(store: Store, data: Path, tmp_path: Path) -> None:
    ann = store.enrol("Ann", [new_template(1)]).person
    folder, away = tmp_path / "stick", tmp_path / "away"
    folder.mkdir()
    keys = store.backups.make(folder / "limen.backup").keys
    folder.rename(away)
    pending = Erasure(complete=False, pending=(str(keys),))
    assert store.people.delete(ann.id) == pending
    assert store.backups.finish_erasure() == pending
    assert ann.id in read_keys(away / keys.name, sealer_of(data))
    away.rename(folder)
    assert store.backups.finish_erasure() == Erasure(complete=True)
    assert read_keys(keys, sealer_of(data)) == {}
    assert store.backups.key_copies() == [str(keys)]


def test_a_copy_that_is_no_more_can_be_taken_off_the_list(store: Store, tmp_path: Path) -> None:
    keys = store.backups.make(tmp_path / "limen.backup").keys
    keys.unlink()
    assert not store.people.delete(store.people.add("Ann").id).complete
    store.backups.forget_copy(str(keys))
    assert store.backups.finish_erasure().complete
    with pytest.raises(NoInputError, match="is no known copy of keys; known: none"):
        store.backups.forget_copy(str(keys))


def test_another_stores_copy_is_not_overwritten(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    with opened(tmp_path / "other") as other:
        other.people.add("Ann")
        keys = other.backups.make(folder / "other.backup").keys
    before = keys.read_bytes()
    with pytest.raises(BadDataError, match=r"another template\.key, or is damaged"):
        store.backups.make(folder / "limen.backup")
    assert keys.read_bytes() == before
    assert {file.name for file in folder.iterdir()} == {"other.backup", "people.keys"}


def test_somebody_whose_key_was_altered_can_be_deleted_all_the_same(store: Store, data: Path) -> None:
    ann = store.people.add("Ann")
    with closing(sqlite3.connect(data / "limen.db")) as database, database:
        database.execute("UPDATE people SET sealed_key = zeroblob(60)")
    assert store.people.delete(ann.id).complete
    assert store.events.latest(1)[0].event.type is EventType.PERSON_DELETED


def test_unused_people_are_those_who_were_let_in_nowhere_for_so_long(store: Store, data: Path) -> None:
    now = datetime.now(UTC) + timedelta(days=400)
    people = {name: store.people.add(name) for name in ("Ann", "Bob", "Cleo", "Dan")}
    store.people.entered(people["Bob"].id, now - timedelta(days=99))
    store.people.entered(people["Cleo"].id, now - timedelta(days=101))
    store.people.set_validity(people["Dan"].id, now - timedelta(days=50), None)
    assert [person.name for person in store.people.unused(now, 100)] == ["Ann", "Cleo"]
    assert store.people.unused(now, 401) == []
    gone, erasure = store.people.delete_unused(now, 100)
    assert ([person.name for person in gone], erasure.complete) == (["Ann", "Cleo"], True)
    assert [person.name for person in store.people.all()] == ["Bob", "Dan"]
    assert [record.event.reason for record in store.events.latest(2)] == ["unused", "unused"]
    assert store.people.delete_unused(now, 100) == ([], Erasure(complete=True))
