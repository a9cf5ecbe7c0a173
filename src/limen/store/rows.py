"""Rows that somebody may have written by hand."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, Select
from sqlalchemy.exc import DBAPIError


def readable_rows(connection: Connection, query: Select[Any]) -> Iterator[Row[Any] | None]:
    """The rows as they are asked for; one that holds what its column cannot hold comes as ``None`` and is the last."""
    try:
        yield from connection.execute(query)
    except (ValueError, TypeError):
        yield None
    except DBAPIError as error:
        # Text that is no text: the driver says so without a code of the database's.
        if getattr(error.orig, "sqlite_errorcode", None) is not None:
            raise
        yield None
