"""What a door's error rates mean among the people enrolled here."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from limen.config import Settings
from limen.door.build import build_calibration
from limen.matching.base import Method
from limen.matching.calibration import Calibration
from limen.matching.exact import ExactGallery
from limen.matching.thresholds import Thresholds

_STRICTEST, _LAXEST, _PER_DECADE = 1e-6, 0.1, 8


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of ``fpir``, the part of strangers that is let in, and what comes with it.

    ``threshold`` is the similarity that is needed, ``fmr`` how often two people reach it in one comparison, ``fnmr``
    how often two photos of one person do not: ``None`` where too few were counted. ``fitted`` says that the rate lies
    below all that was counted, so that its threshold continues what was.
    """

    fpir: float
    threshold: float
    fmr: float
    fnmr: float | None
    fitted: bool


@dataclass(frozen=True, slots=True)
class DoorRates:
    """The error rates of a door: ``chosen`` is what is in force, ``choices`` run from strict to lax."""

    door: str
    people: int
    fmr: float
    threshold_verify: float
    chosen: Choice
    choices: tuple[Choice, ...]
    source: str


def door_rates(
    settings: Settings, door: str, gallery: ExactGallery, thresholds: Thresholds, calibration: Calibration | None
) -> DoorRates:
    """What the rates of ``door``, a door of the settings, mean with ``gallery``.

    Raises:
        ConfigError: the model has no thresholds.
    """
    config, matching = settings.doors[door], settings.matching
    fpir, fmr = config.fpir or matching.fpir, config.fmr or matching.fmr
    measure = _Choosing(thresholds, gallery.comparisons(thresholds.exponent(Method.NEAREST)), calibration)
    return DoorRates(
        door, gallery.people, fmr, thresholds.at_fmr(fmr), measure.at(fpir),
        tuple(measure.at(rate) for rate in _rates(fpir)), thresholds.source,
    )  # fmt: skip


def calibration_in_force(settings: Settings, gallery: ExactGallery) -> Calibration | None:
    """The calibration that the thresholds of the model in use come from, if they come from one."""
    return build_calibration(settings, gallery.model)


@dataclass(frozen=True, slots=True)
class _Choosing:
    thresholds: Thresholds
    comparisons: float
    calibration: Calibration | None

    def at(self, fpir: float) -> Choice:
        threshold = self.thresholds.for_search(fpir, self.comparisons)
        fmr = self.thresholds.fmr_at(threshold)
        fnmr = None if self.calibration is None else self.calibration.fnmr_at(threshold)
        return Choice(fpir, threshold, fmr, fnmr, self.thresholds.is_fitted(fmr))


def _rates(own: float) -> Sequence[float]:
    """Rates from strict to lax, evenly on a logarithmic scale, and the door's own among them."""
    return sorted({*_grid(), own})


def _grid() -> Iterator[float]:
    decades = math.log10(_LAXEST / _STRICTEST)
    for step in range(round(decades * _PER_DECADE) + 1):
        yield float(f"{_STRICTEST * 10 ** (step / _PER_DECADE):.2g}")
