"""People as CSV: what is read is what was written, and what is wrong is said where."""

import csv
import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from limen.credentials.card import CardNumber, from_facility
from limen.door.people_cells import COLUMNS, card_of, end_moment, first_moment, guarded, unguarded
from limen.door.people_csv import MOST_BYTES, MOST_ROWS, Table, read_table, write_csv
from limen.errors import BadDataError
from limen.store.names import clean_name
from limen.store.people_table import CardEntry, PersonEntry

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = st.sampled_from([BERLIN, ZoneInfo("UTC"), ZoneInfo("America/Sao_Paulo"), ZoneInfo("Asia/Kolkata")])


def is_name(text: str) -> bool:
    try:
        return clean_name(text) == text
    except BadDataError:
        return False


AWKWARD = st.text(alphabet="=+-@';,\"| aä0\u00a0", min_size=1, max_size=12)
NAMES = st.one_of(AWKWARD, st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20)).filter(
    is_name
)
MOMENTS = st.one_of(
    st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),
    st.dates(datetime(1971, 1, 1).date(), datetime(2200, 1, 1).date()).map(
        lambda day: first_moment(day.isoformat(), BERLIN)
    ),
)
CARDS = st.builds(
    CardEntry,
    st.one_of(
        st.builds(from_facility, st.integers(0, 255), st.integers(0, 65535)),
        st.builds(CardNumber, st.just(56), st.integers(0, (1 << 56) - 1)),
    ),
    st.booleans(),
    st.none() | MOMENTS,
)
ENTRIES = st.builds(
    PersonEntry,
    NAMES,
    st.frozensets(NAMES, max_size=3),
    st.none() | MOMENTS,
    st.none() | MOMENTS,
    st.booleans(),
    st.booleans(),
    st.lists(CARDS, max_size=3, unique_by=lambda entry: entry.card).map(frozenset),
    st.none() | st.from_regex(r"[0-9]{1,12}", fullmatch=True),
)


def table(text: str, zone: ZoneInfo = BERLIN) -> Table:
    return read_table(text.encode(), zone)


def entries(read: Table) -> list[PersonEntry]:
    assert read.errors == ()
    return [row.entry(None) for row in read.good]


def wrong(read: Table) -> list[tuple[int, str | None]]:
    return [(error.row, error.column) for error in read.errors]


@hypothesis_settings(max_examples=200, deadline=None)
@given(st.lists(ENTRIES, max_size=5), ZONES, st.booleans())
def test_what_is_written_is_read_again(people: list[PersonEntry], zone: ZoneInfo, bom: bool) -> None:
    text = ("\ufeff" if bom else "") + write_csv(people, zone)
    assert entries(table(text, zone)) == people


@hypothesis_settings(max_examples=300, deadline=None)
@given(st.text())
def test_no_written_cell_is_a_formula(text: str) -> None:
    cell = guarded(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert unguarded(cell) == text


@hypothesis_settings(max_examples=100, deadline=None)
@given(st.lists(NAMES, min_size=1, max_size=3))
def test_no_name_becomes_a_formula_wherever_a_spreadsheet_splits(names: list[str]) -> None:
    text = write_csv([PersonEntry(name) for name in names], BERLIN)
    for delimiter in ",;\t":
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@"))]


@hypothesis_settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.text(alphabet="name,;\"'\r\n=0aä :", max_size=200).map(str.encode)))
def test_whatever_is_given_is_read_or_refused(content: bytes) -> None:
    for start in (b"", b"name,groups,cards\r\n", b"name;valid_until;number\r\n"):
        try:
            read = read_table(start + content, BERLIN)
        except BadDataError:
            continue
        assert len(read.good) <= read.rows
        assert read.errors or len(read.good) == read.rows


@pytest.mark.parametrize(
    "text",
    [
        'name,groups,number\r\nAnn,"Staff;Night",12\r\n',
        "name;groups;number\r\nAnn;\"Staff;Night\";12\r\n",
        '\ufeffname;groups;number\nAnn;"Staff;Night";12\n',
        'number,name,groups\r12,Ann,"Staff; Night;"\r',
        ' Name , GROUPS,number\n\n"Ann ","Night;Staff;Staff", 12',
        'name,groups,number\r\nAnn,Staff;Night,12\r\n,,\r\n',
    ],
)  # fmt: skip
def test_the_forms_that_spreadsheets_write(text: str) -> None:
    assert entries(table(text)) == [PersonEntry("Ann", frozenset({"Staff", "Night"}), number="12")]


def test_a_row_that_says_everything() -> None:
    read = table(
        "name;groups;valid_from;valid_until;disabled;faceless;cards;number\n"
        'Ann;"""A;B"";C";2026-03-01;2026-03-29T18:00;yes;No;"123,00045; 32:0000000f off until 2026-12-31";007\n'
    )
    assert entries(read) == [
        PersonEntry(
            "Ann",
            frozenset({"A;B", "C"}),
            datetime(2026, 2, 28, 23, tzinfo=UTC),
            datetime(2026, 3, 29, 16, tzinfo=UTC),
            disabled=True,
            cards=frozenset(
                {
                    CardEntry(from_facility(123, 45)),
                    CardEntry(CardNumber(32, 15), True, datetime(2026, 12, 31, 23, tzinfo=UTC)),
                }
            ),
            number="007",
        )
    ]


def test_a_last_day_is_a_whole_day_also_when_the_clocks_change() -> None:
    assert end_moment("2026-03-29", BERLIN) - first_moment("2026-03-29", BERLIN) == timedelta(hours=23)
    assert end_moment("2026-10-25", BERLIN) - first_moment("2026-10-25", BERLIN) == timedelta(hours=25)


@pytest.mark.parametrize(
    "text", ["", "soon", "31.12.2026", "2026-02-30", "2026-12-31T25:00", "9999-12-31", "0026-12-31"]
)
def test_times_that_are_none(text: str) -> None:
    with pytest.raises(BadDataError, match="2026-12-31 or a time"):
        end_moment(text, BERLIN)


def test_a_validity_at_the_end_of_all_time_is_written_and_read_again() -> None:
    people = [PersonEntry("Ann", valid_until=datetime.max.replace(tzinfo=UTC))]
    assert entries(table(write_csv(people, BERLIN))) == people


@pytest.mark.parametrize(
    ("text", "card"),
    [
        (from_facility(123, 45678).key, from_facility(123, 45678)),
        (from_facility(123, 45678).key.upper(), from_facility(123, 45678)),
        ("049f3a", CardNumber(24, 0x49F3A)),
        ("0000000015", CardNumber(32, 15)),
        ("26:02468ace", None),
        ("26:2468ace", None),
        ("x:00", None),
        ("\u0662\u0666:02468acf", None),
    ],
)
def test_cards_as_people_write_them(text: str, card: CardNumber | None) -> None:
    if card is None:
        with pytest.raises(BadDataError):
            card_of(text)
    else:
        assert card_of(text) == card


def test_all_errors_are_told_at_once_by_row_and_column() -> None:
    read = table(
        "name,valid_from,disabled,cards,number\n"
        "Ann,2026-01-01,no,,1\n"
        ",31.12.2026,maybe,zz,1a\n"
        "Ben,,no\n"
        'Cem,,,"32:0000000f;32:0000000f",2\n'
        "Dee,,no,32:0000000f until,3\n"
    )
    assert wrong(read) == [
        (3, "name"), (3, "valid_from"), (3, "disabled"), (3, "cards"), (3, "number"), (4, None), (5, "disabled"),
        (5, "cards"), (6, "cards"),
    ]  # fmt: skip
    assert (read.rows, [row.values["name"] for row in read.good]) == (5, ["Ann"])


def test_unknown_columns_are_refused_with_those_that_there_are() -> None:
    read = table("nmae,groups,groups,pin\nAnn,,,1234\n")
    assert wrong(read) == [(1, "nmae"), (1, "pin"), (1, "groups"), (1, "name")]
    assert ", ".join(COLUMNS) in read.errors[0].error


@pytest.mark.parametrize("text", ["", "\n", "\ufeff", '"', "Ann\nBen\n"])
def test_a_file_without_a_header(text: str) -> None:
    assert (1, "name") in wrong(table(text))


def test_what_stands_behind_a_broken_quote_is_not_taken_for_people() -> None:
    read = table('name,number\nAnn,1\n"Ben"x,2\nCem,3\n')
    assert wrong(read) == [(3, None)]
    assert [row.values["name"] for row in read.good] == ["Ann"]


def test_what_is_too_large_or_no_utf_8_is_refused() -> None:
    with pytest.raises(BadDataError, match=r"not UTF-8 \(byte 5\)"):
        read_table("name\nJosé".encode("latin-1")[:5] + b"\xff", BERLIN)
    with pytest.raises(BadDataError, match="divide it"):
        read_table(b"name\n" + b" " * MOST_BYTES, BERLIN)
    with pytest.raises(BadDataError, match=f"more than {MOST_ROWS} rows"):
        read_table(b"name\n" + b"A\n" * (MOST_ROWS + 1), BERLIN)
