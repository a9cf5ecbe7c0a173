"""``limen evaluate``: how well faces are recognised."""

import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from limen.camera.photo import people_in
from limen.cli.context import Context, progress
from limen.config import Settings
from limen.door.build import build_engine
from limen.evaluation.metrics import Proportion
from limen.evaluation.pairs import read_pairs
from limen.evaluation.photos import PhotoWork
from limen.evaluation.presets import PresetsReport, measure_presets
from limen.evaluation.verification import VerificationReport, evaluate_pairs

app = typer.Typer(no_args_is_help=True, help="Measure how well faces are recognised.")

Workers = Annotated[
    int | None, typer.Option(min=1, max=64, help="Photos worked on at a time; one a core.", show_default=False)
]

_ERRORS_NEEDED = 30
"""The rule of thirty: with fewer errors to count, a rate is known roughly at best."""


@app.command()
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
    work = _work(settings, workers)
    with progress("Photos", len(listed.photos)) as step:
        report = evaluate_pairs(listed, images, work, step)
    context.answer(_document(report), _table(report))


@app.command()
def presets(
    ctx: typer.Context,
    images: Annotated[Path, typer.Option(help="Photos named after their person, or a folder a person.")],
    workers: Workers = None,
) -> None:
    """Measure the similarity that different people reach how often: thresholds for the model in use, as TOML."""
    context: Context = ctx.obj
    settings = context.settings
    people = people_in(images)
    work = _work(settings, workers)
    with progress("Photos", sum(len(photos) for _, photos in people)) as step:
        report = measure_presets(people, work, step)
    context.answer(asdict(report), _toml(report, settings.models.embedding))


def _work(settings: Settings, workers: int | None) -> PhotoWork:
    """An engine for each worker."""
    engines = [build_engine(settings) for _ in range(workers or os.cpu_count() or 1)]
    return PhotoWork(engines, settings.enrolment.min_face_px)


def _toml(report: PresetsReport, model: str) -> str:
    """The presets as config.toml takes them."""
    lines = [
        f"# {report.photos:,} photos of {report.people:,} people, {report.impostor_pairs:,} pairs of different people",
        f"# {report.model}",
    ]
    for preset in report.presets:
        lines += ["[[matching.presets]]", f'model = "{model}"', f"fmr = {preset.fmr:.0e}"]
        lines.append(f"similarity = {preset.similarity:.4f}")
    return "\n".join(lines)


def _document(report: VerificationReport) -> dict[str, object]:
    rates = {"accuracy": report.right, "failures_to_acquire": report.failures_to_acquire}
    rates |= {f"tar_at_fmr_{fmr:g}": tar for fmr, tar in report.tar_at_fmr.items() if tar}
    return {
        "pairs": report.right.total,
        "accuracy": {"mean": report.accuracy_mean, "std": report.accuracy_std},
        "auc": report.auc,
        "eer": report.eer,
        "tar_at_fmr": {f"{fmr:g}": tar.rate if tar else None for fmr, tar in report.tar_at_fmr.items()},
        "failures_to_acquire": report.failures_to_acquire.rate,
        "seconds": round(report.seconds, 3),
        "intervals_95": {name: rate.interval for name, rate in rates.items()},
        "fold_accuracies": report.fold_accuracies,
        "genuine_pairs": report.genuine,
        "impostor_pairs": report.right.total - report.genuine,
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
        rough = "  (rough: few false matches to count)" if fmr * impostors < _ERRORS_NEEDED else ""
        too_few = f"{name:<28} too few pairs: {1 / fmr:,.0f} of two people are needed"
        rows.append(_row(name, tar) + rough if tar else too_few)
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
            f"area under the curve {report.auc:.5f}, equal error rate {report.eer:.2%}",
            f"{report.seconds:.1f} s, {report.images_per_second:.1f} photos a second",
        ]
    )


def _row(name: str, rate: Proportion) -> str:
    low, high = rate.interval
    count = f"{rate.count:,} of {rate.total:,}"
    return f"{name:<28} {rate.rate:>9.2%} {count:>17} {f'{low:.2%} to {high:.2%}':>21}"
