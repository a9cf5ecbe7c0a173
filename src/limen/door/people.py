"""Who is enrolled, and all that is kept of them."""

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
