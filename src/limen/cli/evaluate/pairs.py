"""``limen evaluate pairs``: the protocol of Labeled Faces in the Wild."""

import math
from pathlib import Path
from typing import Annotated

import typer

from limen.cli.context import Context, progress
from limen.cli.photos import Workers, photo_work
from limen.evaluation.metrics import ERRORS_NEEDED, Proportion
from limen.evaluation.pairs import read_pairs
from limen.evaluation.verification import VerificationReport, evaluate_pairs


def pairs(
    ctx: typer.Context,
    images: Annotated[Path, typer.Option(help="A folder with a folder a person: NAME/NAME_0001.jpg.")],
    pairs: Annotated[Path, typer.Option(help="A list of pairs in the format of LFW.")],
    workers: Workers = None,
) -> None:
    """Compare pairs of photos as Labeled Faces in the Wild does; a photo without a face is never matched."""
    context: Context = ctx.obj
    settings = context.settings
    listed = read_pairs(pairs)
    work = photo_work(settings, workers)
    with progress("Photos", len(listed.photos)) as step:
        report = evaluate_pairs(listed, images, work, step)
    context.answer(_document(report), _table(report))


def _document(report: VerificationReport) -> dict[str, object]:
    rates = {"accuracy": report.right, "failures_to_acquire": report.failures_to_acquire}
    impostors = report.right.total - report.genuine
    rates |= {f"tar_at_fmr_{fmr:g}": tar for fmr, tar in report.tar_at_fmr.items() if tar}
    return {
        "pairs": report.right.total,
        "accuracy": {"mean": report.accuracy_mean, "std": report.accuracy_std},
        "auc": report.auc,
        "eer": report.eer,
        "tar_at_fmr": {f"{fmr:g}": tar.rate if tar else None for fmr, tar in report.tar_at_fmr.items()},
        "not_enough_data": {f"{fmr:g}": _needed(fmr) for fmr in report.tar_at_fmr if impostors < _needed(fmr)},
        "failures_to_acquire": report.failures_to_acquire.rate,
        "seconds": round(report.seconds, 3),
        "intervals_95": {name: rate.interval for name, rate in rates.items()},
        "fold_accuracies": report.fold_accuracies,
        "genuine_pairs": report.genuine,
        "impostor_pairs": impostors,
        "images": report.failures_to_acquire.total,
        "images_per_second": round(report.images_per_second, 1),
        "model": report.model,
    }


def _table(report: VerificationReport) -> str:
    """Rates with what they were counted from; the 95 % intervals are those of Clopper and Pearson."""
    photos, impostors = report.failures_to_acquire.total, report.right.total - report.genuine
    rows = [_row("accuracy", report.right)]
    for fmr, tar in report.tar_at_fmr.items():
        name = f"true accepts at FMR {fmr:g}"
        needed = _needed(fmr)
        too_few = f"{name:<28} not enough data: {needed:,} pairs of two people are needed"
        rows.append(_row(name, tar) if tar and impostors >= needed else too_few)
    rows.append(_row("failures to acquire", report.failures_to_acquire))
    return "\n".join(
        [
            f"{report.right.total:,} pairs in {len(report.fold_accuracies)} folds ({report.genuine:,} of one person, "
            f"{impostors:,} of two), {photos:,} photos, model {report.model}",
            "",
            f"{'':<28} {'rate':>9} {'count':>17} {'95 % interval':>21}",
            *rows,
            "",
            f"accuracy over the folds: {report.accuracy_mean:.2%}, standard deviation {report.accuracy_std:.2%}",
            f"area under the curve {report.auc:.5f}, equal error rate {_eer(report)}",
            f"{report.seconds:.1f} s, {report.images_per_second:.1f} photos a second",
        ]
    )


def _eer(report: VerificationReport) -> str:
    """The equal error rate, marked where fewer than thirty errors of a kind make it."""
    errors = report.eer * min(report.genuine, report.right.total - report.genuine)
    return f"{report.eer:.2%}" + (f" (rough: {errors:.0f} errors of each kind)" if errors < ERRORS_NEEDED else "")


def _needed(fmr: float) -> int:
    """So many impostor pairs make thirty false matches at this rate."""
    return math.ceil(round(ERRORS_NEEDED / fmr, 6))


def _row(name: str, rate: Proportion) -> str:
    low, high = rate.interval
    count = f"{rate.count:,} of {rate.total:,}"
    return f"{name:<28} {rate.rate:>9.2%} {count:>17} {f'{low:.2%} to {high:.2%}':>21}"
