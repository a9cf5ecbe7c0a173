"""``limen calibrate``: what a threshold means, measured. ``limen thresholds``: what the one in force means here."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from limen.cli.context import Context, note
from limen.cli.photos import LeaveOut, Workers, described, labelled_faces, people_below, photo_work
from limen.config import Settings
from limen.door.build import build_calibration, build_engine, calibration_file
from limen.door.build_store import build_store
from limen.engine import Engine
from limen.errors import BadDataError
from limen.evaluation.calibrate import calibrate as measure
from limen.evaluation.calibrate import people_for
from limen.evaluation.labelled import LabelledFaces
from limen.evaluation.metrics import ERRORS_NEEDED
from limen.evaluation.pairs import read_pairs
from limen.evaluation.scores import most_alike
from limen.matching.base import Method
from limen.matching.calibration import Calibration, days_between_false_entries
from limen.matching.exact import ExactGallery
from limen.models.storage import replace_file, writing

_SHOWN = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
_STRANGERS_A_DAY = 20.0
_DOUBTFUL = 20
"""So many pairs of people are shown who are more alike than chance explains."""


@dataclass(frozen=True, slots=True)
class _Measured:
    """A calibration, an engine of its model, and what its data look like."""

    calibration: Calibration
    engine: Engine
    doubtful: tuple[tuple[str, str, float], ...] = ()


def calibrate(
    ctx: typer.Context,
    images: Annotated[
        Path | None,
        typer.Option(help="Photos named after their person, or a folder a person.", readable=False, show_default=False),
    ] = None,
    pairs: Annotated[
        Path | None,
        typer.Option(help="With --images: only the photos of this list of pairs.", readable=False, show_default=False),
    ] = None,
    leave_out: LeaveOut = None,
    enrolled: Annotated[bool, typer.Option("--enrolled", help="From the people enrolled here.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Write it into this file instead of using it here.", show_default=False)
    ] = None,
    workers: Workers = None,
) -> None:
    """Measure which similarity stands for which error rate, and use that from now on."""
    if (images is not None) == enrolled:
        raise typer.BadParameter("say what to calibrate from: --images FOLDER or --enrolled")
    if images is None and (pairs or leave_out):
        raise typer.BadParameter("--pairs and --leave-out go with --images")
    context: Context = ctx.obj
    settings = context.settings
    if images is not None:
        people = read_pairs(pairs).people(images) if pairs else people_below(images, leave_out)
        work = photo_work(settings, workers, calibrated=False)
        faces, engine = labelled_faces(images, work, people), work.engines[0]
        data = described(faces, images)
    else:
        engine = build_engine(settings, calibrated=False)
        faces = _enrolled(settings, engine)
        data = f"{len(faces):,} templates of the {len(faces.names):,} people enrolled here"
    measured = _measured(faces, data, engine)
    place = out or calibration_file(settings, faces.model)
    _keep(measured.calibration, place)
    _warn(measured, settings.matching.fmr)
    note(f"written to {place}")
    _tell(context, measured, _STRANGERS_A_DAY)


def thresholds(
    ctx: typer.Context,
    strangers_a_day: Annotated[
        float, typer.Option(min=0.001, help="Strangers who come to the door in a day.")
    ] = _STRANGERS_A_DAY,
) -> None:
    """Show the calibration in force, and what the error rates of the settings mean here."""
    context: Context = ctx.obj
    engine = build_engine(context.settings)
    calibration = build_calibration(context.settings, engine.model)
    if calibration is None:
        raise BadDataError(f"there is no calibration of {engine.model}: make one (limen calibrate --images FOLDER)")
    _tell(context, _Measured(calibration, engine), strangers_a_day)


def _enrolled(settings: Settings, engine: Engine) -> LabelledFaces:
    """The templates of everybody enrolled here."""
    with build_store(settings) as store:
        templates = sorted(store.templates.load(engine.model), key=lambda template: template.person)
        names = {person.id: person.name for person in store.people.all()}
    if not templates:
        raise BadDataError("nobody is enrolled with the model in use: enrol people first, or calibrate from --images")
    people = sorted({template.person for template in templates})
    return LabelledFaces(
        np.array([template.embedding.vector for template in templates], np.float32),
        np.searchsorted(people, [template.person for template in templates]).astype(np.intp),
        tuple(names.get(person, person) for person in people),
        engine.model,
        engine.measure,
    )


def _measured(faces: LabelledFaces, data: str, engine: Engine) -> _Measured:
    calibration = measure(faces, data, datetime.now(UTC).replace(microsecond=0))
    # More alike than one of all comparisons is expected to be.
    bound = calibration.thresholds.at_fmr(1 / calibration.impostor_pairs)
    pairs = most_alike(faces, bound, _DOUBTFUL)
    return _Measured(calibration, engine, tuple((_called(faces, a), _called(faces, b), s) for a, b, s in pairs))


def _called(faces: LabelledFaces, index: int) -> str:
    return str(faces.photos[index]) if faces.photos else faces.names[faces.owner[index]]


def _keep(calibration: Calibration, path: Path) -> None:
    with writing(path.absolute().parent):
        path.absolute().parent.mkdir(parents=True, exist_ok=True)
        replace_file(path.absolute(), calibration.to_json().encode())


def _warn(measured: _Measured, fmr: float) -> None:
    """Say which labels to look at, and whether the rate that is set was counted at all."""
    if measured.calibration.thresholds.is_fitted(fmr):
        pairs = ERRORS_NEEDED / fmr
        note(
            f"not enough data to count a false match rate of {fmr:g}, which is set (matching.fmr): its threshold is "
            f"fitted; about {people_for(pairs):,} people would be enough"
        )
    if measured.doubtful:
        note(
            "more alike than chance explains, so perhaps one person under two names, or the same photo twice: look at "
            "them, and name what is wrong in a list for --leave-out"
        )
    for a, b, similarity in measured.doubtful:
        note(f"  {similarity:.4f}  {a}  {b}")


def _tell(context: Context, measured: _Measured, strangers: float) -> None:
    calibration = measured.calibration
    rates = [_row(calibration, rate) for rate in _SHOWN]
    here = _here(context.settings, measured, strangers)
    document = {
        "model": calibration.model,
        "data": calibration.data,
        "made_at": calibration.made_at.isoformat(),
        "impostor_pairs": calibration.impostor_pairs,
        "people_pairs": calibration.people_pairs,
        "genuine_pairs": calibration.genuine_pairs,
        "rates": rates,
        "exponents": {entry.method: entry.exponent for entry in calibration.exponents},
        "doubtful": [{"a": a, "b": b, "similarity": round(similarity, 4)} for a, b, similarity in measured.doubtful],
        "here": here,
    }
    context.answer(document, "\n".join([*_header(calibration), *map(_line, rates), "", *_here_text(here)]))


def _here(settings: Settings, measured: _Measured, strangers: float) -> dict[str, float | None]:
    """What the settings' rates come to among the people enrolled here."""
    calibration, engine = measured.calibration, measured.engine
    thresholds, matching = calibration.thresholds, settings.matching
    with build_store(settings) as store:
        # Not build_gallery: that everybody is enrolled with another model is no reason not to calibrate this one.
        gallery = ExactGallery(store.templates.load(engine.model), engine.model, engine.measure)
    threshold = thresholds.for_search(matching.fpir, gallery.comparisons(thresholds.exponent(Method.NEAREST)))
    return {
        "people": gallery.people,
        "fmr": matching.fmr,
        "threshold_verify": round(thresholds.at_fmr(matching.fmr), 4),
        "fpir": matching.fpir,
        "threshold_search": round(threshold, 4),
        "fmr_search": _rounded(thresholds.fmr_at(threshold)),
        "fnmr_search": _rounded(calibration.fnmr_at(threshold)),
        "strangers_a_day": strangers,
        "days_between_false_entries": round(days_between_false_entries(matching.fpir, strangers), 3),
    }


def _row(calibration: Calibration, rate: float) -> dict[str, object]:
    thresholds = calibration.thresholds
    similarity = thresholds.at_fmr(rate)
    counted = next((point for point in calibration.false_matches if math.isclose(point.fmr, rate)), None)
    return {
        "fmr": rate,
        "similarity": round(similarity, 4),
        "fitted": thresholds.is_fitted(rate),
        "pairs": counted.pairs if counted else None,
        "interval_95": [_rounded(edge) for edge in counted.interval] if counted else None,
        "fnmr": _rounded(calibration.fnmr_at(similarity)),
        "people_pairs_needed": math.ceil(round(ERRORS_NEEDED / rate, 6)),
    }


def _header(calibration: Calibration) -> list[str]:
    return [
        f"{calibration.model}",
        f"{calibration.data}, {calibration.made_at:%Y-%m-%d}",
        f"{calibration.impostor_pairs:,} comparisons of two people ({calibration.people_pairs:,} pairs of people), "
        f"{calibration.genuine_pairs:,} of one person",
        "",
        f"{'FMR':<8}{'similarity':>10}  {'comparisons':>11}  {'95 % interval of the FMR':<26}FNMR",
    ]


def _line(row: dict[str, object]) -> str:
    fnmr = f"{row['fnmr']:.1%}" if isinstance(row["fnmr"], float) else "not enough data"
    start = f"{row['fmr']:<8g}{row['similarity']:>10.4f}  "
    if row["fitted"]:
        return f"{start}{'fitted: not enough data to count':<39}{fnmr}  ({row['people_pairs_needed']:,} pairs needed)"
    if not isinstance(row["interval_95"], list):
        return f"{start}{'between two counted rates':<39}{fnmr}"
    low, high = row["interval_95"]
    return f"{start}{row['pairs']:>11,}  {f'{low:g} to {high:g}':<26}{fnmr}"


def _here_text(here: dict[str, float | None]) -> list[str]:
    days = here["days_between_false_entries"] or 0.0
    often = f"{days * 24:.1f} hours" if days < 1 else f"{days:,.1f} days"
    return [
        f"Here, with {here['people']} people enrolled:",
        f"  1:1 at a false match rate of {here['fmr']:g}: similarity {here['threshold_verify']:.4f}",
        f"  1:K at a false positive identification rate of {here['fpir']:g}: similarity {here['threshold_search']:.4f},"
        f" which two people reach in {here['fmr_search']:.2g} of comparisons",
        f"  at {here['strangers_a_day']:g} strangers a day, each looked at once: one false entry in {often}",
    ]


def _rounded(rate: float | None) -> float | None:
    return None if rate is None else float(f"{rate:.3g}")
