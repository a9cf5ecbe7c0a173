"""``limen plot clusters``: photos of anybody, put together by person, as a picture."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from limen.cli.cluster import Fmr
from limen.cli.context import Context, note, progress
from limen.cli.photos import Workers, photo_work
from limen.cli.plot.picture import Out, caption, check_out, written
from limen.config import QualityBounds
from limen.errors import BadDataError, LimenError
from limen.evaluation.photos import PhotoWork, embed_all_faces, photos_below
from limen.evaluation.thumbnails import clear_thumbnails
from limen.matching.clusters import cluster_faces, rate_for
from limen.types import Image, Vector

FaceInPhoto = tuple[Path, int]
"""A photo, and which of its faces, as the engine finds them."""


def clusters(
    ctx: typer.Context,
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Photos of anybody, also in folders in it.", readable=False)
    ],
    out: Out = Path("clusters.png"),
    fmr: Fmr = None,
    workers: Workers = None,
) -> None:
    """Draw which faces ``limen cluster`` takes for one person, side by side."""
    context: Context = ctx.obj
    check_out(out)
    photos = photos_below(folder)
    work = photo_work(context.settings, workers)
    engine = work.engines[0]
    rate = fmr or rate_for(len(photos))
    threshold = engine.thresholds.at_fmr(rate)
    bounds = context.settings.enrolment.quality
    faces = _embedded(photos, folder, work, bounds)
    labels = cluster_faces(np.array(list(faces.values()), np.float32), engine.measure, threshold)
    together, alone = _grouped(list(faces), labels.tolist())
    # Late: Matplotlib takes half a second to import, and other commands must not pay for it.
    from limen.evaluation.plots.clusters import cluster_sheet, lay_out

    sheet = lay_out([len(group) for group in together], len(alone))
    shown = [group[: block.shown] for group, block in zip(together, sheet.blocks, strict=False)]
    shown_alone = alone[: sheet.alone.shown] if sheet.alone else []
    pictures = _pictures([*(face for group in shown for face in group), *shown_alone], work, bounds)
    data = f"{folder.resolve().name}: {len(faces):,} faces in {len(photos):,} photos"
    head = caption("Which faces the model takes for one person", f"{data}, threshold {threshold:.4f}", [engine.model])
    figure = cluster_sheet(
        sheet, [[pictures[face] for face in group] for group in shown], [pictures[face] for face in shown_alone], head
    )
    counts = {"faces": len(faces), "photos": len(photos), "clusters": len(together), "alone": len(alone)}
    shares = {
        "shown": len(pictures),
        "model": engine.model,
        "fmr": float(f"{rate:.3g}"),
        "threshold": round(threshold, 4),
    }
    written(context, figure, out, {**counts, **shares}, f"{data}: {len(together):,} clusters, {len(alone):,} alone")


def _embedded(
    photos: Sequence[Path], folder: Path, work: PhotoWork, bounds: QualityBounds
) -> dict[FaceInPhoto, Vector]:
    """The clear faces of all photos; a note tells of those that cannot be read.

    Raises:
        BadDataError: no photo shows a face.
    """
    with progress("Photos", len(photos)) as step:
        found = embed_all_faces(photos, work, step, bounds)
    faces: dict[FaceInPhoto, Vector] = {}
    refused = []
    for photo in photos:
        answer = found[photo]
        if isinstance(answer, LimenError):
            refused.append(str(answer))
        else:
            faces |= {(photo, index): embedding.vector for index, embedding in enumerate(answer)}
    if refused:
        note(f"{len(refused)} photo(s) are left out; the first because: {refused[0]}")
    if not faces:
        raise BadDataError(
            f"no face was found in any of the {len(photos)} photo(s) of {folder}: are they the right ones?"
        )
    return faces


def _grouped(faces: Sequence[FaceInPhoto], labels: Sequence[int]) -> tuple[list[list[FaceInPhoto]], list[FaceInPhoto]]:
    """The faces of each cluster, the largest first, and those that are in none."""
    groups: dict[int, list[FaceInPhoto]] = {}
    for face, label in zip(faces, labels, strict=True):
        groups.setdefault(label, []).append(face)
    together = sorted((group for group in groups.values() if len(group) > 1), key=len, reverse=True)
    return together, [group[0] for group in groups.values() if len(group) == 1]


def _pictures(faces: Sequence[FaceInPhoto], work: PhotoWork, bounds: QualityBounds) -> dict[FaceInPhoto, Image]:
    photos = sorted({photo for photo, _ in faces})
    with progress("Faces", len(photos)) as step:
        found = clear_thumbnails(photos, work, bounds, step)
    return {(photo, index): found[photo][index] for photo, index in faces}
