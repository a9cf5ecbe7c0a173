"""People imported into a real database."""

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from access_samples import CARD, OTHER_CARD, AccessStore
from limen.credentials.pin import PinCheck
from limen.door.people_csv import CellError, Import, import_csv, write_csv
from limen.errors import StoreError
from limen.store.people_table import CardEntry, Change, PersonEntry
from store_samples import opened

ZONE = ZoneInfo("Europe/Berlin")
FULL = (
    "name,groups,valid_from,valid_until,disabled,faceless,cards,number\r\n"
    '"Ann","Staff;Night",2026-01-01,2026-12-31,no,no,"56:0492b67a5f6180;32:0000000f off until 2027-01-01",100\r\n'
    '"Ben","Staff",,,yes,yes,,\r\n'
    '"\'=Cem",,,,no,no,32:00000010,007\r\n'
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[AccessStore]:
    opened(tmp_path).close()
    store = AccessStore(tmp_path)
    yield store
    store.transactions.close()


def imported(store: AccessStore, text: str, *, dry_run: bool = False) -> Import:
    return import_csv(store.table, text.encode(), ZONE, dry_run=dry_run)


def counts(result: Import) -> tuple[int, int, int, int]:
    return result.rows, result.new, result.changed, result.unchanged


def everybody(store: AccessStore) -> list[PersonEntry]:
    return list(store.table.read().entries.values())


def test_people_are_made_as_the_table_says(store: AccessStore) -> None:
    result = imported(store, FULL)
    assert (counts(result), result.errors, result.new_groups) == ((3, 3, 0, 0), (), ("Night", "Staff"))
    assert [entry.name for entry in everybody(store)] == ["=Cem", "Ann", "Ben"]
    ann = store.people.find("Ann")
    assert ann is not None
    assert sorted(card.disabled for card in store.credentials.cards_of(ann.id)) == [False, True]
    reasons = [reason for _, reason in store.told()]
    assert sorted(map(str, reasons)) == ["group added"] * 2 + ["imported"] * 3
    imported(store, "name,groups\nAnn,Staff;Lab\n")
    assert store.events.latest(1)[0].event.detail == "groups, joined Lab, left Night"


def test_what_was_exported_is_imported_without_a_change_here_and_made_again_elsewhere(
    store: AccessStore, tmp_path: Path
) -> None:
    imported(store, FULL)
    text = write_csv(everybody(store), ZONE)
    told, revision = store.told(), store.table.read().revision
    assert counts(imported(store, text)) == (3, 0, 0, 3)
    assert (store.told(), store.table.read().revision) == (told, revision)

    opened(tmp_path / "other").close()
    other = AccessStore(tmp_path / "other")
    assert counts(imported(other, text)) == (3, 3, 0, 0)
    assert write_csv(everybody(other), ZONE) == text
    other.transactions.close()


def test_a_dry_run_says_it_all_and_changes_nothing(store: AccessStore) -> None:
    imported(store, FULL)
    before, told = everybody(store), store.told()
    text = "name,groups,cards\nAnn,Staff;Lab,32:0000000f off until 2027-01-01\nBen,Staff,\nDee,,\n"
    result = imported(store, text, dry_run=True)
    plan = [(planned.row, planned.name, planned.new, planned.columns) for planned in result.planned]
    assert plan == [(2, "Ann", False, ("groups", "cards")), (3, "Ben", False, ()), (4, "Dee", True, ())]
    assert (counts(result), result.new_groups) == ((3, 1, 1, 1), ("Lab",))
    assert (everybody(store), store.told()) == (before, told)
    assert imported(store, text) == result
    assert {entry.name: entry.groups for entry in everybody(store)}["Ann"] == {"Staff", "Lab"}


def test_a_missing_column_leaves_as_it_is_and_an_empty_cell_takes_away(store: AccessStore) -> None:
    imported(store, FULL)
    before = store.table.read().entries["Ann"]
    assert counts(imported(store, "name,disabled\nAnn,yes\n")) == (1, 0, 1, 0)
    imported(store, "name,disabled\nAnn,no\n")
    assert store.table.read().entries["Ann"] == before
    imported(store, "name,groups,valid_from,valid_until,cards,number\nAnn,,,,,\n")
    assert store.table.read().entries["Ann"] == PersonEntry("Ann")
    assert store.credentials.holder(OTHER_CARD) is None


def test_anything_wrong_and_nothing_is_imported(store: AccessStore) -> None:
    ann = store.people.add("Ann")
    store.credentials.add_card(ann.id, CARD)
    store.credentials.set_pin(ann.id, "100", "2580")
    before, told = everybody(store), store.told()
    text = (
        "name,valid_from,valid_until,cards,number\n"
        f"Ben,,,{CARD.key},1\n"
        "Cem,2026-12-31,2026-01-01,,2\n"
        "Dee,,,32:0000000f,100\n"
        "Eve,,,32:0000000f,3x\n"
        "Fay,,,32:0000000f,\n"
        "Ben,,,,\n"
        "Gus,,,,5\n"
    )
    result = imported(store, text)
    assert [(error.row, error.column) for error in result.errors] == [
        (2, "cards"), (3, "valid_until"), (4, "number"), (5, "number"), (6, "cards"), (7, "name"),
    ]  # fmt: skip
    assert result.errors[2] == CellError(4, "number", "the number 100 is Ann's: nobody else can have it")
    assert "is Dee's (row 4)" in result.errors[4].error
    assert (everybody(store), store.told()) == (before, told)


def test_cards_and_numbers_pass_from_one_to_another(store: AccessStore) -> None:
    imported(store, "name,cards,number\nAnn,32:0000000f,1\nBen,32:00000010,2\n")
    for name, pin in (("Ann", "2580"), ("Ben", "1379")):
        person = store.people.find(name)
        assert person is not None
        store.credentials.set_pin(person.id, None, pin)
    assert counts(imported(store, "name,cards,number\nAnn,32:00000010,2\nBen,32:0000000f,1\n")) == (2, 0, 2, 0)
    entries = store.table.read().entries
    assert [card.card.value for card in entries["Ann"].cards] == [16]
    records = [store.credentials.pin_of(number) for number in ("2", "1")]
    names = [record and store.people.get(record.person).name for record in records]
    assert names == ["Ann", "Ben"]
    hashes = [record.pin_hash for record in records if record]
    assert [store.hasher.check(pin, kept, None) for pin, kept in zip(("2580", "1379"), hashes, strict=True)] == [
        PinCheck.RIGHT, PinCheck.RIGHT,
    ]  # fmt: skip


def test_a_card_may_be_switched_off_and_on_by_the_table(store: AccessStore) -> None:
    imported(store, "name,cards\nAnn,32:0000000f\n")
    result = imported(store, "name,cards\nAnn,32:0000000f off\n")
    assert result.planned[0].columns == ("cards",)
    assert [card.disabled for card in store.credentials.all_cards()] == [True]


def test_what_changed_meanwhile_is_not_overwritten(store: AccessStore) -> None:
    revision = store.table.read().revision
    store.people.add("Ann")
    entry = PersonEntry("Ben", cards=frozenset({CardEntry(CARD)}))
    with pytest.raises(StoreError, match="try again"):
        store.table.write([Change(None, entry, ("cards",))], revision)
    assert [one.name for one in everybody(store)] == ["Ann"]


def test_an_export_is_on_record(store: AccessStore) -> None:
    imported(store, FULL)
    assert list(store.table.export().entries.values()) == everybody(store)
    assert store.told()[-1] == ("person.exported", "table")
