"""How similarity moves when photos are changed: a panel for each change."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, NullLocator
from numpy.typing import NDArray

from limen.evaluation.plots.style import (
    FAINT,
    INK,
    MARGIN,
    PALETTE,
    SMALL,
    TEXT,
    TINY,
    Caption,
    Page,
    begin,
    percent,
    styled,
)
from limen.evaluation.robustness import ChangeEffects, Compared, Effect, RobustnessReport

_COLUMNS = 3
_LEFT, _PANEL, _STRIP = 0.6, (2.6, 1.6), 0.42
_GAP_ACROSS, _TITLE, _GAP_STRIP, _BELOW = 0.55, 0.3, 0.08, 0.62
_ROW = _TITLE + _PANEL[1] + _GAP_STRIP + _STRIP + _BELOW
_LEGEND = 0.62
_WIDTH = MARGIN + _LEFT + _COLUMNS * (_PANEL[0] + _GAP_ACROSS) - _GAP_ACROSS + MARGIN
_SAME, _OTHER, _MISSED = PALETTE[0], PALETTE[1], INK
_BAR = 5.0
"""How wide a bar is: points."""


@styled()
def robustness(report: RobustnessReport, caption: Caption) -> Figure:
    """A panel for each change: similarity over its strength, and below it the part of photos that is turned away."""
    changes = [change for change in report.changes if change.effects]
    rows = -(-len(changes) // _COLUMNS)
    page = begin(caption, _WIDTH, _LEGEND + rows * _ROW)
    _legend(page, report)
    limits = _limits(report)
    for place, change in enumerate(changes):
        row, column = divmod(place, _COLUMNS)
        left = MARGIN + _LEFT + column * (_PANEL[0] + _GAP_ACROSS)
        top = _LEGEND + row * _ROW + _TITLE
        panel = page.axes(left, top, *_PANEL)
        strip = page.axes(left, top + _PANEL[1] + _GAP_STRIP, _PANEL[0], _STRIP)
        effects = _with_unchanged(change, report.unchanged)
        _similarities(panel, effects, report.threshold)
        _turned_away(strip, effects)
        panel.set(ylim=limits)
        panel.set_title(change.change.title, size=TEXT, loc="left", weight="bold")
        _strengths((panel, strip), change, effects)
        if column == 0:
            panel.set_ylabel("similarity")
            strip.set_ylabel("turned\naway", size=SMALL)
    return page.figure


def _with_unchanged(change: ChangeEffects, unchanged: Effect) -> list[Effect]:
    """The effects with the photos as they are among them, where the change has a strength that leaves them so."""
    neutral = change.change.neutral
    if neutral is None:
        return list(change.effects)
    as_it_is = Effect(neutral, unchanged.failures_to_acquire, unchanged.same, unchanged.other)
    return sorted([*change.effects, as_it_is], key=lambda effect: effect.strength)


def _similarities(axes: Axes, effects: Sequence[Effect], threshold: float) -> None:
    axes.axhline(threshold, color=INK, linewidth=1, linestyle="--")
    x = [effect.strength for effect in effects]
    same, other = [effect.same for effect in effects], [effect.other for effect in effects]
    for compared, colour, marker in ((other, _OTHER, "s"), (same, _SAME, "o")):
        low, median, high = np.array([_percentiles(one) for one in compared]).T
        axes.fill_between(x, low, high, color=colour, alpha=0.2, linewidth=0)
        axes.plot(x, median, color=colour, linewidth=1.6, marker=marker, markersize=4)


def _percentiles(compared: Compared | None) -> tuple[float, float, float]:
    return (compared.p5, compared.median, compared.p95) if compared else (np.nan, np.nan, np.nan)


def _turned_away(axes: Axes, effects: Sequence[Effect]) -> None:
    """Bars: the part in which no face is found, and on it the part of all that is found but below the threshold."""
    for effect in effects:
        missed = effect.failures_to_acquire.rate
        compared = effect.other or effect.same
        below = compared.below.rate * (1 - missed) if compared else 0.0
        axes.vlines(effect.strength, 0, missed, color=_MISSED, linewidth=_BAR)
        axes.vlines(effect.strength, missed, missed + below, color=_OTHER if effect.other else _SAME, linewidth=_BAR)
    axes.set(ylim=(0, 1), yticks=(0, 0.5, 1))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda rate, _: percent(rate)))


def _strengths(axes: tuple[Axes, Axes], change: ChangeEffects, effects: Sequence[Effect]) -> None:
    """Ticks at the strengths that were measured, as many of them as can be read; labels below the strip alone."""
    panel, strip = axes
    x = [effect.strength for effect in effects]
    logarithmic = min(x, default=0) > 0 and change.change.neutral is None
    for one in axes:
        if logarithmic:
            one.set_xscale("log")
        one.xaxis.set_minor_locator(NullLocator())
        one.set_xticks(x, _labels(x, np.log(x) if logarithmic else np.array(x)))
        one.margins(x=0.06)
    panel.tick_params(labelbottom=False)
    strip.tick_params(axis="x", labelsize=SMALL if len(x) < 9 else TINY)
    strip.set_xlabel(change.change.unit, size=SMALL)


def _labels(x: Sequence[float], places: NDArray[np.float64]) -> list[str]:
    """A label for each strength; none where it would run into the one before, or into the last."""
    near = 0.08 * float(np.ptp(places))
    labels, last = [], -np.inf
    for strength, place in zip(x, places.tolist(), strict=True):
        fits = place - last > near and (strength == x[-1] or places[-1] - place > near)
        labels.append(f"{strength:g}".replace("-", "−") if fits or len(x) == 1 else "")
        last = place if fits else last
    return labels


def _limits(report: RobustnessReport) -> tuple[float, float]:
    """What all panels show: from the lowest 5th percentile to 1."""
    effects = [effect for change in report.changes for effect in change.effects]
    lows = [one.p5 for effect in effects for one in (effect.same, effect.other) if one]
    low = min([report.threshold, *lows])
    return low - 0.05 * (1 - low), 1 + 0.03 * (1 - low)


def _legend(page: Page, report: RobustnessReport) -> None:
    rate = percent(report.fmr)
    shown = report.unchanged.other is not None
    handles: list[Line2D | Patch] = [
        Line2D([], [], color=_SAME, marker="o", markersize=4, label="changed photo against itself: median"),
        Line2D([], [], color=INK, linestyle="--", linewidth=1, label=f"threshold (FMR {rate})"),
        Patch(color=FAINT, alpha=0.3, linewidth=0, label="5th to 95th percentile"),
        Patch(color=_MISSED, label="turned away: no face found"),
        Patch(color=_OTHER if shown else _SAME, label="turned away: below the threshold"),
    ]
    if shown:
        label = "against another photo of the person: median"
        handles.insert(1, Line2D([], [], color=_OTHER, marker="s", markersize=4, label=label))
    canvas = page.canvas()
    canvas.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(MARGIN, 0), bbox_transform=canvas.transData, ncols=3,
        borderaxespad=0, borderpad=0,
    )  # fmt: skip
