import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.audit.record import (
    GENESIS,
    AuditRecord,
    Finding,
    Head,
    Linked,
    Seal,
    What,
    canonical,
    first_broken,
    link,
    signed_text,
)

START = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
COUNT = 10
DAY_ENDS = 4
"""The records are an hour apart from 20:00 on: four of them are of the first day."""
OTHERS: dict[str, Any] = {
    "type": "access.denied",
    "at": START - timedelta(microseconds=1),
    "door": "back",
    "subject": bytes(16),
    "reason": "unknown",
    "similarity": 0.9700000000000001,
    "threshold": 0.9200000000000002,
    "detail": "",
}


def record(number: int, at: datetime | None = None) -> AuditRecord:
    at = at or START + timedelta(hours=number - 3)
    return AuditRecord(number, "access.granted", at, "front", b"s" * 16, "matched", 0.97, 0.92, None)


def chained(records: list[AuditRecord]) -> list[Linked]:
    found, previous = [], GENESIS
    for each in records:
        previous = link(previous, each)
        found.append(Linked(each, previous))
    return found


def sealed(chain: list[Linked], *at: int, signature: bytes = b"good") -> list[Seal]:
    return [Seal(number, chain[number - 1].hash, chain[number - 1].record.at.date(), signature) for number in at]


def head_of(chain: list[Linked]) -> Head:
    return Head(chain[-1].record.sequence, chain[-1].hash)


CHAIN = chained([record(number) for number in range(1, COUNT + 1)])
SEALS = sealed(CHAIN, DAY_ENDS, COUNT)
HEAD = head_of(CHAIN)


def check(
    chain: list[Linked], seals: list[Seal] | None = None, head: Head = HEAD, kept: Head | None = None
) -> Finding | None:
    return first_broken(chain, SEALS if seals is None else seals, head, lambda seal: seal.signature == b"good", kept)


def numbered(chain: list[Linked]) -> list[Linked]:
    """The same records and hashes, with their numbers closed up."""
    return [replace(each, record=replace(each.record, sequence=number)) for number, each in enumerate(chain, 1)]


def test_the_canonical_form_is_ascii_json_in_order() -> None:
    full = AuditRecord(
        7, "access.granted", datetime(2026, 3, 1, 1, 2, 3, tzinfo=UTC), "Tür", b"\x01\xff", "matched", 0.1, 1e-9, '"\n'
    )
    assert canonical(full) == (
        b'{"at":"2026-03-01T01:02:03.000000+00:00","detail":"\\"\\n","door":"T\\u00fcr","reason":"matched",'
        b'"sequence":7,"similarity":0.1,"subject":"01ff","threshold":1e-09,"type":"access.granted"}'
    )


def test_a_link_is_the_sha256_of_the_hash_before_and_the_record() -> None:
    assert link(GENESIS, record(1)) == hashlib.sha256(bytes(32) + canonical(record(1))).digest()


def test_what_a_seal_signs() -> None:
    expected = b'{"day":"2026-03-01","hash":"' + b"ab" * 32 + b'","sequence":5}'
    assert signed_text(5, b"\xab" * 32, date(2026, 3, 1)) == expected


def test_a_whole_chain_has_nothing_broken() -> None:
    assert check(CHAIN) is None
    assert check(CHAIN, kept=Head(6, CHAIN[5].hash)) is None
    assert first_broken([], [], Head(0, GENESIS), lambda seal: False) is None


@pytest.mark.parametrize("number", [1, 5, COUNT])
@pytest.mark.parametrize("field", OTHERS)
def test_any_field_of_any_record_counts(field: str, number: int) -> None:
    altered = list(CHAIN)
    altered[number - 1] = replace(CHAIN[number - 1], record=replace(CHAIN[number - 1].record, **{field: OTHERS[field]}))
    assert check(altered) == Finding(number, What.ALTERED)


@pytest.mark.parametrize("field", ["door", "subject", "reason", "similarity", "threshold"])
def test_a_field_that_is_emptied_counts(field: str) -> None:
    altered = list(CHAIN)
    altered[4] = replace(CHAIN[4], record=replace(CHAIN[4].record, **{field: None}))
    assert check(altered) == Finding(5, What.ALTERED)


def test_a_hash_counts_too() -> None:
    altered = list(CHAIN)
    altered[4] = replace(CHAIN[4], hash=bytes(32))
    assert check(altered) == Finding(5, What.ALTERED)


def test_an_altered_record_that_was_hashed_anew_breaks_the_next() -> None:
    altered = list(CHAIN)
    changed = replace(CHAIN[4].record, door="back")
    altered[4] = Linked(changed, link(CHAIN[3].hash, changed))
    assert check(altered) == Finding(6, What.ALTERED)


@pytest.mark.parametrize("number", [1, 5, COUNT])
def test_a_removed_record_leaves_a_gap(number: int) -> None:
    assert check([each for each in CHAIN if each.record.sequence != number]) == Finding(number, What.REMOVED)


def test_all_records_removed() -> None:
    assert check([]) == Finding(1, What.REMOVED)
    assert check([], head=Head(0, GENESIS)) == Finding(1, What.REMOVED)
    assert check([], [], Head(0, GENESIS), kept=HEAD) == Finding(1, What.REMOVED)


def test_a_removed_record_whose_gap_was_closed() -> None:
    assert check(numbered(CHAIN[:4] + CHAIN[5:])) == Finding(5, What.ALTERED)


@pytest.mark.parametrize(("one", "other"), [(1, 2), (2, 9), (1, COUNT), (9, COUNT)])
def test_swapped_records_are_told_from_altered_ones(one: int, other: int) -> None:
    swapped = list(CHAIN)
    swapped[one - 1], swapped[other - 1] = swapped[other - 1], swapped[one - 1]
    assert check(numbered(swapped)) == Finding(one, What.REORDERED)


@pytest.mark.parametrize("place", [1, 5, COUNT])
def test_a_record_put_in_moves_the_others(place: int) -> None:
    fake = Linked(record(place), b"f" * 32)
    assert check(numbered([*CHAIN[: place - 1], fake, *CHAIN[place - 1 :]])) == Finding(place, What.REORDERED)


def test_a_record_put_in_before_the_first_or_behind_the_last() -> None:
    assert check([Linked(record(0), bytes(32)), *CHAIN]) == Finding(1, What.ALTERED)
    added = record(COUNT + 1)
    assert check([*CHAIN, Linked(added, link(CHAIN[-1].hash, added))]) == Finding(COUNT + 1, What.HEAD_WRONG)


def test_a_record_that_cannot_be_read() -> None:
    assert first_broken([*CHAIN[:4], None], [], HEAD, lambda seal: True) == Finding(5, What.ALTERED)


@pytest.fixture
def anew() -> list[Linked]:
    """A chain in which one record was altered, and that one and all behind it hashed anew."""
    return chained([replace(each.record, door="back") if each.record.sequence == 2 else each.record for each in CHAIN])


def test_a_chain_made_anew_does_not_fit_its_seals(anew: list[Linked]) -> None:
    assert check(anew, head=head_of(anew)) == Finding(DAY_ENDS, What.SEAL_WRONG)


def test_a_chain_made_anew_and_sealed_with_another_key(anew: list[Linked]) -> None:
    seals = sealed(anew, DAY_ENDS, COUNT, signature=b"other")
    assert check(anew, seals, head_of(anew)) == Finding(DAY_ENDS, What.SEAL_WRONG)


def test_a_chain_made_anew_without_its_seals(anew: list[Linked]) -> None:
    assert check(anew, [], head_of(anew)) == Finding(DAY_ENDS, What.SEAL_MISSING)


def test_a_chain_made_anew_within_one_day_does_not_fit_the_head(anew: list[Linked]) -> None:
    assert check(anew[:3], [], Head(3, CHAIN[2].hash)) == Finding(3, What.HEAD_WRONG)
    assert check(anew[:3], [], head_of(anew[:3]), kept=Head(2, CHAIN[1].hash)) == Finding(2, What.KEPT_HEAD_WRONG)


def test_a_chain_that_was_cut_off() -> None:
    cut = CHAIN[:7]
    assert check(cut) == Finding(8, What.REMOVED)
    assert check(cut, head=head_of(cut)) == Finding(8, What.REMOVED), "a seal tells of a later record"
    assert check(cut, SEALS[:1], head_of(cut)) is None, "without a head that was kept elsewhere nothing tells"
    assert check(cut, SEALS[:1], head_of(cut), kept=HEAD) == Finding(8, What.REMOVED)


@pytest.mark.parametrize(
    "change", [{"hash": bytes(32)}, {"day": date(2026, 3, 2)}, {"signature": b""}, {"sequence": 3}]
)
def test_any_field_of_a_seal_counts(change: dict[str, Any]) -> None:
    finding = check(CHAIN, [replace(SEALS[0], **change), SEALS[1]])
    assert finding == Finding(change.get("sequence", DAY_ENDS), What.SEAL_WRONG)


def test_a_seal_is_missed_where_a_later_day_begins() -> None:
    assert check(CHAIN, SEALS[1:]) == Finding(DAY_ENDS, What.SEAL_MISSING)
    assert check(CHAIN, SEALS[:1]) is None, "the last day may still go on"


def test_a_clock_that_was_set_back_needs_no_seal() -> None:
    back = chained([record(1, START), record(2, START - timedelta(days=2))])
    assert check(back, [], head_of(back)) is None


def test_a_gap_is_found_without_reading_on() -> None:
    def records() -> Iterator[Linked]:
        yield CHAIN[0]
        yield CHAIN[2]
        raise AssertionError

    assert first_broken(records(), [], HEAD, lambda seal: True) == Finding(2, What.REMOVED)


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": b"x"},
        {"door": b"front"},
        {"detail": 5},
        {"subject": "s"},
        {"similarity": "0.97"},
        {"threshold": float("nan")},
        {"similarity": float("inf")},
        {"at": START.replace(tzinfo=None)},
    ],
)
def test_what_no_record_can_hold_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="record 3 holds what no record can"):
        replace(record(3), **wrong)


Edit = Callable[[list[Linked]], list[Linked]]


def _altered(at: int, field: str) -> Edit:
    def edit(chain: list[Linked]) -> list[Linked]:
        changed = replace(chain[at % len(chain)].record, **{field: OTHERS[field]})
        return [replace(each, record=changed) if index == at % len(chain) else each for index, each in enumerate(chain)]

    return edit


def _without(at: int) -> Edit:
    return lambda chain: chain[: at % len(chain)] + chain[at % len(chain) + 1 :]


def _moved(at: int, to: int) -> Edit:
    def edit(chain: list[Linked]) -> list[Linked]:
        rest = _without(at)(chain)
        return [*rest[: to % len(chain)], chain[at % len(chain)], *rest[to % len(chain) :]]

    return edit


def _twice(at: int) -> Edit:
    return lambda chain: [*chain[: at % len(chain)], chain[at % len(chain)], *chain[at % len(chain) :]]


def _hashed_anew(chain: list[Linked]) -> list[Linked]:
    return chained([each.record for each in numbered(chain)])


PLACE = st.integers(0, COUNT - 1)
EDITS = st.lists(
    st.one_of(
        st.builds(_altered, PLACE, st.sampled_from(sorted(OTHERS))),
        st.builds(_without, PLACE),
        st.builds(_moved, PLACE, PLACE),
        st.builds(_twice, PLACE),
        st.just(numbered),
        st.just(_hashed_anew),
    ),
    min_size=1,
    max_size=5,
)


@given(EDITS, st.data())
def test_whatever_was_changed_is_found_and_nothing_before_it(edits: list[Edit], data: st.DataObject) -> None:
    chain = CHAIN
    for edit in edits:
        chain = edit(chain)
    chain = sorted(chain, key=lambda each: each.record.sequence)
    finding = check(chain, data.draw(st.sampled_from([SEALS, SEALS[:1]])))
    pairs = enumerate(zip(chain, CHAIN, strict=False))
    same = next((place for place, (new, old) in pairs if new != old), min(len(chain), COUNT))
    if chain == CHAIN:
        assert finding is None
    else:
        assert finding is not None
        # What is wrong with a seal or the end is told of the record before it.
        assert finding.sequence + (finding.what in (What.SEAL_MISSING, What.HEAD_WRONG)) > same
