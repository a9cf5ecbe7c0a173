"""What the commands that draw share: where photos come from, what stands above a picture, and how it is written."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from limen.cli.context import Context, Json, progress
from limen.cli.photos import today
from limen.errors import BadDataError
from limen.evaluation.labelled import People
from limen.evaluation.photos import PhotoWork
from limen.evaluation.thumbnails import thumbnails
from limen.types import Image

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from limen.evaluation.plots.style import Caption

Folder = Annotated[
    Path,
    typer.Argument(metavar="FOLDER", help="Photos named after their person, or a folder a person.", readable=False),
]
Out = Annotated[Path, typer.Option(help="The picture to write: .png or .svg.", readable=False)]


def check_out(out: Path) -> None:
    """Refuse a place where no picture can be written, before the long work begins; errors as ``save_figure``'s."""
    # Late: Matplotlib takes half a second to import, and commands that draw nothing must not pay for it.
    from limen.evaluation.plots.style import check_picture_path

    check_picture_path(out)


def check_enough(people: People, folder: Path, least: int) -> None:
    """Refuse fewer photos than a picture needs faces.

    Raises:
        BadDataError: there are fewer than ``least``.
    """
    photos = sum(len(photos) for _, photos in people)
    if photos < least:
        raise BadDataError(f"{folder} holds {photos} photo(s): {least} at least are needed for this picture")


def check_pairs(people: People, folder: Path) -> None:
    """Refuse photos that cannot tell how often one person matches and how often two do.

    Raises:
        BadDataError: they are of one person, or all of different people.
    """
    if len(people) < 2:
        raise BadDataError(
            f"all photos in {folder} are of one person, {people[0][0]}: error rates need two people at least; "
            "name photos after their person, or put them into a folder a person"
        )
    if all(len(photos) < 2 for _, photos in people):
        raise BadDataError(
            f"the {len(people)} photos in {folder} are of as many people: error rates need two photos of one person"
        )


def caption(title: str, data: str, models: Sequence[str]) -> "Caption":
    """The lines above a picture; of a model's key the name and the beginning of the digest are enough."""
    # Late: see above.
    from limen.evaluation.plots.style import Caption

    keys = [model.partition(":") for model in models]
    return Caption(title, data, ", ".join(f"{name}{colon}{digest[:8]}" for name, colon, digest in keys), today())


def faces_of(photos: Sequence[Path], work: PhotoWork) -> list[Image]:
    """The main face of each photo as a small picture, with a bar while they are cut out."""
    with progress("Faces", len(photos)) as step:
        found = thumbnails(photos, work, step)
    return [found[photo] for photo in photos]


def written(context: Context, figure: "Figure", out: Path, document: Json, what: str) -> None:
    """Write ``figure`` and answer: ``document`` beside the file's name, or the name and ``what`` it shows."""
    # Late: see above.
    from limen.evaluation.plots.style import save_figure

    save_figure(figure, out)
    # What is no text in a file's name is replaced: it could not be printed.
    name, text = (os.fsencode(part).decode(errors="replace") for part in (out, f"{out}: {what}"))
    context.answer({"file": name} | dict(document), text)
