"""``limen report``: everything about one model in one file."""

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from limen.cli.context import Context, progress
from limen.cli.evaluate.robustness import measured
from limen.cli.photos import LeaveOut, Workers, described, labelled_faces, people_below, photo_work
from limen.evaluation.labelled import LabelledFaces
from limen.evaluation.photos import PhotoWork
from limen.evaluation.thumbnails import thumbnails
from limen.types import Image

if TYPE_CHECKING:
    from limen.evaluation.report import Report

_ROBUSTNESS_PHOTOS = 100


def report(
    ctx: typer.Context,
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="Photos named after their person, or a folder a person.", readable=False),
    ],
    out: Annotated[Path, typer.Option(help="The file to write: .html.", readable=False)] = Path("report.html"),
    leave_out: LeaveOut = None,
    strangers_a_day: Annotated[float, typer.Option(min=0.001, help="Strangers who come to the door in a day.")] = 20,
    robustness: Annotated[
        bool, typer.Option("--robustness", help="Also change photos and see how alike they stay; takes minutes.")
    ] = False,
    workers: Workers = None,
) -> None:
    """Measure a model on photos, and tell all of it on one page that opens without a network."""
    context: Context = ctx.obj
    settings = context.settings
    # Late: Matplotlib takes half a second to import, and other commands must not pay for it.
    from limen.evaluation.report import STEPS, ReportPlan, measure
    from limen.evaluation.report_page import check_report_path, write_report
    from limen.evaluation.report_pictures import robustness_picture

    check_report_path(out)
    people = people_below(folder, leave_out)
    work = photo_work(settings, workers)
    faces = labelled_faces(folder, work, people)
    matching = settings.matching
    plan = ReportPlan(
        described(faces, folder),
        settings.models.detection,
        datetime.now(UTC).replace(microsecond=0),
        work.engines[0].thresholds,
        matching.fpir,
        matching.margin,
        strangers_a_day,
    )
    with progress("Report", STEPS) as step:
        found = measure(faces, plan, lambda shown: _cut(shown, work), step)
    if robustness:
        studied = measured(settings, people, _ROBUSTNESS_PHOTOS, workers)
        found = replace(found, pictures=(*found.pictures, robustness_picture(studied, plan.data)))
    write_report(out, found)
    context.answer(_document(found, out), _text(found, out))


def _cut(shown: LabelledFaces, work: PhotoWork) -> Sequence[Image]:
    found = thumbnails(shown.photos, work, lambda: None)
    return [found[photo] for photo in shown.photos]


def _document(report: "Report", out: Path) -> dict[str, object]:
    faces, missed = report.faces, len(report.faces.missed)
    return {
        "file": _printable(out),
        "model": faces.model,
        "data": report.plan.data,
        "photos": len(faces),
        "people": len(faces.names),
        "photos_without_face": missed,
        "calibrated": report.calibration is not None,
        "rates": [
            {"fmr": row.fmr, "similarity": round(row.similarity, 4), "fitted": row.fitted, "fnmr": row.fnmr}
            for row in report.rates
        ],
        "pictures": len(report.pictures),
        "left_out": report.left_out,
    }


def _text(report: "Report", out: Path) -> str:
    return "\n".join([f"{_printable(out)}: {report.plan.data}, {len(report.pictures)} pictures", *report.left_out])


def _printable(path: Path) -> str:
    """The path as text, also where its name is no UTF-8."""
    return os.fsencode(path).decode(errors="replace")
