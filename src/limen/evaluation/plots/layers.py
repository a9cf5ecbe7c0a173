"""What a layer of the embedding network makes of a face: a map for each channel, or bars for a vector."""

from dataclasses import dataclass, field

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from limen.errors import BadDataError
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
    joined,
    styled,
    text_height,
)
from limen.types import Image

MOST_MAPS = 64
_WIDTH, _SIDE, _BETWEEN, _GAP, _HEAD = 9.2, 1.9, 0.35, 0.06, 0.3
_BARS = 2.6
_COLOURS = "viridis"
_PERCENTILE = 99.5
"""The scale ends here: one point that is far larger than all others would leave these in the dark."""


@dataclass(frozen=True, slots=True)
class Activation:
    """A layer's ``name`` and ``operator``, the ``crop`` of a face, and what the layer made of it, float32."""

    name: str
    operator: str
    crop: Image = field(repr=False)
    output: NDArray[np.float32] = field(repr=False)

    @property
    def maps(self) -> NDArray[np.float32]:
        """The maps (channels, height, width), or the numbers (n,) where each map has one.

        Raises:
            BadDataError: the output has more axes than a picture can show, or holds what is no number.
        """
        if not np.isfinite(self.output).all():
            raise BadDataError(f"layer {self.name} gave numbers that are none: check the model (limen models verify)")
        if self.output.ndim == 3:
            return self.output.reshape(-1) if self.output.shape[1:] == (1, 1) else self.output
        if self.output.ndim > 3:
            raise BadDataError(f"layer {self.name} gave {self.output.shape}: up to three axes can be drawn")
        return self.output[None] if self.output.ndim == 2 else np.atleast_1d(self.output)


@styled()
def layers(shown: Activation, caption: Caption) -> Figure:
    """The crop at the left, beside it the maps of the first channels on one scale of colours, or bars."""
    maps = shown.maps
    return _with_bars(shown, maps, caption) if maps.ndim == 1 else _with_maps(shown, maps, caption)


def _with_bars(shown: Activation, values: NDArray[np.float32], caption: Caption) -> Figure:
    page = begin(caption, _WIDTH, _HEAD + max(_SIDE + 0.5, _BARS + 0.55) + MARGIN)
    _crop(page, shown, f"{len(values):,} numbers, in their order")
    left = MARGIN + _SIDE + _BETWEEN + 0.4
    axes = page.axes(left, _HEAD, _WIDTH - left - MARGIN, _BARS)
    axes.bar(np.arange(len(values)), values, width=0.8 if len(values) < 400 else 1.0, color=PALETTE[0])
    axes.axhline(0, color=INK, linewidth=0.6)
    axes.set(xlabel="number", ylabel="value", xlim=(-0.6, len(values) - 0.4))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(visible=False, axis="x")
    return page.figure


def _with_maps(shown: Activation, maps: NDArray[np.float32], caption: Caption) -> Figure:
    drawn = maps[:MOST_MAPS]
    left = MARGIN + _SIDE + _BETWEEN
    columns = _columns(len(drawn))
    width = (_WIDTH - left - MARGIN + _GAP) / columns - _GAP
    height = width * min(max(maps.shape[1] / maps.shape[2], 0.25), 2.0)
    rows, down = -(-len(drawn) // columns), height + text_height(TINY) + _GAP
    page = begin(caption, _WIDTH, _HEAD + max(rows * down, _SIDE + 1.5) + MARGIN)
    _crop(page, shown, f"{len(drawn):,} of {len(maps):,} maps of {maps.shape[2]:,} × {maps.shape[1]:,}")
    scale = _scale(drawn)
    canvas = page.canvas()
    for channel, one in enumerate(drawn):
        x, y = left + (channel % columns) * (width + _GAP), _HEAD + (channel // columns) * down
        axes = page.axes(x, y, width, height)
        axes.imshow(one, cmap=_COLOURS, norm=scale, interpolation="nearest", aspect="auto")
        axes.set_axis_off()
        canvas.text(x, y + height + 0.01, str(channel), size=TINY, color=FAINT, va="top")
    _bar(page, scale, drawn)
    return page.figure


def _columns(maps: int) -> int:
    return next((columns for columns in (1, 2, 3, 4) if columns * columns >= maps), 8)


def _scale(maps: NDArray[np.float32]) -> Normalize:
    low, high = np.percentile(maps, (100 - _PERCENTILE, _PERCENTILE)).tolist()
    return Normalize(low, high) if high > low else Normalize(float(maps.min()), max(float(maps.max()), low + 1e-6))


def _crop(page: Page, shown: Activation, told: str) -> None:
    height, width = shown.crop.shape[:2]
    axes = page.axes(MARGIN, _HEAD, _SIDE, _SIDE * height / width)
    axes.imshow(shown.crop, interpolation="antialiased", aspect="auto")
    axes.set_axis_off()
    canvas = page.canvas()
    canvas.text(MARGIN, 0, f"the network is fed {width} × {height}", size=SMALL, color=FAINT, va="top")
    room = _WIDTH - 2 * MARGIN - _SIDE - _BETWEEN
    (line, *_) = joined([f"layer {shown.name}: {shown.operator}", told], TEXT, room, ", ")
    canvas.text(MARGIN + _SIDE + _BETWEEN, 0, line, size=TEXT, weight="bold", va="top")


def _bar(page: Page, scale: Normalize, maps: NDArray[np.float32]) -> None:
    """The scale of colours below the crop."""
    axes: Axes = page.axes(MARGIN, _HEAD + _SIDE + 0.35, _SIDE, 0.12)
    beyond = (bool(maps.min() < (scale.vmin or 0)), bool(maps.max() > (scale.vmax or 0)))
    extend = {(True, True): "both", (True, False): "min", (False, True): "max", (False, False): "neither"}[beyond]
    bar = page.figure.colorbar(ScalarMappable(scale, _COLOURS), cax=axes, orientation="horizontal", extend=extend)
    bar.ax.tick_params(labelsize=TINY)
    bar.locator = MaxNLocator(4)
    bar.update_ticks()
    y = _HEAD + _SIDE + 0.72
    for number, line in enumerate(("one scale for all maps;", "beneath each, its channel")):
        page.canvas().text(MARGIN, y + number * text_height(SMALL), line, size=SMALL, color=FAINT, va="top")
