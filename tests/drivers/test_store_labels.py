import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from limen.audit.events import AuditEvent, EventType
from limen.errors import BadDataError, UnknownNameError, UnknownPersonError
from limen.store import Store
from limen.store.events import EventFilter
from limen.store.records import LabelKind
from limen.store.sequence_words import sequence_words
from limen.types import PersonId
from store_samples import all_bytes, opened

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
JPEG = b"\xff\xd8\xff" + hashlib.sha512(b"face").digest() * 50


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path) as store:
        yield store


def denied(store: Store, number: int = 0, *, crop: bool = True, reason: str = "unknown") -> int:
    event = AuditEvent(EventType.ACCESS_DENIED, AT + timedelta(minutes=number), "front", reason=reason)
    if crop:
        return store.crops.append(event, JPEG, AT + timedelta(days=7))
    store.events.append(event)
    return store.events.latest(1)[0].sequence


def sealed_with(folder: Path) -> list[str | None]:
    with closing(sqlite3.connect(folder / "limen.db")) as database:
        return [row[0] for row in database.execute("SELECT person_id FROM crops ORDER BY sequence")]


def test_a_label_is_told_replaced_and_taken_back_and_all_of_it_is_on_record(store: Store) -> None:
    ann, first, second = store.people.add("Ann").id, denied(store), denied(store, 1)
    label = store.labels.set(first, LabelKind.IS, ann, "user:1")
    assert store.labels.of([first, second, 99]) == {first: label}
    assert (label.kind, label.person, label.actor) == (LabelKind.IS, ann, "user:1")
    store.labels.set_all([first, second], LabelKind.IGNORED, None, "user:2")
    assert {found.kind for found in store.labels.of([first, second]).values()} == {LabelKind.IGNORED}
    assert store.labels.clear([first, second]) == 2
    assert store.labels.clear([first, second]) == 0
    told = [record.event for record in store.events.oldest(99) if record.event.type is EventType.EVENT_LABELLED]
    assert [(event.reason, event.detail, event.door, event.person) for event in told] == [
        ("is", "event 1", "front", ann),
        ("ignored", "events 1-2", "front", None),
        ("cleared", "events 1-2", "front", None),
    ]
    assert store.events.verify().first_broken is None


def test_what_does_not_fit_is_refused_and_leaves_nothing(store: Store) -> None:
    ann, visit = store.people.add("Ann").id, denied(store)
    store.events.append(AuditEvent(EventType.DOOR_STARTED, AT, "front"))
    before = len(store.events.latest(99))
    wrong: list[tuple[type[Exception], Any]] = [
        (UnknownNameError, ([visit, 99], LabelKind.IS, ann)),
        (UnknownPersonError, ([visit], LabelKind.IS, PersonId("nobody"))),
        (BadDataError, ([visit, visit + 1], LabelKind.IS, ann)),
        (BadDataError, ([visit], LabelKind.IS, None)),
        (BadDataError, ([visit], LabelKind.IGNORED, ann)),
        (BadDataError, ([], LabelKind.IGNORED, None)),
        (BadDataError, (range(1, 2002), LabelKind.IGNORED, None)),
    ]
    for error, arguments in wrong:
        with pytest.raises(error):
            store.labels.set_all(*arguments, "user:1")
    assert store.labels.of([visit]) == {}
    assert len(store.events.latest(99)) == before


def test_the_picture_goes_over_to_whom_it_shows_and_is_erased_with_them(store: Store, tmp_path: Path) -> None:
    ann, first, second = store.people.add("Ann").id, denied(store), denied(store, 1)
    granted = AuditEvent(EventType.ACCESS_GRANTED, AT, "front", ann, "matched")
    third = store.crops.append(granted, JPEG, AT + timedelta(days=7))
    store.labels.set_all([first, second], LabelKind.IS, ann, "user:1")
    assert sealed_with(tmp_path) == [ann, ann, ann]
    assert store.crops.of(first) == JPEG
    store.labels.clear([second])
    bob = store.people.add("Bob").id
    store.labels.set(third, LabelKind.IS, bob, "user:1")
    assert sealed_with(tmp_path) == [ann, None, bob]
    store.labels.clear([third])
    assert sealed_with(tmp_path) == [ann, None, ann], "back to whom the door took it for"
    store.people.delete(ann)
    assert [store.crops.of(one) for one in (first, second, third)] == [None, JPEG, None]
    assert store.labels.of([first, second, third]) == {}


def test_strangers_are_those_of_whom_nobody_said_anything(store: Store) -> None:
    ann = store.people.add("Ann").id
    sequences = [denied(store, number) for number in range(4)]
    denied(store, 4, crop=False)
    store.crops.append(AuditEvent(EventType.ACCESS_DENIED, AT, "front", ann, "no_rule"), JPEG, AT + timedelta(days=7))
    assert [crop.sequence for crop in store.crops.strangers(99)] == sequences[::-1]
    assert [crop.sequence for crop in store.crops.strangers(2)] == sequences[:1:-1]
    newest = store.crops.strangers(1)[0]
    assert (newest.at, newest.door, newest.reason) == (AT + timedelta(minutes=3), "front", "unknown")
    store.labels.set(sequences[0], LabelKind.IS, ann, "user:1")
    store.labels.set(sequences[1], LabelKind.IGNORED, None, "user:1")
    assert [crop.sequence for crop in store.crops.strangers(99)] == [sequences[3], sequences[2]]
    assert store.crops.kept([sequences[2], 99]) == {sequences[2]: AT + timedelta(days=7)}


def test_pictures_are_erased_at_once_and_that_is_on_record(store: Store, tmp_path: Path) -> None:
    sequences = [denied(store, number) for number in range(3)]
    with closing(sqlite3.connect(tmp_path / "limen.db")) as database:
        (sealed,) = database.execute("SELECT sealed FROM crops WHERE sequence = ?", [sequences[0]]).fetchone()
    assert store.crops.erase([*sequences[:2], 99]) == 2
    assert [store.crops.of(one) is None for one in sequences] == [True, True, False]
    assert sealed[:200] not in all_bytes(tmp_path)
    event = store.events.latest(1)[0].event
    assert (event.type, event.reason, event.detail) == (EventType.CROPS_DELETED, "erased", "events 1-2")
    assert store.crops.erase(sequences[:2]) == 0
    assert store.events.latest(1)[0].event == event


def test_events_by_reason_picture_and_label(store: Store) -> None:
    ann = store.people.add("Ann").id
    one, two, three = denied(store), denied(store, 1, crop=False, reason="no_rule"), denied(store, 2, reason="no_rule")
    store.labels.set(one, LabelKind.IS, ann, "user:1")
    store.labels.set(two, LabelKind.IGNORED, None, "user:1")

    def numbers(**only: Any) -> list[int]:
        found = store.events.latest(99, only=EventFilter(types=frozenset({EventType.ACCESS_DENIED}), **only))
        return [record.sequence for record in found]

    assert numbers(reasons=frozenset({"no_rule", "passback"})) == [three, two]
    assert (numbers(has_crop=True), numbers(has_crop=False)) == ([three, one], [two])
    assert (numbers(has_label=True), numbers(has_label=False)) == ([two, one], [three])
    assert numbers(labels=frozenset({LabelKind.IS})) == [one]
    assert (numbers(person=ann), numbers(person=ann, labelled=True)) == ([], [one])
    assert store.events.get(two).event.reason == "no_rule"
    with pytest.raises(UnknownNameError, match="no event 99"):
        store.events.get(99)


def test_numbers_in_words() -> None:
    assert [sequence_words(one) for one in ([], [5], [9, 5], [3, 1, 2, 2, 7])] == [
        "no events", "event 5", "events 5, 9", "events 1-3, 7",
    ]  # fmt: skip
