"""From one model to another: templates made anew from the photos that were kept."""

from collections.abc import Callable
from dataclasses import dataclass

from limen.camera.photo import decode_photo
from limen.config import Settings
from limen.door.enrolment import face_to_enrol
from limen.engine import Engine
from limen.errors import BadDataError, NoInputError, UnknownPersonError
from limen.store import NewTemplate, PhotoRecord, Store
from limen.types import PersonId


@dataclass(frozen=True, slots=True)
class Migrated:
    """What a migration came to: ``templates`` are new; ``left`` are people who have no template of the new model."""

    people: int
    templates: int
    left: tuple[PersonId, ...]


def to_migrate(store: Store) -> list[PersonId]:
    """Everybody whose face is used, and who is not being deleted."""
    leaving = {removal.person for removal in store.removals.all()}
    return [person.id for person in store.people.all() if not person.faceless and person.id not in leaving]


def migrate(
    store: Store, engine: Engine, settings: Settings, step: Callable[[], None] = lambda: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Migrated:  # fmt: skip
    """Give everybody templates of the engine's model, from their kept photos; those of other models stay.

    ``step`` is called after each person; ``stopped`` ends it early, and what was done stays. Done twice, nothing more
    happens.

    Raises:
        StoreError: the database cannot be read or written.
    """
    people = templates = 0
    left = []
    for person in to_migrate(store):
        if stopped():
            break
        try:
            added, has = _migrate_one(store, engine, settings, person)
        except UnknownPersonError:  # deleted meanwhile
            continue
        people, templates = people + (added > 0), templates + added
        if not has:
            left.append(person)
        step()
    return Migrated(people, templates, tuple(left))


def _migrate_one(store: Store, engine: Engine, settings: Settings, person: PersonId) -> tuple[int, bool]:
    """How many templates are new, and whether there are any of the model now."""
    record = store.templates.all_of(person)
    has = any(template.model == engine.model for photo in record.photos for template in photo.templates)
    new = [
        template
        for photo in record.photos
        if photo.kept and all(made.model != engine.model for made in photo.templates)
        if (template := _embedded(store, engine, settings, photo)) is not None
    ]
    if not new:
        return 0, has
    return store.enrolments.add_to(person, new, None).added, True


def _embedded(store: Store, engine: Engine, settings: Settings, photo: PhotoRecord) -> NewTemplate | None:
    """A template of a kept photo; ``None`` where the new detector does not find one good face in it."""
    try:
        decoded = decode_photo(store.templates.photo(photo.id), photo.source.file_name)
        face, _ = face_to_enrol(engine, decoded, settings.enrolment)
    except (BadDataError, NoInputError):
        return None
    (embedding,) = engine.embed(decoded.image, [face])
    return NewTemplate(embedding, photo.source)
