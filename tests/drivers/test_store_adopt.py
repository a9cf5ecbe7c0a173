"""A database of revision 0001 becomes one of today, with everything that was in it."""

import os
import signal
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, inspect, text

import limen.store.migrations
from limen.audit.events import EventType
from limen.store.chain import verify
from limen.store.key import load_or_create_key
from limen.store.keycheck import _CONSTANT, _ROW
from limen.store.person_keys import key_of
from limen.store.records import PhotoId
from limen.store.sealing import Sealer, photo_row, template_row
from limen.store.transactions import Transactions
from limen.types import PersonId
from store_samples import MODEL, all_bytes, embedding, opened, photo_bytes

ANN, BOB, GONE = (PersonId(f"{number:08x}-0000-4000-8000-000000000000") for number in (1, 2, 3))
START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
OLD_EVENTS = [
    ("person.enrolled", None, ANN, None),
    ("person.enrolled", None, GONE, None),
    ("access.granted", "front", GONE, "matched"),
    ("person.deleted", None, GONE, None),
    ("access.denied", "front", None, "unknown"),
    ("access.granted", "back", ANN, "matched"),
]


def old_store(folder: Path) -> None:
    """Ann with two templates and a kept photo, Bob, who is disabled, and events of somebody who was deleted."""
    sealer = Sealer(load_or_create_key(folder / "template.key", {}))
    engine = create_engine(f"sqlite:///{folder / 'limen.db'}")
    config = Config()
    config.set_main_option("script_location", str(Path(str(limen.store.migrations.__file__)).parent))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text("UPDATE store_state SET key_check = :check"), {"check": sealer.seal(_CONSTANT, _ROW)})
        for person, name, disabled in ((ANN, "Ann", False), (BOB, "Bob", True)):
            connection.execute(
                text("INSERT INTO people VALUES (:id, :name, :disabled, '2026-03-01 08:00:00.000000')"),
                {"id": person, "name": name, "disabled": disabled},
            )
        for number in (1, 2):
            row = {
                "id": f"photo-{number}",
                "person": ANN,
                "sha": f"{number:064x}",
                "sealed": sealer.seal(photo_bytes(number), photo_row(f"photo-{number}")) if number == 1 else None,
                "template": f"template-{number}",
                "model": MODEL,
                "vector": sealer.seal(
                    embedding(number).vector.astype("<f4").tobytes(), template_row(f"template-{number}", ANN, MODEL)
                ),
            }
            connection.execute(
                text(
                    "INSERT INTO photos VALUES (:id, :person, 'a.jpg', :sha, 640, 480, 'file', '{}', "
                    "'2026-03-01 08:00:00.000000', :sealed)"
                ),
                row,
            )
            connection.execute(
                text(
                    "INSERT INTO templates VALUES (:template, :person, :id, :model, "
                    "'2026-03-01 08:00:00.000000', :vector)"
                ),
                row,
            )
        for number, (kind, door, person, reason) in enumerate(OLD_EVENTS):
            connection.execute(
                text(
                    "INSERT INTO events (type, at, door, person_id, reason, similarity) "
                    "VALUES (:kind, :at, :door, :person, :reason, 0.75)"
                ),
                {
                    "kind": kind,
                    "at": (START + timedelta(hours=9 * number)).strftime("%Y-%m-%d %H:%M:%S.%f"),
                    "door": door,
                    "person": person,
                    "reason": reason,
                },
            )
    engine.dispose()


def check(folder: Path) -> None:
    with opened(folder) as store:
        ann, bob = store.people.all()
        assert (ann.id, ann.name, ann.disabled, ann.faceless) == (ANN, "Ann", False, False)
        assert (bob.id, bob.disabled) == (BOB, True)
        vectors = [template.embedding.vector.tolist() for template in store.templates.load(MODEL)]
        assert vectors == [embedding(seed).vector.tolist() for seed in (1, 2)]
        assert store.templates.photo(PhotoId("photo-1")) == photo_bytes(1)
        kept = [record.event for record in reversed(store.events.latest(99))]
    known = {ANN: ANN, GONE: None, None: None}
    assert [(event.type, event.door, event.person, event.reason) for event in kept] == [
        (EventType(kind), door, known[person], reason) for kind, door, person, reason in OLD_EVENTS
    ]
    assert [event.at for event in kept] == [START + timedelta(hours=9 * number) for number in range(len(kept))]
    assert {event.similarity for event in kept} == {0.75}


def test_everything_of_an_old_store_is_there_and_the_chain_holds(tmp_path: Path) -> None:
    old_store(tmp_path)
    check(tmp_path)
    transactions = Transactions(tmp_path / "limen.db")
    sealer = Sealer(load_or_create_key(tmp_path / "template.key", {}))
    found = verify(transactions, sealer)
    assert (found.records, found.first_broken, found.head_ok) == (len(OLD_EVENTS), None, True)
    with transactions.reading() as connection:
        assert connection.scalar(text("SELECT format FROM store_state")) == 2
        rules = connection.execute(text("SELECT name, effect, group_id, person_id, door, zone, schedule_id FROM rules"))
        assert rules.all() == [("everyone", "allow", None, None, None, None, None)]
        assert "events_0001" not in inspect(connection).get_table_names()
        keys = {key_of(connection, sealer, person) for person in (ANN, BOB)}
        assert None not in keys
        assert len(keys) == 2
    transactions.close()
    check(tmp_path)


def test_nothing_names_somebody_who_was_deleted_before(tmp_path: Path) -> None:
    old_store(tmp_path)
    assert GONE.encode() in all_bytes(tmp_path)
    opened(tmp_path).close()
    assert GONE.encode() not in all_bytes(tmp_path)


def test_the_stores_own_key_opens_no_template_any_more(tmp_path: Path) -> None:
    old_store(tmp_path)
    opened(tmp_path).close()
    engine = create_engine(f"sqlite:///{tmp_path / 'limen.db'}")
    with engine.connect() as connection:
        connection.execute(text("UPDATE people SET sealed_key = NULL WHERE name = 'Ann'"))
        connection.commit()
    engine.dispose()
    with opened(tmp_path) as store:
        assert store.templates.load(MODEL) == []
        assert len(store.people.all()) == 2


KILLED_AT = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import Engine, event
from limen.store import open_store

@event.listens_for(Engine, "after_cursor_execute")
def die(connection, cursor, statement, *_):
    if sys.argv[2] in " ".join(statement.split()):
        os.kill(os.getpid(), signal.SIGKILL)

open_store(Path(sys.argv[1]), environment={})
"""


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX")
@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE people",
        "UPDATE alembic_version",
        "UPDATE people SET sealed_key",
        "UPDATE templates SET sealed",
        "INSERT INTO events",
        "DROP TABLE events_0001",
        "UPDATE store_state SET format=?",
        "SET revision",
    ],
)
def test_killed_at_any_step_nothing_is_lost_or_done_twice(tmp_path: Path, statement: str) -> None:
    old_store(tmp_path)
    killed = subprocess.run([sys.executable, "-c", KILLED_AT, tmp_path, statement], timeout=60, check=False)
    assert killed.returncode == -signal.SIGKILL
    check(tmp_path)
    with closing(Transactions(tmp_path / "limen.db")) as transactions:
        assert verify(transactions, Sealer(load_or_create_key(tmp_path / "template.key", {}))).first_broken is None
