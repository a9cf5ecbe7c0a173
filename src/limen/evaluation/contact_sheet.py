"""Frames of a door side by side, with what was decided and why: a picture for people to look at."""

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path

from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from limen.errors import StoreError
from limen.types import Box, Image

_SHOT_WIDTH = 420
_GAP, _MARGIN, _PADDING = 28, 48, 7
_TITLE, _HEADING, _TEXT, _SMALL = 40, 26, 19, 17
_LEADING = 1.4
_PAPER, _INK, _FAINT = (250, 250, 248), (28, 30, 34), (98, 102, 110)

Colour = tuple[int, int, int]
Point = tuple[int, int]


class Verdict(StrEnum):
    """What was decided about a face, or about a whole frame."""

    GRANTED = "granted"
    DENIED = "denied"
    UNDECIDED = "undecided"
    NOBODY = "nobody"


# Told apart by people who do not see red or green; each also stands as a word beside what it marks.
_COLOURS: dict[Verdict, tuple[Colour, Colour]] = {
    Verdict.GRANTED: ((0, 122, 92), (255, 255, 255)),
    Verdict.DENIED: ((192, 72, 0), (255, 255, 255)),
    Verdict.UNDECIDED: ((240, 176, 32), _INK),
    Verdict.NOBODY: ((98, 102, 110), (255, 255, 255)),
}
"""Fill, and what is written on it."""


@dataclass(frozen=True, slots=True)
class MarkedFace:
    """A face in a shot; ``label`` stands at its box."""

    box: Box
    verdict: Verdict
    label: str


@dataclass(frozen=True, slots=True)
class Shot:
    """One frame: ``at_s`` seconds into the film, the ``verdict`` and a short ``heading``, the ``reason`` in words."""

    image: Image = field(repr=False)
    at_s: float
    verdict: Verdict
    heading: str
    reason: str
    faces: tuple[MarkedFace, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetRow:
    """Shots that belong together, in their order."""

    title: str
    shots: tuple[Shot, ...]


@dataclass(frozen=True, slots=True)
class ContactSheet:
    """All that stands on a sheet, from top to bottom; every row has shots, all frames one size."""

    title: str
    subtitle: str
    rows: tuple[SheetRow, ...]
    footer: tuple[str, ...]

    def __post_init__(self) -> None:
        sizes = {shot.image.shape for row in self.rows for shot in row.shots}
        if not all(row.shots for row in self.rows) or len(sizes) != 1:
            raise ValueError(f"a contact sheet needs shots of one size in every row, got {sorted(sizes)}")


def write_contact_sheet(path: Path, sheet: ContactSheet) -> None:
    """Draw ``sheet`` into a PNG, which appears whole or not at all.

    Raises:
        StoreError: ``path`` cannot be written.
    """
    picture = draw_contact_sheet(sheet)
    try:
        handle, name = tempfile.mkstemp(".png", f".{path.stem}-", path.absolute().parent)
        try:
            with os.fdopen(handle, "wb") as file:
                picture.save(file, "PNG")
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"{path} cannot be written ({error.strerror}): check folder, rights and space") from error


def draw_contact_sheet(sheet: ContactSheet) -> Pillow.Image:
    """The sheet as a picture, as wide as its longest row and as high as its text needs."""
    columns = max(len(row.shots) for row in sheet.rows)
    width = 2 * _MARGIN + columns * (_SHOT_WIDTH + _GAP) - _GAP
    # Drawn twice: only then is it known how high the text is.
    height = _draw(sheet, Pillow.new("RGB", (width, 1), _PAPER))
    page = Pillow.new("RGB", (width, height), _PAPER)
    _draw(sheet, page)
    return page


def wrapped(text: str, size: int, width: int) -> list[str]:
    """``text`` in lines of at most ``width`` pixels, broken between words; a longer word has a line of its own."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and _font(size).getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def shortened(text: str, size: int, width: int) -> str:
    """``text``, or as much of its beginning as fits into ``width`` pixels, and dots."""
    if _font(size).getlength(text) <= width:
        return text
    fitting = (text[:length].rstrip() + "…" for length in range(len(text) - 1, 0, -1))
    return next((part for part in fitting if _font(size).getlength(part) <= width), "…")


def label_corner(box: Box, label: Point, picture: Point) -> Point:
    """The upper left corner of a label of size ``label``: above ``box``, or below, and always in the picture."""
    x = min(max(round(box.x1), 0), picture[0] - label[0])
    above, below = round(box.y1) - label[1], round(box.y2)
    y = above if above >= 0 else min(below, picture[1] - label[1])
    return max(x, 0), max(y, 0)


def _draw(sheet: ContactSheet, page: Pillow.Image) -> int:
    """Draw ``sheet`` on ``page``, beyond whose edges nothing is drawn; returns the height it takes."""
    width = page.width - 2 * _MARGIN
    y = _lines(page, (_MARGIN, _MARGIN), [sheet.title], _TITLE, _INK)
    y = _lines(page, (_MARGIN, y), wrapped(sheet.subtitle, _TEXT, width), _TEXT, _FAINT)
    for row in sheet.rows:
        y = _lines(page, (_MARGIN, y + _GAP), [row.title], _HEADING, _INK) + _PADDING
        lefts = range(_MARGIN, page.width, _SHOT_WIDTH + _GAP)
        y = max(_shot(page, (left, y), shot) for left, shot in zip(lefts, row.shots, strict=False))
    y += _GAP
    ImageDraw.Draw(page).line((_MARGIN, y, page.width - _MARGIN, y), _FAINT)
    y += _GAP // 2
    for paragraph in sheet.footer:
        y = _lines(page, (_MARGIN, y), wrapped(paragraph, _SMALL, width), _SMALL, _FAINT)
    return y + _MARGIN - _PADDING


def _shot(page: Pillow.Image, at: Point, shot: Shot) -> int:
    """Draw a shot and what is written below it; returns where that ends."""
    left, top = at
    frame = _frame(shot)
    page.paste(frame, at)
    fill, ink = _COLOURS[shot.verdict]
    strip = (left, top + frame.height, left + frame.width - 1, top + frame.height + round(_TEXT * 1.9))
    drawing = ImageDraw.Draw(page)
    drawing.rectangle(strip, fill)
    heading = shortened(shot.heading, _TEXT, frame.width - 24)
    drawing.text((left + 12, (strip[1] + strip[3]) / 2), heading, ink, _font(_TEXT), "lm", stroke_width=0.3)
    return _lines(page, (left, strip[3] + 8), wrapped(shot.reason, _SMALL, frame.width), _SMALL, _INK)


def _frame(shot: Shot) -> Pillow.Image:
    """The frame of a shot at the size of the sheet, with its time and its faces."""
    whole = Pillow.fromarray(shot.image)
    scale = _SHOT_WIDTH / whole.width
    frame = whole.resize((_SHOT_WIDTH, round(whole.height * scale)), Pillow.Resampling.LANCZOS)
    drawing = ImageDraw.Draw(frame)
    for face in shot.faces:
        box = Box(*(edge * scale for edge in face.box.xyxy))
        fill, ink = _COLOURS[face.verdict]
        drawing.rectangle(box.xyxy, outline=fill, width=4)
        label = shortened(face.label, _SMALL, frame.width - 2 * _PADDING)
        _chip(frame, label_corner(box, _chip_size(label), frame.size), label, (fill, ink))
    time = f"{shot.at_s:.1f} s"
    _chip(frame, (frame.width - _chip_size(time)[0], 0), time, (_INK, _PAPER))
    return frame


def _chip(frame: Pillow.Image, at: Point, text: str, colours: tuple[Colour, Colour]) -> None:
    """Draw ``text`` on a filled rectangle whose upper left corner is ``at``."""
    width, height = _chip_size(text)
    drawing = ImageDraw.Draw(frame)
    drawing.rectangle((at[0], at[1], at[0] + width - 1, at[1] + height - 1), colours[0])
    drawing.text((at[0] + _PADDING, at[1] + height / 2), text, colours[1], _font(_SMALL), "lm")


def _chip_size(text: str) -> Point:
    return round(_font(_SMALL).getlength(text)) + 2 * _PADDING, round(_SMALL * 1.5)


def _lines(page: Pillow.Image, at: Point, lines: Sequence[str], size: int, colour: Colour) -> int:
    """Draw ``lines`` below one another; returns where the next would come."""
    bold = 0.5 if size >= _HEADING else 0
    drawing, step = ImageDraw.Draw(page), round(size * _LEADING)
    for index, line in enumerate(lines):
        drawing.text((at[0], at[1] + index * step), line, colour, _font(size), stroke_width=bold)
    return at[1] + len(lines) * step


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)  # what Pillow gives where a size is asked for
    return font
