"""Cards and PINs, in a real database."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from access_samples import CARD, OTHER_CARD, AccessStore
from limen.credentials.card import CardNumber
from limen.credentials.pin import PinCheck
from limen.errors import BadDataError, TemplateError, UnknownNameError, UnknownPersonError
from limen.store.credentials import CardRecord, Holder
from limen.types import Person, PersonId
from store_samples import all_bytes, opened

NOBODY = PersonId("00000000-0000-4000-8000-000000000000")
UNTIL = datetime(2026, 12, 31, 23, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[AccessStore]:
    opened(tmp_path).close()
    store = AccessStore(tmp_path)
    yield store
    store.transactions.close()


@pytest.fixture
def ann(store: AccessStore) -> Person:
    return store.people.add("Ann")


def test_a_card_is_found_by_all_of_its_bits(store: AccessStore, ann: Person) -> None:
    kept = store.credentials.add_card(ann.id, CARD, UNTIL)
    assert store.credentials.cards_of(ann.id) == [kept] == store.credentials.all_cards()
    assert (kept.card, kept.valid_until, kept.disabled) == (CARD, UNTIL, False)
    assert store.credentials.holder(CardNumber(26, CARD.value)) == Holder(ann.id, False, UNTIL)
    for other in (OTHER_CARD, CardNumber(27, CARD.value), CardNumber(26, CARD.value ^ 1)):
        assert store.credentials.holder(other) is None


def test_a_card_has_one_holder(store: AccessStore, ann: Person) -> None:
    ben = store.people.add("Ben")
    store.credentials.add_card(ann.id, CARD)
    for person in (ann, ben):
        with pytest.raises(BadDataError, match="is Ann's already"):
            store.credentials.add_card(person.id, CARD)
    assert store.credentials.cards_of(ben.id) == []
    assert len(store.credentials.all_cards()) == 1
    assert store.told() == [("person.changed", "card added")]


def test_of_many_who_add_a_card_at_once_one_gets_it(store: AccessStore) -> None:
    people = [store.people.add(f"Person {index}") for index in range(8)]

    def attempt(person: Person) -> CardRecord | str:
        try:
            return store.credentials.add_card(person.id, CARD)
        except BadDataError as error:
            return str(error)

    with ThreadPoolExecutor(len(people)) as threads:
        results = list(threads.map(attempt, people))
    winners = [result for result in results if isinstance(result, CardRecord)]
    assert store.credentials.all_cards() == winners
    assert len(winners) == 1
    assert store.told() == [("person.changed", "card added")]


def test_a_card_that_is_switched_off_keeps_its_holder(store: AccessStore, ann: Person) -> None:
    store.credentials.add_card(ann.id, CARD, UNTIL)
    off = store.credentials.switch_off(CARD)
    assert off == Holder(ann.id, True, UNTIL) == store.credentials.holder(CARD)
    on = store.credentials.switch_on(CARD)
    assert on == Holder(ann.id, False, UNTIL) == store.credentials.holder(CARD)
    assert [reason for _, reason in store.told()] == ["card added", "card switched off", "card switched on"]


def test_a_removed_card_may_be_given_to_somebody_else(store: AccessStore, ann: Person) -> None:
    ben = store.people.add("Ben")
    store.credentials.add_card(ann.id, CARD)
    assert store.credentials.remove_card(CARD) == ann.id
    assert store.credentials.holder(CARD) is None
    store.credentials.add_card(ben.id, CARD)
    assert store.credentials.holder(CARD) == Holder(ben.id, False, None)


def test_what_nobody_has_changes_nothing(store: AccessStore, ann: Person) -> None:
    before = store.table.read().revision
    for act in (store.credentials.switch_off, store.credentials.switch_on, store.credentials.remove_card):
        with pytest.raises(UnknownNameError, match=f"nobody has the card {CARD.key}"):
            act(CARD)
    with pytest.raises(UnknownNameError, match="no PIN"):
        store.credentials.remove_pin(ann.id)
    for lost in (
        lambda: store.credentials.add_card(NOBODY, CARD),
        lambda: store.credentials.set_pin(NOBODY, None, "2580"),
        lambda: store.credentials.remove_pin(NOBODY),
    ):
        with pytest.raises(UnknownPersonError):
            lost()
    assert store.credentials.cards_of(NOBODY) == []
    assert (store.told(), store.table.read().revision) == ([], before)


def test_every_change_reaches_running_doors(store: AccessStore, ann: Person) -> None:
    revisions = [store.table.read().revision]
    for change in (
        lambda: store.credentials.add_card(ann.id, CARD),
        lambda: store.credentials.switch_off(CARD),
        lambda: store.credentials.remove_card(CARD),
        lambda: store.credentials.set_pin(ann.id, "7", "2580"),
        lambda: store.credentials.remove_pin(ann.id),
    ):
        change()
        revisions.append(store.table.read().revision)
    assert revisions == sorted(set(revisions))


def test_neither_cards_nor_pins_can_be_read_in_the_files(store: AccessStore, ann: Person, tmp_path: Path) -> None:
    store.credentials.add_card(ann.id, OTHER_CARD)
    store.credentials.set_pin(ann.id, "424242", "25802580", "13579135")
    files = all_bytes(tmp_path)
    assert b"424242" in files, "the search must see what is there"
    value = OTHER_CARD.value
    traces = [OTHER_CARD.key.encode(), value.to_bytes(7, "big"), value.to_bytes(7, "little"), str(value).encode()]
    for trace in (*traces, b"25802580", b"13579135"):
        assert trace not in files


def test_a_card_moved_to_somebody_else_in_the_files_is_refused(store: AccessStore, ann: Person) -> None:
    ben = store.people.add("Ben")
    store.credentials.add_card(ann.id, CARD)
    with store.transactions.writing() as connection:
        connection.exec_driver_sql("UPDATE cards SET person_id = ?", (ben.id,))
    with pytest.raises(TemplateError, match="cannot be decrypted"):
        store.credentials.cards_of(ben.id)


def test_a_pin_and_a_duress_pin(store: AccessStore, ann: Person) -> None:
    number = store.credentials.set_pin(ann.id, "007", "2580", "1379")
    record = store.credentials.pin_of(number)
    assert number == "007"
    assert record is not None
    assert record == store.credentials.pin_of_person(ann.id)
    assert record.person == ann.id
    answers = [store.hasher.check(pin, record.pin_hash, record.duress_hash) for pin in ("2580", "1379", "2581")]
    assert answers == [PinCheck.RIGHT, PinCheck.DURESS, PinCheck.WRONG]
    assert "2580" not in repr(record)
    assert record.pin_hash not in repr(record)


def test_a_new_pin_keeps_the_number_and_forgets_the_old_ones(store: AccessStore, ann: Person) -> None:
    store.credentials.set_pin(ann.id, "12345", "2580", "1379")
    assert store.credentials.set_pin(ann.id, None, "9731") == "12345"
    record = store.credentials.pin_of("12345")
    assert record is not None
    assert record.duress_hash is None
    assert store.hasher.check("2580", record.pin_hash, None) is PinCheck.WRONG
    assert store.credentials.set_pin(ann.id, "54321", "9731") == "54321"
    assert store.credentials.pin_of("12345") is None


def test_a_chosen_number_is_free_and_has_six_digits(store: AccessStore) -> None:
    people = [store.people.add(f"Person {index}") for index in range(30)]
    numbers = [store.credentials.set_pin(person.id, None, "2580") for person in people]
    assert len(set(numbers)) == len(people)
    assert all(len(number) == 6 and 100_000 <= int(number) <= 999_999 for number in numbers)


def test_a_number_is_given_once(store: AccessStore, ann: Person) -> None:
    ben = store.people.add("Ben")
    store.credentials.set_pin(ann.id, "12345", "2580")
    with pytest.raises(BadDataError, match="12345 is somebody else's"):
        store.credentials.set_pin(ben.id, "12345", "1379")
    assert store.credentials.pin_of_person(ben.id) is None
    assert store.told() == [("person.changed", "PIN set")]


@pytest.mark.parametrize(
    ("number", "pin", "duress"),
    [("", "2580", None), ("12a", "2580", None), ("1" * 13, "2580", None), ("\u0661", "2580", None), ("1", "25", None),
     ("1", "1111", None), ("1", "2580", "2580")]
)  # fmt: skip
def test_numbers_and_pins_that_cannot_be(
    store: AccessStore, ann: Person, number: str, pin: str, duress: str | None
) -> None:
    with pytest.raises(BadDataError):
        store.credentials.set_pin(ann.id, number, pin, duress)
    assert store.rows("SELECT * FROM pins") == []


def test_a_number_without_a_pin_opens_nothing(store: AccessStore, ann: Person) -> None:
    with store.transactions.writing() as connection:
        row = (ann.id, "777", "", "2026-01-01 00:00:00")
        connection.exec_driver_sql(
            "INSERT INTO pins (person_id, number, pin_hash, created_at) VALUES (?, ?, ?, ?)", row
        )
    assert store.credentials.pin_of("777") is None
    assert store.credentials.pin_of_person(ann.id) is None
    assert store.credentials.set_pin(ann.id, None, "2580") == "777"
    assert store.credentials.pin_of("777") is not None


def test_a_deleted_person_leaves_neither_card_nor_pin(store: AccessStore, ann: Person, tmp_path: Path) -> None:
    ben = store.people.add("Ben")
    store.credentials.add_card(ben.id, CardNumber(32, 7))
    for card in (CARD, OTHER_CARD):
        store.credentials.add_card(ann.id, card)
    store.credentials.set_pin(ann.id, "86420975", "2580", "1379")
    store.presence.entered(ann.id, "cellar of Ann", UNTIL)
    pieces = traces_of(store, ann.id)
    assert len(pieces) == 8
    assert all(piece in all_bytes(tmp_path) for piece in pieces), "the search must see what is there"

    store.people.delete(ann.id)

    left = all_bytes(tmp_path)
    assert not [piece for piece in pieces if piece in left]
    assert [card.person for card in store.credentials.all_cards()] == [ben.id]
    assert store.rows("SELECT * FROM pins UNION ALL SELECT person_id, zone, 0, 0, 0 FROM presence") == []
    store.credentials.add_card(ben.id, CARD)


@pytest.mark.parametrize("what", ["card", "pin"])
def test_what_was_removed_is_gone_from_the_files(
    store: AccessStore, ann: Person, tmp_path: Path, what: str
) -> None:  # fmt: skip
    store.credentials.add_card(ann.id, CARD)
    store.credentials.set_pin(ann.id, "86420975", "2580", "1379")
    before = set(traces_of(store, ann.id))
    if what == "card":
        store.credentials.remove_card(CARD)
    else:
        store.credentials.remove_pin(ann.id)
    gone = before - set(traces_of(store, ann.id))
    assert len(gone) == (2 if what == "card" else 3)
    files = all_bytes(tmp_path)
    assert not [piece for piece in gone if piece in files]


def traces_of(store: AccessStore, person: PersonId) -> list[bytes]:
    queries = {
        "tag": "cards",
        "sealed": "cards",
        "number": "pins",
        "pin_hash": "pins",
        "duress_hash": "pins",
        "zone": "presence",
    }
    found = [
        store.rows(f"SELECT {column} FROM {table} WHERE person_id = '{person}'") for column, table in queries.items()
    ]
    return [value if isinstance(value, bytes) else str(value).encode() for rows in found for (value,) in rows]
