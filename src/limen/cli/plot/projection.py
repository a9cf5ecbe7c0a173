"""``limen plot projection``: faces on a plane, as a picture."""

from pathlib import Path
from typing import Annotated

import typer

from limen.camera.photo import people_in
from limen.cli.context import Context
from limen.cli.photos import Workers, described, labelled_faces, photo_work
from limen.cli.plot.picture import Folder, Out, caption, check_enough, check_out, faces_of, written
from limen.evaluation.projection import ProjectionMethod, project

_TITLES = {
    ProjectionMethod.PCA: "How the faces lie to each other (principal components)",
    ProjectionMethod.TSNE: "Which faces lie near each other (t-SNE)",
}


def projection(
    ctx: typer.Context,
    folder: Folder,
    out: Out = Path("projection.png"),
    method: Annotated[
        ProjectionMethod, typer.Option(help="How dimensions become two.", show_choices=True)
    ] = ProjectionMethod.PCA,
    workers: Workers = None,
) -> None:
    """Draw where faces lie to each other: those of one person should lie together, apart from all others."""
    context: Context = ctx.obj
    check_out(out)
    # Late: Matplotlib takes half a second to import, and other commands must not pay for it.
    from limen.evaluation.plots.projection import projection_map, shown_faces

    people = people_in(folder)
    check_enough(people, folder, 3)
    work = photo_work(context.settings, workers, calibrated=False)
    faces = labelled_faces(folder, work, people)
    laid = project(faces.vectors, method)
    shown = shown_faces(faces, laid)
    pictures = dict(zip(shown, faces_of([faces.photos[index] for index in shown], work), strict=True))
    head = caption(_TITLES[method], described(faces, folder), [faces.model])
    figure = projection_map(faces, laid, pictures, head)
    counts = {"faces": len(faces), "people": len(faces.names), "shown": len(shown), "model": faces.model}
    written(context, figure, out, {**counts, "method": method, "variance": laid.shares}, described(faces, folder))
