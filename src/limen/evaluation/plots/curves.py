"""How the two error rates of models trade against each other: DET and ROC curves.

Source of the DET axes: Martin et al., The DET curve in assessment of detection task performance, 1997.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullLocator
from numpy.typing import NDArray
from scipy.special import ndtri

from limen.errors import BadDataError
from limen.evaluation.metrics import ERRORS_NEEDED
from limen.evaluation.plots.style import (
    FAINT,
    MARGIN,
    PALETTE,
    SMALL,
    Caption,
    begin,
    percent,
    shortened,
    styled,
    text_height,
    text_width,
)
from limen.evaluation.scores import AllPairs

Rates = NDArray[np.float64]

_TICKS = (1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
"""Where a DET axis has ticks; it begins and ends at one."""
_WIDTH, _LEFT, _PLOT = 8.6, 0.95, (7.2, 5.4)
_LABELS, _LEGEND_ROW = 0.7, 0.17
_DASHES = (0, (4, 2))
_NOTHING = "No curve: in these photos no threshold gives errors that could be counted."

Plane = Callable[[Rates, Rates], tuple[Rates, Rates]]
"""From FMR and FNMR to where they are drawn."""


@dataclass(frozen=True, slots=True)
class Curve:
    """The error rates of one model as its threshold rises.

    ``fmr`` falls from 1 to 0 and ``fnmr`` rises from 0 to 1, both float64 (thresholds,). ``impostors`` is the number of
    pairs of people behind the first, ``genuines`` that of comparisons of one person behind the second.
    """

    label: str
    fmr: Rates = field(repr=False)
    fnmr: Rates = field(repr=False)
    impostors: int
    genuines: int

    @property
    def errors(self) -> tuple[Rates, Rates]:
        """How many false matches and false non-matches are expected at each threshold."""
        return self.fmr * self.impostors, self.fnmr * self.genuines

    @property
    def eer(self) -> float | None:
        """The rate at which both errors are as frequent, by a straight line between thresholds.

        ``None`` where it is less than one error.
        """
        gap = self.fnmr - self.fmr
        after = int((gap >= 0).argmax())
        share = gap[after - 1] / (gap[after - 1] - gap[after])
        rate = float(self.fmr[after - 1] + share * (self.fmr[after] - self.fmr[after - 1]))
        return rate if rate * min(self.impostors, self.genuines) >= 1 else None


def curve_of(label: str, pairs: AllPairs) -> Curve:
    """The curve of a model, in which each two people count once.

    Raises:
        BadDataError: there is no pair of two people, or none of one person.
    """
    check_both_kinds(pairs)
    fmr, fnmr = pairs.impostor.rates(), 1 - pairs.genuine.rates()
    changes = np.flatnonzero((np.diff(fmr) != 0) | (np.diff(fnmr) != 0))
    # The first threshold, every one before or after which something changes, and one that nobody reaches.
    kept = np.union1d([0, *changes], changes + 1)
    return Curve(
        label,
        np.append(np.clip(fmr[kept], 0, 1), 0.0),
        np.append(np.clip(fnmr[kept], 0, 1), 1.0),
        pairs.impostor.units,
        pairs.genuine.total,
    )


def check_both_kinds(pairs: AllPairs) -> None:
    """Refuse to tell of error rates where one kind of them cannot be.

    Raises:
        BadDataError: there is no pair of two people, or none of one person.
    """
    if not (pairs.genuine.total and pairs.impostor.total):
        raise BadDataError(
            f"{pairs.genuine.total:,} pairs of photos of one person and {pairs.impostor.total:,} of two people were "
            "found: photos of at least two people are needed, and two photos of one of them"
        )


@styled()
def det(curves: Sequence[Curve], caption: Caption) -> Figure:
    """False non-match rate over false match rate, both on probit axes: normal distributions give straight lines.

    Raises:
        ValueError: there are no curves.
    """
    figure, axes = _begin(curves, caption)
    inside = [(curve.fmr <= _TICKS[-1]) & (curve.fnmr <= _TICKS[-1]) for curve in curves]
    shown = [part & (curve.errors[0] >= 1) & (curve.errors[1] >= 1) for curve, part in zip(curves, inside, strict=True)]
    _draw(axes, curves, shown, lambda fmr, fnmr: (_probit(fmr), _probit(fnmr)))
    axes.axline((0, 0), slope=1, color=FAINT, linewidth=0.8, linestyle=":")
    x = [curve.fmr[visible] for curve, visible in zip(curves, shown, strict=True)]
    y = [curve.fnmr[visible] for curve, visible in zip(curves, shown, strict=True)]
    axes.set_xlim(_probit_axis(axes.xaxis, x, _PLOT[0], lambda label: text_width(label, SMALL)))
    axes.set_ylim(_probit_axis(axes.yaxis, y, _PLOT[1], lambda _: text_height(SMALL)))
    axes.set(xlabel="false match rate (FMR)", ylabel="false non-match rate (FNMR)")
    return figure


@styled()
def roc(curves: Sequence[Curve], caption: Caption) -> Figure:
    """True match rate over the logarithm of the false match rate.

    Raises:
        ValueError: there are no curves.
    """
    figure, axes = _begin(curves, caption)
    shown = [curve.errors[0] >= 1 for curve in curves]
    _draw(axes, curves, shown, lambda fmr, fnmr: (fmr, 1 - fnmr))
    rarest = min(float(curve.fmr[visible].min()) for curve, visible in zip(curves, shown, strict=True))
    worst = max(float(curve.fnmr[visible].max()) for curve, visible in zip(curves, shown, strict=True))
    axes.set(
        xscale="log",
        xlim=(10 ** np.floor(np.log10(0.99 * rarest)), 1),
        ylim=(min(0.95, np.floor(20 * (1 - worst)) / 20), 1),
    )
    axes.xaxis.set_minor_locator(NullLocator())
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda rate, _: percent(rate)))
    axes.set(xlabel="false match rate (FMR)", ylabel="true match rate (1 − FNMR)")
    return figure


def _begin(curves: Sequence[Curve], caption: Caption) -> tuple[Figure, Axes]:
    """Axes to draw on, and below them what the lines will mean."""
    if not curves:
        raise ValueError("at least one curve is needed")
    page = begin(caption, _WIDTH, _PLOT[1] + _LABELS + (len(curves) + 2) * _LEGEND_ROW + MARGIN)
    axes = page.axes(_LEFT, 0, *_PLOT)
    handles = [Line2D([], [], color=_colour(i), linewidth=1.8, label=_described(c)) for i, c in enumerate(curves)]
    handles += [
        Line2D([], [], color=FAINT, linewidth=1.2, linestyle=_DASHES, label=f"fewer than {ERRORS_NEEDED} errors"),
        Line2D([], [], color=FAINT, linewidth=0, marker="o", markersize=6, label="equal error rate (EER)"),
    ]
    axes.legend(handles=handles, loc="upper left", bbox_to_anchor=(0, -_LABELS / _PLOT[1]), borderaxespad=0)
    return page.figure, axes


def _described(curve: Curve) -> str:
    eer = "too few errors for an EER" if curve.eer is None else f"EER {percent(curve.eer)}"
    rest = f": {eer} (pairs of photos of one person: {curve.genuines:,}, pairs of people: {curve.impostors:,})"
    return shortened(curve.label, SMALL, _PLOT[0] - 0.5 - text_width(rest, SMALL)) + rest


def _draw(axes: Axes, curves: Sequence[Curve], shown: Sequence[NDArray[np.bool_]], plane: Plane) -> None:
    """Draw the ``shown`` points: a full line where there are errors enough, else dashes; mark equal error rates."""
    if all(len(np.unique(curve.fmr[visible])) < 2 for curve, visible in zip(curves, shown, strict=True)):
        axes.text(0.5, 0.5, _NOTHING, transform=axes.transAxes, ha="center", color=FAINT)
    for index, (curve, visible) in enumerate(zip(curves, shown, strict=True)):
        enough = (curve.errors[0] >= ERRORS_NEEDED) & (curve.errors[1] >= ERRORS_NEEDED)
        rough = visible & ~enough
        # Dashes reach to where the full line begins.
        rough |= visible & (np.append(rough[1:], False) | np.append(False, rough[:-1]))
        x, y = plane(curve.fmr, curve.fnmr)
        for part, style, width in ((rough, _DASHES, 1.2), (visible & enough, "-", 1.8)):
            axes.plot(
                np.where(part, x, np.nan), np.where(part, y, np.nan), color=_colour(index), lw=width, linestyle=style
            )
        if curve.eer is not None:
            at = plane(np.array([curve.eer]), np.array([curve.eer]))
            axes.plot(*at, marker="o", markersize=7, color=_colour(index), markeredgecolor="white", zorder=3)


def _colour(index: int) -> str:
    return PALETTE[index % len(PALETTE)]


def _probit(rates: Rates) -> Rates:
    """Where on a normal distribution so much lies below; rates of 0 and 1 are drawn far outside."""
    return np.asarray(ndtri(np.clip(rates, 1e-15, 1 - 1e-15)), np.float64)


def _probit_axis(
    axis: Axis, shown: Sequence[Rates], length: float, size: Callable[[str], float]
) -> tuple[float, float]:
    """Set the ticks of an axis, but for those whose labels would touch, and return where it begins and ends.

    The axis is ``length`` inches long, along which a label takes ``size`` inches.
    """
    highest = max((float(rates.max()) for rates in shown if len(rates)), default=_TICKS[-1])
    end = next((tick for tick in _TICKS if tick >= highest), _TICKS[-1])
    ticks = [tick for tick in _TICKS if _tick_below(shown) <= tick <= end]
    at, labels = _probit(np.array(ticks)), [percent(tick) for tick in ticks]
    inches = length * (at - at[0]) / (at[-1] - at[0])
    kept: list[int] = []
    # The ends come first, then the powers of ten.
    for index in sorted(range(len(ticks)), key=lambda i: (0 < i < len(ticks) - 1, f"{ticks[i]:e}"[0] != "1")):
        room = [(size(labels[index]) + size(labels[other])) / 2 + 0.1 for other in kept]
        if all(abs(inches[index] - inches[other]) >= least for other, least in zip(kept, room, strict=True)):
            kept.append(index)
    axis.set_ticks(at[kept], [labels[index] for index in kept])
    return float(at[0]), float(at[-1])


def _tick_below(shown: Sequence[Rates]) -> float:
    """The last tick that no rate lies below; 0.1 % where there are no rates."""
    lowest = min((float(rates.min()) for rates in shown if len(rates)), default=0.001)
    return max((tick for tick in _TICKS[:-1] if tick < lowest), default=_TICKS[0])
