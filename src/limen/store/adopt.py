"""What a migration cannot do, for it needs the store's key: give people their own keys, and chain the old events."""

from sqlalchemy import (
    Column,
    Connection,
    Float,
    Integer,
    MetaData,
    RowMapping,
    String,
    Table,
    Text,
    select,
    update,
)

from limen.audit.events import AuditEvent, EventType
from limen.store.events import insert_event
from limen.store.keycheck import claim_key
from limen.store.person_keys import new_sealed_key, open_key
from limen.store.schema import Moment, people, photos, state, templates
from limen.store.sealing import Sealer, photo_row, template_row
from limen.store.transactions import Transactions
from limen.types import PersonId

FORMAT = 2

_old_events = Table(
    "events_0001",
    MetaData(),
    Column("sequence", Integer, primary_key=True),
    Column("type", String(50)),
    Column("at", Moment),
    Column("door", Text),
    Column("person_id", String(36)),
    Column("reason", Text),
    Column("similarity", Float),
    Column("threshold", Float),
    Column("detail", Text),
)


def adopt(transactions: Transactions, sealer: Sealer) -> None:
    """Bring a database of format 1 to format 2, wholly or not at all; of another program at the same time, one does it.

    Raises:
        StoreError: the database cannot be written.
        TemplateError: something in it cannot be decrypted.
    """
    with transactions.reading() as connection:
        if _is_adopted(connection):
            return
    with transactions.changing_people() as connection:
        if not _is_adopted(connection):
            claim_key(connection, sealer)
            _give_keys(connection, sealer)
            _chain_events(connection, sealer)
            connection.execute(update(state).values(format=FORMAT))
    transactions.forget_deleted()


def _is_adopted(connection: Connection) -> bool:
    return bool(connection.scalar(select(state.c.format)) == FORMAT)


def _give_keys(connection: Connection, sealer: Sealer) -> None:
    for identifier in connection.scalars(select(people.c.id)).all():
        person = PersonId(identifier)
        sealed = new_sealed_key(sealer, person)
        connection.execute(update(people).where(people.c.id == person).values(sealed_key=sealed))
        _reseal(connection, sealer, Sealer(open_key(sealer, person, sealed)), person)


def _reseal(connection: Connection, old: Sealer, new: Sealer, person: PersonId) -> None:
    """Seal the person's templates and photos with their own key, in place of the store's."""
    made = select(templates.c.id, templates.c.model_key, templates.c.sealed).where(templates.c.person_id == person)
    for identifier, model, sealed in connection.execute(made).all():
        row = template_row(identifier, person, model)
        resealed = new.seal(old.open(sealed, row), row)
        connection.execute(update(templates).where(templates.c.id == identifier).values(sealed=resealed))
    kept = select(photos.c.id).where(photos.c.person_id == person, photos.c.sealed.is_not(None))
    for identifier in connection.scalars(kept).all():
        sealed = connection.execute(select(photos.c.sealed).where(photos.c.id == identifier)).scalar_one()
        resealed = new.seal(old.open(sealed, photo_row(identifier)), photo_row(identifier))
        connection.execute(update(photos).where(photos.c.id == identifier).values(sealed=resealed))


def _chain_events(connection: Connection, sealer: Sealer) -> None:
    known = set(connection.scalars(select(people.c.id)))
    for row in connection.execute(select(_old_events).order_by(_old_events.c.sequence)).mappings().all():
        insert_event(connection, sealer, _event(row, known))
    _old_events.drop(connection)


def _event(row: RowMapping, known: set[str]) -> AuditEvent:
    """The old event; whoever was deleted since has no key, so nothing names them any more."""
    return AuditEvent(
        EventType(row["type"]),
        row["at"],
        door=row["door"],
        person=PersonId(row["person_id"]) if row["person_id"] in known else None,
        reason=row["reason"],
        similarity=row["similarity"],
        threshold=row["threshold"],
        detail=row["detail"],
    )
