"""Deleting a person through the program, while a door runs and a backup of them exists, and looking for every byte."""

import hashlib
import os
import shutil
import signal
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from limen_program import COMMAND, environment, limen

NAME = "Aaron Unforgettable"
NUMBER = "918273"
CARD = "32:02468ace"


@pytest.fixture
def photos(shared: Path, tmp_path: Path) -> list[Path]:
    """Photos of one person under names that are found nowhere else."""
    folder = next(f for f in sorted((shared / "data" / "lfw").iterdir()) if len(list(f.glob("*.jpg"))) > 2)
    copies = []
    for number, photo in enumerate(sorted(folder.glob("*.jpg"))[:2]):
        copies.append(tmp_path / f"unforgettable-{number}.jpg")
        shutil.copyfile(photo, copies[-1])
    return copies


def pieces(blob: bytes) -> list[bytes]:
    return [blob[at : at + 48] for at in range(0, len(blob) - 47, 48)]


def about(data: Path, photos: list[Path]) -> list[bytes]:
    """All that must be found nowhere afterwards."""
    with closing(sqlite3.connect(data / "limen.db")) as database:
        (person, key) = database.execute("SELECT id, sealed_key FROM people WHERE name = ?", (NAME,)).fetchone()
        blobs = [
            blob
            for table in ("templates", "photos", "cards", "crops")
            for (blob,) in database.execute(f"SELECT sealed FROM {table} WHERE person_id = ?", (person,))
        ]
    content = [photo.read_bytes() for photo in photos]
    found = [NAME.encode(), person.encode(), key, NUMBER.encode(), CARD.encode(), b"text-of-2026"]
    found += [hashlib.sha256(photo).hexdigest().encode() for photo in content]
    found += [photo.name.encode() for photo in photos]
    return found + [piece for blob in (*blobs, *content) for piece in pieces(blob)]


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and "models" not in path.relative_to(folder).parts]


@pytest.mark.skipif(os.name != "posix", reason="a process is stopped by SIGINT")
def test_nothing_of_a_deleted_person_is_found_anywhere(data_dir: Path, photos: list[Path], tmp_path: Path) -> None:
    backups, camera = tmp_path / "backups", tmp_path / "camera"
    for folder in (backups, camera):
        folder.mkdir()
    enrolled = limen("enrol", *photos, "--name", NAME, "--keep-photos", "--consent", "text-of-2026", data=data_dir)
    assert enrolled.code == 0, enrolled.err
    assert limen("cards", "add", NAME, "--number", CARD, data=data_dir).code == 0
    with closing(sqlite3.connect(data_dir / "limen.db")) as database, database:
        database.execute(
            "INSERT INTO pins SELECT id, ?, 'hash', NULL, created_at FROM people WHERE name = ?", (NUMBER, NAME)
        )
    visited = tmp_path / "visit"
    visited.mkdir()
    for number in range(9):
        os.link(photos[0], visited / f"{number}.jpg")
    crops = {"LIMEN_PRIVACY__KEEP_CROPS": "true"}
    visit = limen("door", "run", "front", "--camera", visited, "--fast", "--json", data=data_dir, **crops)
    assert [line["person"] for line in visit.lines() if line["type"] == "access.granted"] == [NAME], visit.out
    with closing(sqlite3.connect(data_dir / "limen.db")) as database:
        assert database.execute("SELECT count(*) FROM crops").fetchone() == (1,)
    assert limen("backup", backups / "limen.backup", data=data_dir).code == 0
    for number in range(600):  # Two minutes of pictures: the door is still running when the person is deleted.
        os.link(photos[0], camera / f"{number:03d}.jpg")
    needles = about(data_dir, photos)

    door = subprocess.Popen(
        [*COMMAND, "door", "run", "front", "--camera", camera, "--json"],
        env=environment(data_dir, {}), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert door.stdout is not None
        assert "door.started" in door.stdout.readline()
        stored = b"".join(file.read_bytes() for file in files(data_dir))
        assert sum(needle in stored for needle in needles) > 100, "the search must see what is there"
        gone = limen("people", "delete", NAME, "--yes", "--json", data=data_dir)
        assert door.poll() is None, "the door was to be running meanwhile"
        assert (gone.code, gone.document()["pending"]) == (0, []), gone.err
        for folder in (data_dir, backups):
            for file in files(folder):
                content = file.read_bytes()
                assert not [needle for needle in needles if needle in content], file
    finally:
        door.send_signal(signal.SIGINT)
        door.communicate(timeout=60)

    assert limen("audit", "verify", data=data_dir).code == 0
    new = tmp_path / "new"
    new.mkdir()
    shutil.copy(data_dir / "template.key", new)
    restored = limen("restore", backups / "limen.backup", "--json", data=new)
    assert (restored.document()["people"], restored.document()["erased"]) == (0, 1)
    assert limen("audit", "verify", data=new).code == 0


def test_enrolment_without_the_consent_that_is_asked_for_is_refused(data_dir: Path, photos: list[Path]) -> None:
    (data_dir / "config.toml").write_text('[privacy]\nconsent_text_version = "2"\n')
    for consent in ((), ("--consent", "1")):
        refused = limen("enrol", *photos, "--name", NAME, *consent, data=data_dir)
        assert refused.code == 65
        assert "add --consent 2" in refused.err
    assert limen("people", "list", "--json", data=data_dir).document() == {"people": []}
    assert limen("enrol", *photos, "--name", NAME, "--consent", "2", data=data_dir).code == 0
