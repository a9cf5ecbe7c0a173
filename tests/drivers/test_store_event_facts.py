"""What stands around events in the database."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from limen.audit.events import AuditEvent, EventType
from limen.store import Store
from limen.store.event_facts import Around
from limen.store.head_count import Heads
from store_samples import MODEL, OTHER_MODEL, new_template, opened

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
BOTH = frozenset({EventType.ACCESS_GRANTED, EventType.ACCESS_DENIED})


def add(store: Store, kind: EventType, at: datetime, door: str = "front") -> None:
    store.events.append(AuditEvent(kind, at, door))


def test_events_are_counted_by_door_and_type_from_a_moment_on(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        assert store.event_facts.counts(NOON, BOTH) == {}
        for hour in range(-5, 5):
            add(store, EventType.ACCESS_GRANTED, NOON + timedelta(hours=hour))
        add(store, EventType.ACCESS_DENIED, NOON, "back")
        add(store, EventType.DOOR_LOCKED, NOON)
        assert store.event_facts.counts(NOON, BOTH) == {
            ("front", EventType.ACCESS_GRANTED): 5,
            ("back", EventType.ACCESS_DENIED): 1,
        }
        assert store.event_facts.counts(NOON + timedelta(days=1), BOTH) == {}
        assert store.event_facts.newest_sequence() == 12


def test_names_and_pictures_of_events_are_found_and_those_of_the_deleted_are_not(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        assert store.event_facts.newest_sequence() == 0
        anna = store.enrol("Anna", [new_template(1)]).person
        granted = AuditEvent(EventType.ACCESS_GRANTED, NOON, "front", anna.id, actor="user:nobody")
        sequence = store.crops.append(granted, b"jpeg", NOON + timedelta(days=1))
        records = store.events.latest(10)
        around = store.event_facts.around(records)
        assert around == Around({anna.id: "Anna"}, {}, frozenset({sequence}), {})
        store.people.delete(anna.id)
        assert store.event_facts.around(store.events.latest(10)) == Around()
        assert store.event_facts.around([]) == Around()


def test_people_are_counted_by_what_a_door_knows_of_them(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        assert store.head_count.of(MODEL) == Heads(0, 0, 0, 0)
        store.enrol("Anna", [new_template(1), new_template(2)])
        store.enrol("Bea", [new_template(3)])
        store.enrol("Cleo", [new_template(4, OTHER_MODEL)])
        store.people.add("Dora")
        store.people.disable(store.enrol("Eva", [new_template(5)]).person.id)
        store.people.set_faceless(store.people.add("Fay").id, faceless=True)
        assert store.head_count.of(MODEL) == Heads(people=6, by_face=4, without=2, single=1)
        assert store.head_count.of(None) == Heads(people=6, by_face=4, without=1, single=2)
