"""``limen enrol``, ``verify``, ``identify`` and ``compare``."""

import os.path
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from limen.camera.photo import Photo, load_photo, people_in, person_of
from limen.cli.context import Context, note, progress
from limen.door.build import build_engine, build_gallery, match_policy
from limen.door.build_store import build_store
from limen.door.enrolment import Enrolment, EnrolmentReport, small_photo
from limen.door.people import find
from limen.engine import Engine, main_face
from limen.errors import BadDataError, NoInputError, PhotoRefusedError
from limen.matching.base import Method, Outcome
from limen.matching.classifiers import CLASSIFIERS
from limen.matching.match import Match
from limen.matching.match import identify as identify_face
from limen.matching.match import verify as verify_face
from limen.store.consent import check_version
from limen.types import Embedding, Face, PersonId

# Whether a file can be read is seen when it is read: the exit code then is that of missing input, not of usage.
PhotoFile = Annotated[Path, typer.Argument(metavar="PHOTO", readable=False, help="A photo.")]
MethodOption = Annotated[Method, typer.Option(help="How the person is found.")]


def enrol(
    ctx: typer.Context,
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH...",
            readable=False,
            help="Photos named after their person, a folder of such, a folder a person.",
        ),
    ],
    name: Annotated[str | None, typer.Option(help="The name of the person that all the photos show.")] = None,
    keep_photos: Annotated[
        bool | None, typer.Option("--keep-photos/--no-photos", help="Keep the photos, encrypted.", show_default=False)
    ] = None,
    consent: Annotated[
        str | None, typer.Option("--consent", help="The version of the text that they all agreed to.")
    ] = None,
) -> None:
    """Make people known from one or more photos each."""
    context: Context = ctx.obj
    people = _people(paths, name)
    settings = context.settings
    check_version(settings.privacy.consent_text_version, consent)
    wanted = settings.enrolment if keep_photos is None else settings.enrolment.model_copy(
        update={"keep_photos": keep_photos}
    )  # fmt: skip
    engine = build_engine(settings)
    with build_store(settings) as store, progress("Enrol", sum(len(photos) for _, photos in people)) as step:
        report = Enrolment(engine, store, wanted, match_policy(settings, engine), consent).run(people, step)
    _tell(context, report)
    if not report.enrolled:
        raise typer.Exit(BadDataError.exit_code)


def verify(
    ctx: typer.Context,
    photo: PhotoFile,
    person: Annotated[str, typer.Option(help="The name of the person it is said to be.")],
    method: MethodOption = Method.NEAREST,
) -> None:
    """Say whether a photo shows a certain person (1:1)."""
    if method in CLASSIFIERS:
        raise typer.BadParameter(f"{method} chooses among people: of one claimed person, ask by nearest or centroid")
    context: Context = ctx.obj
    engine, embedding = _probe(context, photo)
    with build_store(context.settings) as store:
        claimed = find(store, person)
        policy = match_policy(context.settings, engine, method)
        match = verify_face(embedding, claimed.id, build_gallery(store, engine), policy)
    accepted = match.outcome is Outcome.MATCHED
    context.answer(
        {
            "accepted": accepted,
            "reason": match.outcome,
            "similarity": _rounded(match.similarity),
            "threshold": _rounded(match.threshold),
            "fmr": match.fmr,
        },
        f"{'yes' if accepted else 'no'}: {_compared(match)}",
    )
    raise typer.Exit(0 if accepted else 1)


def identify(ctx: typer.Context, photo: PhotoFile, method: MethodOption = Method.NEAREST) -> None:
    """Say who is in a photo (1:K)."""
    context: Context = ctx.obj
    shown = load_photo(photo)
    if warning := small_photo(shown):
        note(f"{photo}: warning: {warning}")
    engine = build_engine(context.settings)
    faces = engine.find_faces(shown.image, context.settings.enrolment.min_face_px)
    with build_store(context.settings) as store:
        gallery, policy = build_gallery(store, engine), match_policy(context.settings, engine, method)
        matches = [identify_face(embedding, gallery, policy) for embedding in engine.embed(shown.image, faces)]
        names = {person.id: person.name for person in store.people.all()}
    context.answer(
        {"faces": [_face_document(face, match, names) for face, match in zip(faces, matches, strict=True)]},
        "\n".join(_face_text(face, match, names) for face, match in zip(faces, matches, strict=True))
        or f"{photo}: no face was found",
    )
    raise typer.Exit(0 if any(match.person for match in matches) else 1)


def compare(
    ctx: typer.Context,
    a: Annotated[Path, typer.Argument(metavar="A", readable=False, help="A photo.")],
    b: Annotated[Path, typer.Argument(metavar="B", readable=False, help="Another photo.")],
) -> None:
    """Say whether two photos show the same person."""
    context: Context = ctx.obj
    engine, first = _probe(context, a)
    second = _main_embedding(engine, b, load_photo(b), context)
    fmr = context.settings.matching.fmr
    similarity, threshold = engine.compare(first, second), engine.thresholds.at_fmr(fmr)
    same = similarity >= threshold
    context.answer(
        {
            "same": same,
            "similarity": _rounded(similarity),
            "distance": _rounded(1 - similarity),
            "threshold": _rounded(threshold),
            "fmr": fmr,
        },
        f"{'the same person' if same else 'not the same person'}: similarity {similarity:.3f}, "
        f"threshold {threshold:.3f} (false match rate {fmr:g})",
    )
    raise typer.Exit(0 if same else 1)


def _people(paths: list[Path], name: str | None) -> list[tuple[str, list[Path]]]:
    """Who is to be enrolled from which photos; everything that is named must be there before anybody is enrolled."""
    found: dict[str, list[Path]] = {}
    for path in paths:
        for person, photos in people_in(path) if os.path.isdir(path) else [(person_of(path), [path])]:
            found.setdefault(name or person, []).extend(photos)
    if absent := [photo for photos in found.values() for photo in photos if not os.path.exists(photo)]:
        raise NoInputError(f"{absent[0]} is not there, or may not be read: name a photo or a folder of photos")
    return list(found.items())


def _tell(context: Context, report: EnrolmentReport) -> None:
    for remark in report.warnings:
        note(f"{remark.file}: warning: {remark.reason}")
    for remark in report.refused:
        note(
            f"refused: {remark.reason}" if remark.file in remark.reason else f"{remark.file}: refused: {remark.reason}"
        )
    lines = [f"{p.person}: {p.templates} new of {p.photos} photo(s)" for p in report.enrolled]
    context.answer(
        asdict(report), "\n".join([*lines, f"{len(report.enrolled)} enrolled, {len(report.refused)} refused"])
    )


def _probe(context: Context, path: Path) -> tuple[Engine, Embedding]:
    """The engine, and the face a photo is about; the photo is read first, so that a bad one is told at once."""
    shown = load_photo(path)
    engine = build_engine(context.settings)
    return engine, _main_embedding(engine, path, shown, context)


def _main_embedding(engine: Engine, path: Path, shown: Photo, context: Context) -> Embedding:
    faces = engine.find_faces(shown.image, context.settings.enrolment.min_face_px)
    if not faces:
        raise PhotoRefusedError(f"{path}: no face was found; use a photo that shows the face upright and large")
    largest = max(faces, key=lambda face: face.box.area)
    if any(face.box.width > largest.box.width / 2 for face in faces if face is not largest):
        largest = main_face(shown.image, faces)
        note(f"{path}: warning: {len(faces)} faces were found; the one nearest to the middle is taken")
    if warning := small_photo(shown):
        note(f"{path}: warning: {warning}")
    (embedding,) = engine.embed(shown.image, [largest])
    return embedding


def _face_document(face: Face, match: Match, names: dict[PersonId, str]) -> dict[str, object]:
    return {
        "box": [round(edge, 1) for edge in face.box.xyxy],
        "person": names[match.person] if match.person else None,
        "reason": match.outcome,
        "similarity": _rounded(match.similarity),
        "margin": _rounded(match.margin),
    }


def _face_text(face: Face, match: Match, names: dict[PersonId, str]) -> str:
    place = f"at {face.box.centre[0]:.0f}, {face.box.centre[1]:.0f}"
    return f"{names[match.person] if match.person else match.outcome} {place}: {_compared(match)}"


def _compared(match: Match) -> str:
    if match.similarity is None:
        return "nobody is enrolled to compare with"
    margin = "" if match.margin is None else f", margin {match.margin:.3f}"
    return (
        f"similarity {match.similarity:.3f}, threshold {match.threshold:.3f} (false match rate {match.fmr:.2g}){margin}"
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
