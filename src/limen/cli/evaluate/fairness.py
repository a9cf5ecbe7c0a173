"""``limen evaluate fairness``: error rates by group of people."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from limen.cli.cluster import between_0_and_1
from limen.cli.context import Context, note
from limen.cli.photos import Images, LeaveOut, Workers, labelled_faces, people_below, photo_work
from limen.evaluation.bootstrap import RESAMPLES
from limen.evaluation.fairness import Column, Group, Measured, WorstRatio, check_column, compare_people, measure_column
from limen.evaluation.labelled import People
from limen.evaluation.metrics import ERRORS_NEEDED
from limen.evaluation.person_labels import read_labels
from limen.types import ModelKey

_NAME_WIDTH = 24


def fairness(
    ctx: typer.Context,
    images: Images,
    labels: Annotated[
        Path, typer.Option(help="CSV: a column of people's names, and columns of their groups.", readable=False)
    ],
    column: Annotated[
        list[str] | None, typer.Option(help="Only the groups of this column; may be repeated.", show_default=False)
    ] = None,
    fmr: Annotated[
        float | None,
        typer.Option(
            callback=between_0_and_1,
            help="The threshold's false match rate; otherwise the setting matching.fmr.",
            show_default=False,
        ),
    ] = None,
    leave_out: LeaveOut = None,
    workers: Workers = None,
) -> None:
    """Measure at one threshold how often people of each group are confused, and not recognised."""
    context: Context = ctx.obj
    table = read_labels(labels)
    chosen = {name: table.column(name) for name in column or table.columns}
    people = _labelled(people_below(images, leave_out), chosen)
    work = photo_work(context.settings, workers)
    rate = context.settings.matching.fmr if fmr is None else fmr
    threshold = work.engines[0].thresholds.at_fmr(rate)
    faces = labelled_faces(images, work, people)
    compared = compare_people(faces, threshold)
    columns = [measure_column(name, of_person, faces.names, compared) for name, of_person in chosen.items()]
    context.answer(
        {
            "columns": [_document(one) for one in columns],
            "fmr": rate,
            "threshold": round(threshold, 4),
            "photos": len(faces),
            "people": len(faces.names),
            "model": faces.model,
        },
        "\n".join([_header(len(faces), len(faces.names), rate, threshold, faces.model), *map(_text, columns)]),
    )


def _labelled(people: People, chosen: Mapping[str, Mapping[str, str]]) -> People:
    """Those of ``people`` who have a label; notes tell of the others, and of labels without photos."""
    names = {name for name, _ in people}
    for column, labels in chosen.items():
        check_column(column, labels, names)
    with_label = {person for labels in chosen.values() for person in labels}
    if without := sorted(names - with_label):
        note(f"{len(without)} of {len(names)} people have no label and are left out; the first is {without[0]}")
    if absent := sorted(with_label - names):
        note(f"{len(absent)} of {len(with_label)} people with a label have no photo; the first is {absent[0]}")
    return [(name, photos) for name, photos in people if name in with_label]


def _document(column: Column) -> dict[str, object]:
    return {
        "column": column.name,
        "everybody": _group(column.everybody),
        "groups": [_group(group) for group in column.groups],
        "worst_fmr_ratio": _ratio(column.fmr_ratio),
        "worst_fnmr_ratio": _ratio(column.fnmr_ratio),
    }


def _group(group: Group) -> dict[str, object]:
    return {
        "group": group.name,
        "people": group.people,
        "photos": group.photos,
        "fmr": _measured(group.fmr),
        "fnmr": _measured(group.fnmr),
    }


def _measured(one: Measured) -> dict[str, object]:
    return {
        "rate": one.rate,
        "interval_95": one.interval,
        "errors": one.errors,
        "comparisons": one.comparisons,
        "erring_units": one.erring,
        "units": one.units,
        "people_needed": one.people_needed,
    }


def _ratio(worst: WorstRatio | None) -> dict[str, object] | None:
    if worst is None:
        return None
    return {
        "highest": worst.highest,
        "lowest": worst.lowest,
        "ratio": worst.ratio,
        "interval_95": worst.interval,
        "highest_to_everybody": worst.to_everybody,
    }


def _header(photos: int, people: int, fmr: float, threshold: float, model: ModelKey) -> str:
    return (
        f"{photos:,} photos of {people:,} people, similarity {threshold:.4f} for a false match rate of {fmr:g}, model "
        f"{model}\n"
        "Each two people (in the false non-match rate: each person) count once. 95 % intervals from people drawn "
        f"again, {RESAMPLES:,} times. Everybody is compared across groups too. The more groups, the "
        "larger the worst ratio is by chance alone."
    )


def _text(column: Column) -> str:
    groups = (column.everybody, *column.groups)
    matches = [_row(group, group.fmr, "pairs of people with a false match") for group in groups]
    non_matches = [_row(group, group.fnmr, "such people with a false non-match") for group in groups]
    return "\n".join(
        [
            "",
            f"{column.name}: false match rate (FMR), of two people of one group",
            _heading("pairs of people"),
            *matches,
            _worst(column.fmr_ratio),
            "",
            f"{column.name}: false non-match rate (FNMR), of people with two photos or more",
            _heading("such people"),
            *non_matches,
            _worst(column.fnmr_ratio),
        ]
    )


def _heading(units: str) -> str:
    return f"  {'group':<{_NAME_WIDTH}}{'people':>8}{units:>17}{'rate':>11}  {'95 % interval':<22}errors of comparisons"


def _row(group: Group, one: Measured, erring: str) -> str:
    name = group.name if len(group.name) < _NAME_WIDTH else f"{group.name[: _NAME_WIDTH - 2]}…"
    start = f"  {name:<{_NAME_WIDTH}}{group.people:>8,}{one.units:>17,}"
    if one.rate is None or one.interval is None:
        needed = f"about {one.people_needed:,} are needed"
        return f"{start}  not enough data: {one.erring} of {ERRORS_NEEDED} {erring}; {needed}"
    low, high = one.interval
    interval = f"{low:.3g} to {high:.3g}"
    return f"{start}{one.rate:>11.3g}  {interval:<22}{one.errors:,} of {one.comparisons:,}"


def _worst(worst: WorstRatio | None) -> str:
    if worst is None:
        return "  no ratio: two groups with enough data are needed"
    low, high = worst.interval
    return (
        f"  worst ratio: {worst.highest} to {worst.lowest} {worst.ratio:.2f} (95 % interval {low:.2f} to {high:.2f}), "
        f"{worst.highest} to everybody {worst.to_everybody:.2f}"
    )
