"""Brings a database to the newest revision of the tables, or refuses it."""

from pathlib import Path

from sqlalchemy import inspect, text

from limen.errors import DatabaseVersionError
from limen.store.transactions import Transactions

HEAD = "0003"
"""The newest revision in ``migrations``: written here so that a database at it opens without Alembic."""

_MIGRATIONS = Path(__file__).parent / "migrations"


def bring_to_head(transactions: Transactions) -> None:
    """Run the migrations that the database has not had yet; all of them are kept, or none.

    Raises:
        DatabaseVersionError: the database was made by a newer version, or by another program.
        StoreError: it cannot be read or written.
    """
    found = _found_revisions(transactions)
    if found != [HEAD]:
        _migrate(transactions.path, found)


def _found_revisions(transactions: Transactions) -> list[str]:
    """The revision the tables are at; none in a new file."""
    with transactions.reading() as connection:
        tables = inspect(connection).get_table_names()
        if not tables:
            return []
        if "alembic_version" not in tables:
            raise DatabaseVersionError(
                f"{transactions.path} is a database of another program, with the tables {', '.join(tables)}: "
                "choose another data folder"
            )
        return list(connection.scalars(text("SELECT version_num FROM alembic_version")))


def _migrate(path: Path, found: list[str]) -> None:
    # Late: half a second that only a new or an old database has to pay.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    known = sorted(script.revision for script in ScriptDirectory.from_config(config).walk_revisions())
    unknown = sorted(set(found) - set(known))
    if unknown:
        raise DatabaseVersionError(
            f"{path} has revision {', '.join(unknown)}, this version of limen knows {', '.join(known)}: "
            "upgrade limen to at least the version that wrote it"
        )
    # Without foreign keys: SQLite changes a table by dropping the old one, and what points at it would go too.
    migrating = Transactions(path, foreign_keys=False)
    try:
        with migrating.writing() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        migrating.close()
