"""How exact a door is, and what each error rate means here."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Request
from starlette.responses import Response

from limen.errors import LimenError
from limen.web.api.accuracy import AccuracyView, CalibrationView, ChoiceView, accuracy_calibration, accuracy_of
from limen.web.api.models import views
from limen.web.pages import page_router, render
from limen.web.rights import Actor, Right, needs
from limen.web.site import Site, SiteDep

router = page_router()

WIDTH, HEIGHT = 420, 290
LEFT, RIGHT_EDGE, TOP, BOTTOM = 48, 24, 12, 50
_TICKS = ((1_000_000, "1M"), (100_000, "100k"), (10_000, "10k"), (1000, "1k"), (100, "100"), (10, "10"))


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: where it is in pixels, and what stands there."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Curve:
    """The trade between the two errors as a picture: strangers let in to the right, people turned away upwards.

    ``counted`` and ``fitted`` are points as SVG's polylines have them; ``x`` and ``y`` are those of the rate in force;
    ``highest`` is the rate at the upper end.
    """

    counted: str
    fitted: str
    x: float
    y: float | None
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    highest: float


@router.get("/accuracy")
def accuracy_page(request: Request, site: SiteDep, actor: Annotated[Actor, needs(Right.ACCURACY_SEE)]) -> Response:
    """The first door, or that there is none."""
    return _page(request, site, actor, next(iter(site.settings.doors), None))


@router.get("/accuracy/{door}")
def accuracy_door_page(
    door: str, request: Request, site: SiteDep, actor: Annotated[Actor, needs(Right.ACCURACY_SEE)]
) -> Response:
    """One door."""
    return _page(request, site, actor, door)


@router.get("/settings/models")
def models_page(request: Request, site: SiteDep, actor: Annotated[Actor, needs(Right.SETTINGS_SEE)]) -> Response:
    """The networks."""
    kept = site.settings.enrolment.keep_photos
    return render(request, "models.html", actor, models=views(site), keep_photos=kept)


def _page(request: Request, site: Site, actor: Actor, door: str | None) -> Response:
    shown, curve, failure = None, None, None
    if door is not None:
        try:
            shown = accuracy_of(site, door, 20.0)
            curve = curve_of(shown)
        except LimenError as error:
            if door not in site.settings.doors:
                raise
            failure = str(error)
    return render(
        request, "accuracy.html", actor, doors=list(site.settings.doors), door=door, shown=shown, curve=curve,
        failure=failure, calibration=_calibration(site), size=(WIDTH, HEIGHT),
        edges=(LEFT, TOP, WIDTH - RIGHT_EDGE, HEIGHT - BOTTOM),
    )  # fmt: skip


def _calibration(site: Site) -> CalibrationView | None:
    try:
        return accuracy_calibration(site)
    except LimenError:
        return None


def curve_of(shown: AccuracyView) -> Curve:
    """The picture of a door's choices."""
    highest = max((one.fnmr for one in shown.choices if one.fnmr is not None), default=0.0)
    top = max(math.ceil(highest * 10) / 10, 0.1)
    low, high = shown.choices[0].fpir, shown.choices[-1].fpir

    def x(fpir: float) -> float:
        share = math.log(fpir / low) / math.log(high / low)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT_EDGE), 1)

    def y(fnmr: float) -> float:
        return round(HEIGHT - BOTTOM - fnmr / top * (HEIGHT - BOTTOM - TOP), 1)

    def line(choices: Sequence[ChoiceView]) -> str:
        return " ".join(f"{x(one.fpir)},{y(one.fnmr)}" for one in choices if one.fnmr is not None)

    firm = [one for one in shown.choices if not one.fitted]
    loose = [one for one in shown.choices if one.fitted]
    return Curve(
        line(firm), line([*loose, *firm[:1]]), x(shown.chosen.fpir),
        None if shown.chosen.fnmr is None else y(shown.chosen.fnmr),
        tuple(Tick(x(1 / among), f"1 : {text}") for among, text in _TICKS),
        tuple(Tick(y(top * part / 4), f"{top * part / 4:.0%}") for part in range(5)),
        top,
    )  # fmt: skip
