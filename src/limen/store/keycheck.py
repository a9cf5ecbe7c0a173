"""Which key a database is encrypted with, told without showing it.

The first opening seals a constant with its key, and binds the database to it for good: it signs the audit's end.
"""

from sqlalchemy import Connection, select, update

from limen.errors import TemplateError
from limen.store.schema import state
from limen.store.sealing import Sealer

_CONSTANT = b"limen"
_ROW = "key-check"


def is_claimed(connection: Connection) -> bool:
    """Whether anything in the database needs its key."""
    return connection.scalar(select(state.c.key_check)) is not None


def check_key(connection: Connection, sealer: Sealer) -> None:
    """Refuse a key that does not fit.

    Raises:
        TemplateError: the database is encrypted with another key.
    """
    sealed = connection.scalar(select(state.c.key_check))
    if sealed is None:
        return
    try:
        sealer.open(sealed, _ROW)
    except TemplateError as error:
        raise TemplateError(
            "the templates are encrypted with another key than the one given: "
            "put the template.key that belongs to this database back, or set LIMEN_TEMPLATE_KEY to it"
        ) from error


def claim_key(connection: Connection, sealer: Sealer) -> None:
    """Bind the database to the key, or check that it is bound to this one; in the transaction that will seal.

    Raises:
        TemplateError: the database is encrypted with another key.
    """
    if is_claimed(connection):
        check_key(connection, sealer)
    else:
        connection.execute(update(state).values(key_check=sealer.seal(_CONSTANT, _ROW)))
