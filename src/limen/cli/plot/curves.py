"""``limen plot histogram``, ``limen plot det`` and ``limen plot roc``: error rates as pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from limen.cli.context import Context
from limen.cli.photos import LeaveOut, Workers, described, labelled_faces, people_below, photo_work
from limen.cli.plot.picture import Folder, Out, caption, check_out, check_pairs, written
from limen.config import Settings
from limen.evaluation.scores import AllPairs, all_pairs
from limen.types import ModelKey

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from limen.evaluation.plots.curves import Curve
    from limen.evaluation.plots.style import Caption
    from limen.evaluation.plots.threshold import Threshold

Models = Annotated[
    list[str] | None,
    typer.Option("--model", help="An embedding model; may be given several times. The one in use.", show_default=False),
]
_RATES = (1e-2, 1e-3, 1e-4)


def histogram(
    ctx: typer.Context,
    folder: Folder,
    out: Out = Path("histogram.png"),
    fmr: Annotated[
        list[float] | None,
        typer.Option(
            min=1e-9,
            max=0.5,
            help="Draw the threshold of this false match rate; may be given several times. 0.01, 0.001 and 0.0001.",
            show_default=False,
        ),
    ] = None,
    leave_out: LeaveOut = None,
    workers: Workers = None,
) -> None:
    """Draw how alike photos of one person and photos of two people are, and the thresholds between them."""
    context: Context = ctx.obj
    check_out(out)
    people = people_below(folder, leave_out)
    check_pairs(people, folder)
    work = photo_work(context.settings, workers)
    # Late: Matplotlib takes half a second to import, and other commands must not pay for it.
    from limen.evaluation.plots.histogram import histogram as draw
    from limen.evaluation.plots.threshold import Threshold

    rates = sorted(set(fmr or _RATES), reverse=True)
    thresholds = [Threshold(rate, work.engines[0].thresholds.at_fmr(rate)) for rate in rates]
    faces = labelled_faces(folder, work, people)
    pairs = all_pairs(faces)
    head = caption("How alike photos of one person, and of two people, are", described(faces, folder), [faces.model])
    figure = draw(pairs, thresholds, head)
    rows = [_row(threshold, pairs) for threshold in thresholds]
    counts = {"faces": len(faces), "people": len(faces.names), "model": faces.model, "thresholds": rows}
    written(context, figure, out, counts, described(faces, folder))


def _row(threshold: "Threshold", pairs: AllPairs) -> dict[str, float]:
    fmr, fnmr = threshold.rates(pairs)
    similarity = round(threshold.similarity, 4)
    return {"fmr": threshold.fmr, "similarity": similarity, "measured_fmr": fmr, "measured_fnmr": fnmr}


def det(
    ctx: typer.Context,
    folder: Folder,
    out: Out = Path("det.png"),
    model: Models = None,
    leave_out: LeaveOut = None,
    workers: Workers = None,
) -> None:
    """Draw how the two error rates of models trade against each other: a DET curve."""
    check_out(out)
    measured = _measured(ctx.obj.settings, folder, model, leave_out, workers)
    # Late: as above.
    from limen.evaluation.plots.curves import det as draw

    measured.write(ctx.obj, draw(measured.curves, measured.caption("Detection error trade-off (DET)")), out)


def roc(
    ctx: typer.Context,
    folder: Folder,
    out: Out = Path("roc.png"),
    model: Models = None,
    leave_out: LeaveOut = None,
    workers: Workers = None,
) -> None:
    """Draw how many photos of one person match at each false match rate: an ROC curve."""
    check_out(out)
    measured = _measured(ctx.obj.settings, folder, model, leave_out, workers)
    # Late: as above.
    from limen.evaluation.plots.curves import roc as draw

    measured.write(ctx.obj, draw(measured.curves, measured.caption("Receiver operating characteristic (ROC)")), out)


@dataclass(frozen=True, slots=True)
class _Measured:
    """The curve of each model, the keys of the models, and what they were measured on."""

    curves: tuple["Curve", ...]
    models: tuple[ModelKey, ...]
    faces: int
    people: int
    data: str

    def caption(self, title: str) -> "Caption":
        """The lines above the picture."""
        return caption(title, self.data, self.models)

    def write(self, context: Context, figure: "Figure", out: Path) -> None:
        """Write the picture and answer."""
        rows = [
            {"model": model, "eer": curve.eer, "genuine_pairs": curve.genuines, "people_pairs": curve.impostors}
            for model, curve in zip(self.models, self.curves, strict=True)
        ]
        counts = {"faces": self.faces, "people": self.people, "models": rows}
        written(context, figure, out, counts, self.data)


def _measured(
    settings: Settings, folder: Path, models: Sequence[str] | None, leave_out: Path | None, workers: int | None
) -> _Measured:
    """Every photo compared with every other, by each of ``models``; all are loaded before the long work begins."""
    people = people_below(folder, leave_out)
    check_pairs(people, folder)
    chosen = [settings_with(settings, model) for model in dict.fromkeys(models or [settings.models.embedding])]
    works = [photo_work(each, workers, calibrated=False) for each in chosen]
    # Late: as above.
    from limen.evaluation.plots.curves import curve_of

    curves, measured = [], []
    for each, work in zip(chosen, works, strict=True):
        measured.append(labelled_faces(folder, work, people))
        curves.append(curve_of(each.models.embedding, all_pairs(measured[-1])))
    faces = measured[0]
    keys = tuple(one.model for one in measured)
    return _Measured(tuple(curves), keys, len(faces), len(faces.names), described(faces, folder))


def settings_with(settings: Settings, model: str) -> Settings:
    """``settings`` with another embedding model."""
    return settings.model_copy(update={"models": settings.models.model_copy(update={"embedding": model})})
