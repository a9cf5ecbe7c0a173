"""``kill -9`` in the middle of enrolling, and several programs on one data folder at once."""

import random
import shutil
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest

from limen_program import COMMAND, environment, limen

PEOPLE = 30
TWICE = 10
"""So many people have two photos."""


@pytest.fixture(scope="module")
def album(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder a person, of thirty people of LFW."""
    chosen = [folder for folder in sorted((shared / "data" / "lfw").iterdir()) if len(list(folder.glob("*.jpg"))) > 1]
    album = tmp_path_factory.mktemp("album")
    for number, folder in enumerate(chosen[:PEOPLE]):
        (album / folder.name).mkdir()
        for photo in sorted(folder.glob("*.jpg"))[: 2 if number < TWICE else 1]:
            shutil.copyfile(photo, album / folder.name / photo.name)
    return album


def templates(data: Path) -> dict[str, int]:
    done = limen("people", "list", "--json", data=data)
    assert done.code == 0, done.err
    return {person["person"]: person["templates"] for person in done.document()["people"]}


def check(data: Path) -> None:
    with closing(sqlite3.connect(data / "limen.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        enrolled = database.execute("SELECT count(*) FROM events WHERE type = 'person.enrolled'").fetchone()[0]
        assert enrolled >= database.execute("SELECT count(*) FROM people").fetchone()[0]


def start(data: Path, *arguments: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *map(str, arguments)], env=environment(data, {}), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip


def enrolments(database: sqlite3.Connection) -> int:
    return int(database.execute("SELECT count(*) FROM events WHERE type = 'person.enrolled'").fetchone()[0])


def enrol_until_killed(data: Path, album: Path, after: int) -> None:
    """Kill the program a moment after it has enrolled ``after`` people, wherever it then is."""
    with closing(sqlite3.connect(data / "limen.db")) as database, start(data, "enrol", album) as process:
        before = enrolments(database)
        while enrolments(database) - before < after:
            assert process.poll() is None, "it ended before it could be killed"
            time.sleep(0.002)
        time.sleep(random.Random(after).uniform(0, 0.03))
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL


def test_a_killed_enrolment_loses_and_halves_nothing(data_dir: Path, album: Path) -> None:
    seen: list[dict[str, int]] = []
    for after in (2, 7, 11):
        enrol_until_killed(data_dir, album, after)
        seen.append(templates(data_dir))
        check(data_dir)
        assert len(seen[-1]) >= after
    assert len(seen[-1]) < PEOPLE
    done = limen("enrol", album, "--json", data=data_dir)
    assert done.code == 0, done.err
    whole = templates(data_dir)
    check(data_dir)
    assert len(whole) == len(done.document()["enrolled"]) >= PEOPLE - 2
    assert sum(whole.values()) + len(done.document()["refused"]) == PEOPLE + TWICE
    for partly in seen:
        assert partly.items() <= whole.items()


def test_two_enrolments_at_once(data_dir: Path, album: Path, shared: Path) -> None:
    names = sorted(folder.name for folder in album.iterdir())
    halves = [names[:8], names[4:12]]
    running = [start(data_dir, "enrol", *[album / name for name in half], "--json") for half in halves]
    for process in running:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    check(data_dir)
    found = templates(data_dir)
    assert sum(found.values()) >= 14
    assert len(found) > 10


def test_two_doors_and_an_enrolment_at_once(data_dir: Path, album: Path) -> None:
    people = sorted(album.iterdir())
    first = [photo for folder in people[:TWICE] for photo in sorted(folder.iterdir())[:1]]
    camera = data_dir.parent / "camera"
    camera.mkdir()
    for number, folder in enumerate(people[:3]):
        for repeat in range(4):
            photo = sorted(folder.iterdir())[1]
            shutil.copyfile(photo, camera / f"{number}-{repeat}.jpg")
    assert limen("enrol", *first, data=data_dir).code == 0
    doors = [start(data_dir, "door", "run", name, "--camera", camera, "--fast", "--json") for name in ("a", "b")]
    more = start(data_dir, "enrol", *people[15:20])
    for process in (*doors, more):
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    check(data_dir)
    with closing(sqlite3.connect(data_dir / "limen.db")) as database:
        for door in ("a", "b"):
            kinds = database.execute("SELECT type FROM events WHERE door = ? ORDER BY sequence", (door,)).fetchall()
            assert kinds[0] == ("door.started",)
            assert kinds[-1] == ("door.stopped",)
            assert ("access.granted",) in kinds
