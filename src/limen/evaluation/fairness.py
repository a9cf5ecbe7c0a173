"""Error rates by group of people, all at one threshold.

The false match rate of a group is that of two people who both belong to it: the hard case, for people of one group look
more alike than people at large. In all rates each two people (of the false non-match rate: each person) count once,
however many photos they have. Intervals come from people drawn again (``bootstrap``).

A rate is given where errors were seen in at least thirty pairs of people, or thirty people.
Source: ISO/IEC 19795-10, quantifying biometric system performance variation across demographic groups (what is
compared); Doddington et al., The NIST speaker recognition evaluation, 2000 (the rule of thirty).
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from limen.errors import BadDataError
from limen.evaluation.bootstrap import Rates, drawn_again, interval_95, pair_rates, person_rates
from limen.evaluation.labelled import LabelledFaces
from limen.evaluation.metrics import ERRORS_NEEDED
from limen.evaluation.scores import blocks

MOST_GROUPS = 50
_SEED = 20_041


@dataclass(frozen=True, slots=True)
class Comparisons:
    """What comparing all faces came to: how many comparisons of each two people matched, and of each person did not.

    ``photos`` (people,) counts photos; ``matched`` int32 (people, people), symmetric, a diagonal of zeros;
    ``missed`` (people,).
    """

    photos: NDArray[np.intp] = field(repr=False)
    matched: NDArray[np.int32] = field(repr=False)
    missed: NDArray[np.intp] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Measured:
    """A rate, 0 to 1, and its 95 % interval; ``None`` both where fewer than thirty ``erring`` were seen.

    ``errors`` of ``comparisons`` of photos went wrong. ``erring`` of ``units`` (pairs of people, or people with two
    photos) had an error. ``people_needed`` is about how many make thirty, where there are fewer.
    """

    errors: int
    comparisons: int
    erring: int
    units: int
    rate: float | None = None
    interval: tuple[float, float] | None = None
    people_needed: int | None = None
    resampled: Rates | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Group:
    """The rates of the ``people`` of a group."""

    name: str
    people: int
    photos: int
    fmr: Measured
    fnmr: Measured


@dataclass(frozen=True, slots=True)
class WorstRatio:
    """The ``highest`` group's rate divided by the ``lowest`` group's, and by that of everybody who has a label."""

    highest: str
    lowest: str
    ratio: float
    interval: tuple[float, float]
    to_everybody: float


@dataclass(frozen=True, slots=True)
class Column:
    """What the groups of a column came to; ``everybody`` is all who have a label in it, compared across groups too."""

    name: str
    everybody: Group
    groups: tuple[Group, ...]
    fmr_ratio: WorstRatio | None
    fnmr_ratio: WorstRatio | None


def compare_people(faces: LabelledFaces, threshold: float) -> Comparisons:
    """Compare every face with every other, once."""
    people = len(faces.names)
    matched = np.zeros((people, people), np.int32)
    for rows, alike in blocks(faces):
        owners, starts = np.unique(faces.owner[rows], return_index=True)
        others, other_starts = np.unique(faces.owner[rows.start :], return_index=True)
        # Of the rows' comparisons with themselves, each stands in the upper triangle once.
        by_face = np.add.reduceat(np.triu(alike >= threshold, 1), other_starts, axis=1, dtype=np.int32)
        matched[np.ix_(owners, others)] += np.add.reduceat(by_face, starts, axis=0)
    own = matched.diagonal().astype(np.intp)
    matched += matched.T
    np.fill_diagonal(matched, 0)
    return Comparisons(faces.counts, matched, _pairs(faces.counts) - own)


def check_column(name: str, labels: Mapping[str, str], people: Iterable[str]) -> None:
    """Refuse labels (by person) that do not make groups of ``people``.

    Raises:
        BadDataError: fewer than two people have a label, or there are too many groups to be groups.
    """
    known = [labels[person] for person in people if person in labels]
    if len(known) < 2:
        raise BadDataError(
            f"{len(known)} of the people in the photos have a label in column {name!r}, two are needed: the first "
            "column must name people as the photos do"
        )
    if (groups := len(set(known))) > MOST_GROUPS:
        raise BadDataError(
            f"column {name!r} has {groups} different labels, at most {MOST_GROUPS} can be compared: put values into "
            "classes, or choose other columns with --column"
        )


def measure_column(name: str, labels: Mapping[str, str], people: Sequence[str], compared: Comparisons) -> Column:
    """The rates of each group of a column; ``labels`` by person, ``people`` in the order in which they were compared.

    Raises:
        BadDataError: as for ``check_column``.
    """
    check_column(name, labels, people)
    known = np.array([labels.get(person, "") for person in people])
    names, counts = np.unique(known[known != ""], return_counts=True)
    random = np.random.default_rng(_SEED)
    everybody = _group("everybody", np.flatnonzero(known != ""), compared, (1.0, 1.0), random)
    usual = (_part_erring(everybody.fmr), _part_erring(everybody.fnmr))
    groups = tuple(
        _group(str(label), np.flatnonzero(known == label), compared, usual, random)
        for label in names[np.argsort(-counts, kind="stable")]
    )
    return Column(
        name,
        everybody,
        groups,
        _worst({group.name: group.fmr for group in groups}, everybody.fmr),
        _worst({group.name: group.fnmr for group in groups}, everybody.fnmr),
    )


def _group(
    name: str,
    members: NDArray[np.intp],
    compared: Comparisons,
    usual: tuple[float, float],
    random: np.random.Generator,
) -> Group:
    """The rates of ``members``; ``usual`` parts of pairs of people, and of people, have an error."""
    photos = compared.photos[members]
    several = members[photos > 1]
    return Group(
        name,
        len(members),
        int(photos.sum()),
        _fmr(compared.matched[np.ix_(members, members)], photos, usual[0], random),
        _fnmr(compared.missed[several], compared.photos[several], usual[1], random),
    )


def _fmr(matched: NDArray[np.int32], photos: NDArray[np.intp], usual: float, random: np.random.Generator) -> Measured:
    people = len(photos)
    counted = Measured(
        errors=int(matched.sum()) // 2,
        comparisons=int(photos.sum() ** 2 - (photos**2).sum()) // 2,
        erring=int(np.count_nonzero(matched)) // 2,
        units=people * (people - 1) // 2,
    )
    if counted.erring < ERRORS_NEEDED:
        pairs = _units_needed(counted, usual)
        return replace(counted, people_needed=math.ceil((1 + math.sqrt(1 + 8 * pairs)) / 2))
    parts = matched.astype(np.float32)
    parts /= photos[:, None]
    parts /= photos[None]
    rate = float(parts.sum(dtype=np.float64)) / (2 * counted.units)
    return _known(counted, rate, pair_rates(parts, drawn_again(people, random)))


def _fnmr(missed: NDArray[np.intp], photos: NDArray[np.intp], usual: float, random: np.random.Generator) -> Measured:
    counted = Measured(
        errors=int(missed.sum()),
        comparisons=int(_pairs(photos).sum()),
        erring=int(np.count_nonzero(missed)),
        units=len(photos),
    )
    if counted.erring < ERRORS_NEEDED:
        return replace(counted, people_needed=math.ceil(_units_needed(counted, usual)))
    parts = np.asarray(missed / _pairs(photos), np.float32)
    return _known(counted, float(parts.mean(dtype=np.float64)), person_rates(parts, drawn_again(len(photos), random)))


def _part_erring(measured: Measured) -> float:
    """The part of the pairs of people, or people, that has an error; at most about that where none has."""
    return max(measured.erring, 1) / max(measured.units, 1)


def _units_needed(counted: Measured, usual: float) -> float:
    """How many pairs, or people, make thirty with an error, where as many have one as here; if none, as is usual."""
    part = _part_erring(counted)
    return ERRORS_NEEDED / (part if counted.erring else min(part, usual))


def _known(counted: Measured, rate: float, resampled: Rates) -> Measured:
    return replace(counted, rate=rate, interval=interval_95(resampled), resampled=resampled)


def _worst(groups: Mapping[str, Measured], everybody: Measured) -> WorstRatio | None:
    """Of the groups with a rate; ``None`` where fewer than two have one."""
    known = {name: (one.rate, one.resampled) for name, one in groups.items() if one.rate and one.resampled is not None}
    if len(known) < 2 or not everybody.rate:
        return None
    highest = max(known, key=lambda name: known[name][0])
    lowest = min(known, key=lambda name: known[name][0])
    (high, high_again), (low, low_again) = known[highest], known[lowest]
    ratios = high_again / np.maximum(low_again, 1e-12)
    return WorstRatio(highest, lowest, high / low, interval_95(ratios), high / everybody.rate)


def _pairs(photos: NDArray[np.intp]) -> NDArray[np.intp]:
    """How many pairs so many photos of one person make."""
    return photos * (photos - 1) // 2
