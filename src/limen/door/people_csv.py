"""People as a CSV file: read and checked as a whole, then imported as a whole or not at all."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from limen.door.people_cells import COLUMNS, Cells, guarded, unguarded
from limen.errors import BadDataError
from limen.store.people_table import Change, PeopleTable, PersonEntry, Roster

MOST_BYTES = 10_000_000
MOST_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class CellError:
    """What is wrong; rows count as in a spreadsheet, from the header, which is 1. No ``column``: the whole row."""

    row: int
    column: str | None
    error: str


@dataclass(frozen=True, slots=True)
class Planned:
    """What a row does: ``columns`` are those that would differ from what is there."""

    row: int
    name: str
    new: bool
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Import:
    """What a file did, or would do; with ``errors`` nothing was changed."""

    rows: int
    planned: tuple[Planned, ...]
    new_groups: tuple[str, ...]
    errors: tuple[CellError, ...]

    @property
    def new(self) -> int:
        """How many people there were not."""
        return sum(planned.new for planned in self.planned)

    @property
    def changed(self) -> int:
        """How many of the others differ."""
        return sum(not planned.new and bool(planned.columns) for planned in self.planned)

    @property
    def unchanged(self) -> int:
        """How many are there already, exactly so."""
        return sum(not planned.new and not planned.columns for planned in self.planned)


@dataclass(frozen=True, slots=True)
class _Row:
    row: int
    values: Mapping[str, object]

    def entry(self, before: PersonEntry | None) -> PersonEntry:
        """The person's row: what the file says, and what it does not speak of as it was."""
        base = before or PersonEntry(str(self.values["name"]))
        return replace(base, **self.values)  # type: ignore[arg-type] # each is what Cells.read gives for its column


@dataclass(frozen=True, slots=True)
class Table:
    """A file that was read: the rows in which every cell can be used, and what is wrong with the others."""

    rows: int
    good: tuple[_Row, ...]
    errors: tuple[CellError, ...]


def import_csv(
    people: PeopleTable, content: bytes, zone: ZoneInfo, *, dry_run: bool = False,
    check: Callable[[Sequence[Change]], None] = lambda _: None,
) -> Import:  # fmt: skip
    """What the file did, or with ``dry_run`` would do; ``check`` sees the changes before, and raises to refuse them.

    People are known by their names. A column that is missing leaves everything as it is; an empty cell takes away.
    Groups are made where there are none. Cards and numbers may pass from one person to another.

    Raises:
        BadDataError: too large, or not UTF-8.
        StoreError: the database cannot be written, or people were changed meanwhile.
    """
    table = read_table(content, zone)
    roster = people.read()
    changes, clashes = _plan(table.good, roster)
    errors = tuple(sorted((*table.errors, *clashes), key=lambda error: error.row))
    named = {group for _, change in changes for group in change.after.groups}
    result = Import(
        table.rows,
        tuple(Planned(row, change.after.name, change.before is None, change.columns) for row, change in changes),
        tuple(sorted(named - roster.groups)),
        errors,
    )
    wanted = [change for _, change in changes if change.before is None or change.columns]
    check(wanted)
    if wanted and not errors and not dry_run:
        people.write(wanted, roster.revision)
    return result


def write_csv(entries: Iterable[PersonEntry], zone: ZoneInfo) -> str:
    """The people as CSV with commas, every cell quoted: a spreadsheet that splits at semicolons sees them whole."""
    text, cells = io.StringIO(), Cells(zone)
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    writer.writerows([guarded(cell) for cell in cells.write(entry)] for entry in entries)
    return text.getvalue()


def read_table(content: bytes, zone: ZoneInfo) -> Table:
    """The people that a CSV file names, with a header, commas or semicolons, in UTF-8.

    Raises:
        BadDataError: too large, or not UTF-8.
    """
    text = _decoded(content)
    header, errors = _header(text)
    if errors:
        return Table(0, (), errors)
    return _rows(
        csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True), header, Cells(zone)
    )


def _decoded(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise BadDataError(f"the file has {len(content)} bytes, at most {MOST_BYTES} are read: divide it")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadDataError(
            f"the file is not UTF-8 (byte {error.start}): save it as CSV in UTF-8, as spreadsheets offer"
        ) from error


def _delimiter(text: str) -> str:
    """That of comma and semicolon which finds more of the columns."""
    return max(",;", key=lambda delimiter: len(set(_first_row(text, delimiter)) & set(COLUMNS)))


def _first_row(text: str, delimiter: str) -> list[str]:
    try:
        row = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), [])
    except csv.Error:
        return []
    return [cell.strip().lower() for cell in row]


def _header(text: str) -> tuple[list[str], tuple[CellError, ...]]:
    header = _first_row(text, _delimiter(text))
    known = ", ".join(COLUMNS)
    errors = [
        CellError(1, name, f"there is no such column; there are: {known}") for name in header if name not in COLUMNS
    ]
    errors += [CellError(1, name, "the column stands there twice") for name in COLUMNS if header.count(name) > 1]
    if "name" not in header:
        errors.append(CellError(1, "name", f"the column is missing; the first row names the columns: {known}"))
    return header, tuple(errors)


def _rows(reader: Iterator[list[str]], header: list[str], cells: Cells) -> Table:
    good: list[_Row] = []
    errors: list[CellError] = []
    rows = number = 0
    try:
        for number, row in enumerate(reader, start=1):
            if number == 1 or not any(cell.strip() for cell in row):
                continue
            rows += 1
            if rows > MOST_ROWS:
                raise BadDataError(f"the file has more than {MOST_ROWS} rows: divide it")
            values, wrong = _row(number, row, header, cells)
            errors += wrong
            if not wrong:
                good.append(_Row(number, values))
    except csv.Error as error:
        errors.append(CellError(number + 1, None, f"cannot be read ({error}): the rows behind it were not looked at"))
    return Table(rows, tuple(good), tuple(errors))


def _row(number: int, row: list[str], header: list[str], cells: Cells) -> tuple[dict[str, object], list[CellError]]:
    if len(row) != len(header):
        return {}, [CellError(number, None, f"there are {len(row)} cells, but {len(header)} columns")]
    values: dict[str, object] = {}
    errors = []
    for column, cell in zip(header, row, strict=True):
        try:
            values[column] = cells.read(column, unguarded(cell))
        except BadDataError as error:
            errors.append(CellError(number, column, str(error)))
    return values, errors


def _plan(rows: Iterable[_Row], roster: Roster) -> tuple[list[tuple[int, Change]], list[CellError]]:
    changes: dict[str, tuple[int, Change]] = {}
    errors: list[CellError] = []
    for row in rows:
        name = str(row.values["name"])
        before = roster.entries.get(name)
        after = row.entry(before)
        if name in changes:
            errors.append(
                CellError(row.row, "name", f"row {changes[name][0]} has the same name: leave one of them out")
            )
        elif after.valid_from and after.valid_until and after.valid_until <= after.valid_from:
            errors.append(CellError(row.row, "valid_until", "is not after valid_from"))
        else:
            changes[name] = (row.row, Change(before, after, _differing(before or PersonEntry(name), after)))
    planned = list(changes.values())
    return planned, [*errors, *_clashes(planned, roster)]


def _differing(before: PersonEntry, after: PersonEntry) -> tuple[str, ...]:
    return tuple(column for column in COLUMNS if getattr(before, column) != getattr(after, column))


def _clashes(planned: Iterable[tuple[int, Change]], roster: Roster) -> list[CellError]:
    """Cards and numbers that two people would have."""
    files = {change.after.name for _, change in planned}
    others = [(None, entry) for name, entry in roster.entries.items() if name not in files]
    owners: dict[object, tuple[int | None, str]] = {}
    errors = []
    for row, entry in [*others, *((row, change.after) for row, change in planned)]:
        for column, thing, text in _things(entry):
            first_row, name = owners.setdefault(thing, (row, entry.name))
            if row is not None and name != entry.name:
                where = "" if first_row is None else f" (row {first_row})"
                errors.append(CellError(row, column, f"{text} is {name}'s{where}: nobody else can have it"))
    return errors


def _things(entry: PersonEntry) -> Iterator[tuple[str, object, str]]:
    for card in entry.cards:
        yield "cards", card.card, f"the card {card.card.key}"
    if entry.number is not None:
        yield "number", entry.number, f"the number {entry.number}"
