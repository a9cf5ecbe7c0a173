"""How templates get in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import Connection, exists, insert, select, update

from limen.audit.events import AuditEvent, EventType
from limen.errors import BadDataError
from limen.store.consent import record_consent
from limen.store.events import insert_event
from limen.store.keycheck import check_key
from limen.store.people import insert_person, person_named
from limen.store.person_keys import sealer_of
from limen.store.records import PhotoId, PhotoSource
from limen.store.schema import photos, templates
from limen.store.sealing import Sealer, photo_row, template_row
from limen.types import Embedding, ModelKey, Person, PersonId


@dataclass(frozen=True, slots=True)
class NewTemplate:
    """An embedding to enrol; ``photo_bytes`` are kept, encrypted, where they are given."""

    embedding: Embedding = field(repr=False)
    photo: PhotoSource
    photo_bytes: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What an enrolment did: ``added`` templates are new, the others were there before."""

    person: Person
    created: bool
    added: int


def enrol(
    connection: Connection, sealer: Sealer, name: str, new_templates: Sequence[NewTemplate], consent: str | None
) -> Enrolled:
    """Add templates to the person of this clean name, who is made where there is none.

    A photo of which the person has a template of the same model is not added again. The event and the version of the
    text that the person agreed to (``consent``) are kept in the same transaction.

    Raises:
        BadDataError: the person does not want their face used, and gave no consent now.
        TemplateError: what is in the database is encrypted with another key.
    """
    check_key(connection, sealer)
    found = person_named(connection, name)
    person = found or insert_person(connection, sealer, name)
    person, added = add_templates(connection, sealer, person, new_templates, consent)
    return Enrolled(person, found is None, added)


def add_templates(
    connection: Connection, sealer: Sealer, person: Person, new_templates: Sequence[NewTemplate], consent: str | None
) -> tuple[Person, int]:
    """The person, whose row is there, with templates added as by ``enrol``; and how many of them are new.

    Raises:
        BadDataError: the person does not want their face used, and gave no consent now.
    """
    if consent is not None:
        person = record_consent(connection, sealer, person.id, consent)
    elif person.faceless and new_templates:
        name = person.name
        raise BadDataError(f"{name!r} does not want their face used: enrol them only with their consent (--consent)")
    added = _add_all(connection, sealer, person.id, new_templates)
    event = AuditEvent(EventType.PERSON_ENROLLED, datetime.now(UTC), person=person.id, detail=f"{added} templates")
    insert_event(connection, sealer, event)
    return person, added


def _add_all(connection: Connection, sealer: Sealer, person: PersonId, new_templates: Sequence[NewTemplate]) -> int:
    """How many of the templates are new."""
    own = sealer_of(connection, sealer, person)
    if own is None:
        raise BadDataError("the key of this person is gone: delete the person and enrol again")
    return sum(_add(connection, own, person, new) for new in new_templates)


def _add(connection: Connection, sealer: Sealer, person: PersonId, new: NewTemplate) -> bool:
    """Whether the template is new."""
    photo = _photo(connection, person, new.photo)
    if new.photo_bytes is not None:
        sealed = sealer.seal(new.photo_bytes, photo_row(photo))
        is_bare = (photos.c.id == photo) & photos.c.sealed.is_(None)
        connection.execute(update(photos).where(is_bare).values(sealed=sealed))
    if _has_template(connection, photo, new.embedding.model):
        return False
    identifier, model = str(uuid4()), new.embedding.model
    row = {
        "id": identifier,
        "person_id": person,
        "photo_id": photo,
        "model_key": model,
        "created_at": datetime.now(UTC),
        "sealed": sealer.seal(new.embedding.vector.astype("<f4").tobytes(), template_row(identifier, person, model)),
    }
    connection.execute(insert(templates).values(row))
    return True


def _has_template(connection: Connection, photo: PhotoId, model: ModelKey) -> bool:
    same = (templates.c.photo_id == photo) & (templates.c.model_key == model)
    return bool(connection.scalar(select(exists().where(same))))


def _photo(connection: Connection, person: PersonId, source: PhotoSource) -> PhotoId:
    """The row of this person's photo, which is made where there is none."""
    same = (photos.c.person_id == person) & (photos.c.sha256 == source.sha256)
    found = connection.scalar(select(photos.c.id).where(same))
    if found is not None:
        return PhotoId(found)
    identifier = PhotoId(str(uuid4()))
    row = {
        "id": identifier,
        "person_id": person,
        "file_name": source.file_name,
        "sha256": source.sha256,
        "width": source.size.width,
        "height": source.size.height,
        "taken_from": source.taken_from.value,
        "quality": {name: float(value) for name, value in source.quality.items()},
        "created_at": datetime.now(UTC),
    }
    connection.execute(insert(photos).values(row))
    return identifier
