"""What commands that work on many photos share: how many at a time, and from a folder to labelled faces."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from limen.camera.photo import people_in
from limen.cli.context import note, progress
from limen.config import Settings
from limen.door.build import build_engine
from limen.evaluation.labelled import LabelledFaces, People, embed_people, without
from limen.evaluation.photos import PhotoWork

Workers = Annotated[
    int | None, typer.Option(min=1, max=64, help="Photos worked on at a time; one a core.", show_default=False)
]
Images = Annotated[Path, typer.Option(help="Photos named after their person, or a folder a person.", readable=False)]


def photo_work(settings: Settings, workers: int | None, *, calibrated: bool = True) -> PhotoWork:
    """An engine for each worker; ``calibrated`` as for ``build_engine``."""
    engines = [build_engine(settings, calibrated=calibrated) for _ in range(workers or os.cpu_count() or 1)]
    return PhotoWork(engines, settings.enrolment.min_face_px)


LeaveOut = Annotated[
    Path | None,
    typer.Option(help="A list of photos that carry a wrong name, a path a line.", readable=False, show_default=False),
]


def people_below(images: Path, leave_out: Path | None) -> People:
    """Each person's name and photos in a folder, but for those that the list ``leave_out`` names."""
    people = people_in(images)
    return people if leave_out is None else without(people, images, leave_out)


def labelled_faces(images: Path, work: PhotoWork, people: People | None = None) -> LabelledFaces:
    """The faces of everybody in a folder, or of ``people`` alone, with a bar while they are embedded.

    A note tells of the photos without a face.
    """
    people = people_in(images) if people is None else people
    with progress("Photos", sum(len(photos) for _, photos in people)) as step:
        faces = embed_people(people, work, step)
    if faces.missed:
        note(f"no face was found in {len(faces.missed)} photo(s), which are left out; the first is {faces.missed[0]}")
    return faces


def described(faces: LabelledFaces, images: Path) -> str:
    """What a set of faces is, for titles and records: the folder's name, photos and people."""
    photos = "1 photo" if len(faces) == 1 else f"{len(faces):,} photos"
    people = "1 person" if len(faces.names) == 1 else f"{len(faces.names):,} people"
    return f"{images.resolve().name}: {photos} of {people}"


def today() -> str:
    """The date for titles, in UTC."""
    return f"{datetime.now(UTC):%Y-%m-%d}"
