"""``kill -9`` while people come and go: what was acknowledged is on record, and no unlock lacks its record.

``studies.kills`` does the same a thousand times.
"""

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from studies.killed_door import KilledDoor, Moment, prepare
from studies.kills import study

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX")

KILLS = 10


@pytest.fixture(scope="module")
def prepared(shared: Path, models_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepare(tmp_path_factory.mktemp("prepared"), shared, models_folder)


@pytest.mark.parametrize("part", range(3))
def test_a_killed_door_leaves_lock_and_audit_whole(prepared: Path, tmp_path: Path, part: int) -> None:
    found = study(prepared, tmp_path, range(part * KILLS, (part + 1) * KILLS), seed=1)
    assert not found.faults, found.text()
    assert len(found.rounds) == KILLS
    # It proves nothing unless people were let in.
    assert sum(one.unlocks for one in found.rounds) > KILLS
    assert sum(one.visit for one in found.rounds) > KILLS / 2


def test_what_must_not_be_would_be_found(prepared: Path, tmp_path: Path) -> None:
    door = KilledDoor(prepared, tmp_path / "door")
    died = door.run_until(Moment(0.7, once_started=True))
    with door.log.open("a", encoding="utf-8") as log:
        log.write(json.dumps({"at": "2020-02-02T02:02:02+00:00", "moved": "unlock", "seconds": 5}) + "\n")
    with closing(sqlite3.connect(door.data / "limen.db", isolation_level=None)) as database:
        database.execute(
            "DELETE FROM events WHERE sequence = (SELECT max(sequence) FROM events WHERE type LIKE 'access.%')"
        )
    faults = " ".join(door.look(0, died).faults)
    for fault in ("the audit is broken", "not on record", "before the door's start", "no record before it"):
        assert fault in faults
    assert "ended by itself" not in faults
