"""What is known of people beside their names, from a table: a line a person, a column a kind of group."""

import csv
import io
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from limen.errors import BadDataError, NoInputError

_DELIMITERS = ",;\t"
_EXPECTED = "a first line such as person,gender,age_group and then a line for each person is expected"


@dataclass(frozen=True, slots=True)
class PersonLabels:
    """The names of the ``columns``, and each person's labels in them: empty text where there is none."""

    columns: tuple[str, ...]
    of_person: Mapping[str, tuple[str, ...]] = field(repr=False)

    def column(self, name: str) -> dict[str, str]:
        """The labels in a column, by person; whoever has none is left out.

        Raises:
            BadDataError: there is no such column.
        """
        if name not in self.columns:
            raise BadDataError(f"there is no column {name!r} in the labels; there are: {', '.join(self.columns)}")
        index = self.columns.index(name)
        return {person: labels[index] for person, labels in self.of_person.items() if labels[index]}


def read_labels(path: Path) -> PersonLabels:
    """The labels in a file: comma, semicolon or tab between columns, UTF-8 with or without a byte order mark.

    People are named in the first column as photos name them: underscores stand for spaces.

    Raises:
        NoInputError: there is no such file, or it cannot be read.
        BadDataError: it is no such table, or says two things of one person.
    """
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise NoInputError(f"{path} cannot be read as labels ({error.strerror}): check name and rights") from error
    except UnicodeDecodeError as error:
        raise BadDataError(f"{path} is no table in UTF-8: save it as CSV in UTF-8") from error
    rows = list(_rows(text, path))
    if len(rows) < 2:
        raise BadDataError(f"{path} holds no labels: {_EXPECTED}")
    columns = _columns(rows[0][1], path)
    return PersonLabels(columns, _labels(rows[1:], 1 + len(columns), path))


def _rows(text: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """The cells of each line that is not empty, with the line's number."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    reader = csv.reader(io.StringIO(text), delimiter=max(_DELIMITERS, key=first.count), strict=True)
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                yield reader.line_num, stripped
    except csv.Error as error:
        raise BadDataError(f"{path}, line {reader.line_num}: {error}: {_EXPECTED}") from error


def _columns(header: Sequence[str], path: Path) -> tuple[str, ...]:
    columns = tuple(header[1:])
    if not columns:
        raise BadDataError(f"{path} has one column: {_EXPECTED}")
    if not all(columns) or len(set(columns)) != len(columns):
        raise BadDataError(f"{path}: each column needs a name of its own, got {', '.join(map(repr, columns))}")
    return columns


def _labels(rows: Sequence[tuple[int, list[str]]], width: int, path: Path) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for line, (name, *labels) in rows:
        if len(labels) + 1 != width or not name:
            raise BadDataError(
                f"{path}, line {line}: a name and {width - 1} labels are expected, got {[name, *labels]}"
            )
        person = unicodedata.normalize("NFC", name.replace("_", " ")).strip()
        if found.setdefault(person, tuple(labels)) != tuple(labels):
            before = ", ".join(found[person])
            raise BadDataError(
                f"{path}, line {line}: {person} is {', '.join(labels)} here and {before} further up: keep one of them"
            )
    return found
