import numpy as np
import pytest
from PIL import ImageFont

from limen.evaluation.contact_sheet import (
    ContactSheet,
    MarkedFace,
    SheetRow,
    Shot,
    Verdict,
    draw_contact_sheet,
    label_corner,
    shortened,
    wrapped,
)
from limen.types import Box

PICTURE = (420, 315)
LABEL = (150, 26)
TEXT = "no enrolled person is alike enough: similarity 0.884, at least 0.903 is needed. The lock stays locked."
GREEN, ORANGE, PAPER = (0, 122, 92), (192, 72, 0), (250, 250, 248)


def shot(verdict: Verdict, heading: str = "granted: Ann", label: str = "Ann  0.991", side: int = 640) -> Shot:
    image = np.full((480, side, 3), 90, np.uint8)
    return Shot(image, 1.25, verdict, heading, TEXT, (MarkedFace(Box(200, 150, 320, 300), verdict, label),))


def sheet(*rows: tuple[Shot, ...]) -> ContactSheet:
    return ContactSheet("A door", "a day", tuple(SheetRow("a row", row) for row in rows), ("a footer",))


def width_of(text: str, size: int) -> float:
    return ImageFont.load_default(size).getlength(text)


def test_text_is_broken_between_words_and_fits() -> None:
    lines = wrapped(TEXT, 17, 300)
    assert len(lines) > 1
    assert " ".join(lines) == TEXT
    assert max(width_of(line, 17) for line in lines) <= 300
    assert wrapped("short", 17, 300) == ["short"]
    assert wrapped("", 17, 300) == []
    assert wrapped("a Donaudampfschifffahrtsgesellschaft b", 17, 60)[1] == "Donaudampfschifffahrtsgesellschaft"


def test_what_is_too_long_ends_in_dots() -> None:
    assert shortened("Ann", 17, 100) == "Ann"
    short = shortened("granted: " + "Ann " * 30, 17, 200)
    assert short.startswith("granted: Ann")
    assert short.endswith("…")
    assert 180 < width_of(short, 17) <= 200
    assert shortened("Ann", 17, 1) == "…"


@pytest.mark.parametrize(
    ("box", "corner"),
    [
        (Box(100, 100, 200, 220), (100, 74)),
        (Box(100, 10, 200, 220), (100, 220)),
        (Box(100, -5, 200, 330), (100, 289)),
        (Box(400, 100, 500, 220), (270, 74)),
        (Box(-40, 100, 60, 220), (0, 74)),
    ],
    ids=["above", "below", "inside", "right edge", "left edge"],
)
def test_a_label_stands_at_its_box_and_in_the_picture(box: Box, corner: tuple[int, int]) -> None:
    assert label_corner(box, LABEL, PICTURE) == corner


def test_nothing_reaches_into_the_next_shot_or_the_margins() -> None:
    row = (shot(Verdict.GRANTED, "granted: " + "Ann " * 40, "Ann " * 60),) * 3
    page = np.asarray(draw_contact_sheet(sheet(row)))
    pitch, left, top = 420 + 28, 48, 190
    for gap in range(2):
        between = page[top : top + 420, left + gap * pitch + 421 : left + (gap + 1) * pitch - 1]
        assert (between == PAPER).all()
    assert (page[:, :47] == PAPER).all()
    assert (page[:, -47:] == PAPER).all()
    assert (page[-30:] == PAPER).all()
    assert page.shape[1] == 2 * 48 + 3 * 420 + 2 * 28


def test_each_verdict_is_told_by_colour_and_word() -> None:
    page = np.asarray(draw_contact_sheet(sheet((shot(Verdict.GRANTED), shot(Verdict.DENIED, "denied", "stranger")))))
    first, second = page[:, : 48 + 420], page[:, 48 + 448 :]
    assert (first == GREEN).all(axis=2).sum() > 5000
    assert (second == ORANGE).all(axis=2).sum() > 5000
    assert not (first == ORANGE).all(axis=2).any()
    one, other = (draw_contact_sheet(sheet((shot(Verdict.DENIED, word),))) for word in ("denied", "stranger"))
    assert one.tobytes() != other.tobytes(), "the word is drawn"


def test_a_sheet_grows_with_its_rows_and_its_text() -> None:
    one = draw_contact_sheet(sheet((shot(Verdict.GRANTED),)))
    two = draw_contact_sheet(sheet((shot(Verdict.GRANTED),), (shot(Verdict.DENIED),) * 2))
    assert two.height > one.height + 315
    assert two.width == one.width + 448


@pytest.mark.parametrize("rows", [(), ((),), ((shot(Verdict.GRANTED), shot(Verdict.GRANTED, side=320)),)])
def test_a_sheet_without_shots_or_with_shots_of_two_sizes_is_refused(rows: tuple[tuple[Shot, ...], ...]) -> None:
    with pytest.raises(ValueError, match="shots of one size"):
        sheet(*rows)
