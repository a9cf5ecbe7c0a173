"""``limen evaluate clusters``: how well photos of unknown people are put together."""

from typing import Annotated

import typer

from limen.cli.cluster import Fmr
from limen.cli.context import Context
from limen.cli.photos import Images, LeaveOut, Workers, labelled_faces, people_below, photo_work
from limen.errors import BadDataError
from limen.evaluation.clustering import Agreement, ClusteringReport, evaluate_clusters
from limen.matching.clusters import rate_for


def clusters(
    ctx: typer.Context,
    images: Images,
    fmr: Fmr = None,
    min_photos: Annotated[int, typer.Option(min=1, help="Only people with so many photos or more.")] = 3,
    leave_out: LeaveOut = None,
    workers: Workers = None,
) -> None:
    """Put photos together by person without their names, and compare the outcome with the names."""
    context: Context = ctx.obj
    people = [(name, photos) for name, photos in people_below(images, leave_out) if len(photos) >= min_photos]
    if len(people) < 2:
        raise BadDataError(
            f"{images} has {len(people)} people with at least {min_photos} photos, two are needed: lower --min-photos"
        )
    work = photo_work(context.settings, workers)
    rate = fmr or rate_for(sum(len(photos) for _, photos in people))
    threshold = work.engines[0].thresholds.at_fmr(rate)
    report = evaluate_clusters(labelled_faces(images, work, people), threshold)
    context.answer(_document(report, rate), _table(report, rate))


def _document(report: ClusteringReport, fmr: float) -> dict[str, object]:
    return {
        "photos": report.photos,
        "people": report.people,
        "clusters": report.clusters,
        "pairwise": _rates(report.pairwise),
        "bcubed": _rates(report.bcubed),
        "seconds": round(report.seconds, 3),
        "fmr": float(f"{fmr:.3g}"),
        "threshold": round(report.threshold, 4),
        "model": report.model,
    }


def _rates(agreement: Agreement) -> dict[str, float | None]:
    return {"precision": agreement.precision, "recall": agreement.recall, "f": agreement.f}


def _table(report: ClusteringReport, fmr: float) -> str:
    return "\n".join(
        [
            f"{report.photos:,} photos of {report.people:,} people make {report.clusters:,} clusters; similarity "
            f"{report.threshold:.4f}, false match rate {fmr:.2g}, model {report.model}",
            "",
            f"{'':<10}{'precision':>10}{'recall':>10}{'F':>10}",
            _row("BCubed", report.bcubed),
            _row("pairwise", report.pairwise),
            "",
            f"{report.seconds:.1f} s for the clustering",
        ]
    )


def _row(name: str, agreement: Agreement) -> str:
    rates = (agreement.precision, agreement.recall, agreement.f)
    return f"{name:<10}" + "".join(f"{'no pairs' if rate is None else f'{rate:.2%}':>10}" for rate in rates)
