"""A contact sheet of clusters: the faces that were taken for one person side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from limen.evaluation.plots.style import (
    INK,
    LINE,
    MARGIN,
    SMALL,
    TEXT,
    Caption,
    begin,
    joined,
    leading,
    place_image,
    shortened,
    styled,
    text_height,
)
from limen.types import Image

_HEADING = text_height(SMALL) + 0.02
_INSET, _BETWEEN, _BELOW = 0.02, 0.25, 0.18
_HEIGHT = 15.0
"""What the clusters may take: some twenty rows of faces."""
_ROWS, _ALONE_ROWS = 2, 3
"""So many rows of faces a cluster, and of those alone where clusters are many; a note says how many more there are."""
_GRIDS = ((12, 12, 0.65), (300, 16, 0.6), (None, 24, 0.4))
"""Up to so many faces there are so many columns of tiles of this width: the more faces, the smaller."""


@dataclass(frozen=True, slots=True)
class Block:
    """A cluster on the sheet, in inches from the margins; of its ``faces`` so many are ``shown``, in ``columns``."""

    left: float
    top: float
    faces: int
    shown: int
    columns: int
    tile: float

    @property
    def width(self) -> float:
        """Of its faces."""
        return min(self.shown, self.columns) * self.tile

    @property
    def bottom(self) -> float:
        """Where it ends, its heading included."""
        return self.top + _HEADING + -(-self.shown // self.columns) * self.tile


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is shown of clusters: ``blocks`` are the first of them, ``alone`` stands below, if there is anybody.

    ``width`` and ``bottom`` are those of all faces; ``note`` says what is not shown.
    """

    blocks: tuple[Block, ...]
    alone: Block | None
    width: float
    bottom: float
    note: str


def lay_out(sizes: Sequence[int], alone: int) -> Sheet:
    """Which faces of clusters of such ``sizes`` have room on a sheet, and where; and of so many ``alone``.

    Clusters stand in rows like words, in their order. Where they are too many the last are left out.
    """
    faces = sum(sizes) + alone
    columns, tile = next((columns, tile) for most, columns, tile in _GRIDS if most is None or faces <= most)
    blocks = tuple(_flow(sizes, columns, tile))
    bottom = max((block.bottom for block in blocks), default=-_BETWEEN)
    rest = None
    if alone:
        room = int((_HEIGHT - bottom) / tile)
        shown = min(alone, max(room, _ALONE_ROWS) * columns)
        rest = Block(0.0, bottom + _BETWEEN, alone, shown, columns, tile)
        bottom = rest.bottom
    return Sheet(blocks, rest, columns * tile, bottom, _note(sizes, blocks, rest))


def _note(sizes: Sequence[int], blocks: Sequence[Block], alone: Block | None) -> str:
    missing = []
    if left_out := sizes[len(blocks) :]:
        missing.append(f"{len(left_out):,} clusters with {sum(left_out):,} faces")
    if hidden := sum(block.faces - block.shown for block in blocks):
        missing.append(f"{hidden:,} faces of the clusters above")
    if alone and alone.faces > alone.shown:
        missing.append(f"{alone.faces - alone.shown:,} faces alone")
    return f"Not shown: {', '.join(missing)}." if missing else ""


def _flow(sizes: Sequence[int], columns: int, tile: float) -> Iterator[Block]:
    """A block for each cluster, as long as there is room."""
    left, top, below = 0.0, 0.0, 0.0
    for faces in sizes:
        block = Block(left, top, faces, min(faces, _ROWS * columns), columns, tile)
        if left and left + block.width > columns * tile + 1e-6:
            left, top = 0.0, below + _BELOW
            block = replace(block, left=left, top=top)
        if block.bottom > _HEIGHT:
            return
        yield block
        left, below = left + block.width + _BETWEEN, max(below, block.bottom)


@styled()
def cluster_sheet(
    sheet: Sheet,
    images: Sequence[Sequence[Image]],
    alone: Sequence[Image],
    caption: Caption,
    names: Sequence[str | None] = (),
) -> Figure:
    """The faces of each block of ``sheet``, and of those ``alone``: as many images as the blocks say are shown.

    ``names`` are those of the clusters, where they are known.
    """
    width = sheet.width + 2 * MARGIN
    note = joined(sheet.note.split(), TEXT, sheet.width, " ")
    page = begin(caption, width, sheet.bottom + 0.2 + len(note) * leading(TEXT) + MARGIN)
    canvas = page.canvas()
    known = [*names, *([None] * len(sheet.blocks))]
    for number, (block, faces) in enumerate(zip(sheet.blocks, images, strict=True)):
        _draw(canvas, block, faces, known[number] or f"{number + 1}")
    if sheet.alone:
        y = sheet.alone.top - _BETWEEN / 2
        canvas.plot((MARGIN, width - MARGIN), (y, y), color=LINE, linewidth=1)
        _draw(canvas, sheet.alone, alone, "Alone")
    page.text(MARGIN, sheet.bottom + 0.2, note, TEXT)
    return page.figure


def _draw(canvas: Axes, block: Block, images: Sequence[Image], name: str) -> None:
    """The heading of a block, and its faces."""
    left, tile = MARGIN + block.left, block.tile
    count = f"{block.faces:,} face{'s' if block.faces != 1 else ''}"
    heading = f"{name}: {count}, {block.shown} shown" if block.shown < block.faces else f"{name}: {count}"
    room = max(block.width + _BETWEEN / 2, 2 * tile)
    canvas.text(left + _INSET, block.top, shortened(heading, SMALL, room), size=SMALL, color=INK, va="top")
    for index, image in enumerate(images):
        row, column = divmod(index, block.columns)
        x, y = left + column * tile, block.top + _HEADING + row * tile
        place_image(canvas, image, (x + _INSET, y + _INSET, x + tile - _INSET, y + tile - _INSET))
