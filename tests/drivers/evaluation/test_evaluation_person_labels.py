"""Tables of labels, as spreadsheets write them."""

from pathlib import Path

import pytest

from limen.errors import BadDataError, NoInputError
from limen.evaluation.person_labels import read_labels


def table(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "labels.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_however_it_was_saved(tmp_path: Path, delimiter: str, end: str, encoding: str) -> None:
    rows = (("person", "gender", "age_group"), ("Anna_Smith", "f", "30 to 45"), ("Zoë Ångström", "f", ""))
    labels = read_labels(table(tmp_path, end.join(delimiter.join(row) for row in rows) + end, encoding))
    assert labels.columns == ("gender", "age_group")
    assert labels.column("gender") == {"Anna Smith": "f", "Zoë Ångström": "f"}
    assert labels.column("age_group") == {"Anna Smith": "30 to 45"}


def test_names_are_written_as_photos_are_named(tmp_path: Path) -> None:
    labels = read_labels(table(tmp_path, "name,group\nAnna_Smith , x\n Zoe\u0308_B,y\n"))
    assert labels.of_person == {"Anna Smith": ("x",), "Zo\u00eb B": ("y",)}


def test_quotes_empty_lines_and_the_same_said_twice(tmp_path: Path) -> None:
    labels = read_labels(table(tmp_path, '\nname,group\n\n"Smith, Anna","a ""b"""\n,\nBen,c\nBen,c\n'))
    assert labels.of_person == {"Smith, Anna": ('a "b"',), "Ben": ("c",)}


def test_an_unknown_column(tmp_path: Path) -> None:
    labels = read_labels(table(tmp_path, "name,gender,age\nAnna,f,30\n"))
    with pytest.raises(BadDataError, match="no column 'colour' in the labels; there are: gender, age"):
        labels.column("colour")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no labels"),
        ("\n \n", "holds no labels"),
        ("person,gender\n", "holds no labels"),
        ("person\nAnna\n", "has one column"),
        ("person,a,a\nAnna,x,y\n", "a name of its own, got 'a', 'a'"),
        ("person,a,\nAnna,x,y\n", "a name of its own, got 'a', ''"),
        ("person,a\nAnna,x\nBen\n", "line 3: a name and 1 label"),
        ("person,a\nAnna,x,y\n", "line 2: a name and 1 label"),
        ("person,a\n,x\n", "line 2: a name and 1 label"),
        ("person,a,b\nAnna_B,x,y\nBen,x,y\nAnna B,x,z\n", "line 4: Anna B is x, z here and x, y further up"),
        ('person,a\nAnna,"x\n', "first line such as"),
    ],
)
def test_what_is_no_table(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(BadDataError, match=message):
        read_labels(table(tmp_path, text))


def test_another_encoding(tmp_path: Path) -> None:
    with pytest.raises(BadDataError, match="save it as CSV in UTF-8"):
        read_labels(table(tmp_path, "person,gender\nZoë,f\n", "latin-1"))


@pytest.mark.parametrize("name", ["absent.csv", "."])
def test_no_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(NoInputError, match="cannot be read as labels"):
        read_labels(tmp_path / name)
