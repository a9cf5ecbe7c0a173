import base64
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from limen.errors import BadDataError, ConfigError, DatabaseVersionError, NoInputError, StoreError, TemplateError
from limen.store import open_store
from store_samples import MODEL, new_template, opened

KEY = base64.b64encode(bytes(range(32))).decode()
OTHER_KEY = base64.b64encode(bytes(32)).decode()


def execute(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / "limen.db")) as database, database:
        database.execute(statement)


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_a_new_store_is_its_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "data 100% é"
    with opened(folder) as store:
        store.people.add("Ann")
        modes = {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}
    assert folder.stat().st_mode & 0o777 == 0o700
    assert modes.keys() >= {"limen.db", "limen.db-wal", "template.key"}
    assert set(modes.values()) == {0o600}


def test_an_existing_store_opens_without_alembic(tmp_path: Path) -> None:
    opened(tmp_path).close()
    script = (
        "import sys; from pathlib import Path; from limen.store import open_store;"
        "open_store(Path(sys.argv[1]), environment={}, create=False).close();"
        "sys.exit('alembic' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script, tmp_path], check=True, timeout=60)


def test_no_store_is_made_where_none_is_wanted(tmp_path: Path) -> None:
    with pytest.raises(NoInputError, match=r"limen\.db"):
        open_store(tmp_path / "data", environment={}, create=False)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    (tmp_path / "limen.db").touch()
    with opened(tmp_path) as store:
        store.people.add("Ann")


@pytest.mark.parametrize("content", [b"\x00" * 5000, b"not a database, but a letter. " * 500, b"SQLite format 3\x00"])
def test_a_file_that_is_no_database_is_told_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "limen.db"
    path.write_bytes(content)
    with pytest.raises(BadDataError, match=r"limen\.db is damaged or no database: restore"):
        opened(tmp_path)
    assert path.read_bytes() == content
    assert not (tmp_path / "template.key").exists()


def test_a_damaged_database_is_told(tmp_path: Path) -> None:
    opened(tmp_path).close()
    path = tmp_path / "limen.db"
    content = path.read_bytes()
    path.write_bytes(content[:100] + b"\xff" * 3996 + content[4096:])
    with pytest.raises(BadDataError, match="damaged"):
        opened(tmp_path)


def test_a_newer_database_is_refused_with_both_revisions(tmp_path: Path) -> None:
    opened(tmp_path).close()
    execute(tmp_path, "UPDATE alembic_version SET version_num = '9f3c'")
    with pytest.raises(
        DatabaseVersionError, match=r"revision 9f3c, this version of limen knows 0001, 0002, 0003: upgrade limen"
    ):
        opened(tmp_path)


def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    execute(tmp_path, "CREATE TABLE recipes (id INTEGER)")
    with pytest.raises(DatabaseVersionError, match="another program, with the tables recipes"):
        opened(tmp_path)


def test_a_data_folder_under_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"file.sub.limen\.db cannot be made"):
        opened(tmp_path / "file" / "sub")
    with pytest.raises(StoreError, match="is a file, expected a folder"):
        opened(tmp_path / "file")


def test_a_folder_in_place_of_the_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "limen.db").mkdir()
    with pytest.raises(StoreError, match=r"limen\.db"):
        opened(tmp_path)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="modes bind only POSIX users but root")
def test_a_read_only_data_folder_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StoreError, match="make the data folder writable"):
            opened(tmp_path)
    finally:
        tmp_path.chmod(0o700)


def test_a_lost_key_is_told_and_not_replaced(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.enrol("Ann", [new_template(1)])
    (tmp_path / "template.key").unlink()
    with pytest.raises(ConfigError, match=r"template\.key is missing"):
        opened(tmp_path)
    assert not (tmp_path / "template.key").exists()


def test_the_key_is_needed_also_once_nobody_is_left(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.people.delete(store.enrol("Ann", [new_template(1)]).person.id)
    key = (tmp_path / "template.key").read_bytes()
    (tmp_path / "template.key").unlink()
    with pytest.raises(ConfigError, match=r"template\.key is missing"):
        opened(tmp_path)
    (tmp_path / "template.key").write_bytes(key)
    (tmp_path / "template.key").chmod(0o600)
    with opened(tmp_path) as store:
        assert store.events.latest(9)


def test_a_wrong_key_is_told_when_opening(tmp_path: Path) -> None:
    with opened(tmp_path, LIMEN_TEMPLATE_KEY=KEY) as store:
        store.enrol("Ann", [new_template(1)])
    with pytest.raises(TemplateError, match="another key than the one given"):
        opened(tmp_path, LIMEN_TEMPLATE_KEY=OTHER_KEY)
    with opened(tmp_path, LIMEN_TEMPLATE_KEY=KEY) as store:
        assert len(store.templates.load(MODEL)) == 1


def test_two_programs_with_two_keys_do_not_mix_templates(tmp_path: Path) -> None:
    with opened(tmp_path, LIMEN_TEMPLATE_KEY=KEY) as first:
        with pytest.raises(TemplateError, match="another key than the one given"):
            opened(tmp_path, LIMEN_TEMPLATE_KEY=OTHER_KEY)
        first.enrol("Ann", [new_template(1)])
        assert len(first.templates.load(MODEL)) == 1


RACER = """
import sys
from pathlib import Path
from limen.store import open_store

for line in sys.stdin:
    with open_store(Path(line.strip()), environment={}) as store:
        store.people.add(sys.argv[1])
    print("done", flush=True)
"""


def test_two_programs_may_open_a_new_store_at_once(tmp_path: Path) -> None:
    racers = [
        subprocess.Popen([sys.executable, "-c", RACER, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for name in ("Ann", "Bob")
    ]
    for number in range(6):
        folder = tmp_path / str(number)
        for racer in racers:
            assert racer.stdin is not None
            racer.stdin.write(f"{folder}\n")
            racer.stdin.flush()
        for racer in racers:
            assert racer.stdout is not None
            assert racer.stdout.readline() == "done\n"
        with opened(folder) as store:
            assert [person.name for person in store.people.all()] == ["Ann", "Bob"]
    for racer in racers:
        racer.communicate(timeout=60)
        assert racer.returncode == 0
