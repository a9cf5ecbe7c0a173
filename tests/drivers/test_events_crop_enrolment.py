"""Pictures that were kept of visits: enrolled from, and put together by person."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from events_faces import crop_of, let_in, turned_away
from limen.config import Settings, load_settings
from limen.door.crop_enrolment import CropEnrolment, CropRefused, NewPerson, Refusal
from limen.door.engines import EnginePool
from limen.door.unknown_faces import UnknownFaces
from limen.engine import Engine
from limen.errors import BadDataError, UnknownPersonError
from limen.store import Store
from limen.store.records import LabelKind
from store_samples import opened


@pytest.fixture(scope="module")
def crops(shared: Path, engine: Engine) -> dict[str, bytes]:
    folder = shared / "data" / "people"
    found = {name: crop_of(engine, folder / f"{name}.jpg") for name in ("obama", "obama2", "obama3", "biden")}
    return found | {"dark": crop_of(engine, folder / "obama2.jpg", dark=True)}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path) as store:
        yield store


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(tmp_path)


def kinds(refused: tuple[CropRefused, ...]) -> list[Refusal]:
    return [one.kind for one in refused]


def test_good_pictures_become_templates_and_others_say_why(
    store: Store, settings: Settings, engine: Engine, crops: dict[str, bytes]
) -> None:
    enrolment = CropEnrolment(store, engine, settings)
    good = turned_away(store, [crops["obama"], crops["obama2"]])
    (dark,) = turned_away(store, [crops["dark"]])
    (photo_of_a_photo,) = turned_away(store, [crops["obama3"]], reason="liveness_failed")
    found = enrolment.run(NewPerson("Barack Obama"), [*good, dark, photo_of_a_photo, 99], sure=True)
    assert (found.created, sorted(found.added)) == (True, good)
    assert {one.sequence: one.kind for one in found.refused} == {
        dark: Refusal.NOT_GOOD, photo_of_a_photo: Refusal.NOT_ALIVE, 99: Refusal.NO_FACE,
    }  # fmt: skip
    assert "too dark" in next(one.words for one in found.refused if one.sequence == dark)
    record = store.templates.all_of(found.person.id)
    assert [photo.kept for photo in record.photos] == [False, False], "photos are kept only where that is set"
    again = enrolment.run(found.person.id, good)
    assert (again.created, len(store.templates.all_of(found.person.id).photos)) == (False, 2)

    seen = let_in(store, found.person.id, crops["obama2"])
    likest = enrolment.likest_photo(found.person.id, seen)
    names = {photo.id: photo.source.file_name for photo in record.photos}
    assert likest is not None
    assert names[likest] == f"event {good[1]}.jpg"


def test_a_face_that_may_be_somebody_elses_needs_somebody_who_is_sure(
    store: Store, settings: Settings, engine: Engine, crops: dict[str, bytes]
) -> None:
    enrolment = CropEnrolment(store, engine, settings)
    obama, biden = turned_away(store, [crops["obama"], crops["biden"]])
    barack = enrolment.run(NewPerson("Barack Obama"), [obama]).person.id
    (again,) = turned_away(store, [crops["obama2"]])
    assert kinds(enrolment.run(NewPerson("Joe Biden"), [again]).refused) == [Refusal.SOMEBODY_ELSE]
    assert kinds(enrolment.run(barack, [biden]).refused) == [Refusal.NOT_ALIKE]
    assert enrolment.run(barack, [biden], sure=True).added == (biden,)


def test_whoever_is_deleted_or_renamed_meanwhile_is_neither_made_anew_nor_taken_for_somebody_else(
    store: Store, settings: Settings, engine: Engine, crops: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    (first,) = turned_away(store, [crops["obama"]])
    obama, gone = store.people.add("Barack Obama").id, store.people.add("Joe Biden").id
    sort = CropEnrolment._sorted

    def meanwhile(self: CropEnrolment, *arguments: Any) -> Any:
        store.people.rename(obama, "B. Obama")
        store.people.add("Barack Obama")
        store.people.delete(gone)
        return sort(self, *arguments)

    monkeypatch.setattr(CropEnrolment, "_sorted", meanwhile)
    found = CropEnrolment(store, engine, settings).run(obama, [first])
    assert (found.person.id, found.person.name, found.added) == (obama, "B. Obama", (first,))
    monkeypatch.undo()
    with pytest.raises(UnknownPersonError):
        CropEnrolment(store, engine, settings).run(gone, [first])
    with pytest.raises(BadDataError, match="already"):
        CropEnrolment(store, engine, settings).run(NewPerson("Barack Obama"), [])
    assert sorted(person.name for person in store.people.all()) == ["B. Obama", "Barack Obama"]


def test_nobody_is_enrolled_without_the_consent_that_is_asked_for(
    store: Store, tmp_path: Path, engine: Engine, crops: dict[str, bytes]
) -> None:
    (tmp_path / "config.toml").write_text("[privacy]\nconsent_text_version = '2'\n")
    enrolment = CropEnrolment(store, engine, load_settings(tmp_path))
    (first,) = turned_away(store, [crops["obama"]])
    with pytest.raises(BadDataError, match="consent"):
        enrolment.run(NewPerson("Barack Obama"), [first])
    assert store.people.all() == []
    person = enrolment.run(NewPerson("Barack Obama"), [first], consent="2").person
    (second,) = turned_away(store, [crops["obama2"]])
    assert enrolment.run(person.id, [second]).added == (second,), "what was agreed to holds"
    store.people.set_faceless(person.id, True)
    with pytest.raises(BadDataError, match="consent"):
        enrolment.run(person.id, [second])


def test_strangers_are_put_together_and_forgotten_with_their_pictures(
    store: Store, settings: Settings, engine: Engine, crops: dict[str, bytes]
) -> None:
    obamas = turned_away(store, [crops["obama"], crops["obama2"], crops["obama3"]])
    (biden,) = turned_away(store, [crops["biden"]], hours=9)
    (broken,) = turned_away(store, [b"no picture"], hours=10)
    pool = EnginePool(lambda: engine, 1)
    unknown = UnknownFaces(store, lambda: pool, lambda: settings.enrolment.quality)
    nothing_yet = unknown.overview(0.0)
    assert (nothing_yet.groups, nothing_yet.waiting) == ((), 5)
    found = unknown.overview(60.0)
    assert [(group.sequences, group.visits, group.good) for group in found.groups] == [
        (tuple(obamas), 3, 3),
        ((biden,), 1, 1),
    ]
    assert (found.waiting, found.unusable) == (0, 1)
    assert unknown.alike(found.groups) == {}
    assert store.templates.models() == {}, "nothing of strangers is written"

    CropEnrolment(store, engine, settings).run(NewPerson("Barack Obama"), obamas[:1])
    assert [store.people.get(one).name for one in unknown.alike(found.groups).values()] == ["Barack Obama"]
    store.labels.set_all(obamas[:2], LabelKind.IGNORED, None, "user:1")
    store.crops.erase([biden, broken])
    left = unknown.overview(0.0)
    assert [group.sequences for group in left.groups] == [(obamas[2],)]
    assert (left.waiting, left.unusable) == (0, 0)
    assert sorted(unknown._known.seen) == [obamas[2]]
    assert unknown.group(obamas[2]) == left.groups[0]
    assert unknown.group(obamas[0]) is None
