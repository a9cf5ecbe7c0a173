"""Faces to draw, and what of a figure a reader sees."""

from collections.abc import Iterator, Sequence
from itertools import chain, combinations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from limen.evaluation.labelled import LabelledFaces
from limen.evaluation.plots.style import Caption
from limen.types import Image, Measure, ModelKey

CAPTION = Caption("How alike they are", "drawn: faces of nobody", "made-up:0123abcd", "2026-11-24")


def faces(counts: Sequence[int], seed: int = 1, noise: float = 0.05) -> LabelledFaces:
    """So many faces of each person, in 32 dimensions: those of one person near each other."""
    random = np.random.default_rng(seed)
    owner = np.repeat(np.arange(len(counts)), counts)
    vectors = random.normal(size=(len(counts), 32))[owner] + noise * random.normal(size=(len(owner), 32))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    names = tuple(f"No {index} of the Long-Winded Family"[: 7 + 6 * (index % 6)] for index in range(len(counts)))
    return LabelledFaces(vectors.astype(np.float32), owner, names, ModelKey("made-up:1"), Measure.COSINE)


def pictures(count: int) -> list[Image]:
    """A picture for each face, each of another colour."""
    return [np.full((112, 112, 3), (index % 256, index // 256, 128), np.uint8) for index in range(count)]


def drawn(figure: Figure) -> FigureCanvasAgg:
    """The figure on paper: only now it is known where everything lies."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return canvas


def texts(figure: Figure) -> list[Text]:
    """All text that a reader sees."""
    found = chain(figure.texts, *(_texts_of(axes) for axes in figure.axes))
    return [text for text in found if text.get_visible() and text.get_text().strip()]


def images(figure: Figure, side: int = 112) -> list[AxesImage]:
    """All faces that a reader sees: images of this side."""
    return [image for axes in figure.axes for image in axes.images if image.get_array().shape[:2] == (side, side)]


def check_layout(figure: Figure) -> list[str]:
    """What the figure says, once no text or face overlaps another and nothing is cut off."""
    renderer = drawn(figure).get_renderer()
    said = texts(figure)
    placed = [(text.get_text(), _inner(text.get_window_extent(renderer))) for text in said]
    placed += [(f"face {index}", _inner(face.get_window_extent(renderer))) for index, face in enumerate(images(figure))]
    assert said
    for name, box in placed:
        assert box.x0 >= 0, name
        assert box.y0 >= 0, name
        assert box.x1 <= figure.bbox.x1, name
        assert box.y1 <= figure.bbox.y1, name
    overlapping = [(a, b) for (a, box), (b, other) in combinations(placed, 2) if box.overlaps(other)]
    assert overlapping == []
    return [text.get_text() for text in said]


def _texts_of(axes: Axes) -> Iterator[Text]:
    yield from (*axes.texts, axes.title)
    if legend := axes.get_legend():
        yield from legend.get_texts()
    for axis in (axes.xaxis, axes.yaxis) if axes.axison else ():
        yield axis.label
        low, high = sorted(axis.get_view_interval())
        for tick in axis.get_major_ticks():
            if low - 1e-9 <= tick.get_loc() <= high + 1e-9:
                yield from (tick.label1, tick.label2)


def _inner(box: Bbox) -> Bbox:
    """The box without the pixel at its edges, which anti-aliasing shares."""
    return Bbox.from_extents(box.x0 + 1, box.y0 + 1, box.x1 - 1, box.y1 - 1)
