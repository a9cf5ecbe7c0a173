"""``limen cluster``: photos of anybody, put together by the person they show."""

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from limen.cli.context import Context, progress
from limen.cli.photos import Workers, photo_work
from limen.errors import BadDataError, LimenError
from limen.evaluation.photos import embed_all_faces, photos_below
from limen.matching.clusters import cluster_faces, rate_for
from limen.types import Embedding


def between_0_and_1(value: float | None) -> float | None:
    """``value``, if it is a rate or was not given; click's own range would let a NaN through."""
    if value is not None and not 0 < value < 1:
        raise typer.BadParameter(f"a rate between 0 and 1 is expected, got {value:g}")
    return value


Fmr = Annotated[
    float | None,
    typer.Option(
        callback=between_0_and_1,
        help="How often two people may be as alike as faces put together; one in the number of photos.",
        show_default=False,
    ),
]


@dataclass(frozen=True, slots=True)
class Grouped:
    """Photos by person: ``clusters`` of at least two, and those ``alone`` of which no face is in any cluster."""

    clusters: tuple[tuple[Path, ...], ...]
    alone: tuple[Path, ...]


def cluster(
    ctx: typer.Context,
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", readable=False, help="A folder of photos, also in folders in it.")
    ],
    fmr: Fmr = None,
    workers: Workers = None,
) -> None:
    """Put photos of unknown people together by person; a photo of several people stands with each of them."""
    context: Context = ctx.obj
    photos = photos_below(folder)
    work = photo_work(context.settings, workers)
    rate = fmr or rate_for(len(photos))
    threshold = work.engines[0].thresholds.at_fmr(rate)
    with progress("Photos", len(photos)) as step:
        found = embed_all_faces(photos, work, step, context.settings.enrolment.quality)
    refused = {photo: _name(str(answer)) for photo in photos if isinstance(answer := found[photo], LimenError)}
    faces = [(photo, face) for photo in photos if photo not in refused for face in _faces(found[photo])]
    if not faces:
        raise BadDataError(_nothing(folder, len(photos), refused))
    vectors = np.array([face.vector for _, face in faces], np.float32)
    labels = cluster_faces(vectors, work.engines[0].measure, threshold)
    shown = [photo for photo, _ in faces]
    grouped = group_photos(shown, labels.tolist())
    no_face = [photo for photo in photos if not (photo in refused or _faces(found[photo]))]
    context.answer(
        {
            "clusters": [[_name(file) for file in files] for files in grouped.clusters],
            "alone": [_name(file) for file in grouped.alone],
            "no_face": [_name(file) for file in no_face],
            "refused": [{"file": _name(file), "reason": reason} for file, reason in refused.items()],
            "faces": len(faces),
            "fmr": float(f"{rate:.3g}"),
            "threshold": round(threshold, 4),
        },
        _text(grouped, no_face, refused, f"{len(photos):,} photo(s), {len(faces):,} face(s)"),
    )


def group_photos(photos: Sequence[Path], labels: Sequence[int]) -> Grouped:
    """The photos of each person, the largest cluster first; ``photos`` and ``labels`` are those of the faces.

    A photo of several people may be in several clusters, and is once in each.
    """
    shown: defaultdict[int, set[Path]] = defaultdict(set)
    for photo, label in zip(photos, labels, strict=True):
        shown[label].add(photo)
    several = [tuple(sorted(files)) for files in shown.values() if len(files) > 1]
    together = {photo for files in several for photo in files}
    return Grouped(
        tuple(sorted(several, key=lambda files: (-len(files), files))),
        tuple(sorted(set(photos) - together)),
    )


def _faces(answer: tuple[Embedding, ...] | LimenError) -> tuple[Embedding, ...]:
    return () if isinstance(answer, LimenError) else answer


def _nothing(folder: Path, photos: int, refused: Mapping[Path, str]) -> str:
    why = f"; {len(refused)} could not be read, the first because: {next(iter(refused.values()))}" if refused else ""
    return f"no face was found in any of the {photos} photo(s) of {folder}: photos that show faces are expected{why}"


def _name(file: Path | str) -> str:
    """A file's name, or what names it, as text that can be printed: what is no UTF-8 in it is replaced."""
    return os.fsencode(file).decode(errors="replace")


def _text(grouped: Grouped, no_face: Sequence[Path], refused: Mapping[Path, str], counted: str) -> str:
    several = f"{len(grouped.clusters):,} people in two photos or more, {len(grouped.alone):,} photo(s) alone"
    blocks = [[f"{counted}: {several}"]]
    for number, files in enumerate(grouped.clusters, 1):
        blocks.append([f"person {number} ({len(files)} photos)", *_indented(files)])
    if grouped.alone:
        blocks.append(["alone", *_indented(grouped.alone)])
    if no_face:
        blocks.append(["no face was found in", *_indented(no_face)])
    if refused:
        blocks.append(["refused", *(f"  {_name(file)}: {reason}" for file, reason in refused.items())])
    return "\n\n".join("\n".join(block) for block in blocks)


def _indented(files: Sequence[Path]) -> list[str]:
    return [f"  {_name(file)}" for file in files]
