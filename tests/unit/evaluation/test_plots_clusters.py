from itertools import combinations

import pytest
from matplotlib.figure import Figure
from plot_samples import CAPTION, check_layout, images, pictures

from limen.evaluation.plots.clusters import Block, Sheet, cluster_sheet, lay_out

FEW = ([3, 2], 0)
MANY = ([30, 22, 20, *[9] * 8, *[4] * 12, *[2] * 10], 40)
THOUSANDS = ([200, 60, *[12] * 90, *[3] * 400, *[2] * 500], 2400)
SAMPLES = pytest.mark.parametrize(
    ("sizes", "alone"), [FEW, MANY, THOUSANDS, ([], 1), ([], 3000), ([5], 1), ([2] * 3000, 0)]
)


def figure_of(sheet: Sheet, names: tuple[str | None, ...] = ()) -> Figure:
    shown = [pictures(block.shown) for block in sheet.blocks]
    return cluster_sheet(sheet, shown, pictures(sheet.alone.shown if sheet.alone else 0), CAPTION, names)


def all_blocks(sheet: Sheet) -> list[Block]:
    return [*sheet.blocks, *([sheet.alone] if sheet.alone else [])]


@SAMPLES
def test_blocks_lie_apart_on_a_sheet_of_bounded_size(sizes: list[int], alone: int) -> None:
    sheet = lay_out(sizes, alone)
    for a, b in combinations(all_blocks(sheet), 2):
        beside = a.left + a.width < b.left or b.left + b.width < a.left
        assert beside or a.bottom < b.top or b.bottom < a.top
    assert max(block.left + block.width for block in all_blocks(sheet)) <= sheet.width + 1e-9
    assert max(block.bottom for block in all_blocks(sheet)) == sheet.bottom < 17


@SAMPLES
def test_what_is_shown_and_what_the_note_tells_make_all(sizes: list[int], alone: int) -> None:
    sheet = lay_out(sizes, alone)
    assert [block.faces for block in sheet.blocks] == sizes[: len(sheet.blocks)]
    left_out = sizes[len(sheet.blocks) :]
    hidden = sum(block.faces - block.shown for block in sheet.blocks)
    told = {
        f"{len(left_out):,} clusters with {sum(left_out):,} faces": bool(left_out),
        f"{hidden:,} faces of the clusters above": hidden > 0,
        f"{alone - (sheet.alone.shown if sheet.alone else 0):,} faces alone": bool(
            sheet.alone and alone > sheet.alone.shown
        ),
    }
    assert {part: part in sheet.note for part in told} == told
    assert bool(sheet.note) == any(told.values())


@pytest.mark.parametrize(("sizes", "alone"), [FEW, MANY, THOUSANDS, ([], 2)])
def test_nothing_overlaps_or_is_cut_off(sizes: list[int], alone: int) -> None:
    sheet = lay_out(sizes, alone)
    figure = figure_of(sheet)
    said = check_layout(figure)
    assert len(images(figure)) == sum(block.shown for block in all_blocks(sheet))
    if sizes:
        first = sheet.blocks[0]
        shown = f", {first.shown} shown" if first.shown < first.faces else ""
        assert f"1: {sizes[0]} faces{shown}" in said
    assert any(text.startswith("Alone: ") for text in said) == bool(alone)


def test_each_cluster_shows_its_own_faces_below_its_heading() -> None:
    sheet = lay_out([3, 2], 1)
    every = pictures(6)
    figure = cluster_sheet(sheet, [every[:3], every[3:5]], every[5:], CAPTION, ["Ann", None])
    said = check_layout(figure)
    assert {"Ann: 3 faces", "2: 2 faces", "Alone: 1 face"} <= set(said)
    (canvas,) = figure.axes
    below = {text.get_text(): text.get_position() for text in canvas.texts}
    first, fourth, last = (images(figure)[index].get_extent() for index in (0, 3, 5))
    for (left, _, _, top), heading in ((first, "Ann: 3 faces"), (fourth, "2: 2 faces"), (last, "Alone: 1 face")):
        assert left == pytest.approx(below[heading][0], abs=0.01)
        assert 0 < top - below[heading][1] < 0.3


def test_a_long_name_stays_with_its_cluster() -> None:
    sheet = lay_out([2, 2, 2], 0)
    figure = figure_of(sheet, ("Maximiliana von und zu Hohenlohe-Waldenburg", "B", "C"))
    said = check_layout(figure)
    assert any(text.startswith("Maxim") and text.endswith("…") for text in said)
