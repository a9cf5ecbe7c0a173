from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from plot_samples import CAPTION, check_layout, drawn, faces, images, pictures, texts

from limen.evaluation.labelled import LabelledFaces
from limen.evaluation.plots.projection import MOST_SHOWN, projection_map, shown_faces
from limen.evaluation.plots.style import percent
from limen.evaluation.projection import Projection, ProjectionMethod, project

TWO_HUNDRED = (22, 15, *(4,) * 20, *(2,) * 20, *(1,) * 43)


def figure_of(some: LabelledFaces, projection: Projection) -> Figure:
    shown = shown_faces(some, projection)
    every = pictures(len(some))
    return projection_map(some, projection, {index: every[index] for index in shown}, CAPTION)


def pca(counts: tuple[int, ...], noise: float = 0.1) -> tuple[LabelledFaces, Projection]:
    some = faces(counts, noise=noise)
    return some, project(some.vectors, ProjectionMethod.PCA)


@pytest.mark.parametrize("counts", [(3,), (3, 2), (6, 6), (5,) * 8, TWO_HUNDRED, (1,) * 200, (4,) * 300])
def test_nothing_overlaps_or_is_cut_off(counts: tuple[int, ...]) -> None:
    figure = figure_of(*pca(counts))
    said = check_layout(figure)
    names = [text for text in said if text.startswith("No ")]
    assert len(names) == len(set(names)) > 0
    assert CAPTION.title in said


def test_with_few_people_everybody_is_named() -> None:
    some, projection = pca((3, 2, 4))
    said = check_layout(figure_of(some, projection))
    assert set(some.names) <= set(said)
    assert not any("left out" in text for text in said)


def test_the_axes_tell_the_share_of_variance() -> None:
    some, projection = pca((3, 2))
    assert projection.shares is not None
    said = [text.get_text() for text in texts(figure_of(some, projection))]
    assert f"first principal axis: {percent(projection.shares[0])} of the variance" in said
    assert f"second principal axis: {percent(projection.shares[1])} of the variance" in said


def test_with_t_sne_they_tell_that_distances_mean_little() -> None:
    some = faces((3, 2, 4))
    figure = figure_of(some, project(some.vectors, ProjectionMethod.TSNE))
    said = check_layout(figure)
    assert any("distances and directions mean little" in text for text in said)
    assert not any("variance" in text for text in said)


def test_faces_lie_where_the_axes_say() -> None:
    points = np.array([[0.0, 0.0], [4.0, 1.0], [1.0, 3.0], [-2.0, 2.0]])
    figure = figure_of(faces((1,) * 4), Projection(points, (0.6, 0.3)))
    renderer = drawn(figure).get_renderer()
    for point, face in zip(points, images(figure), strict=True):
        box = face.get_window_extent(renderer)
        middle = ((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)
        assert middle == pytest.approx(figure.axes[0].transData.transform(point), abs=1)


def test_one_scale_for_both_axes() -> None:
    figure = figure_of(*pca((5,) * 8))
    corner, along, up = figure.axes[0].transData.transform([(0, 0), (1, 0), (0, 1)])
    assert along[0] - corner[0] == pytest.approx(up[1] - corner[1])


def test_each_person_has_a_colour() -> None:
    counts = (3, 2, 4)
    figure = figure_of(*pca(counts))
    borders = [patch for axes in figure.axes for patch in axes.patches if isinstance(patch, Rectangle)]
    colours = [to_hex(border.get_edgecolor()) for border in borders]
    parts = np.split(np.array(colours), np.cumsum(counts)[:-1])
    assert all(len(set(part)) == 1 for part in parts)
    assert len(set(colours)) == 3


def test_of_many_faces_some_are_marks_and_the_note_says_so() -> None:
    some, projection = pca((4,) * 300)
    shown = shown_faces(some, projection)
    assert 20 < len(shown) <= MOST_SHOWN
    assert shown == sorted(set(shown))
    figure = figure_of(some, projection)
    assert len(images(figure)) == len(shown)
    marks = sum(len(line.get_xdata()) for axes in figure.axes for line in axes.lines)
    assert marks >= len(some) - len(shown)
    note = " ".join(text.get_text() for text in figure.texts)
    assert f"{len(shown)} of the 1,200 faces are shown as pictures, the others as marks." in note


def test_shown_faces_lie_apart_and_are_first_of_those_with_many_photos() -> None:
    some, projection = pca((*(1,) * 500, 200))
    shown = shown_faces(some, projection)
    assert max(shown) >= 500
    apart = [np.abs(projection.points[a] - projection.points[b]).max() for a, b in combinations(shown, 2)]
    assert min(apart) > 0
    assert (some.owner[shown] == 500).any()


def test_faces_at_one_place_are_moved_aside_with_a_line_from_their_place() -> None:
    points = np.array([[0.0, 0.0]] * 5 + [[3.0, 1.0]])
    figure = figure_of(faces((5, 1)), Projection(points, (0.9, 0.1)))
    said = check_layout(figure)
    assert any("moved aside, with a line" in text for text in said)
    (lines,) = (found for axes in figure.axes for found in axes.collections)
    starts = np.array([segment[0] for segment in lines.get_segments()])
    assert len(starts) >= 4
    np.testing.assert_allclose(starts, np.broadcast_to(starts[0], starts.shape))
