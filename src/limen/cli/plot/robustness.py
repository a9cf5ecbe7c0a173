"""``limen plot robustness``: what changes of a photo do to similarity, as a picture."""

from pathlib import Path

import typer

from limen.cli.context import Context
from limen.cli.evaluate.robustness import DEFAULT_PHOTOS, Photos, measured
from limen.cli.photos import LeaveOut, Workers, people_below
from limen.cli.plot.picture import Folder, Out, caption, check_out, written


def robustness(
    ctx: typer.Context,
    folder: Folder,
    out: Out = Path("robustness.png"),
    leave_out: LeaveOut = None,
    photos: Photos = DEFAULT_PHOTOS,
    workers: Workers = None,
) -> None:
    """Draw how similarity moves when photos are mirrored, turned, blurred, darkened, covered or shrunk."""
    context: Context = ctx.obj
    check_out(out)
    report = measured(context.settings, people_below(folder, leave_out), photos, workers)
    # Late: Matplotlib takes half a second to import, and other commands must not pay for it.
    from limen.evaluation.plots.robustness import robustness as draw

    data = f"{folder.resolve().name}: {report.photos:,} photos of {report.people:,} people"
    figure = draw(report, caption("What changes of a photo do to similarity", data, [report.model]))
    counts = {"photos": report.photos, "people": report.people, "photos_with_another": report.with_other}
    written(context, figure, out, {**counts, "model": report.model, "threshold": round(report.threshold, 4)}, data)
