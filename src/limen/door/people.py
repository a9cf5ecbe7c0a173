"""Changes to people, each with its event on record."""

from collections.abc import Callable
from datetime import UTC, datetime

from limen.audit.events import AuditEvent, EventType
from limen.errors import UnknownPersonError
from limen.store import PersonRecord, PhotoRecord, Store
from limen.types import Person


def find(store: Store, name: str) -> Person:
    """The person of that name.

    Raises:
        UnknownPersonError: there is none.
    """
    person = store.people.find(name)
    if person is None:
        raise UnknownPersonError(f"nobody is called {name!r}; limen people list shows who is enrolled")
    return person


def change(store: Store, person: Person, what: str, act: Callable[[], Person]) -> Person:
    """Put on record that ``person`` is ``what``, then ``act``; no record, no change."""
    kind = EventType.PERSON_DELETED if what == "deleted" else EventType.PERSON_CHANGED
    store.events.append(AuditEvent(kind, datetime.now(UTC), person=person.id, reason=what))
    return act()


def export(record: PersonRecord) -> dict[str, object]:
    """Everything that is kept of a person beside the vectors and the photos' own bytes."""
    return {
        "id": record.person.id,
        "person": record.person.name,
        "disabled": record.person.disabled,
        "created_at": record.created_at.isoformat(),
        "photos": [_photo(photo) for photo in record.photos],
    }


def _photo(photo: PhotoRecord) -> dict[str, object]:
    return {
        "file": photo.source.file_name,
        "sha256": photo.source.sha256,
        "width": photo.source.size.width,
        "height": photo.source.size.height,
        "taken_from": photo.source.taken_from,
        "quality": dict(photo.source.quality),
        "kept": photo.kept,
        "created_at": photo.created_at.isoformat(),
        "templates": [
            {"id": template.id, "model": template.model, "created_at": template.created_at.isoformat()}
            for template in photo.templates
        ],
    }
