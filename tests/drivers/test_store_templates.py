import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from limen.errors import NoInputError, TemplateError, UnknownPersonError
from limen.store import Enrolled, Store
from limen.types import Embedding, PersonId, Template
from store_samples import MODEL, OTHER_MODEL, all_bytes, embedding, new_template, opened, photo_bytes


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path) as store:
        yield store


def vectors(templates: list[Template]) -> list[list[float]]:
    return sorted(template.embedding.vector.tolist() for template in templates)


def changed(folder: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(folder / "limen.db")) as database, database:
        assert database.execute(statement, values).rowcount > 0


def test_enrolled_vectors_come_back_bit_for_bit_after_a_restart(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        ann = store.enrol("Ann", [new_template(1), new_template(2)])
        assert ann == Enrolled(ann.person, created=True, added=2)
        bob = store.enrol("Bob", [new_template(3)])
    with opened(tmp_path) as store:
        found = store.templates.load(MODEL)
        of_ann = store.templates.of(ann.person.id, MODEL)
    assert vectors(found) == sorted(embedding(seed).vector.tolist() for seed in (1, 2, 3))
    assert all(template.embedding.vector.dtype == np.float32 for template in found)
    assert all(template.embedding.model == MODEL for template in found)
    assert [template.person for template in found] == [ann.person.id] * 2 + [bob.person.id]
    assert vectors(of_ann) == sorted(embedding(seed).vector.tolist() for seed in (1, 2))
    assert len({template.id for template in found}) == 3


def test_enrolling_again_adds_only_new_photos(store: Store) -> None:
    ann = store.enrol("Ann", [new_template(1), new_template(1)])
    assert ann.added == 1
    again = store.enrol("Ann", [new_template(1), new_template(2)])
    assert again == Enrolled(ann.person, created=False, added=1)
    assert store.templates.models() == {MODEL: 2}


def test_two_people_may_share_a_photo(store: Store) -> None:
    assert store.enrol("Ann", [new_template(1)]).added == 1
    assert store.enrol("Bob", [new_template(1)]).added == 1


def test_templates_of_another_model_are_told_apart(store: Store) -> None:
    ann = store.enrol("Ann", [new_template(1)]).person
    assert store.enrol("Ann", [new_template(1, OTHER_MODEL)]).added == 1
    assert store.templates.models() == {MODEL: 1, OTHER_MODEL: 1}
    (template,) = store.templates.load(OTHER_MODEL)
    assert template.embedding.model == OTHER_MODEL
    (photo,) = store.templates.all_of(ann.id).photos
    assert {made.model for made in photo.templates} == {MODEL, OTHER_MODEL}


def test_disabled_people_are_not_loaded(store: Store) -> None:
    ann, bob = (store.enrol(name, [new_template(seed)]).person for seed, name in enumerate(("Ann", "Bob")))
    store.people.disable(ann.id)
    assert [template.person for template in store.templates.load(MODEL)] == [bob.id]
    assert len(store.templates.of(ann.id, MODEL)) == 1
    store.people.enable(ann.id)
    assert len(store.templates.load(MODEL)) == 2


def test_deleting_takes_templates_along(store: Store) -> None:
    ann = store.enrol("Ann", [new_template(1, keep=True)]).person
    store.people.delete(ann.id)
    assert store.templates.models() == {}
    assert store.templates.load(MODEL) == []


def test_an_enrolment_raises_the_revision(store: Store) -> None:
    before = store.revision()
    store.enrol("Ann", [new_template(1), new_template(2)])
    assert store.revision() > before


def test_one_bad_template_keeps_the_whole_enrolment_out(store: Store) -> None:
    broken = replace(new_template(2), photo_bytes="text")  # type: ignore[arg-type]  # fails late, on purpose
    before = store.revision()
    with pytest.raises(TypeError):
        store.enrol("Ann", [new_template(1), broken])
    assert store.people.all() == []
    assert store.templates.models() == {}
    assert store.revision() == before


def test_a_record_tells_where_templates_came_from(store: Store) -> None:
    start = datetime.now(UTC)
    new = new_template(1)
    ann = store.enrol("Ann", [new, new_template(2, keep=True)]).person
    record = store.templates.all_of(ann.id)
    assert record.person == ann
    first, second = record.photos
    assert first.source == new.photo
    assert (first.kept, second.kept) == (False, True)
    assert [made.id for made in first.templates + second.templates] == [
        template.id for template in store.templates.of(ann.id, MODEL)
    ]
    for at in (record.created_at, first.created_at, first.templates[0].created_at):
        assert start <= at <= datetime.now(UTC)
        assert at.utcoffset() == timedelta(0)
    with pytest.raises(UnknownPersonError):
        store.templates.all_of(PersonId("nobody"))


def test_photos_are_kept_only_when_asked_for(store: Store) -> None:
    ann = store.enrol("Ann", [new_template(1), new_template(2, keep=True)]).person
    bare, kept = store.templates.all_of(ann.id).photos
    assert store.templates.photo(kept.id) == photo_bytes(2)
    with pytest.raises(NoInputError, match="not kept"):
        store.templates.photo(bare.id)
    assert store.enrol("Ann", [new_template(1, keep=True)]).added == 0
    assert store.templates.photo(bare.id) == photo_bytes(1)


def test_a_file_name_that_is_not_utf8_is_kept_readable(store: Store) -> None:
    new = new_template(1)
    odd = replace(new, photo=replace(new.photo, file_name="caf\udce9\x00.jpg"))
    ann = store.enrol("Ann", [odd]).person
    assert store.templates.all_of(ann.id).photos[0].source.file_name == "caf\\udce9\\x00.jpg"


def test_neither_vectors_nor_photos_are_in_the_files_as_they_are(store: Store, tmp_path: Path) -> None:
    store.enrol("Ann", [new_template(seed, keep=True) for seed in range(3)])
    content = all_bytes(tmp_path)
    assert b"photo 2.jpg" in content, "the search must see what is there"
    for seed in range(3):
        vector = embedding(seed).vector.tobytes()
        assert not any(vector[at : at + 16] in content for at in range(0, len(vector), 16))
        picture = photo_bytes(seed)
        assert not any(picture[at : at + 16] in content for at in range(0, len(picture), 16))


def test_a_flipped_byte_names_the_template(store: Store, tmp_path: Path) -> None:
    ann = store.enrol("Ann", [new_template(1), new_template(2)]).person
    template = store.templates.load(MODEL)[1]
    with closing(sqlite3.connect(tmp_path / "limen.db")) as database:
        (sealed,) = database.execute("SELECT sealed FROM templates WHERE id = ?", [template.id]).fetchone()
    changed(
        tmp_path, "UPDATE templates SET sealed = ? WHERE id = ?", sealed[:-1] + bytes([sealed[-1] ^ 1]), template.id
    )
    with pytest.raises(TemplateError, match=f"template:{template.id}"):
        store.templates.load(MODEL)
    with pytest.raises(TemplateError, match=f"template:{template.id}"):
        store.templates.of(ann.id, MODEL)


def test_a_template_moved_to_another_row_does_not_open(store: Store, tmp_path: Path) -> None:
    ann = store.enrol("Ann", [new_template(1)]).person
    store.enrol("Bob", [new_template(2)])
    changed(
        tmp_path,
        "UPDATE templates SET sealed = (SELECT sealed FROM templates WHERE person_id <> ?) WHERE person_id = ?",
        ann.id,
        ann.id,
    )
    with pytest.raises(TemplateError, match="altered, moved"):
        store.templates.of(ann.id, MODEL)


def test_a_template_given_to_another_person_does_not_open(store: Store, tmp_path: Path) -> None:
    ann = store.enrol("Ann", [new_template(1)]).person
    bob = store.people.add("Bob")
    changed(tmp_path, "UPDATE templates SET person_id = ? WHERE person_id = ?", bob.id, ann.id)
    with pytest.raises(TemplateError, match="altered, moved"):
        store.templates.load(MODEL)


def test_vectors_of_any_length_and_layout_are_kept(store: Store) -> None:
    wide = np.arange(1, 1025, dtype=np.float32)[::2]
    new = replace(new_template(1), embedding=Embedding(wide, MODEL))
    ann = store.enrol("Ann", [new]).person
    assert vectors(store.templates.of(ann.id, MODEL)) == [wide.tolist()]
