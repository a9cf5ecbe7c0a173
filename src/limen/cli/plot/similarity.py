"""``limen plot similarity``: all faces against all, as a picture."""

from pathlib import Path

import typer

from limen.camera.photo import people_in
from limen.cli.context import Context, note
from limen.cli.photos import Workers, described, labelled_faces, photo_work
from limen.cli.plot.picture import Folder, Out, caption, check_enough, check_out, faces_of, written
from limen.evaluation.labelled import People


def similarity(ctx: typer.Context, folder: Folder, out: Out = Path("similarity.png"), workers: Workers = None) -> None:
    """Draw how alike all faces are to all others, and which of them are alike enough to match."""
    context: Context = ctx.obj
    check_out(out)
    # Late: Matplotlib takes half a second to import, and other commands must not pay for it.
    from limen.evaluation.plots.similarity import MOST_FACES, similarity_map
    from limen.evaluation.plots.threshold import Threshold

    listed = people_in(folder)
    check_enough(listed, folder, 2)
    people, left_out = _first(listed, MOST_FACES)
    if left_out:
        note(f"{left_out:,} photos are left out, at the end of the alphabet: a picture has room for {MOST_FACES}")
    work = photo_work(context.settings, workers)
    fmr = context.settings.matching.fmr
    threshold = Threshold(fmr, work.engines[0].thresholds.at_fmr(fmr))
    faces = labelled_faces(folder, work, people)
    head = caption("How alike all faces are to all others", described(faces, folder), [faces.model])
    figure = similarity_map(faces, faces_of(faces.photos, work), threshold, head)
    counts = {"faces": len(faces), "people": len(faces.names), "left_out": left_out, "model": faces.model}
    marked = {"fmr": fmr, "threshold": round(threshold.similarity, 4)}
    written(context, figure, out, {**counts, **marked}, described(faces, folder))


def _first(people: People, most: int) -> tuple[People, int]:
    """The first people, with so many photos at most, and how many photos are left out."""
    kept: list[tuple[str, list[Path]]] = []
    room = most
    for name, photos in people:
        if room:
            kept.append((name, list(photos[:room])))
            room -= len(kept[-1][1])
    return kept, sum(len(photos) for _, photos in people) - (most - room)
