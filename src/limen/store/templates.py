"""The embeddings people are matched with, and where they came from."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from sqlalchemy import Connection, RowMapping, Select, func, select

from limen.errors import NoInputError
from limen.store.people import person_of, row_of
from limen.store.person_keys import open_key, sealer_of
from limen.store.records import PersonRecord, PhotoId, PhotoRecord, PhotoSource, TakenFrom, TemplateRecord
from limen.store.schema import people, photos, templates
from limen.store.sealing import Sealer, photo_row, template_row
from limen.store.transactions import Transactions
from limen.types import Embedding, ModelKey, PersonId, Size, Template, TemplateId


class Templates:
    """The templates of a store, decrypted when read."""

    def __init__(self, transactions: Transactions, sealer: Sealer) -> None:
        self._transactions, self._sealer = transactions, sealer

    def load(self, model: ModelKey) -> list[Template]:
        """All templates of ``model``, but for those of disabled people and of those whose face is not to be used.

        Raises:
            TemplateError: one cannot be decrypted.
        """
        return self._opened(_sealed(model).where(~people.c.disabled, ~people.c.faceless), model)

    def of(self, person: PersonId, model: ModelKey) -> list[Template]:
        """The templates of ``model`` of one person, who may be disabled.

        Raises:
            TemplateError: one cannot be decrypted.
        """
        return self._opened(_sealed(model).where(templates.c.person_id == person), model)

    def models(self) -> dict[ModelKey, int]:
        """How many templates there are of each model, those of disabled people too."""
        counts = select(templates.c.model_key, func.count()).group_by(templates.c.model_key)
        with self._transactions.reading() as connection:
            return {ModelKey(model): count for model, count in connection.execute(counts)}

    def all_of(self, person: PersonId) -> PersonRecord:
        """Photos and templates of one person, without pictures and vectors.

        Raises:
            UnknownPersonError: nobody has this id.
        """
        with self._transactions.reading() as connection:
            return record_of(connection, person)

    def photo(self, photo: PhotoId) -> bytes:
        """The file of a kept photo.

        Raises:
            NoInputError: there is no such photo, or it was not kept.
            TemplateError: it cannot be decrypted.
        """
        with self._transactions.reading() as connection:
            is_kept = (photos.c.id == photo) & photos.c.sealed.is_not(None)
            row = connection.execute(select(photos.c.person_id, photos.c.sealed).where(is_kept)).one_or_none()
            own = None if row is None else sealer_of(connection, self._sealer, PersonId(row.person_id))
        if row is None or own is None:
            raise NoInputError(f"photo {photo!r} was not kept: enrol again, and ask for photos to be kept")
        return own.open(row.sealed, photo_row(photo))

    def _opened(self, query: Select[str, str, bytes, bytes], model: ModelKey) -> list[Template]:
        with self._transactions.reading() as connection:
            rows = connection.execute(query).all()
        own: dict[str, Sealer] = {}
        for _, person, _, key in rows:
            if person not in own:
                own[person] = Sealer(open_key(self._sealer, PersonId(person), key))
        return [_open(own[person], TemplateId(id_), PersonId(person), sealed, model) for id_, person, sealed, _ in rows]


def record_of(connection: Connection, person: PersonId) -> PersonRecord:
    """Photos and templates of one person, without pictures and vectors.

    Raises:
        UnknownPersonError: nobody has this id.
    """
    row = row_of(connection, person)
    of_photo = _template_records(connection, person)
    taken = select(*_PHOTO).where(photos.c.person_id == person).order_by(photos.c.created_at, photos.c.id)
    records = [_photo_record(photo, of_photo[photo["id"]]) for photo in connection.execute(taken).mappings()]
    return PersonRecord(person_of(row), row["created_at"], tuple(records))


def _open(own: Sealer, identifier: TemplateId, person: PersonId, sealed: bytes, model: ModelKey) -> Template:
    content = own.open(sealed, template_row(identifier, person, model))
    vector = np.frombuffer(content, "<f4").astype(np.float32, copy=False)
    return Template(identifier, person, Embedding(vector, model))


_PHOTO = (
    *(column for column in photos.c if column.name != "sealed"),
    photos.c.sealed.is_not(None).label("kept"),
)
"""All columns but the picture itself, which may be large."""


def _sealed(model: ModelKey) -> Select[str, str, bytes, bytes]:
    """The templates of everybody whose key is there: the others can be read no longer, and break nothing."""
    return (
        select(templates.c.id, templates.c.person_id, templates.c.sealed, people.c.sealed_key)
        .join(people)
        .where(templates.c.model_key == model, people.c.sealed_key.is_not(None))
        .order_by(templates.c.created_at, templates.c.id)
    )


def _template_records(connection: Connection, person: PersonId) -> dict[str, list[TemplateRecord]]:
    """What there is of each photo, by its id."""
    columns = select(templates.c.id, templates.c.photo_id, templates.c.model_key, templates.c.created_at)
    rows = connection.execute(columns.where(templates.c.person_id == person).order_by(templates.c.created_at))
    records: dict[str, list[TemplateRecord]] = defaultdict(list)
    for identifier, photo, model, created_at in rows:
        records[photo].append(TemplateRecord(TemplateId(identifier), ModelKey(model), created_at))
    return records


def _photo_record(row: RowMapping, made: Sequence[TemplateRecord]) -> PhotoRecord:
    size = Size(row["width"], row["height"])
    source = PhotoSource(row["file_name"], row["sha256"], size, TakenFrom(row["taken_from"]), row["quality"])
    return PhotoRecord(PhotoId(row["id"]), source, row["created_at"], row["kept"], tuple(made))
