import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, text

import limen.store.migrations
from limen.store.schema import metadata
from limen.store.upgrade import HEAD
from store_samples import opened

MIGRATIONS = Path(str(limen.store.migrations.__file__)).parent


@pytest.fixture
def migrated(tmp_path: Path) -> Engine:
    opened(tmp_path).close()
    return create_engine(f"sqlite:///{tmp_path / 'limen.db'}")


def statements(engine: Engine) -> dict[str, str]:
    """Each table and index with the statement that makes it, however that is spaced and its name is quoted."""
    query = text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'")
    with engine.connect() as connection:
        made = {name: re.sub(r"\s+", " ", sql) for name, sql in connection.execute(query)}
    return {name: sql.replace(f'CREATE TABLE "{name}"', f"CREATE TABLE {name}") for name, sql in made.items()}


def test_migrations_make_the_tables_the_program_uses(migrated: Engine) -> None:
    fresh = create_engine("sqlite://")
    metadata.create_all(fresh)
    made = statements(migrated)
    assert made.pop("alembic_version")
    assert made == statements(fresh)
    fresh.dispose()
    migrated.dispose()


def test_alembic_finds_nothing_to_do(migrated: Engine) -> None:
    with migrated.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
    migrated.dispose()


def test_there_is_one_newest_revision_and_the_program_knows_it() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [HEAD]


KILLED_AT = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import Engine, event
from limen.store import open_store

@event.listens_for(Engine, "after_cursor_execute")
def die(connection, cursor, statement, *_):
    if sys.argv[2] in statement:
        os.kill(os.getpid(), signal.SIGKILL)

open_store(Path(sys.argv[1]), environment={})
"""


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX")
@pytest.mark.parametrize(
    "statement",
    [
        "BEGIN IMMEDIATE",
        "CREATE TABLE photos",
        "INSERT INTO alembic_version",
        "CREATE TABLE crops",
        "UPDATE alembic_version",
    ],
)
def test_a_migration_killed_in_the_middle_leaves_the_old_tables(tmp_path: Path, statement: str) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED_AT, tmp_path, statement], timeout=60, check=False)
    assert killed.returncode == -signal.SIGKILL
    engine = create_engine(f"sqlite:///{tmp_path / 'limen.db'}")
    assert statements(engine) == {}
    engine.dispose()
    with opened(tmp_path) as store:
        assert store.people.add("Ann") in store.people.all()
