import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from limen.errors import BadDataError, NoInputError, UnknownPersonError
from limen.store import Store
from limen.types import Person, PersonId
from store_samples import MODEL, all_bytes, new_template, opened

NOBODY = PersonId("00000000-0000-4000-8000-000000000000")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path) as store:
        yield store


def test_an_added_person_is_found_by_name_and_id(store: Store) -> None:
    ann = store.people.add("  Zoe\u0308 ")
    assert ann.name == "Zo\u00eb"
    assert store.people.find("Zoe\u0308") == ann
    assert store.people.get(ann.id) == ann
    assert store.people.find("zoë") is None


def test_a_name_is_given_once(store: Store) -> None:
    ann, bob = store.people.add("Ann"), store.people.add("Bob")
    with pytest.raises(BadDataError, match="already somebody named 'Ann'"):
        store.people.add("Ann ")
    with pytest.raises(BadDataError, match="already somebody named 'Ann'"):
        store.people.rename(bob.id, "Ann")
    assert store.people.all() == [ann, bob]


def test_renaming_keeps_the_id(store: Store) -> None:
    ann = store.people.add("Ann")
    assert store.people.rename(ann.id, " Anna") == Person(ann.id, "Anna")
    assert store.people.find("Ann") is None
    assert store.people.all() == [Person(ann.id, "Anna")]


def test_disabling_is_kept_and_undone(store: Store) -> None:
    ann = store.people.add("Ann")
    assert store.people.disable(ann.id).disabled
    assert store.people.get(ann.id).disabled
    assert store.people.enable(ann.id) == ann == store.people.get(ann.id)


def test_an_unknown_id_is_an_error_everywhere(store: Store) -> None:
    before = store.revision()
    for act in (store.people.get, store.people.disable, store.people.enable, store.people.delete):
        with pytest.raises(UnknownPersonError, match=NOBODY):
            act(NOBODY)
    with pytest.raises(UnknownPersonError):
        store.people.rename(NOBODY, "Ann")
    assert store.revision() == before


def test_a_name_that_cannot_be_one_changes_nothing(store: Store) -> None:
    ann = store.people.add("Ann")
    with pytest.raises(BadDataError):
        store.people.rename(ann.id, "A\x07nn")
    with pytest.raises(BadDataError):
        store.enrol("A\x07nn", [new_template(1)])
    assert store.people.all() == [ann]


def test_a_name_may_be_given_again_after_its_person_is_deleted_but_not_the_id(store: Store) -> None:
    ann = store.people.add("Ann")
    store.people.delete(ann.id)
    assert store.people.all() == []
    assert store.people.add("Ann").id != ann.id


def test_a_deleted_person_leaves_nothing_in_the_files(store: Store, tmp_path: Path) -> None:
    bob = store.enrol("Bob", [new_template(9, keep=True)]).person
    ann = store.enrol("Ann Unforgettable", [new_template(seed, keep=True) for seed in range(3)]).person
    sealed = sealed_blobs(tmp_path, ann.id)
    assert len(sealed) == 6
    pieces = {blob[at : at + 64] for blob in sealed for at in range(0, len(blob) - 63, 64)}
    found = [piece for piece in pieces if piece in all_bytes(tmp_path)]
    assert len(found) > 0.9 * len(pieces), "the search must see what is there; pages cut through a few pieces"

    store.people.delete(ann.id)

    left = all_bytes(tmp_path)
    assert not [piece for piece in pieces if piece in left]
    assert b"Unforgettable" not in left
    assert [template.person for template in store.templates.load(MODEL)] == [bob.id]


def sealed_blobs(folder: Path, person: PersonId) -> list[bytes]:

    with closing(sqlite3.connect(folder / "limen.db")) as database:
        query = (
            "SELECT sealed FROM templates WHERE person_id = :id UNION ALL "
            "SELECT sealed FROM photos WHERE person_id = :id"
        )
        return [blob for (blob,) in database.execute(query, {"id": person})]


def test_every_change_of_people_raises_the_revision(store: Store) -> None:
    revisions = [store.revision()]
    ann = store.people.add("Ann")
    revisions.append(store.revision())
    for change in (store.people.disable, store.people.enable, store.people.delete):
        change(ann.id)
        revisions.append(store.revision())
    assert revisions == sorted(set(revisions))
    store.people.all()
    assert store.revision() == revisions[-1]


def test_validity_is_kept_to_the_moment_and_taken_back(store: Store) -> None:
    ann = store.people.add("Ann")
    start = datetime(2026, 12, 1, 8, 30, tzinfo=timezone(timedelta(hours=1)))
    end = datetime(2027, 1, 1, tzinfo=UTC)
    found = store.people.set_validity(ann.id, start, end)
    assert (found.valid_from, found.valid_until) == (start, end)
    assert store.people.get(ann.id) == found
    assert store.people.set_validity(ann.id, None, None) == ann
    with pytest.raises(BadDataError, match="must end after it begins"):
        store.people.set_validity(ann.id, end, end)
    assert [record.event.reason for record in store.events.latest(9)] == ["validity", "validity"]


def test_an_entry_is_remembered_without_another_revision_or_event(store: Store) -> None:
    ann, at = store.people.add("Ann"), datetime(2026, 12, 1, 8, 30, tzinfo=UTC)
    before = store.revision(), store.events.latest(9)
    store.people.entered(ann.id, at)
    assert store.about(ann.id).last_entry_at == at
    assert (store.revision(), store.events.latest(9)) == before


def test_a_person_whose_key_is_gone_hides_nobody_else(store: Store, tmp_path: Path) -> None:
    for seed, name in enumerate(("Ann", "Bob")):
        store.enrol(name, [new_template(seed, keep=True)])
    with closing(sqlite3.connect(tmp_path / "limen.db")) as database, database:
        database.execute("UPDATE people SET sealed_key = NULL WHERE name = 'Ann'")
    ann, bob = store.people.all()
    assert [template.person for template in store.templates.load(MODEL)] == [bob.id]
    assert store.templates.of(ann.id, MODEL) == []
    with pytest.raises(NoInputError):
        store.templates.photo(store.about(ann.id).record.photos[0].id)
    with pytest.raises(BadDataError, match="key of this person is gone"):
        store.enrol("Ann", [new_template(7)])
