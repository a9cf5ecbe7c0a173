"""Faces on a plane: each where its embedding lies, the faces of one person in one colour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from limen.evaluation.labelled import LabelledFaces
from limen.evaluation.plots.placing import Box, around, free_box, moved_apart, spread
from limen.evaluation.plots.style import (
    MARGIN,
    MARKERS,
    PALETTE,
    PAPER,
    SMALL,
    TINY,
    Caption,
    Page,
    begin,
    joined,
    leading,
    percent,
    place_image,
    shortened,
    styled,
    text_height,
    text_width,
)
from limen.evaluation.projection import Projection
from limen.types import Image

MOST_SHOWN = 240
"""So many faces are shown as pictures at most, the others as marks."""

_LEFT, _WIDTH, _LOWEST, _HIGHEST = 0.95, 9.6, 4.5, 7.2
_LARGEST, _SMALLEST, _ROOM = 0.75, 0.2, 0.45
_INSET, _GAP, _LONGEST_NAME, _LABELS = 0.02, 0.02, 1.9, 0.6
_COLOURS = PALETTE[:7]  # yellow is hardly seen on white
_OTHERS = ("#9a9da3", ".")


@dataclass(frozen=True, slots=True)
class _Plane:
    """From the units of a projection to inches on the page: one scale for both axes, so that distances stay true.

    ``size`` is the side of a face; ``scale`` the units an inch; ``lower`` is what lies at the lower left of ``frame``.
    """

    size: float
    scale: float
    lower: NDArray[np.float64]
    frame: Box

    def inches(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where ``points`` (n, 2) lie on the page, y downwards."""
        x, y = ((points - self.lower) / self.scale).T
        return np.column_stack([self.frame[0] + x, self.frame[3] - y])


def shown_faces(faces: LabelledFaces, projection: Projection) -> list[int]:
    """The indices of the faces that are shown as pictures: all, or where they are many some that lie apart.

    Those of people with most faces come first.
    """
    if len(faces) <= MOST_SHOWN:
        return list(range(len(faces)))
    plane = _plane(projection.points)
    order = np.argsort(-faces.counts[faces.owner], kind="stable")
    chosen = spread(plane.inches(projection.points)[order], plane.size, MOST_SHOWN)
    return sorted(order[chosen].tolist())


@styled()
def projection_map(
    faces: LabelledFaces, projection: Projection, thumbnails: Mapping[int, Image], caption: Caption
) -> Figure:
    """Every face where it lies; those of ``thumbnails``, by index, as pictures, moved apart where they would overlap.

    Each of the 56 people with most faces has a colour and mark of their own, everybody else is grey. Names stand where
    there is room for them.
    """
    plane = _plane(projection.points)
    at, shown = plane.inches(projection.points), sorted(thumbnails)
    middles = moved_apart(at[shown], plane.size, plane.frame)
    boxes = np.column_stack([middles - plane.size / 2, middles + plane.size / 2])
    names = _names(faces, shown, boxes, plane.frame)
    moved = np.hypot(*(middles - at[shown]).T) > plane.size / 4
    note = joined(_note(faces, len(shown), len(names), moved.any()).split(), SMALL, _WIDTH, " ")
    below = plane.frame[3] + _LABELS
    page = begin(caption, _LEFT + _WIDTH + MARGIN, below + len(note) * leading(SMALL) + MARGIN)
    _axes(page, projection, plane)
    canvas, looks = page.canvas(), _looks(faces)
    lines = np.stack([at[shown], middles], axis=1)[moved]
    canvas.add_collection(LineCollection(list(lines), colors=looks[shown, 0][moved].tolist(), lw=0.7, zorder=1))
    # Whose picture stands where the face lies needs no mark beside it.
    marked = np.setdiff1d(np.arange(len(faces)), np.array(shown)[~moved])
    _marks(canvas, at[marked], looks[marked], (3.5, 2))
    for index, box in zip(shown, boxes.tolist(), strict=True):
        _face(canvas, thumbnails[index], box, looks[index, 0])
    if len(faces.names) > len(_COLOURS):
        own = (looks[shown] != _OTHERS).any(axis=1)
        _marks(canvas, boxes[own, :2] + 0.045, looks[shown][own], (5, 5))
    for name, (left, top, right, bottom), size in names:
        text = canvas.text((left + right) / 2, (top + bottom) / 2, name, size=size, ha="center", va="center_baseline")
        text.set(zorder=6, path_effects=[withStroke(linewidth=2.5, foreground=PAPER)])
    page.text(_LEFT, below, note)
    return page.figure


def _plane(points: NDArray[np.float64]) -> _Plane:
    size = float(np.clip(_ROOM * np.sqrt(_WIDTH * _HIGHEST / min(len(points), MOST_SHOWN)), _SMALLEST, _LARGEST))
    around_all = size + 0.4
    low, high = points.min(axis=0), points.max(axis=0)
    scale = float(((high - low) / (np.array([_WIDTH, _HIGHEST]) - around_all)).max())
    # A flat cloud needs no high page; but those that are moved aside need some room.
    height = max(float((high - low)[1]) / scale + around_all, _LOWEST)
    lower = (low + high) / 2 - scale * np.array([_WIDTH, height]) / 2
    return _Plane(size, scale, lower, (_LEFT, 0.0, _LEFT + _WIDTH, height))


def _axes(page: Page, projection: Projection, plane: _Plane) -> None:
    axes = page.axes(_LEFT, 0, _WIDTH, plane.frame[3])
    right, upper = plane.lower + plane.scale * np.array([_WIDTH, plane.frame[3]])
    axes.set(xlim=(plane.lower[0], right), ylim=(plane.lower[1], upper))
    if projection.shares:
        first, second = projection.shares
        axes.set_xlabel(f"first principal axis: {percent(first)} of the variance")
        axes.set_ylabel(f"second principal axis: {percent(second)} of the variance")
    else:
        axes.set(xticks=[], yticks=[])
        axes.set_xlabel("t-SNE: who is near whom means something, distances and directions mean little")


def _looks(faces: LabelledFaces) -> NDArray[np.str_]:
    """The colour and mark of each face: (n, 2)."""
    own = [(colour, marker) for marker in MARKERS for colour in _COLOURS]
    rank = np.argsort(np.argsort(-faces.counts, kind="stable"))
    # Where there are not enough for everybody, who is there once needs none: there is nobody to be told apart from.
    wanted = (rank < len(own)) & ((faces.counts > 1) | (len(faces.names) <= len(own)))
    looks = [own[rank[person]] if wanted[person] else _OTHERS for person in range(len(faces.names))]
    return np.array(looks)[faces.owner]


def _marks(canvas: Axes, at: NDArray[np.float64], looks: NDArray[np.str_], style: tuple[float, float]) -> None:
    """Draw a mark at each place (n, 2); ``style`` is the size of marks, and the order in which things are drawn."""
    size, order = style
    for colour, marker in np.unique(looks, axis=0).tolist():
        x, y = at[(looks == (colour, marker)).all(axis=1)].T
        canvas.plot(x, y, marker, color=colour, ms=size, markeredgecolor=PAPER, markeredgewidth=0.4, zorder=order)


def _face(canvas: Axes, image: Image, box: Sequence[float], colour: str) -> None:
    """Draw a face and its border, a little smaller than ``box``."""
    left, top, right, bottom = box[0] + _INSET, box[1] + _INSET, box[2] - _INSET, box[3] - _INSET
    place_image(canvas, image, (left, top, right, bottom)).set_zorder(3)
    border = Rectangle((left, top), right - left, bottom - top, fill=False, edgecolor=colour, linewidth=1.6, zorder=4)
    canvas.add_patch(border)


def _names(
    faces: LabelledFaces, shown: Sequence[int], boxes: NDArray[np.float64], frame: Box
) -> list[tuple[str, Box, float]]:
    """The names that fit beside a picture of their person, those with most faces first, with their boxes and sizes."""
    size = SMALL if len(faces) <= 60 else TINY
    owner, taken, named = faces.owner[shown], boxes, []
    for person in np.argsort(-faces.counts, kind="stable").tolist():
        own = boxes[owner == person]
        centre = own.mean(axis=0) if len(own) else own
        nearest = own[np.argsort(np.abs(own - centre).sum(axis=1), kind="stable")].tolist()
        name = shortened(faces.names[person], size, _LONGEST_NAME)
        spots = (
            spot for box in nearest for spot in around(box, text_width(name, size) + 0.08, text_height(size), _GAP)
        )
        if spot := free_box(spots, taken, frame):
            named.append((name, spot, size))
            taken = np.vstack([taken, spot])
    return named


def _note(faces: LabelledFaces, shown: int, named: int, moved: bool) -> str:
    parts = []
    if moved:
        parts.append("Faces that would cover others are moved aside, with a line from their place.")
    if shown < len(faces):
        parts.append(f"{shown:,} of the {len(faces):,} faces are shown as pictures, the others as marks.")
    if named < len(faces.names):
        parts.append(f"Names for which there is no room are left out ({len(faces.names) - named:,}).")
    return " ".join(parts)
