"""Who is enrolled, and all that is kept of them."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from limen.audit.events import AuditEvent, EventType
from limen.config import DoorConfig
from limen.errors import UnknownPersonError
from limen.store import EventRecord, PersonRecord, PhotoRecord, Store
from limen.store.about import About, RuleRecord
from limen.store.events import EventFilter
from limen.types import Person, PersonId

_EVENTS = 1000


def find(store: Store, name: str) -> Person:
    """The person of that name.

    Raises:
        UnknownPersonError: there is none.
    """
    person = store.people.find(name)
    if person is None:
        raise UnknownPersonError(f"nobody is called {name!r}; limen people list shows who is enrolled")
    return person


def shown(record: PersonRecord) -> dict[str, object]:
    """A person, and where their templates came from."""
    return {
        "id": record.person.id,
        "person": record.person.name,
        "disabled": record.person.disabled,
        "faceless": record.person.faceless,
        "valid_from": _moment(record.person.valid_from),
        "valid_until": _moment(record.person.valid_until),
        "created_at": record.created_at.isoformat(),
        "photos": [_photo(photo) for photo in record.photos],
    }


def export(store: Store, person: PersonId, doors: Mapping[str, DoorConfig]) -> dict[str, object]:
    """Everything that is kept of a person but vectors, pictures and hashes; that it was taken out is on record.

    Nobody else is in it. ``purposes`` are why faces are looked at, by door.

    Raises:
        UnknownPersonError: nobody has this id.
    """
    store.people.get(person)
    store.events.append(AuditEvent(EventType.PERSON_EXPORTED, datetime.now(UTC), person=person))
    found = store.about(person)
    return {
        **shown(found.record),
        "last_entry_at": _moment(found.last_entry_at),
        "groups": list(found.groups),
        **_credentials(found),
        "consents": [
            {
                "version": consent.text_version,
                "given_at": consent.given_at.isoformat(),
                "withdrawn_at": _moment(consent.withdrawn_at),
            }
            for consent in found.consents
        ],
        "inside": [{"zone": zone, "since": since.isoformat()} for zone, since in found.inside],
        "rules": [_rule(rule) for rule in found.rules],
        "crops": [{"event": crop.sequence, "delete_after": crop.delete_after.isoformat()} for crop in found.crops],
        "labels": [{"event": one.sequence, "kind": one.kind, "at": one.at.isoformat()} for one in found.labels],
        "invitations": [
            {
                "created_at": one.created_at.isoformat(),
                "expires_at": one.expires_at.isoformat(),
                "used_at": _moment(one.used_at),
            }
            for one in found.invitations
        ],
        "purposes": {name: door.purpose for name, door in doors.items()},
        "events": [_event(record) for record in _events(store, person)],
    }


def _credentials(found: About) -> dict[str, object]:
    return {
        "cards": [
            {
                "card": card.card.key,
                "disabled": card.disabled,
                "valid_until": _moment(card.valid_until),
                "created_at": card.created_at.isoformat(),
            }
            for card in found.cards
        ],
        "pin_number": found.number,
    }


def _rule(rule: RuleRecord) -> dict[str, object]:
    return {
        "name": rule.name,
        "effect": rule.effect,
        "door": rule.door,
        "zone": rule.zone,
        "schedule": rule.schedule,
        "valid_from": _moment(rule.valid_from),
        "valid_until": _moment(rule.valid_until),
    }


def _events(store: Store, person: PersonId) -> Iterator[EventRecord]:
    after = 0
    while some := store.events.oldest(_EVENTS, after=after, only=EventFilter(person=person)):
        yield from some
        after = some[-1].sequence


def _event(record: EventRecord) -> dict[str, object]:
    event = record.event
    return {
        "sequence": record.sequence,
        "type": event.type,
        "at": event.at.isoformat(),
        "door": event.door,
        "reason": event.reason,
        "similarity": event.similarity,
        "threshold": event.threshold,
        "detail": event.detail,
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


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
