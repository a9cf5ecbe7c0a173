"""``limen evaluate enrolment``: whom enrolment would refuse, and why."""

from pathlib import Path

import typer

from limen.camera.photo import load_photo, people_in
from limen.cli.context import Context, progress
from limen.cli.photos import Images, Workers, photo_work
from limen.config import EnrolmentSettings
from limen.door.enrolment import face_to_enrol
from limen.engine import Engine
from limen.errors import BadDataError, NoInputError
from limen.evaluation.metrics import Proportion
from limen.evaluation.photos import on_engines


def enrolment(ctx: typer.Context, images: Images, workers: Workers = None) -> None:
    """Try to enrol everybody in a folder, and keep nothing: failures to enrol, and why each photo is refused."""
    context: Context = ctx.obj
    settings = context.settings.enrolment
    people = people_in(images)
    photos = [photo for _, own in people for photo in own]
    work = photo_work(context.settings, workers, calibrated=False)
    with progress("Photos", len(photos)) as step:
        reasons = on_engines(photos, work, lambda engine, photo: _refusal(engine, photo, settings), step)
    refused = {photo: reason for photo in photos if (reason := reasons[photo]) is not None}
    failed = [name for name, own in people if all(photo in refused for photo in own)]
    enrolled, accepted = Proportion(len(failed), len(people)), Proportion(len(refused), len(photos))
    context.answer(
        {
            "people": len(people),
            "failure_to_enrol": enrolled.rate,
            "failed": failed,
            "photos": len(photos),
            "photos_refused": accepted.rate,
            "intervals_95": {"failure_to_enrol": enrolled.interval, "photos_refused": accepted.interval},
            "refused": [{"file": str(photo), "reason": reason} for photo, reason in refused.items()],
        },
        "\n".join(
            [
                *(f"{photo}: {reason}" for photo, reason in refused.items()),
                _line("failure to enrol (people)", enrolled),
                _line("photos refused", accepted),
            ]
        ),
    )


def _refusal(engine: Engine, photo: Path, settings: EnrolmentSettings) -> str | None:
    """Why a photo would not be enrolled; ``None`` where it would."""
    try:
        face_to_enrol(engine, load_photo(photo), settings)
    except (BadDataError, NoInputError) as error:
        return str(error)
    return None


def _line(name: str, rate: Proportion) -> str:
    low, high = rate.interval
    return f"{name:<26}{rate.rate:>8.2%}  {rate.count:,} of {rate.total:,}  (95 % interval {low:.2%} to {high:.2%})"
