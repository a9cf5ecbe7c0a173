"""All faces against all: a heat map with the faces along its sides."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.colors import LinearSegmentedColormap, TwoSlopeNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from limen.errors import BadDataError
from limen.evaluation.labelled import LabelledFaces
from limen.evaluation.plots.style import (
    DPI,
    FAINT,
    INK,
    MARGIN,
    SMALL,
    TEXT,
    TINY,
    Caption,
    begin,
    joined,
    leading,
    place_image,
    shortened,
    styled,
    text_height,
    text_width,
)
from limen.evaluation.plots.threshold import Threshold
from limen.matching.similarity import all_similarities
from limen.types import Image

MOST_FACES = 400
"""More would be cells of three pixels."""

_SIDE, _LARGEST_CELL, _NARROWEST = 10.0, 0.75, 7.5
_SMALLEST_FACE, _SMALLEST_GROUP_FACE, _LARGEST_GROUP_FACE = 0.16, 0.08, 0.5
_LONGEST_NAME, _GAP, _INSET = 1.9, 0.07, 0.02
_BAR_GAP, _BAR, _BAR_LABELS, _TICK_ROOM = 0.3, 0.2, 1.1, 0.28
_NOTE = "Orange: alike enough to match. Blue: not. The squares on the diagonal hold the photos of one person each."
_OWN, _FORMAT = "#e6e6e8", "{:.3f}"
_COLOURS = LinearSegmentedColormap.from_list(
    "limen", ["#08306b", "#2f78b7", "#a9cbe4", "#f7f7f5", "#f6b884", "#dd6a1e", "#8a2f00"]
)
"""Blue below the threshold, orange above: told apart by people who do not see red or green."""


@dataclass(frozen=True, slots=True)
class _Group:
    """The faces of one person: from index ``first`` to before ``last``."""

    first: int
    last: int
    name: str

    @property
    def middle(self) -> float:
        return (self.first + self.last) / 2


@dataclass(frozen=True, slots=True)
class _Layout:
    """How large things are, in inches; ``left`` and ``top`` are the map's corner, below the head of the page.

    ``strip`` is the room for faces beside the map; ``named`` are the groups whose name fits, ``size`` the points it is
    set in; ``upright`` names stand on their side above the map.
    """

    cell: float
    side: float
    strip: float
    size: float
    named: tuple[_Group, ...]
    upright: bool
    left: float
    top: float


@dataclass(frozen=True, slots=True)
class _Scale:
    """All that occurs between two faces, from ``low`` to ``high``, and the threshold, which takes the middle colour."""

    low: float
    threshold: float
    high: float

    @property
    def norm(self) -> TwoSlopeNorm:
        return TwoSlopeNorm(self.threshold, self.low, self.high)


@styled()
def similarity_map(faces: LabelledFaces, thumbnails: Sequence[Image], threshold: Threshold, caption: Caption) -> Figure:
    """Every face against every other; the bar beside marks the threshold.

    ``thumbnails`` are one for each face. As the faces become more, numbers are left out first, then the thumbnails of
    single faces for one a person, then names that would touch.

    Raises:
        BadDataError: there are fewer than two faces, or more than ``MOST_FACES``.
    """
    if not 2 <= len(faces) <= MOST_FACES:
        raise BadDataError(f"a picture of similarities needs 2 to {MOST_FACES} faces, got {len(faces)}")
    groups = _groups(faces)
    layout = _layout(groups, len(faces))
    width = max(_NARROWEST, layout.left + layout.side + _BAR_GAP + _BAR + _BAR_LABELS + MARGIN)
    note = joined(_NOTE.split(), SMALL, width - layout.left - MARGIN, " ")
    page = begin(caption, width, layout.top + layout.side + 0.15 + len(note) * leading(SMALL) + MARGIN)
    alike = all_similarities(faces.vectors, faces.vectors, faces.measure)
    scale = _scale(alike, threshold.similarity)
    map_axes = page.axes(layout.left, layout.top, layout.side, layout.side)
    _heat_map(map_axes, alike, scale, groups)
    if text_width(_FORMAT.format(0), TINY) <= 0.9 * layout.cell:
        _numbers(map_axes, alike, scale, layout.cell)
    _bar(page.axes(layout.left + layout.side + _BAR_GAP, layout.top, _BAR, layout.side), scale, threshold, layout.side)
    _sides(page.canvas(), layout, groups, thumbnails)
    page.text(layout.left, layout.top + layout.side + 0.15, note)
    return page.figure


def _groups(faces: LabelledFaces) -> list[_Group]:
    ends = np.cumsum(faces.counts).tolist()
    starts = [0, *ends[:-1]]
    return [_Group(*part) for part in zip(starts, ends, faces.names, strict=True) if part[1] > part[0]]


def _layout(groups: Sequence[_Group], faces: int) -> _Layout:
    # Whole pixels: cells of one size, and edges that are sharp.
    cell = min(_LARGEST_CELL, np.floor(_SIDE / faces * DPI) / DPI)
    largest = max(group.last - group.first for group in groups) * cell
    strip = cell if cell >= _SMALLEST_FACE else min(largest, _LARGEST_GROUP_FACE)
    size = TEXT if cell >= 0.3 else SMALL if cell >= 0.1 else TINY
    named = _fitting(groups, text_height(size) / cell)
    named = [_Group(group.first, group.last, shortened(group.name, size, _LONGEST_NAME)) for group in named]
    upright = any(text_width(group.name, size) + 0.1 > (group.last - group.first) * cell for group in named)
    names = max(text_width(group.name, size) for group in named)
    beside = 3 * _GAP + strip
    above = (names if upright else text_height(size)) + beside
    return _Layout(cell, cell * faces, strip, size, tuple(named), upright, MARGIN + names + beside, above)


def _fitting(groups: Sequence[_Group], apart: float) -> list[_Group]:
    """As many groups, the largest first, as can be named with their middles ``apart`` cells from each other."""
    named: list[_Group] = []
    for group in sorted(groups, key=lambda group: group.first - group.last):
        if all(abs(group.middle - other.middle) >= apart for other in named):
            named.append(group)
    return named


def _scale(alike: NDArray[np.float32], threshold: float) -> _Scale:
    others = alike[~np.eye(len(alike), dtype=np.bool_)]
    low, high = float(others.min()), max(float(others.max()), 1.0)
    return _Scale(min(low, threshold - 0.02), threshold, max(high, threshold + 0.02))


def _heat_map(axes: Axes, alike: NDArray[np.float32], scale: _Scale, groups: Sequence[_Group]) -> None:
    """The cells, a line between each two people, and a square around the photos of each person."""
    others = np.ma.masked_array(alike, np.eye(len(alike), dtype=np.bool_))
    axes.imshow(others, cmap=_COLOURS.with_extremes(bad=_OWN), norm=scale.norm, interpolation="none", aspect="auto",
                extent=(0, len(alike), len(alike), 0))  # fmt: skip
    axes.set(xticks=[], yticks=[], xlim=(0, len(alike)), ylim=(len(alike), 0))
    axes.spines[:].set_visible(False)
    thin = 0.3 if len(alike) > 60 else 1.0
    between = [group.first for group in groups[1:]]
    axes.vlines(between, 0, len(alike), color="white", linewidth=1.5 * thin)
    axes.hlines(between, 0, len(alike), color="white", linewidth=1.5 * thin)
    squares = [Rectangle((group.first,) * 2, group.last - group.first, group.last - group.first) for group in groups]
    axes.add_collection(
        PatchCollection(squares, facecolor="none", edgecolor=INK, linewidth=1.2 * thin, clip_on=False, zorder=3)
    )


def _numbers(axes: Axes, alike: NDArray[np.float32], scale: _Scale, cell: float) -> None:
    """The similarity of each two faces in its cell."""
    size = float(np.clip(cell * 72 * 0.24, TINY, 11))
    light = _COLOURS(scale.norm(alike))[..., :3] @ (0.2126, 0.7152, 0.0722) > 0.55
    for (row, column), value in np.ndenumerate(alike):
        if row != column:
            colour = INK if light[row, column] else "white"
            axes.text(column + 0.5, row + 0.5, _FORMAT.format(value), size=size, color=colour, ha="center", va="center")


def _bar(axes: Axes, scale: _Scale, threshold: Threshold, height: float) -> None:
    """The scale beside the map, with the threshold marked in its middle."""
    axes.imshow(np.linspace(1, 0, 512)[:, None], cmap=_COLOURS, aspect="auto", extent=(0, 1, 0, 1))
    steps = MaxNLocator(int(np.clip(height / 2 / _TICK_ROOM, 1, 6)), steps=[1, 2, 5, 10])
    below, above = (steps.tick_values(*ends) for ends in pairwise((scale.low, scale.threshold, scale.high)))
    ticks = [*(tick for tick in below if tick < scale.threshold), *(tick for tick in above if tick > scale.threshold)]
    at = {f"{value:.4g}": float(scale.norm(value)) for value in ticks if scale.low <= value <= scale.high}
    clear = {label: place for label, place in at.items() if abs(place - 0.5) * height > _TICK_ROOM}
    axes.yaxis.tick_right()
    axes.grid(visible=False)
    axes.set(xticks=[], xlim=(0, 1), ylim=(0, 1))
    axes.set_yticks(list(clear.values()), list(clear))
    axes.spines[:].set_visible(False)
    axes.axhline(0.5, color=INK, linewidth=1.5)
    text = f"threshold {_FORMAT.format(threshold.similarity)}\n({threshold.label})"
    axes.annotate(text, (1, 0.5), (7, 0), textcoords="offset points", size=SMALL, va="center", annotation_clip=False)


def _sides(canvas: Axes, layout: _Layout, groups: Sequence[_Group], thumbnails: Sequence[Image]) -> None:
    """The faces and names along the left and the upper side."""
    right, bottom = layout.left - _GAP, layout.top - _GAP
    for image, middle, size in _shown(layout, groups, thumbnails):
        x, y = layout.left + middle * layout.cell, layout.top + middle * layout.cell
        place_image(canvas, image, (right - size, y - size / 2, right, y + size / 2))
        place_image(canvas, image, (x - size / 2, bottom - size, x + size / 2, bottom))
    right, bottom = right - layout.strip - _GAP / 2, bottom - layout.strip - _GAP / 2
    ends = np.array([(group.first, group.last) for group in groups]) * layout.cell + (_INSET, -_INSET)
    starts, stops = ends[ends[:, 1] - ends[:, 0] > _INSET].T
    canvas.vlines([right] * len(starts), layout.top + starts, layout.top + stops, color=FAINT, linewidth=0.8)
    canvas.hlines([bottom] * len(starts), layout.left + starts, layout.left + stops, color=FAINT, linewidth=0.8)
    for group in layout.named:
        along = group.middle * layout.cell
        canvas.text(right - _GAP, layout.top + along, group.name, size=layout.size, ha="right", va="center_baseline")
        canvas.text(layout.left + along, bottom - _GAP, group.name, size=layout.size, ha="center", va="bottom",
                    rotation=90 if layout.upright else 0)  # fmt: skip


def _shown(
    layout: _Layout, groups: Sequence[_Group], thumbnails: Sequence[Image]
) -> Iterator[tuple[Image, float, float]]:
    """The thumbnails along each side: with where their middle lies, in cells, and how large they are, in inches."""
    if layout.cell >= _SMALLEST_FACE:
        for index, image in enumerate(thumbnails):
            yield image, index + 0.5, 0.94 * layout.cell
        return
    for group in groups:
        size = min(0.94 * (group.last - group.first) * layout.cell, _LARGEST_GROUP_FACE)
        if size >= _SMALLEST_GROUP_FACE:
            yield thumbnails[group.first], group.middle, size
