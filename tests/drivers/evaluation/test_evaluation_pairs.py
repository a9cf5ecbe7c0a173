"""The file of pairs, and what may be wrong with it."""

from pathlib import Path

import pytest

from limen.errors import BadDataError, NoInputError
from limen.evaluation.pairs import Pair, read_pairs

TWO_FOLDS = "2\t1\nAnna\t1\t12\nAnna\t2\tBen\t1\nCara\t3\t1\nBen\t1\tCara\t10000\n"


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    return tmp_path / "pairs.txt"


def test_folds_and_pairs(listed: Path) -> None:
    listed.write_text(TWO_FOLDS)
    found = read_pairs(listed)
    anna, ben, cara = Path("Anna"), Path("Ben"), Path("Cara")
    assert found.folds == 2
    assert found.pairs == (
        Pair(anna / "Anna_0001.jpg", anna / "Anna_0012.jpg", same=True, fold=0),
        Pair(anna / "Anna_0002.jpg", ben / "Ben_0001.jpg", same=False, fold=0),
        Pair(cara / "Cara_0003.jpg", cara / "Cara_0001.jpg", same=True, fold=1),
        Pair(ben / "Ben_0001.jpg", cara / "Cara_10000.jpg", same=False, fold=1),
    )
    assert len(found.photos) == 7
    assert found.photos == sorted(found.photos)


def test_one_number_is_one_fold(listed: Path) -> None:
    listed.write_text("2\nA 1 2\nB 1 2\nA 1 B 1\nA 2 B 2\n\n")
    found = read_pairs(listed)
    assert found.folds == 1
    assert [pair.same for pair in found.pairs] == [True, True, False, False]


def test_names_may_hold_spaces_between_tabs(listed: Path) -> None:
    listed.write_text("1\nAnna de Vries\t1\t2\nAnna de Vries\t1\tBen\t1\n")
    assert read_pairs(listed).pairs[0].a == Path("Anna de Vries", "Anna de Vries_0001.jpg")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1"),
        ("pairs\n", "line 1"),
        ("0\t10\n", "line 1"),
        ("2\t1\t1\n", "line 1"),
        ("-1\n", "line 1"),
        (TWO_FOLDS.replace("Anna\t1\t12", "Anna\t1"), "line 2: name, number, number"),
        (TWO_FOLDS.replace("Anna\t1\t12", "Anna\tone\t12"), "line 2"),
        (TWO_FOLDS.replace("Anna\t2\tBen\t1", "Anna\t2\t3"), "line 3: name, number, name, number"),
        (TWO_FOLDS.replace("Cara\t3\t1", "Cara\t3\tBen\t1"), "line 4"),
        (TWO_FOLDS.replace("Cara\t3\t1", "\t3\t1"), "line 4"),
        (TWO_FOLDS.replace("Cara\t3\t1", ""), "line 4"),
        (TWO_FOLDS + "Ben\t1\t2\n", "5 lines after the first, which promises 4"),
        ("2\t1\nAnna\t1\t12\n", "1 lines after the first, which promises 4"),
    ],
)
def test_lines_that_are_not_pairs(listed: Path, text: str, message: str) -> None:
    listed.write_text(text)
    with pytest.raises(BadDataError, match=message):
        read_pairs(listed)


def test_not_text(listed: Path) -> None:
    listed.write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(BadDataError, match="UTF-8"):
        read_pairs(listed)


def test_nothing_there(listed: Path) -> None:
    with pytest.raises(NoInputError, match=r"pairs\.txt cannot be read"):
        read_pairs(listed)


def test_the_list_that_everybody_uses(shared: Path) -> None:
    found = read_pairs(shared / "data" / "lfw_pairs.txt")
    assert (found.folds, len(found.pairs)) == (5, 3000)
    assert sum(pair.same for pair in found.pairs) == 1500
