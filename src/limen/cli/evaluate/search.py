"""``limen evaluate search``: nearest, centroid, KNN and SVM side by side, with strangers."""

import re
from collections.abc import Sequence
from typing import Annotated

import typer

from limen.cli.context import Context, progress
from limen.cli.photos import Images, LeaveOut, Workers, described, labelled_faces, people_below, photo_work
from limen.evaluation.metrics import ERRORS_NEEDED, Proportion
from limen.evaluation.search import SearchPlan, SearchRow, evaluate_search
from limen.matching.base import Method


def search(
    ctx: typer.Context,
    images: Images,
    leave_out: LeaveOut = None,
    people: Annotated[str, typer.Option(help="Sizes of galleries, with commas.")] = "10,100,1000",
    photos: Annotated[str, typer.Option(help="Photos a person, with commas.")] = "1,2,3,5",
    fpir: Annotated[
        float | None, typer.Option(min=1e-6, max=0.5, help="As matching.fpir otherwise.", show_default=False)
    ] = None,
    workers: Workers = None,
) -> None:
    """Compare the methods of a search: how often the right person is found, and a stranger taken for somebody."""
    context: Context = ctx.obj
    matching = context.settings.matching
    methods, sizes, counts = list(Method), _numbers(people, "--people"), _numbers(photos, "--photos")
    work = photo_work(context.settings, workers, calibrated=False)
    faces = labelled_faces(images, work, people_below(images, leave_out))
    plan = SearchPlan(methods, counts, sizes, fpir or matching.fpir, matching.margin)
    with progress("Searches", len(methods) * len(counts) * len(sizes)) as step:
        rows = evaluate_search(faces, plan, step)
    context.answer(
        {
            "data": described(faces, images),
            "model": faces.model,
            "fpir": plan.fpir,
            "margin": plan.margin,
            "rows": [_document(row, plan.fpir) for row in rows],
        },
        "\n".join(
            [f"{described(faces, images)}, wanted FPIR {plan.fpir:g}, margin {plan.margin:g}", "", *_table(rows)]
        ),
    )


def _numbers(text: str, option: str) -> list[int]:
    if not re.fullmatch(r"[1-9]\d{0,5}(,[1-9]\d{0,5})*", text):
        raise typer.BadParameter(f"{option}: numbers with commas between are expected, as in 10,100, got {text!r}")
    return [int(number) for number in text.split(",")]


def _document(row: SearchRow, fpir: float) -> dict[str, object]:
    rates = {
        "identified": row.identified,
        "mistaken": row.mistaken,
        "ambiguous": row.ambiguous,
        "fpir": row.strangers,
        "fpir_without_margin": row.reaching,
    }
    return {
        "method": row.method,
        "people": row.people,
        "photos": row.photos,
        "templates_a_person": round(row.templates, 3),
        **{
            name: {"count": rate.count, "total": rate.total, "rate": round(rate.rate, 5)}
            for name, rate in rates.items()
        },
        "intervals_95": {name: [round(edge, 5) for edge in rate.interval] for name, rate in rates.items()},
        "named_below_threshold": row.below_threshold,
        "enough_data": _is_enough(row.strangers, fpir),
    }


def _is_enough(strangers: Proportion, fpir: float) -> bool:
    """Whether thirty false positives are expected at the wanted rate."""
    return fpir * strangers.total >= ERRORS_NEEDED


def _table(rows: Sequence[SearchRow]) -> list[str]:
    """One line a row; the 95 % intervals are those of Clopper and Pearson."""
    heading = f"{'people':>6} {'photos':>6}  {'method':<9}{'identified':>11}{'':>18}{'mistaken':>10}{'ambiguous':>11}"
    lines = [f"{heading}{'FPIR':>8}{'':>18}{'without margin':>16}", *map(_line, rows)]
    named = sum(row.below_threshold for row in rows)
    probes, strangers = rows[-1].identified.total, rows[-1].strangers.total
    lines += [
        "",
        f"last line: {probes:,} probes of the enrolled, {strangers:,} of strangers; two galleries, each with "
        "thresholds from the other half of the people",
        f"names given below the threshold, all lines together: {named}",
    ]
    if any(row.templates < row.photos - 1e-9 for row in rows):
        lines.append("~: some people have fewer photos; they are enrolled with what they have but for one")
    return lines


def _line(row: SearchRow) -> str:
    enrolled = f"{row.people:>6} {_photos(row):>6}  {row.method:<9}"
    mated = f"{row.identified.rate:>11.1%}{_interval(row.identified):>18}{row.mistaken.count:>10,}"
    strangers = f"{row.strangers.rate:>8.2%}{_interval(row.strangers):>18}{row.reaching.rate:>16.2%}"
    return f"{enrolled}{mated}{row.ambiguous.count:>11,}{strangers}"


def _photos(row: SearchRow) -> str:
    return f"{row.photos}" if row.templates >= row.photos - 1e-9 else f"~{row.templates:.1f}"


def _interval(rate: Proportion) -> str:
    low, high = rate.interval
    return f"({low:.1%} to {high:.1%})"
