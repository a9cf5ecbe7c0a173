import matplotlib
import pytest
from matplotlib.text import Text
from plot_samples import check_layout, drawn

from limen.evaluation.plots.style import (
    MARGIN,
    SUBTITLE,
    TITLE,
    Caption,
    begin,
    joined,
    percent,
    shortened,
    styled,
    text_height,
    text_width,
)

LONG = "a folder of photos whose name is long, and goes on, and on, to no end, as names of folders do"


def begun(caption: Caption, width: float = 7.0):
    with styled():
        return begin(caption, width, 2.0)


def test_the_head_says_data_model_and_date_below_the_title() -> None:
    page = begun(Caption("A title", "some data", "a-model:1", "2026-11-24"))
    title, subtitle = page.figure.texts
    assert title.get_text() == "A title"
    assert subtitle.get_text() == "some data   |   model a-model:1   |   2026-11-24"
    assert title.get_fontsize() == TITLE > subtitle.get_fontsize() == SUBTITLE
    assert page.top * 150 > page.figure.bbox.y1 - subtitle.get_window_extent(drawn(page.figure).get_renderer()).y0


@pytest.mark.parametrize("caption", [Caption(LONG, LONG, LONG, "2026"), Caption("x" * 300, "y" * 300, "", "2026")])
def test_a_long_head_is_wrapped_or_shortened(caption: Caption) -> None:
    page = begun(caption)
    check_layout(page.figure)
    assert page.figure.texts[-1].get_text().endswith("2026")
    assert page.top > begun(Caption("A", "b", "c", "2026")).top


@pytest.mark.parametrize(
    "text", ["A$AP and $x^2$", "名前", "tab\tand\nline", "bytes \udcff", "{%s} \\frac", "عربى", ""]
)
def test_any_name_can_be_drawn(text: str) -> None:
    page = begun(Caption(text or "A title", text, text, "2026"))
    said = (
        check_layout(page.figure)
        if text.isascii() and text.isprintable()
        else [t.get_text() for t in page.figure.texts]
    )
    assert "2026" in " ".join(said)
    assert text_width(shortened(text, 9, 1), 9) <= 1
    assert "\n" not in "".join(said)


def test_axes_lie_where_they_were_put() -> None:
    page = begun(Caption("A", "b", "c", "2026"))
    box = page.axes(1.0, 0.5, 3.0, 1.2).get_window_extent()
    height = page.figure.bbox.y1
    assert (box.x0, box.x1) == pytest.approx((150, 600))
    assert (height - box.y1, height - box.y0) == pytest.approx(((page.top + 0.5) * 150, (page.top + 1.7) * 150))
    corner = page.canvas().transData.transform((1.0, 0.5))
    assert tuple(corner) == pytest.approx((box.x0, box.y1))


def test_text_is_as_wide_as_it_is_measured() -> None:
    page = begun(Caption("A", "b", "c", "2026"))
    for text in ("Anna Smith", "0.9237", "Wwwww iiiii ggg"):
        shown: Text = page.canvas().text(1, 1, text, size=9)
        box = shown.get_window_extent(drawn(page.figure).get_renderer())
        assert box.width / 150 == pytest.approx(text_width(text, 9), rel=0.06)
        assert box.height / 150 <= text_height(9)


def test_what_is_too_long_ends_in_dots() -> None:
    assert shortened("Ann", 9, 1) == "Ann"
    short = shortened("Ann " * 30, 9, 1)
    assert short.startswith("Ann Ann")
    assert short.endswith("…")
    assert 0.8 < text_width(short, 9) <= 1
    assert shortened("Ann", 9, 0.01) == "…"


def test_parts_are_joined_in_lines_that_fit() -> None:
    lines = joined(LONG.split(), 9, 2.0, " ")
    assert " ".join(lines) == LONG
    assert len(lines) > 2
    assert max(text_width(line, 9) for line in lines) <= 2
    assert joined([], 9, 2.0, " ") == []


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (0, "0 %"),
        (1, "100 %"),
        (0.01, "1 %"),
        (0.00903, "0.903 %"),
        (0.12345, "12.3 %"),
        (1e-7, "0.00001 %"),
        (0.995, "99.5 %"),
    ],
)
def test_percentages(rate: float, text: str) -> None:
    assert percent(rate) == text


def test_nobodys_settings_are_changed_and_nobodys_are_used() -> None:
    before = dict(matplotlib.rcParams)
    with matplotlib.rc_context({"font.size": 40, "text.color": "red", "axes.facecolor": "black"}):
        with styled():
            page = begin(Caption("A", "b", "c", "2026"), 7.0, 2.0)
            axes = page.axes(1, 0, 1, 1)
        assert axes.get_facecolor() == (1, 1, 1, 1)
        assert page.figure.texts[0].get_color() != "red"
        assert matplotlib.rcParams["font.size"] == 40
    assert dict(matplotlib.rcParams) == before


def test_margins_are_kept() -> None:
    page = begun(Caption("A title", "some data", "a-model:1", "2026-11-24"))
    boxes = [text.get_window_extent(drawn(page.figure).get_renderer()) for text in page.figure.texts]
    assert min(box.x0 for box in boxes) >= MARGIN * 150 - 2
    assert max(box.y1 for box in boxes) <= page.figure.bbox.y1 - MARGIN * 150 + 2
