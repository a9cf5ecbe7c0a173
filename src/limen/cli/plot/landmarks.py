"""``limen plot landmarks``: points over faces, and how far off they are."""

from pathlib import Path
from typing import Annotated

import typer

from limen.camera.photo import photos_in
from limen.cli.context import Context, progress
from limen.cli.photos import photo_work
from limen.cli.plot.picture import Out, caption, check_out, written
from limen.config import Settings
from limen.errors import BadDataError
from limen.evaluation.landmarks import (
    LandmarkReport,
    MarkedFace,
    choose_faces,
    mark_photos,
    mark_pictures,
    read_face_images,
    read_keypoints,
    summarise,
)

_ARCHIVE = ".npz"


def landmarks(
    ctx: typer.Context,
    path: Annotated[
        Path,
        typer.Argument(metavar="PATH", help="A folder of photos, or grey pictures in an .npz file.", readable=False),
    ],
    truth: Annotated[
        Path | None,
        typer.Option(help="The true points of the .npz file's pictures, as CSV.", readable=False, show_default=False),
    ] = None,
    out: Out = Path("landmarks.png"),
    first: Annotated[int, typer.Option(min=1, max=100_000, help="Look at so many pictures, from the first on.")] = 500,
    faces: Annotated[int, typer.Option(min=1, max=100, help="Draw at most so many faces.")] = 24,
    failures: Annotated[
        bool, typer.Option("--failures", help="Also draw pictures in which no face was found.")
    ] = False,
) -> None:
    """Draw the detector's five landmarks over faces, and the true points where they are known."""
    context: Context = ctx.obj
    check_out(out)
    if truth and path.suffix.lower() != _ARCHIVE:
        raise BadDataError(f"--truth goes with grey pictures in an .npz file, {path} is none: leave it out")
    settings = context.settings
    archive = path.suffix.lower() == _ARCHIVE
    marked = _from_archive(path, truth, first, settings) if archive else _from_photos(path, first, settings)
    shown = choose_faces(marked, faces, failures=failures)
    report = summarise(marked)
    if not shown:
        raise BadDataError(f"no face was found in any of the {len(marked)} pictures of {path}; --failures draws them")
    # Late: Matplotlib takes half a second to import, and other commands must not pay for it.
    from limen.evaluation.plots.landmarks import landmarks as draw

    detector = settings.models.detection
    told = _told(report)
    figure = draw(shown, caption("Landmarks of faces", f"{path.resolve().name}: {told}", [detector]))
    document = {"drawn": len(shown), "model": detector, **_document(report)}
    written(context, figure, out, document, told)


def _from_archive(path: Path, truth: Path | None, first: int, settings: Settings) -> list[MarkedFace]:
    pictures = read_face_images(path)
    true = None if truth is None else read_keypoints(truth, len(pictures))[:first]
    work = photo_work(settings, None, calibrated=False)
    with progress("Pictures", len(pictures[:first])) as step:
        return mark_pictures(pictures[:first], true, work, step)


def _from_photos(path: Path, first: int, settings: Settings) -> list[MarkedFace]:
    photos = photos_in(path)[:first]
    work = photo_work(settings, None, calibrated=False)
    with progress("Photos", len(photos)) as step:
        return mark_photos(photos, work, step)


def _told(report: LandmarkReport) -> str:
    missed = report.failures_to_acquire
    found = f"a face found in {missed.total - missed.count:,} of {missed.total:,} pictures"
    if report.nme is None:
        return found
    return f"{found}; median error of {report.measured:,} faces {100 * report.nme[0]:.2f} %"


def _document(report: LandmarkReport) -> dict[str, object]:
    missed, far = report.failures_to_acquire, report.far
    return {
        "pictures": missed.total,
        "failures_to_acquire": {"rate": missed.rate, "count": missed.count, "interval_95": missed.interval},
        "measured": report.measured,
        "nme": report.nme and dict(zip(("median", "mean", "p95"), report.nme, strict=True)),
        "nme_above_0.1": far and {"rate": far.rate, "count": far.count, "interval_95": far.interval},
        "points": dict(report.points),
    }
