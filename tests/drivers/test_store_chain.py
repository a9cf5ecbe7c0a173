import base64
import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from limen.audit.events import AuditEvent, EventType
from limen.audit.record import GENESIS, Finding, Head, What, link, signed_text
from limen.errors import NoInputError, StoreError
from limen.store import Store
from limen.store.events import record_of
from store_samples import new_template, opened

START = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
COUNT = 10
FIRST_DAY_ENDS = 2

APPENDER = f"""
import sys
from datetime import UTC, datetime
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
from store_samples import opened
from limen.audit.events import AuditEvent, EventType

with opened(Path(sys.argv[1])) as store:
    for number in range(40):
        store.events.append(AuditEvent(EventType.ACCESS_DENIED, datetime(2026, 3, 1, tzinfo=UTC), sys.argv[2]))
"""


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten events in the night from the first to the second of March, two of them of the first; not to be changed."""
    folder = tmp_path_factory.mktemp("night")
    with opened(folder) as store:
        ann = store.people.add("Ann").id
        for number in range(COUNT):
            at = START + timedelta(hours=number)
            event = AuditEvent(EventType.ACCESS_GRANTED, at, "front", ann, "matched", 0.97, 0.92, f"caf\u00e9 {number}")
            store.events.append(event)
    return folder


@pytest.fixture
def store(night: Path, tmp_path: Path) -> Iterator[Store]:
    with opened(shutil.copytree(night, tmp_path, dirs_exist_ok=True)) as store:
        yield store


def tamper(folder: Path, script: str) -> None:
    """Change the database with nothing but its file."""
    with closing(sqlite3.connect(folder / "limen.db")) as database:
        database.executescript(script)


def ask(folder: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "limen.db")) as database:
        return database.execute(query).fetchall()


def rebuilt(folder: Path, *, upto: int = COUNT) -> Head:
    """Hash the whole chain anew, as somebody would who knows how but has no key; its new head."""
    previous = GENESIS
    with closing(sqlite3.connect(folder / "limen.db")) as database, database:
        database.execute("DELETE FROM events WHERE sequence > ?", [upto])
        rows = database.execute("SELECT * FROM events ORDER BY sequence").fetchall()
        for sequence, kind, at, door, subject, reason, similarity, threshold, detail, *_ in rows:
            record = {"sequence": sequence, "type": kind, "at": f"{at.replace(' ', 'T')}+00:00", "door": door,
                      "subject": subject and subject.hex(), "reason": reason, "similarity": similarity,
                      "threshold": threshold, "detail": detail}  # fmt: skip
            text = json.dumps(record, sort_keys=True, separators=(",", ":"))
            previous = hashlib.sha256(previous + text.encode()).digest()
            database.execute("UPDATE events SET hash = ? WHERE sequence = ?", [previous, sequence])
        database.execute("UPDATE store_state SET audit_sequence = ?, audit_hash = ?", [len(rows), previous])
    return Head(len(rows), previous)


def test_a_chain_that_nobody_touched(store: Store) -> None:
    found = store.events.verify()
    assert (found.records, found.seals, found.first_broken, found.head_ok) == (COUNT, 1, None, True)
    assert found.head.sequence == COUNT
    assert found.head.hash == store.events.latest(1)[0].hash


def test_a_store_without_events_verifies(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        found = store.events.verify()
    assert (found.records, found.seals, found.first_broken, found.head, found.key) == (
        0,
        0,
        None,
        Head(0, GENESIS),
        None,
    )


def test_the_chain_can_be_hashed_with_the_standard_library_alone(store: Store, tmp_path: Path) -> None:
    before = store.events.verify().head
    assert rebuilt(tmp_path) == before
    assert store.events.verify().first_broken is None


COLUMNS = ("type", "at", "door", "subject", "reason", "similarity", "threshold", "detail", "hash")
VALUES = ("'x'", "x'ff'", "CAST(x'ff' AS TEXT)", "7", "-1e999")
MAY_BE_EMPTY = ("door", "subject", "reason", "similarity", "threshold", "detail")


@pytest.mark.parametrize(
    ("column", "value"),
    [(column, value) for column in COLUMNS for value in VALUES] + [(column, "NULL") for column in MAY_BE_EMPTY],
)
def test_whatever_is_written_into_a_record_is_found(store: Store, tmp_path: Path, column: str, value: str) -> None:
    tamper(tmp_path, f"UPDATE events SET {column} = {value} WHERE sequence = 5")
    assert store.events.verify().first_broken == Finding(5, What.ALTERED)


@pytest.mark.parametrize(
    ("script", "finding"),
    [
        ("DELETE FROM events WHERE sequence = 1", Finding(1, What.REMOVED)),
        ("DELETE FROM events WHERE sequence = 5", Finding(5, What.REMOVED)),
        ("DELETE FROM events WHERE sequence = 10", Finding(10, What.REMOVED)),
        ("DELETE FROM events", Finding(1, What.REMOVED)),
        (
            "UPDATE events SET sequence = 99 WHERE sequence = 4; UPDATE events SET sequence = 4 WHERE sequence = 7;"
            "UPDATE events SET sequence = 7 WHERE sequence = 99",
            Finding(4, What.REORDERED),
        ),
        ("UPDATE events SET sequence = 0 WHERE sequence = 1", Finding(1, What.ALTERED)),
        ("INSERT INTO events (sequence, type, at, hash) VALUES (11, 'door.exit', '2026-03-02 09:00:00.000000', x'00')",
         Finding(11, What.ALTERED)),
        ("DELETE FROM seals", Finding(FIRST_DAY_ENDS, What.SEAL_MISSING)),
        ("UPDATE seals SET day = '2026-03-05'", Finding(FIRST_DAY_ENDS, What.SEAL_WRONG)),
        ("UPDATE seals SET signature = x'00'", Finding(FIRST_DAY_ENDS, What.SEAL_WRONG)),
        ("UPDATE seals SET signature = 'text'", Finding(FIRST_DAY_ENDS, What.SEAL_WRONG)),
        ("UPDATE seals SET day = 'never'", Finding(1, What.SEAL_WRONG)),
        ("UPDATE store_state SET signing_key = NULL", Finding(FIRST_DAY_ENDS, What.SEAL_WRONG)),
        ("UPDATE store_state SET signing_key = 'text'", Finding(FIRST_DAY_ENDS, What.SEAL_WRONG)),
        ("UPDATE store_state SET audit_sequence = 9", Finding(10, What.HEAD_WRONG)),
        ("UPDATE store_state SET audit_hash = x'00'", Finding(10, What.HEAD_WRONG)),
        ("UPDATE store_state SET audit_hash = 'text'", Finding(10, What.HEAD_WRONG)),
        ("UPDATE store_state SET audit_mac = NULL", Finding(10, What.HEAD_WRONG)),
        ("UPDATE store_state SET audit_mac = x'00'", Finding(10, What.HEAD_WRONG)),
        ("UPDATE store_state SET audit_mac = 'text'", Finding(10, What.HEAD_WRONG)),
    ],
)  # fmt: skip
def test_what_is_done_to_the_chain_is_found(store: Store, tmp_path: Path, script: str, finding: Finding) -> None:
    tamper(tmp_path, script)
    assert store.events.verify().first_broken == finding


@pytest.mark.parametrize(
    "script",
    [
        "DELETE FROM events WHERE sequence = 10",
        "DELETE FROM events",
        "UPDATE events SET at = 'x' WHERE sequence = 10",
        "UPDATE events SET hash = 'x' WHERE sequence = 10",
        "INSERT INTO events (sequence, type, at, hash) VALUES (11, 'door.exit', '2026-03-02 09:00:00.000000', x'00')",
        "UPDATE store_state SET audit_mac = NULL",
        "UPDATE store_state SET audit_hash = 'text'",
        "UPDATE store_state SET audit_sequence = 9; DELETE FROM events WHERE sequence = 10",
        "UPDATE store_state SET audit_sequence = 0, audit_hash = zeroblob(32), audit_mac = NULL; DELETE FROM events",
    ],
)
def test_nothing_is_put_behind_an_end_that_was_changed(store: Store, tmp_path: Path, script: str) -> None:
    tamper(tmp_path, script)
    with pytest.raises(StoreError, match="takes no more records: limen audit verify"):
        store.events.append(AuditEvent(EventType.DOOR_EXIT, START))
    assert store.events.verify().first_broken is not None


def test_a_chain_hashed_anew_without_the_key_does_not_fit_seals_and_head(store: Store, tmp_path: Path) -> None:
    tamper(tmp_path, "UPDATE events SET door = 'back' WHERE sequence = 1")
    head = rebuilt(tmp_path)
    assert store.events.verify().first_broken == Finding(FIRST_DAY_ENDS, What.SEAL_WRONG)
    sealed_hash = ask(tmp_path, "SELECT hash FROM events WHERE sequence = 2")[0][0]
    assert isinstance(sealed_hash, bytes)
    forged = Ed25519PrivateKey.generate().sign(signed_text(2, sealed_hash, START.date()))
    tamper(tmp_path, f"UPDATE seals SET hash = x'{sealed_hash.hex()}', signature = x'{forged.hex()}'")
    assert store.events.verify().first_broken == Finding(FIRST_DAY_ENDS, What.SEAL_WRONG)
    found = store.events.verify()
    assert (found.head, found.head_ok) == (head, False)


def test_a_chain_that_was_cut_off_without_the_key_does_not_fit_the_head(store: Store, tmp_path: Path) -> None:
    rebuilt(tmp_path, upto=7)
    assert store.events.verify().first_broken == Finding(7, What.HEAD_WRONG)
    with pytest.raises(StoreError, match="takes no more records"):
        store.events.append(AuditEvent(EventType.DOOR_EXIT, START))


def test_an_audit_that_was_emptied_as_if_it_had_never_been(store: Store, tmp_path: Path) -> None:
    store.enrol("Bob", [new_template(1)])
    tamper(
        tmp_path,
        "DELETE FROM events; DELETE FROM seals; UPDATE store_state SET audit_sequence = 0,"
        "audit_hash = zeroblob(32), audit_mac = NULL, signing_key = NULL",
    )
    assert store.events.verify().first_broken == Finding(0, What.HEAD_WRONG)


def test_a_database_that_was_set_back_is_told_by_a_head_kept_elsewhere(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.events.append(AuditEvent(EventType.DOOR_STARTED, START))
        old = (tmp_path / "limen.db").read_bytes(), (tmp_path / "limen.db-wal").read_bytes()
        store.events.append(AuditEvent(EventType.DOOR_EXIT, START))
        kept = store.events.verify().head
        assert store.events.verify(kept=kept).first_broken is None
    back = tmp_path / "back"
    back.mkdir()
    (back / "limen.db").write_bytes(old[0])
    (back / "limen.db-wal").write_bytes(old[1])
    (back / "template.key").write_bytes((tmp_path / "template.key").read_bytes())
    (back / "template.key").chmod(0o600)
    with opened(back) as store:
        assert store.events.verify().first_broken is None
        assert store.events.verify(kept=kept).first_broken == Finding(2, What.REMOVED)
        store.events.append(AuditEvent(EventType.ALARM_FORCED, START))
        assert store.events.verify(kept=kept).first_broken == Finding(2, What.KEPT_HEAD_WRONG)


def test_the_first_event_of_a_later_day_seals_the_day_before(tmp_path: Path) -> None:
    days = [0, 0, 1, 0, 0, 3]  # With a clock that was set back in between.
    with opened(tmp_path) as store:
        for days_later in days:
            store.events.append(AuditEvent(EventType.DOOR_EXIT, START + timedelta(days=days_later)))
        found = store.events.verify()
    assert ask(tmp_path, "SELECT sequence, day FROM seals ORDER BY sequence") == [(2, "2026-03-01"), (5, "2026-03-01")]
    assert found.first_broken is None


def test_sealing_now_gives_what_checks_the_chain_without_the_database(store: Store, tmp_path: Path) -> None:
    head, public = store.events.seal()
    assert store.events.seal() == (head, public), "sealed already"
    assert store.events.verify(public=public, kept=head).first_broken is None
    assert store.events.verify().key == public
    day, signature = ask(tmp_path, "SELECT day, signature FROM seals WHERE sequence = 10")[0]
    assert isinstance(signature, bytes)
    text = json.dumps({"day": day, "hash": head.hash.hex(), "sequence": 10}, separators=(",", ":"))
    Ed25519PublicKey.from_public_bytes(public).verify(signature, text.encode())
    other = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    assert store.events.verify(public=other).first_broken == Finding(FIRST_DAY_ENDS, What.SEAL_WRONG)


def test_there_is_nothing_to_seal_before_the_first_event(tmp_path: Path) -> None:
    with opened(tmp_path) as store, pytest.raises(NoInputError, match="nothing is on record"):
        store.events.seal()


@pytest.mark.parametrize("value", ["NULL", "x'00'", "'text'"])
def test_no_day_begins_with_a_signing_key_that_was_changed(store: Store, tmp_path: Path, value: str) -> None:
    tamper(tmp_path, f"UPDATE store_state SET signing_key = {value}")
    store.events.append(AuditEvent(EventType.DOOR_EXIT, START + timedelta(hours=COUNT)))
    with pytest.raises(StoreError, match="the key that seals the audit was"):
        store.events.append(AuditEvent(EventType.DOOR_EXIT, START + timedelta(days=5)))
    assert store.events.latest(1)[0].sequence == COUNT + 1


def test_the_signing_key_is_not_readable_in_the_file(store: Store, tmp_path: Path) -> None:
    (sealed,) = ask(tmp_path, "SELECT signing_key FROM store_state")[0]
    assert isinstance(sealed, bytes)
    assert len(sealed) == 12 + 32 + 16
    key = base64.b64decode((tmp_path / "template.key").read_text())
    assert key not in (tmp_path / "limen.db").read_bytes()


def test_two_processes_and_eight_threads_make_one_chain(tmp_path: Path) -> None:
    failures: list[BaseException] = []

    def append(store: Store, door: str) -> None:
        try:
            for _ in range(10):
                store.events.append(AuditEvent(EventType.ACCESS_DENIED, START, door))
        except BaseException as error:  # noqa: BLE001 - told to the test below
            failures.append(error)

    with opened(tmp_path) as store:
        others = [subprocess.Popen([sys.executable, "-c", APPENDER, tmp_path, f"door {index}"]) for index in range(2)]
        threads = [threading.Thread(target=append, args=[store, f"thread {index}"]) for index in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [other.wait(120) for other in others] == [0, 0]
        assert failures == []
        found = store.events.verify()
        doors = [record.event.door for record in store.events.oldest(1000)]
    assert (found.records, found.first_broken) == (160, None)
    assert {door: doors.count(door) for door in set(doors)} == {
        **{f"thread {index}": 10 for index in range(8)},
        **{f"door {index}": 40 for index in range(2)},
    }


def test_what_is_shown_is_what_was_hashed(store: Store) -> None:
    previous = GENESIS
    for record in store.events.oldest(COUNT):
        assert record.hash == link(previous, record_of(record.sequence, record.event, record.subject))
        previous = record.hash
