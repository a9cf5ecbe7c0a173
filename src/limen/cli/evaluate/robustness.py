"""``limen evaluate robustness``: what changes of a photo do to similarity."""

from typing import Annotated

import typer

from limen.cli.context import Context, note, progress
from limen.cli.photos import Images, LeaveOut, Workers, people_below, photo_work
from limen.config import Settings
from limen.evaluation.labelled import People
from limen.evaluation.metrics import Proportion
from limen.evaluation.robustness import Compared, Effect, RobustnessReport, choose_probes, study_robustness

Photos = Annotated[int, typer.Option(min=1, max=100_000, help="At most so many photos, spread evenly over the people.")]
DEFAULT_PHOTOS = 200


def robustness(
    ctx: typer.Context,
    images: Images,
    leave_out: LeaveOut = None,
    photos: Photos = DEFAULT_PHOTOS,
    workers: Workers = None,
) -> None:
    """Mirror, turn, blur, darken, cover and shrink photos, and see how alike they stay."""
    context: Context = ctx.obj
    report = measured(context.settings, people_below(images, leave_out), photos, workers)
    context.answer(_document(report), _table(report))


def measured(settings: Settings, people: People, photos: int, workers: int | None) -> RobustnessReport:
    """What changes do to photos of ``people``, with a bar meanwhile; a note tells of photos without a face."""
    probes = choose_probes(people, photos)
    work = photo_work(settings, workers)
    with progress("Photos", len(probes)) as step:
        report = study_robustness(probes, work, settings.matching.fmr, step)
    if report.missed:
        note(f"no face was found in {len(report.missed)} photo(s), which are left out; the first is {report.missed[0]}")
    return report


def _document(report: RobustnessReport) -> dict[str, object]:
    return {
        "model": report.model,
        "fmr": report.fmr,
        "threshold": round(report.threshold, 4),
        "min_face_px": report.min_face_px,
        "photos": report.photos,
        "people": report.people,
        "photos_with_another": report.with_other,
        "photos_without_face": len(report.missed),
        "unchanged": _effect(report.unchanged),
        "changes": [
            {
                "change": one.change.name,
                "unit": one.change.unit,
                "results": [{"strength": effect.strength, **_effect(effect)} for effect in one.effects],
            }
            for one in report.changes
        ],
    }


def _effect(effect: Effect) -> dict[str, object]:
    return {
        "failures_to_acquire": _proportion(effect.failures_to_acquire),
        "same_photo": _compared(effect.same),
        "other_photo": _compared(effect.other),
    }


def _compared(compared: Compared | None) -> dict[str, object] | None:
    if compared is None:
        return None
    return {
        "median": round(compared.median, 4),
        "p5": round(compared.p5, 4),
        "p95": round(compared.p95, 4),
        "fnmr": _proportion(compared.below),
    }


def _proportion(part: Proportion) -> dict[str, object]:
    return {"rate": part.rate, "count": part.count, "total": part.total, "interval_95": part.interval}


_HEAD = (
    f"{'':<22} {'photos':>6} {'no face':>8}   {'the photo itself':<20} {'another of the person':<22} "
    f"{'FNMR':>6}  95 % interval"
)


def _table(report: RobustnessReport) -> str:
    """Medians with the 5th and 95th percentile, and how many are turned away."""
    lines = [
        f"{report.photos:,} photos of {report.people:,} people, {report.with_other:,} of them compared with another "
        "photo of the person",
        f"model {report.model}, threshold {report.threshold:.4f} (false match rate {report.fmr:g})",
        "",
        _HEAD,
        _row("unchanged", report.unchanged),
    ]
    for one in report.changes:
        lines += ["", f"{one.change.title}  ({one.change.unit})" if one.change.unit else one.change.title]
        lines += [_row(f"  {one.change.name} {effect.strength:g}", effect) for effect in one.effects]
    note_below = (
        "Similarities are medians, with the 5th to the 95th percentile. No face: failures to acquire. FNMR: the part "
        "of the\ncomparisons with another photo of the person that is below the threshold, where a face was found."
    )
    return "\n".join([*lines, "", note_below])


def _row(name: str, effect: Effect) -> str:
    missed = effect.failures_to_acquire
    same, other = (_spread(one) for one in (effect.same, effect.other))
    fnmr = ""
    if effect.other:
        low, high = effect.other.below.interval
        fnmr = f"{effect.other.below.rate:>6.1%}  {low:.1%} to {high:.1%}"
    return f"{name:<22} {missed.total:>6,} {missed.rate:>8.1%}   {same:<20} {other:<22} {fnmr}".rstrip()


def _spread(compared: Compared | None) -> str:
    return f"{compared.median:.3f} ({compared.p5:.3f}–{compared.p95:.3f})" if compared else "–"
