"""How alike photos of one person and photos of two are: two distributions, and the thresholds between them."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from limen.evaluation.metrics import ERRORS_NEEDED
from limen.evaluation.plots.curves import check_both_kinds
from limen.evaluation.plots.style import (
    FAINT,
    INK,
    MARGIN,
    PALETTE,
    SMALL,
    Caption,
    begin,
    percent,
    styled,
    text_width,
)
from limen.evaluation.plots.threshold import Threshold
from limen.evaluation.scores import STEP, AllPairs, Scores

_WIDTH, _LEFT, _PLOT = 9.2, 0.95, (7.1, 4.2)
_LABELS, _LEGEND_ROW, _MARK_ROW = 0.65, 0.17, 0.19
_GENUINE, _IMPOSTOR = PALETTE[0], PALETTE[1]
_DASHES = ((5.0, 0.0), (5.0, 2.0), (1.5, 1.5), (5.0, 2.0, 1.5, 2.0))
"""How long each line is drawn and not drawn, in turn."""


@styled()
def histogram(pairs: AllPairs, thresholds: Sequence[Threshold], caption: Caption) -> Figure:
    """The two distributions as densities (each area is 1), in which each person and each two people count once.

    Each threshold is a line; below stands what its error rates are in these photos.

    Raises:
        BadDataError: there is no pair of two people, or none of one person.
    """
    check_both_kinds(pairs)
    edges = _edges(pairs)
    at = np.array([threshold.similarity for threshold in thresholds])
    limits = float((at - 0.01).min(initial=edges[0])), float((at + 0.01).max(initial=edges[-1]))
    rows = _rows(at, limits, max((text_width(threshold.label, SMALL) for threshold in thresholds), default=0.0))
    strip = (max(rows, default=-1) + 1) * _MARK_ROW
    page = begin(caption, _WIDTH, strip + _PLOT[1] + _LABELS + (len(thresholds) + 2) * _LEGEND_ROW + MARGIN)
    axes = page.axes(_LEFT, strip, *_PLOT)
    handles: list[Patch | Line2D] = [
        _distribution(axes, pairs.impostor, edges, _IMPOSTOR),
        _distribution(axes, pairs.genuine, edges, _GENUINE),
    ]
    handles[0].set_label(
        f"two people (pairs of people: {pairs.impostor.units:,}, pairs of photos: {pairs.impostor.total:,})"
    )
    handles[1].set_label(f"one person (people: {pairs.genuine.units:,}, pairs of photos: {pairs.genuine.total:,})")
    axes.set(xlim=limits, ylim=(0, None), xlabel="similarity", ylabel="density")
    axes.grid(visible=False, axis="x")
    for index, (threshold, row) in enumerate(zip(thresholds, rows, strict=True)):
        handles.append(_mark(axes, threshold, row, _DASHES[index % len(_DASHES)]))
        handles[-1].set_label(_described(threshold, pairs))
    axes.legend(handles=handles, loc="upper left", bbox_to_anchor=(0, -_LABELS / _PLOT[1]), borderaxespad=0)
    return page.figure


def densities(scores: Scores, edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """The density of ``scores`` between each two of the rising ``edges``: (edges - 1,), whose area is 1.

    ``edges`` are some of the scores' own; what lies outside of them must be empty.
    """
    first = np.rint((edges - scores.lowest) / STEP).astype(np.intp)
    below = np.append(0.0, scores.weights.cumsum())[np.minimum(first, len(scores.weights))]
    return np.asarray(np.diff(below) / scores.weights.sum() / np.diff(edges), np.float64)


def _edges(pairs: AllPairs) -> NDArray[np.float64]:
    """The edges of bars over all that occurs: more bars where there is more to count, at most 120."""
    counts = pairs.genuine.counts + pairs.impostor.counts
    first, last = (int(index) for index in np.flatnonzero(counts)[[0, -1]])
    bars = int(np.clip(2 * np.sqrt(pairs.genuine.total), 20, 120))
    width = max(1, -(-(last + 1 - first) // bars))
    steps = np.arange(first - width, last + 1 + 2 * width, width)
    return np.asarray(pairs.genuine.lowest + STEP * steps[steps >= 0], np.float64)


def _distribution(axes: Axes, scores: Scores, edges: NDArray[np.float64], colour: str) -> Patch:
    axes.stairs(densities(scores, edges), edges, fill=True, color=colour, alpha=0.35)
    axes.stairs(densities(scores, edges), edges, color=colour, linewidth=1.2)
    return Patch(facecolor=colour, alpha=0.5, edgecolor=colour)


def _rows(similarities: NDArray[np.float64], limits: tuple[float, float], widest: float) -> list[int]:
    """In which row above the axes the label at the right of each line stands, so that no line crosses another's."""
    at = (similarities - limits[0]) / (limits[1] - limits[0]) * _PLOT[0]
    rows = np.full(len(at), -1)
    for index in np.argsort(-at, kind="stable"):
        crossed = (rows >= 0) & (at <= at[index] + widest + 0.12)
        rows[index] = rows[crossed].max(initial=-1) + 1
    return rows.tolist()


def _mark(axes: Axes, threshold: Threshold, row: int, dashes: tuple[float, ...]) -> Line2D:
    """Draw the line of ``threshold`` up to its label."""
    top = 1 + (row + 0.9) * _MARK_ROW / _PLOT[1]
    line = Line2D(
        [threshold.similarity] * 2, [0, top], transform=axes.get_xaxis_transform(), color=INK, lw=1, dashes=dashes,
        clip_on=False,
    )  # fmt: skip
    axes.add_line(line)
    axes.annotate(
        threshold.label, (threshold.similarity, top), xycoords=axes.get_xaxis_transform(),
        xytext=(3, 0), textcoords="offset points", va="top", size=SMALL, color=FAINT, annotation_clip=False,
    )  # fmt: skip
    return Line2D([], [], color=INK, lw=1, dashes=dashes)


def _described(threshold: Threshold, pairs: AllPairs) -> str:
    """What a threshold stands for, and what its error rates are among ``pairs``."""
    fmr, fnmr = threshold.rates(pairs)
    few = fmr * pairs.impostor.units < ERRORS_NEEDED or fnmr * pairs.genuine.total < ERRORS_NEEDED
    measured = f"FMR {percent(fmr)}, FNMR {percent(fnmr)}{f' (fewer than {ERRORS_NEEDED} errors)' if few else ''}"
    return f"{threshold.similarity:.4f}, the threshold for FMR {percent(threshold.fmr)}: here {measured}"
