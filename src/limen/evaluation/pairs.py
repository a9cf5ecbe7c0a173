"""Lists of pairs in the format of Labeled Faces in the Wild.

Source: Huang et al., Labeled Faces in the Wild, 2007, and its ``pairs.txt``: the first line holds the number of folds
and of pairs a fold; then, fold by fold, come as many lines ``name i j`` of one person as lines ``name1 i name2 j`` of
two. A first line with one number stands for a single fold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from limen.errors import BadDataError, NoInputError


@dataclass(frozen=True, slots=True)
class Pair:
    """Two photos, as paths below the folder of images; ``fold`` counts from 0."""

    a: Path
    b: Path
    same: bool
    fold: int


@dataclass(frozen=True, slots=True)
class PairList:
    """Pairs, each of a fold below ``folds``."""

    pairs: tuple[Pair, ...]
    folds: int

    @property
    def photos(self) -> list[Path]:
        """Every photo of the pairs once, in the order of their names."""
        return sorted({photo for pair in self.pairs for photo in (pair.a, pair.b)})

    def people(self, images: Path) -> list[tuple[str, list[Path]]]:
        """Each person's name and photos, which lie below the folder ``images``."""
        return [
            (name, [images / photo for photo in photos])
            for name, photos in groupby(self.photos, key=lambda photo: photo.parent.name)
        ]


def read_pairs(path: Path) -> PairList:
    """The pairs in a file.

    Raises:
        NoInputError: there is no such file, or it cannot be read.
        BadDataError: a line is not what is expected there, or lines are missing or too many.
    """
    try:
        lines = path.read_text("utf-8").rstrip().splitlines()
    except OSError as error:
        raise NoInputError(
            f"{path} cannot be read as a list of pairs ({error.strerror}): check name, rights"
        ) from error
    except UnicodeDecodeError as error:
        raise BadDataError(f"{path} is not a list of pairs: lines of text in UTF-8 are expected") from error
    return _parse(lines, path)


def _parse(lines: Sequence[str], path: Path) -> PairList:
    folds, each = _header(lines[0] if lines else "", path)
    if len(lines) - 1 != folds * 2 * each:
        raise BadDataError(
            f"{path} has {len(lines) - 1} lines after the first, which promises {folds * 2 * each}: "
            f"{each} pairs of one person and {each} of two people in each of {folds} folds"
        )
    return PairList(
        tuple(
            _pair(line, fold=index // (2 * each), same=index % (2 * each) < each, place=f"{path}, line {index + 2}")
            for index, line in enumerate(lines[1:])
        ),
        folds,
    )


def _header(line: str, path: Path) -> tuple[int, int]:
    """Folds, and pairs of each kind in a fold."""
    numbers = [int(field) for field in line.split() if field.isdecimal()]
    if len(numbers) != len(line.split()) or len(numbers) not in (1, 2) or min(numbers) < 1:
        raise BadDataError(f"{path}, line 1: folds and pairs a fold, or one number, are expected, got {line!r}")
    return (numbers[0], numbers[1]) if len(numbers) == 2 else (1, numbers[0])


def _pair(line: str, fold: int, same: bool, place: str) -> Pair:
    fields = line.split("\t") if "\t" in line else line.split()
    wanted = "name, number, number (one person)" if same else "name, number, name, number (two people)"
    if len(fields) != (3 if same else 4):
        raise BadDataError(f"{place}: {wanted} are expected, got {line!r}")
    name_a, index_a, name_b, index_b = (*fields[:2], fields[0], fields[2]) if same else fields
    if not (name_a and name_b and index_a.isdecimal() and index_b.isdecimal()):
        raise BadDataError(f"{place}: {wanted} are expected, got {line!r}")
    return Pair(_photo(name_a, index_a), _photo(name_b, index_b), same, fold)


def _photo(name: str, index: str) -> Path:
    return Path(name, f"{name}_{int(index):04d}.jpg")
