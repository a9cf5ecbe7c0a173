from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from limen.errors import BadDataError, UnknownNameError
from limen.store import Store
from limen.store.people_edit import PersonFacts
from limen.store.people_list import Moment, PersonState, Sort, Wanted, folded
from limen.types import PersonId
from store_samples import MODEL, OTHER_MODEL, new_template, opened

NOW = datetime.now(UTC)
MOMENT = Moment(NOW, NOW - timedelta(days=1))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with opened(tmp_path_factory.mktemp("list")) as store:
        store.groups.add("Straße")
        add = store.people_edits.add
        enrolled = add(PersonFacts("Ägir", frozenset(("Straße",))))
        store.enrolments.add_to(enrolled, [new_template(1, keep=True), new_template(2)], None)
        store.people.entered(enrolled, NOW)
        single = add(PersonFacts("agnes"))
        store.enrolments.add_to(single, [new_template(3), new_template(3, OTHER_MODEL)], None)
        store.enrolments.add_to(add(PersonFacts("Zoë")), [new_template(4, OTHER_MODEL)], None)
        add(PersonFacts("Çelik", disabled=True))
        add(PersonFacts("Ende", valid_until=NOW, faceless=True))
        add(PersonFacts("Bald", valid_from=NOW + timedelta(days=1)))
        store.removals.remove(add(PersonFacts("Weg")), NOW + timedelta(hours=1), "user:1")
        yield store


def names(store: Store, wanted: Wanted) -> list[str]:
    return [one.person.name for one in store.people_list.page(wanted, MODEL, MOMENT).items]


def test_names_are_found_however_they_are_written(store: Store) -> None:
    assert names(store, Wanted("AG")) == ["Ägir", "agnes"]
    assert names(store, Wanted(" zoe\u0308 ")) == ["Zoë"]
    assert names(store, Wanted("CELIK")) == ["Çelik"]
    assert folded("STRASSE") == folded("Straße")


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (PersonState.ENROLLED, ["Ägir", "agnes"]),
        (PersonState.NEEDS_PHOTOS, ["Bald", "Çelik", "Weg", "Zoë"]),
        (PersonState.DISABLED, ["Çelik"]),
        (PersonState.EXPIRED, ["Ende"]),
        (PersonState.NOT_YET, ["Bald"]),
        (PersonState.REMOVED, ["Weg"]),
        (PersonState.FACELESS, ["Ende"]),
        (PersonState.NEEDS_FRESH_LOOK, ["agnes"]),
    ],
)
def test_people_are_found_by_state_and_counted(store: Store, state: PersonState, expected: list[str]) -> None:
    assert names(store, Wanted(state=state)) == expected
    assert store.people_list.counts(MODEL, MOMENT)[state] == len(expected)


def test_old_templates_call_for_a_fresh_look(store: Store) -> None:
    later = Moment(NOW, datetime.now(UTC) + timedelta(days=1))
    assert store.people_list.counts(MODEL, later)[PersonState.NEEDS_FRESH_LOOK] == 2


def test_only_a_groups_people_are_listed_with_what_is_known_of_them(store: Store) -> None:
    (listed,) = store.people_list.page(Wanted(group="Straße"), MODEL, MOMENT).items
    assert (listed.photos, listed.templates, listed.cards, listed.groups) == (2, 2, 0, ("Straße",))
    assert listed.portrait == store.photos.kept_of(listed.person.id)[0]
    assert listed == store.people_list.one(PersonId(listed.person.id), MODEL)
    with pytest.raises(UnknownNameError):
        store.people_list.page(Wanted(group="Nobody"), MODEL, MOMENT)


@pytest.mark.parametrize("sort", list(Sort))
def test_pages_follow_each_other_in_every_order(store: Store, sort: Sort) -> None:
    seen, after = [], None
    while True:
        page = store.people_list.page(Wanted(sort=sort), MODEL, MOMENT, limit=2, after=after)
        seen += [one.person.name for one in page.items]
        after = page.next
        if after is None:
            break
    assert seen == names(store, Wanted(sort=sort))
    assert len(seen) == page.total == store.people_list.size() == 7
    first = {Sort.NAME: "Ägir", Sort.LAST_ENTRY: "Ägir", Sort.ADDED: "Weg", Sort.OLDEST_TEMPLATE: "Ägir"}
    assert seen[0] == first[sort]


@pytest.mark.parametrize("after", ["", "x", "AAAA", "W10", "WzEsMl0", "é", "bnVsbA"])
def test_a_made_up_place_in_the_list_is_refused(store: Store, after: str) -> None:
    with pytest.raises(BadDataError, match="no place"):
        store.people_list.page(Wanted(), MODEL, MOMENT, after=after)
