from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from limen.audit.events import EventType
from limen.door.erasing import Erasing
from limen.errors import NoInputError, StoreError, UnknownNameError, UnknownPersonError
from limen.store import Store
from limen.store.people_edit import PersonFacts
from limen.types import PersonId
from store_samples import MODEL, all_bytes, new_template, opened, photo_bytes

NOW = datetime.now(UTC)
LATER = NOW + timedelta(seconds=30)
NOBODY = PersonId("00000000-0000-4000-8000-000000000000")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path) as store:
        yield store


def reasons(store: Store) -> list[str | None]:
    return [record.event.reason for record in store.events.oldest(100)]


def test_whoever_is_removed_is_shut_out_at_once_and_back_after_an_undo(store: Store) -> None:
    ann = store.enrol("Ann", [new_template(1)]).person.id
    store.removals.remove(ann, LATER, "user:1")
    assert store.people.get(ann).disabled
    assert store.templates.load(MODEL) == []
    # A second time changes nothing: the first promise holds.
    assert store.removals.remove(ann, LATER + timedelta(days=1), "user:2").erase_at == LATER
    assert store.removals.undo(ann).disabled is False
    assert len(store.templates.load(MODEL)) == 1
    assert store.removals.erase_due(LATER).people == ()
    assert reasons(store)[-2:] == ["removed", "restored"]
    with pytest.raises(UnknownNameError):
        store.removals.undo(ann)
    for act in (store.removals.undo, lambda one: store.removals.remove(one, LATER, "user:1")):
        with pytest.raises(UnknownPersonError):
            act(NOBODY)


def test_whoever_was_disabled_before_stays_so(store: Store) -> None:
    ann = store.people.add("Ann").id
    store.people.disable(ann)
    store.removals.remove(ann, LATER, "user:1")
    assert store.removals.undo(ann).disabled


def test_after_a_restart_people_are_erased_in_time_and_nothing_is_left(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        ann = store.enrol("Ann Doe", [new_template(1, keep=True)]).person.id
        bob = store.people.add("Bob").id
        store.removals.remove(ann, LATER, "user:1")
        store.removals.remove(bob, LATER + timedelta(hours=1), "user:1")
    with opened(tmp_path) as store:
        assert [removal.person for removal in store.removals.all()] == [ann, bob]
        assert store.removals.due(LATER - timedelta(seconds=1)) == []
        assert store.removals.due(LATER) == [ann]
        erased = store.removals.erase_due(LATER)
        assert (erased.people, erased.erasure.complete) == ((ann,), True)
        assert store.removals.erase_due(LATER).people == ()
        assert [person.name for person in store.people.all()] == ["Bob"]
        gone = store.events.latest(1)[0].event
        assert (gone.type, gone.reason, gone.person) == (EventType.PERSON_DELETED, "removed", None)
    left = all_bytes(tmp_path)
    assert b"Ann Doe" not in left
    assert photo_bytes(1)[:64] not in left


def test_what_goes_wrong_is_noted_once_and_tried_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = store.people.add("Ann").id
    store.removals.remove(ann, NOW, "user:1")
    notes: list[str] = []
    erasing = Erasing(store, notes.append)
    with monkeypatch.context() as broken:

        def fail(now: datetime) -> None:
            raise StoreError("the disk is full")

        broken.setattr(store.removals, "erase_due", fail)
        assert [erasing.step(LATER), erasing.step(LATER)] == [0, 0]
    assert len(notes) == 1
    assert erasing.step(LATER) == 1


def test_a_photo_goes_with_its_templates_and_nobody_elses(store: Store, tmp_path: Path) -> None:
    ann = store.enrol("Ann", [new_template(1, keep=True), new_template(2)]).person.id
    bob = store.enrol("Bob", [new_template(3)]).person.id
    first, second = store.templates.all_of(ann).photos
    assert store.photos.kept_of(ann) == [first.id]
    with pytest.raises(NoInputError):
        store.photos.remove(bob, first.id)
    assert store.photos.remove(ann, first.id) == 1
    assert [photo.id for photo in store.templates.all_of(ann).photos] == [second.id]
    assert len(store.templates.load(MODEL)) == 2
    assert store.photos.kept_of(ann) == []
    assert reasons(store)[-1] == "photo removed"


def test_an_edit_is_kept_as_a_whole_or_not_at_all(store: Store) -> None:
    store.groups.add("Staff")
    ann = store.people_edits.add(PersonFacts("Ann", frozenset(("Staff",))))
    before = reasons(store)

    def refused(facts: PersonFacts) -> PersonFacts:
        raise NoInputError("changed meanwhile")

    with pytest.raises(NoInputError):
        store.people_edits.edit(ann, refused)
    assert reasons(store) == before
    refusals = store.people_edits.edit_many(
        [ann, NOBODY, ann], lambda facts: PersonFacts(facts.name, disabled=not facts.disabled)
    )
    assert [refusal.person for refusal in refusals] == [NOBODY]
    assert store.people_edits.facts(ann) == PersonFacts("Ann", disabled=True)
    assert reasons(store)[len(before) :] == ["disabled", "left group"]
    assert store.events.verify().first_broken is None
