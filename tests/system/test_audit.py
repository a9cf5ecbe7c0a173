"""``limen audit`` as people start it."""

import csv
import hashlib
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from limen.audit.events import AuditEvent, EventType
from limen.store import open_store
from limen_program import Document, limen

START = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)
FORMULA = "=HYPERLINK(1)"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Six events of two people and a stranger, at two doors; the first two are of the first of March (UTC)."""
    folder = tmp_path / "data"
    with open_store(folder, environment={}) as store:
        ann, bob = store.people.add("Ann").id, store.people.add("+Bob").id
        for number, person in enumerate((ann, bob, None, ann, bob, ann)):
            kind = EventType.ACCESS_DENIED if person is None else EventType.ACCESS_GRANTED
            at, door = START + timedelta(hours=number), "back" if number == 3 else "front"
            store.events.append(AuditEvent(kind, at, door, person, "matched", 0.5 + number, -0.25, FORMULA))
    return folder


def tamper(data: Path, script: str) -> None:
    with closing(sqlite3.connect(data / "limen.db")) as database:
        database.executescript(script)


def exported(data: Path, out: Path, *options: str) -> list[Document]:
    ran = limen("audit", "export", "--out", out, *options, "--json", data=data)
    assert (ran.code, ran.err) == (0, "")
    lines = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert ran.document() == {"file": str(out), "records": len(lines)}
    return lines


def test_verify_says_yes_or_what_is_wrong(data: Path) -> None:
    ran = limen("audit", "verify", "--json", data=data)
    document = ran.document()
    assert ran.code == 0
    assert (document["verified"], document["records"], document["seals"], document["first_broken"]) == (
        True,
        6,
        1,
        None,
    )
    assert document["head"]["sequence"] == 6
    tamper(data, "UPDATE events SET reason = 'verified' WHERE sequence = 4")
    ran = limen("audit", "verify", "--json", data=data)
    assert ran.code == 1
    assert ran.document()["verified"] is False
    assert {**ran.document()["first_broken"], "text": ""} == {"sequence": 4, "what": "altered", "text": ""}
    said = limen("audit", "verify", data=data)
    assert (said.code, said.out) == (1, f"record 4: {ran.document()['first_broken']['text']}\n")


def test_what_seal_prints_tells_of_a_database_that_was_made_anew(data: Path, tmp_path: Path) -> None:
    sealed = limen("audit", "seal", "--json", data=data).document()
    kept = ("--head", f"{sealed['sequence']}:{sealed['hash']}", "--key", sealed["key"])
    assert sealed["sequence"] == 6
    assert limen("audit", "verify", *kept, data=data).code == 0
    other = tmp_path / "other"
    with open_store(other, environment={}) as store:
        for number in range(8):
            store.events.append(AuditEvent(EventType.DOOR_EXIT, START + timedelta(hours=number)))
    assert limen("audit", "verify", data=other).code == 0
    by_head = limen("audit", "verify", *kept[:2], "--json", data=other)
    assert (by_head.code, by_head.document()["first_broken"]["what"]) == (1, "kept_head_wrong")
    by_key = limen("audit", "verify", *kept[2:], "--json", data=other)
    assert (by_key.code, by_key.document()["first_broken"]["what"]) == (1, "seal_wrong")
    said = limen("audit", "seal", data=data).out
    assert " ".join(kept) in said


@pytest.mark.parametrize(
    ("option", "value", "code"),
    [
        ("--head", "0:" + "0" * 64, 65),
        ("--head", "6:" + "0" * 63, 65),
        ("--key", "???", 65),
        ("--key", "AAAA", 65),
    ],
)
def test_what_was_kept_wrongly_is_no_answer(data: Path, option: str, value: str, code: int) -> None:
    ran = limen("audit", "verify", option, value, data=data)
    assert (ran.code, ran.out) == (code, "")
    assert "limen audit seal shows" in ran.err


def test_an_installation_without_a_database_has_nothing_to_verify(tmp_path: Path) -> None:
    assert limen("audit", "verify", data=tmp_path / "none").code == 66
    assert not (tmp_path / "none").exists()


def test_an_export_can_be_checked_with_the_standard_library_alone(data: Path, tmp_path: Path) -> None:
    lines = exported(data, tmp_path / "all.jsonl")
    previous = bytes(32)
    for line in lines:
        stored = bytes.fromhex(line.pop("hash"))
        line.pop("person")
        text = json.dumps(line, sort_keys=True, separators=(",", ":"))
        previous = hashlib.sha256(previous + text.encode()).digest()
        assert previous == stored
    assert len(lines) == 6


def test_an_export_is_narrowed_named_and_put_on_record(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "some.jsonl"
    assert [line["person"] for line in exported(data, out)] == ["Ann", "+Bob", None, "Ann", "+Bob", "Ann"]
    assert out.stat().st_mode & 0o777 == 0o600
    assert [line["sequence"] for line in exported(data, out, "--door", "back")] == [4]
    assert [line["sequence"] for line in exported(data, out, "--until", "2026-03-01")] == [1, 2]
    assert [line["sequence"] for line in exported(data, out, "--since", "2026-03-02T02:30", "--until", "2026-03-02")] \
        == [5, 6]  # fmt: skip
    nameless = exported(data, out, "--without-names", "--until", "2026-03-02")
    assert all("person" not in line for line in nameless)
    assert "Ann" not in out.read_text("utf-8")
    shown = limen("audit", "list", "--type", "audit.exported", "--json", data=data).document()["events"]
    assert [(event["detail"], event["door"]) for event in shown] == [
        ("6 records as jsonl", None),
        ("2 records as jsonl", None),
        ("2 records as jsonl", None),
        ("1 records as jsonl", "back"),
        ("6 records as jsonl", None),
    ]
    assert limen("audit", "verify", data=data).code == 0


def test_days_are_those_of_the_site(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "day.jsonl"
    options = ("audit", "export", "--out", out, "--until", "2026-03-01", "--json")
    ran = limen(*options, data=data, LIMEN_SITE__TIME_ZONE="America/New_York")
    assert ran.document()["records"] == 6
    ran = limen(*options, data=data, LIMEN_SITE__TIME_ZONE="Europe/Berlin")
    assert ran.document()["records"] == 1


def test_a_table_holds_no_formulas(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "all.csv"
    assert limen("audit", "export", "--out", out, "--format", "csv", data=data).code == 0
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["person"] for row in rows] == ["Ann", "'+Bob", "", "Ann", "'+Bob", "Ann"]
    assert {row["detail"] for row in rows} == {f"'{FORMULA}"}
    assert [float(row["similarity"]) for row in rows] == [0.5 + number for number in range(6)]
    assert {row["threshold"] for row in rows} == {"-0.25"}, "a number stays one"


def test_an_export_that_fails_leaves_the_file_as_it_was(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "all.jsonl"
    out.write_text("before")
    tamper(data, "DELETE FROM events WHERE sequence = 6")
    ran = limen("audit", "export", "--out", out, data=data)
    assert ran.code == 69
    assert "takes no more records" in ran.err
    assert out.read_text() == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all.jsonl", "data"]
    ran = limen("audit", "export", "--out", tmp_path / "none" / "all.jsonl", data=data)
    assert (ran.code, "folder that is there" in ran.err) == (66, True)


def test_list_shows_the_newest(data: Path) -> None:
    shown = limen("audit", "list", "--limit", "2", "--json", data=data).document()["events"]
    assert [(event["sequence"], event["person"]) for event in shown] == [(6, "Ann"), (5, "+Bob")]
    of_ann = limen("audit", "list", "--person", "Ann", "--door", "front", "--json", data=data).document()["events"]
    assert [event["sequence"] for event in of_ann] == [6, 1]
    lines = limen("audit", "list", data=data).out.splitlines()
    assert [line.split()[0] for line in lines] == ["1", "2", "3", "4", "5", "6"]
    assert "2026-03-01T22:30:00  front  access.granted  Ann  matched" in lines[0]
    assert limen("audit", "list", "--person", "Nobody", data=data).code == 66


def test_a_deleted_person_is_nobody_in_the_list_and_the_audit_verifies(data: Path) -> None:
    assert limen("people", "delete", "Ann", "--yes", data=data).code == 0
    shown = limen("audit", "list", "--json", data=data).document()["events"]
    assert {event["person"] for event in shown} == {None, "+Bob"}
    lines = limen("audit", "list", data=data).out.splitlines()
    assert "(deleted)" in lines[0]
    assert "(deleted)" not in lines[2]
    assert limen("audit", "verify", data=data).code == 0
