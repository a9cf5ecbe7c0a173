"""Points over faces: where the detector puts them, and where they are."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from PIL import Image as Pillow

from limen.evaluation.landmarks import COMMON, MarkedFace, Points
from limen.evaluation.plots.style import (
    DPI,
    FAINT,
    INK,
    MARGIN,
    PALETTE,
    SMALL,
    TINY,
    Caption,
    Page,
    begin,
    percent,
    shortened,
    styled,
    text_height,
)

_WIDTH, _GAP, _LEGEND_LINE = 8.4, 0.12, 0.22
_TRUE, _PREDICTED = PALETTE[5], PALETTE[4]


@styled()
def landmarks(faces: Sequence[MarkedFace], caption: Caption) -> Figure:
    """A grid of ``faces``, at least one: crosses where the detector puts points, circles where they are."""
    columns = min(max(math.ceil(math.sqrt(len(faces) * 1.5)), 2), 10)
    room = _WIDTH - 2 * MARGIN
    side = (room - (columns - 1) * _GAP) / columns
    lines = _lines_below(faces)
    high = side + lines * text_height(TINY) + _GAP
    below = (2 if any(face.true is not None for face in faces) else 1) * _LEGEND_LINE + 0.14
    page = begin(caption, _WIDTH, below + -(-len(faces) // columns) * high + MARGIN - _GAP)
    _legend(page, faces)
    axes = page.canvas()
    for place, face in enumerate(faces):
        row, column = divmod(place, columns)
        left, top = MARGIN + column * (side + _GAP), below + row * high
        _face(axes, face, (left, top), side)
        for number, (text, colour) in enumerate(_told(face)):
            y = top + side + 0.02 + number * text_height(TINY)
            axes.text(left, y, shortened(text, TINY, side), size=TINY, color=colour, va="top")
    return page.figure


def _face(axes: Axes, face: MarkedFace, at: tuple[float, float], side: float) -> None:
    """Draw a picture into a square whose upper left corner is ``at``, and the points over it."""
    height, width = face.image.shape[:2]
    scale = side / max(height, width)
    left, top = at[0], at[1] + (side - height * scale) / 2
    pixels = [max(round(length * scale * DPI), 1) for length in (width, height)]
    picture = np.asarray(Pillow.fromarray(face.image).resize(pixels, Pillow.Resampling.LANCZOS))
    extent = (left, left + width * scale, top + height * scale, top)
    axes.imshow(picture, extent=extent, aspect="auto", interpolation="none", zorder=1)
    size = min(max(side * 3.6, 3.0), 9.0)
    # A pixel's coordinates are those of its centre.
    corner = np.array([left, top]) + scale / 2
    true = None if face.true is None else face.true * scale + corner
    predicted = None if face.predicted is None else face.predicted * scale + corner
    _points(axes, true, predicted, size)


def _points(axes: Axes, true: Points | None, predicted: Points | None, size: float) -> None:
    if true is not None:
        compared = np.isin(np.arange(len(true)), COMMON)
        axes.add_line(_circles(true[~compared], 0.5 * size))
        axes.add_line(_circles(true[compared], size))
    if true is not None and predicted is not None:
        for one, other in zip(true[list(COMMON)], predicted, strict=True):
            axes.plot([one[0], other[0]], [one[1], other[1]], color="white", linewidth=0.8, zorder=2)
    if predicted is not None:
        axes.add_line(_crosses(predicted, size))


def _circles(points: Points, size: float) -> Line2D:
    """True points (n, 2)."""
    line = _marks(points, size, _TRUE)
    line.set(marker="o", markerfacecolor="none")
    return line


def _crosses(points: Points, size: float) -> Line2D:
    """The detector's landmarks (n, 2)."""
    line = _marks(points, size, _PREDICTED)
    line.set(marker="x", zorder=4)
    return line


def _marks(points: Points, size: float, colour: str) -> Line2D:
    """Marks with a dark rim, so that they are seen on skin as well as on hair."""
    width = max(0.16 * size, 0.5)
    rim = [withStroke(linewidth=width + max(0.12 * size, 0.6), foreground=INK)]
    return Line2D(
        *points.T.tolist(),
        linestyle="",
        markersize=size,
        markeredgewidth=width,
        color=colour,
        path_effects=rim,
        zorder=3,
    )


def _told(face: MarkedFace) -> list[tuple[str, str]]:
    """What stands below a face: its name, and its error where true points are known."""
    error = "" if face.nme is None else f"error {percent(face.nme)}"
    if face.predicted is None:
        error = "no face found"
    elif face.true is not None and face.nme is None:
        error = "eyes not known"
    return [(face.name, FAINT), (error, INK)] if error else [(face.name, FAINT)]


def _lines_below(faces: Sequence[MarkedFace]) -> int:
    return max(len(_told(face)) for face in faces)


def _legend(page: Page, faces: Sequence[MarkedFace]) -> None:
    nowhere = np.empty((0, 2))
    handles, labels = [_crosses(nowhere, 7)], ["detector's landmark"]
    if any(face.true is not None for face in faces):
        handles.append(_circles(nowhere, 7))
        labels.append("true point (small: not compared)")
    canvas = page.canvas()
    canvas.legend(
        handles, labels, loc="upper left", bbox_to_anchor=(MARGIN, 0), bbox_transform=canvas.transData, ncols=2,
        borderaxespad=0, borderpad=0, fontsize=SMALL,
    )  # fmt: skip
    if len(handles) > 1:
        told = "error: mean distance of the five landmarks, as a part of the distance between the true eyes"
        canvas.text(MARGIN, _LEGEND_LINE, told, size=SMALL, color=FAINT, va="top")
