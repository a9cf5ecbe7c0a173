"""``limen evaluate calibration``: does a calibration hold for people it has not seen."""

from typing import Annotated

import typer

from limen.cli.context import Context, progress
from limen.cli.photos import Images, LeaveOut, Workers, described, labelled_faces, people_below, photo_work
from limen.evaluation.holdout import HoldoutPlan, Prediction, Split, evaluate_calibration
from limen.evaluation.metrics import ERRORS_NEEDED

_RATES = (1e-2, 1e-3, 1e-4)


def calibration(
    ctx: typer.Context,
    images: Images,
    leave_out: LeaveOut = None,
    splits: Annotated[int, typer.Option(min=1, max=1000, help="So many random halves.")] = 5,
    people: Annotated[int, typer.Option(min=1, help="People enrolled in the search.")] = 1000,
    fpir: Annotated[float, typer.Option(min=1e-6, max=0.5, help="The search's false positive rate.")] = 1e-2,
    workers: Workers = None,
) -> None:
    """Calibrate on one half of the people, measure on the other: is a wanted error rate what one gets."""
    context: Context = ctx.obj
    work = photo_work(context.settings, workers, calibrated=False)
    faces = labelled_faces(images, work, people_below(images, leave_out))
    with progress("Splits", splits) as step:
        measured = evaluate_calibration(faces, HoldoutPlan(_RATES, fpir, people, splits), step)
    context.answer(
        {
            "data": described(faces, images),
            "people": people,
            "splits": [_document(split) for split in measured],
        },
        "\n".join([described(faces, images), "", *_table(measured, people)]),
    )


def _document(split: Split) -> dict[str, object]:
    return {"fmr": [_prediction(one) for one in split.fmr], "fpir": _prediction(split.fpir)}


def _prediction(one: Prediction) -> dict[str, float | None]:
    return {"wanted": one.wanted, "measured": one.measured, "factor": one.factor, "threshold": round(one.threshold, 4)}


def _table(splits: tuple[Split, ...], people: int) -> list[str]:
    """A column a rate: how many times the wanted rate was measured."""
    columns = [f"FMR {one.wanted:g}" for one in splits[0].fmr] + [f"FPIR {splits[0].fpir.wanted:g} of {people}"]
    rows = [[*split.fmr, split.fpir] for split in splits]
    widths = [max(len(column), 8) + 2 for column in columns]
    lines = ["measured in the other half, as a multiple of the wanted rate:", ""]
    lines.append(f"{'split':<6}" + "".join(f"{column:>{width}}" for column, width in zip(columns, widths, strict=True)))
    for number, row in enumerate(rows, start=1):
        cells = ["–" if one.factor is None else f"{one.factor:.2f}" for one in row]
        lines.append(f"{number:<6}" + "".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True)))
    if any(one.factor is None for row in rows for one in row):
        lines += ["", f"–: not enough data: fewer than {ERRORS_NEEDED} errors are expected at the wanted rate"]
    return lines
