import re

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PatchCollection
from plot_samples import CAPTION, check_layout, faces, images, pictures, texts

from limen.errors import BadDataError
from limen.evaluation.plots.similarity import MOST_FACES, similarity_map
from limen.evaluation.plots.threshold import Threshold
from limen.types import Measure

THRESHOLD = Threshold(2e-3, 0.6)
FIVE = (3, 2)
TWO_HUNDRED = (30, 1, 1, 22, 2, 3, *(4,) * 15, *(2,) * 20, *(1,) * 41)


def drawn(counts: tuple[int, ...]):
    some = faces(counts)
    return similarity_map(some, pictures(len(some)), THRESHOLD, CAPTION)


@pytest.mark.parametrize(
    "counts", [(2,), (1, 1), FIVE, (4,) * 4, (5,) * 8, (1,) * 9, TWO_HUNDRED, (2,) * 100, (1,) * 200, (1,) * MOST_FACES]
)
def test_nothing_overlaps_or_is_cut_off(counts: tuple[int, ...]) -> None:
    said = check_layout(drawn(counts))
    assert CAPTION.title in said
    assert any(text.startswith("drawn: faces of nobody   |   model made-up:0123abcd   |   2026-11-24") for text in said)
    assert "threshold 0.600\n(FMR 0.2 %)" in said


@pytest.mark.parametrize("measure", Measure)
def test_the_numbers_are_the_similarities(measure: Measure) -> None:
    some = faces((3, 2, 3))
    if measure is Measure.EUCLIDEAN:
        some = type(some)(some.vectors * 2, some.owner, some.names, some.model, measure)
    figure = similarity_map(some, pictures(8), THRESHOLD, CAPTION)
    cells = {text.get_position(): float(text.get_text()) for text in figure.axes[0].texts}
    assert len(cells) == 8 * 7
    for (x, y), number in cells.items():
        a, b = some.vectors[int(y)].astype(float), some.vectors[int(x)].astype(float)
        expected = a @ b if measure is Measure.COSINE else 1 - np.linalg.norm(a - b)
        assert number == pytest.approx(expected, abs=6e-4)


def test_numbers_only_where_they_fit() -> None:
    def numbers(count: int) -> int:
        return sum(
            bool(re.fullmatch(r"-?\d\.\d{3}", text.get_text())) for text in drawn((2,) * (count // 2)).axes[0].texts
        )

    assert [numbers(count) for count in (2, 16, 40, 200)] == [2, 240, 0, 0]


def test_every_cell_has_the_colour_of_its_side_of_the_threshold() -> None:
    some = faces(FIVE)
    figure = similarity_map(some, pictures(5), THRESHOLD, CAPTION)
    (cells,) = figure.axes[0].images
    colours = cells.to_rgba(cells.get_array())
    alike = some.vectors @ some.vectors.T
    others = ~np.eye(5, dtype=bool)
    warm = colours[..., 0] > colours[..., 2]
    assert (warm == (alike >= THRESHOLD.similarity))[others].all()
    grey = colours[~others][:, :3]
    assert np.ptp(grey, axis=1).max() < 0.02


def test_faces_along_both_sides_in_their_order() -> None:
    found = images(drawn(FIVE))
    left, above = found[::2], found[1::2]
    assert [face.get_array()[0, 0, 0] for face in left] == list(range(5))
    tops = [face.get_extent()[3] for face in left]
    lefts = [face.get_extent()[0] for face in above]
    assert tops == sorted(tops)
    assert lefts == sorted(lefts)


def test_with_many_faces_one_a_person() -> None:
    figure = drawn(TWO_HUNDRED)
    first = np.cumsum([0, *TWO_HUNDRED[:-1]])
    shown = {int(face.get_array()[0, 0, 0]) for face in images(figure)}
    assert shown == {int(index) for index, count in zip(first, TWO_HUNDRED, strict=True) if count > 1}
    names = [text.get_text() for text in texts(figure) if text.get_text().startswith("No ")]
    assert all(names.count(name) == 2 for name in names)  # along each side
    large = {f"No {index} of" for index, count in enumerate(TWO_HUNDRED) if count >= 4}
    assert {f"No {name.split()[1]} of" for name in names} >= large


def test_boundaries_between_people() -> None:
    figure = drawn((3, 2, 4))
    lines = [c for c in figure.axes[0].collections if isinstance(c, LineCollection)]
    places = sorted(
        {tuple(sorted(set(segment[:, axis]))) for axis, c in enumerate(lines) for segment in c.get_segments()}
    )
    assert places == [(3.0,), (5.0,)]
    (squares,) = (c for c in figure.axes[0].collections if isinstance(c, PatchCollection))
    corners = [(path.vertices.min(axis=0).tolist(), path.vertices.max(axis=0).tolist()) for path in squares.get_paths()]
    assert corners == [([0, 0], [3, 3]), ([3, 3], [5, 5]), ([5, 5], [9, 9])]


def test_the_same_photo_many_times() -> None:
    some = faces((4,), noise=0.0)
    said = check_layout(similarity_map(some, pictures(4), THRESHOLD, CAPTION))
    assert said.count("1.000") == 12


@pytest.mark.parametrize("count", [1, MOST_FACES + 1])
def test_too_few_or_too_many(count: int) -> None:
    with pytest.raises(BadDataError, match=f"2 to 400 faces, got {count}"):
        drawn((count,))
