"""Rows that people call by a name: groups, schedules and rules; and what is put on record of a change to them."""

from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import Connection, Table, insert, select, update

from limen.audit.events import AuditEvent, EventType
from limen.errors import BadDataError, UnknownNameError
from limen.store.events import insert_event
from limen.store.names import clean_name
from limen.store.sealing import Sealer
from limen.types import PersonId

_SHOWN_BY = {"groups": "limen groups list", "schedules": "limen schedules list", "rules": "limen access rules"}


def id_of(connection: Connection, table: Table, name: str) -> str:
    """The id of the row with this name.

    Raises:
        UnknownNameError: there is none.
    """
    found = connection.scalar(select(table.c.id).where(table.c.name == clean_name(name)))
    if found is None:
        raise UnknownNameError(f"there is no {_kind(table)} {name!r}: {_SHOWN_BY[table.name]} shows what there is")
    return str(found)


def name_of(connection: Connection, table: Table, row: str) -> str:
    """The name of the row with this id.

    Raises:
        UnknownNameError: there is none.
    """
    found = connection.scalar(select(table.c.name).where(table.c.id == row))
    if found is None:
        raise UnknownNameError(f"there is no {_kind(table)} with the id {row!r}: it may have been removed")
    return str(found)


def ids_by_name(connection: Connection, table: Table) -> dict[str, str]:
    """The ids of all rows, by their names, in the order of those."""
    return {row.name: row.id for row in connection.execute(select(table.c.name, table.c.id).order_by(table.c.name))}


def insert_named(connection: Connection, table: Table, name: str, **values: object) -> str:
    """The id of the new row with this name.

    Raises:
        BadDataError: the name is taken or cannot be one.
    """
    clean, new_id = _free(connection, table, name), str(uuid4())
    connection.execute(insert(table).values(id=new_id, name=clean, **values))
    return new_id


def rename(connection: Connection, table: Table, name: str, new_name: str) -> str:
    """The id of the row that now has the new name.

    Raises:
        BadDataError: the new name is taken or cannot be one.
        UnknownNameError: there is no row with the old one.
    """
    row = id_of(connection, table, name)
    if clean_name(new_name) != clean_name(name):
        clean = _free(connection, table, new_name)
        connection.execute(update(table).where(table.c.id == row).values(name=clean))
    return row


def tell(
    connection: Connection,
    sealer: Sealer,
    reason: str,
    detail: str | None,
    *,
    door: str | None = None,
    person: PersonId | None = None,
) -> None:
    """Put on record, in the transaction under way, that the rules changed; ``detail`` names no person."""
    event = AuditEvent(
        EventType.RULES_CHANGED, datetime.now(UTC), door=door, person=person, reason=reason, detail=detail
    )
    insert_event(connection, sealer, event)


def _free(connection: Connection, table: Table, name: str) -> str:
    clean = clean_name(name)
    if connection.scalar(select(table.c.id).where(table.c.name == clean)) is not None:
        raise BadDataError(f"there is already a {_kind(table)} {clean!r}: give another name, or remove it first")
    return clean


def _kind(table: Table) -> str:
    return table.name.removesuffix("s")
