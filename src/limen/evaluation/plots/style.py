"""What all pictures share: fonts, colours, the lines at their head, and how they are written.

Lengths are inches, sizes of text are points (72 an inch). A dollar sign is a dollar sign, never the start of a formula:
tick labels of logarithmic axes need a formatter that gives plain text.
"""

import io
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.image import AxesImage
from matplotlib.textpath import text_to_path

from limen.errors import BadDataError, StoreError
from limen.models.storage import replace_file
from limen.types import Image

DPI = 150
MARGIN = 0.4
TITLE, SUBTITLE, TEXT, SMALL, TINY = 15.0, 9.0, 9.0, 8.0, 6.5
INK, FAINT, LINE, PAPER = "#1c1e22", "#5a5e66", "#d4d5d8", "#ffffff"
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442")
"""Told apart by people who do not see red or green.

Source: Okabe and Ito, Color universal design, 2008.
"""
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
SUFFIXES = (".png", ".svg")

_FONT = "DejaVu Sans"  # comes with Matplotlib
_STYLE: dict[Any, Any] = {  # Matplotlib names each key in its types
    "axes.edgecolor": FAINT,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.labelsize": TEXT,
    "axes.linewidth": 0.6,
    "axes.axisbelow": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.dpi": DPI,
    "figure.facecolor": PAPER,
    "font.family": _FONT,
    "font.size": TEXT,
    "grid.color": LINE,
    "grid.linewidth": 0.5,
    "legend.fontsize": SMALL,
    "legend.frameon": False,
    "svg.fonttype": "path",  # a viewer without the font would set text wider, over its neighbours
    "svg.hashsalt": "limen",  # the same figure gives the same file
    "text.color": INK,
    "text.parse_math": False,  # a name may hold two dollar signs
    "xtick.color": FAINT,
    "xtick.labelsize": SMALL,
    "ytick.color": FAINT,
    "ytick.labelsize": SMALL,
}


@dataclass(frozen=True, slots=True)
class Caption:
    """What stands at the head of a picture: a title, and smaller what it was made of, with what and when."""

    title: str
    data: str
    model: str
    date: str


@dataclass(frozen=True, slots=True)
class Page:
    """A figure whose head is drawn; the body begins ``top`` inches below the upper edge."""

    figure: Figure
    top: float

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """New axes: ``left`` from the left edge of the page, ``top`` below the upper edge of the body."""
        page_width, page_height = self.figure.get_size_inches()
        bottom = page_height - self.top - top - height
        return self.figure.add_axes((left / page_width, bottom / page_height, width / page_width, height / page_height))

    def canvas(self) -> Axes:
        """Axes over the whole page without lines or ticks: x is inches from the left, y inches below the body's top."""
        width, height = self.figure.get_size_inches()
        axes = self.figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, width), ylim=(height - self.top, -self.top))
        axes.axis("off")
        return axes

    def text(self, left: float, top: float, lines: Sequence[str], size: float = SMALL) -> None:
        """Write ``lines``, the first ``left`` from the edge of the page and ``top`` below the body's upper edge."""
        width, height = self.figure.get_size_inches()
        for index, line in enumerate(lines):
            y = 1 - (self.top + top + index * leading(size)) / height
            self.figure.text(left / width, y, line, size=size, color=FAINT, va="top")


@contextmanager
def styled() -> Iterator[None]:
    """Draw in the style of all pictures, whatever a user's ``matplotlibrc`` says; also a decorator."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)
        yield


def begin(caption: Caption, width: float, height: float) -> Page:
    """A page with ``caption`` above a body of ``height``; call it where ``styled``."""
    room = width - 2 * MARGIN
    parts = [part for part in (caption.data, caption.model and f"model {caption.model}", caption.date) if part]
    titles = joined(caption.title.split(), TITLE, room, " ")
    lines = joined(parts, SUBTITLE, room, "   |   ")
    top = MARGIN + len(titles) * leading(TITLE) + len(lines) * leading(SUBTITLE) + 0.25
    figure = Figure(figsize=(width, top + height), dpi=DPI)
    y = MARGIN
    for size, texts, colour in ((TITLE, titles, INK), (SUBTITLE, lines, FAINT)):
        for text in texts:
            figure.text(MARGIN / width, 1 - y / (top + height), text, size=size, color=colour, va="top")
            y += leading(size)
    return Page(figure, top)


def place_image(axes: Axes, image: Image, box: tuple[float, float, float, float]) -> AxesImage:
    """Draw ``image`` into ``box``, left, top, right, bottom in the axes' own units, and leave their limits alone."""
    left, top, right, bottom = box
    drawn = AxesImage(axes, extent=(left, right, bottom, top), interpolation="auto")
    drawn.set_data(image)
    return axes.add_image(drawn)


@lru_cache(10_000)
def text_width(text: str, size: float) -> float:
    """How wide ``text`` is, set in ``size`` points: inches."""
    with _any_script():
        width, _, _ = text_to_path.get_text_width_height_descent(text, _font(size), ismath=False)
    return width / 72


def text_height(size: float) -> float:
    """How high a line of text is, from the top of an accent to the bottom of a descender: inches."""
    return size * 1.2 / 72


def leading(size: float) -> float:
    """From one line of text to the next: inches."""
    return size * 1.45 / 72


def percent(rate: float) -> str:
    """``rate`` with three digits that count, however small: ``0.00213 %``."""
    return f"{np.format_float_positional(100 * rate, 3, fractional=False, trim='-')} %"


def shortened(text: str, size: float, width: float) -> str:
    """``text``, or as much of its beginning as fits into ``width`` inches, and dots; only what can be printed."""
    text = _printable(text)
    if text_width(text, size) <= width:
        return text
    fitting = (text[:length].rstrip() + "…" for length in range(len(text) - 1, 0, -1))
    return next((part for part in fitting if text_width(part, size) <= width), "…")


def joined(parts: Sequence[str], size: float, width: float, between: str) -> list[str]:
    """``parts`` one after the other, in lines of at most ``width`` inches; a part that is longer is shortened."""
    lines: list[str] = []
    for part in map(_printable, parts):
        longer = f"{lines[-1]}{between}{part}" if lines else part
        if lines and text_width(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(shortened(part, size, width))
    return lines


def check_picture_path(path: Path) -> None:
    """Refuse a place where no picture can be written: to be called before the long work begins.

    Raises:
        BadDataError: the name does not end in a known suffix, or is that of a folder.
        StoreError: the folder does not exist or cannot be written.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise BadDataError(f"{path} is no name for a picture: it must end in .png or .svg")
    if os.path.isdir(path):
        raise BadDataError(f"{path} is a folder: name a file for the picture")
    folder = path.absolute().parent
    if not os.path.isdir(folder):
        raise StoreError(f"{path} cannot be written: there is no folder {folder} to be seen; make it, or name another")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise StoreError(f"{path} cannot be written: no right to write into {folder}; name another file")


def save_figure(figure: Figure, path: Path) -> None:
    """Write ``figure`` as PNG or SVG, by the suffix of ``path``; the file appears whole or not at all.

    Raises:
        BadDataError: the suffix is another.
        StoreError: ``path`` cannot be written.
    """
    check_picture_path(path)
    kind = path.suffix.lower().removeprefix(".")
    # What tells of the day of drawing or of Matplotlib's version would make equal pictures differ.
    metadata = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}[kind]
    drawn = io.BytesIO()
    with styled(), _any_script():
        figure.savefig(drawn, format=kind, dpi=DPI, metadata=metadata)
    try:
        replace_file(path, drawn.getvalue())
    except OSError as error:
        raise StoreError(f"{path} cannot be written ({error.strerror}): check folder, rights and space") from error


@contextmanager
def _any_script() -> Iterator[None]:
    """Letters that the font lacks are drawn as boxes: no reason for a warning a letter."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph \d+ .*missing from font")
        yield


def _printable(text: str) -> str:
    """``text`` without what no font draws: line ends, and bytes of a file's name that are no text."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


@cache
def _font(size: float) -> FontProperties:
    return FontProperties(family=_FONT, size=size)
