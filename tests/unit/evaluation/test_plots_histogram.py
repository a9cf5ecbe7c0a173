import numpy as np
import pytest
from matplotlib.patches import StepPatch
from plot_samples import CAPTION, check_layout, drawn, faces

from limen.errors import BadDataError
from limen.evaluation.plots.histogram import densities, histogram
from limen.evaluation.plots.threshold import Threshold
from limen.evaluation.scores import all_pairs

SOME = faces((2, 3, 1, 4, *(3,) * 57), noise=0.8)
PAIRS = all_pairs(SOME)
THRESHOLDS = (Threshold(1e-2, 0.42), Threshold(1e-3, 0.5), Threshold(1e-4, 0.57))


def test_densities_are_those_of_the_weighted_similarities() -> None:
    edges = np.round(np.arange(-1, 1.005, 0.01), 4)
    alike = np.round(SOME.vectors @ SOME.vectors.T, 4).astype(float)
    upper = np.triu(np.ones_like(alike, bool), 1)
    impostor = upper & (SOME.owner[:, None] != SOME.owner[None])
    each = 1 / (SOME.counts[SOME.owner][:, None] * SOME.counts[SOME.owner][None])
    expected, _ = np.histogram(alike[impostor], edges, weights=each[impostor], density=True)
    found = densities(PAIRS.impostor, edges)
    # What lies on an edge may have been rounded into the bar before or after it.
    assert np.abs(found - expected).max() < 0.02 * expected.max()
    assert found @ np.diff(edges) == pytest.approx(1)


def test_each_area_is_one_and_nothing_is_left_out() -> None:
    figure = histogram(PAIRS, THRESHOLDS, CAPTION)
    steps = [patch.get_data() for patch in figure.axes[0].patches if isinstance(patch, StepPatch)]
    assert len(steps) == 4  # an area and a line, for each of two
    for values, edges, _ in steps:
        assert values @ np.diff(edges) == pytest.approx(1)


def test_thresholds_and_what_they_mean_here() -> None:
    figure = histogram(PAIRS, THRESHOLDS, CAPTION)
    said = check_layout(figure)
    alike = np.round(SOME.vectors @ SOME.vectors.T, 4)
    upper = np.triu(np.ones_like(alike, bool), 1)
    same = SOME.owner[:, None] == SOME.owner[None]
    counts = SOME.counts[SOME.owner]
    each = 1 / (counts[:, None] * counts[None])
    for threshold in THRESHOLDS:
        fmr, fnmr = threshold.rates(PAIRS)
        weights = each[upper & ~same]
        assert fmr == pytest.approx(
            weights[alike[upper & ~same] >= threshold.similarity].sum() / weights.sum(), abs=1e-3
        )
        one = [alike[upper & same & (SOME.owner[:, None] == p)] for p in range(len(SOME.names)) if SOME.counts[p] > 1]
        assert fnmr == pytest.approx(np.mean([(pairs < threshold.similarity).mean() for pairs in one]), abs=1e-3)
        assert threshold.label in said
        (row,) = (text for text in said if text.startswith(f"{threshold.similarity:.4f}, the threshold for"))
        assert f"here FMR {100 * fmr:.3g} %, FNMR {100 * fnmr:.3g} %" in row
        lines = [line for line in figure.axes[0].lines if line.get_xdata()[0] == threshold.similarity]
        assert len(lines) == 1
    assert f"one person (people: {len(SOME.names) - 1}, pairs of photos: {PAIRS.genuine.total})" in said


@pytest.mark.parametrize(
    "similarities",
    [
        (),
        (0.5,),
        (0.50, 0.501, 0.502, 0.503, 0.504),
        (0.99, 0.999),
        (-0.9, 0.2),
        (1.05,),
        (0.3, 0.3),
        (*[0.1] * 8, 1.0),
    ],
)
def test_labels_of_thresholds_stay_clear_of_each_other_and_of_lines(similarities: tuple[float, ...]) -> None:
    marks = [Threshold(10.0**-index, value) for index, value in enumerate(similarities, 1)]
    figure = histogram(PAIRS, marks, CAPTION)
    check_layout(figure)
    renderer = drawn(figure).get_renderer()
    axes = figure.axes[0]
    ends = [line.get_window_extent(renderer) for line in axes.lines]
    for text in axes.texts:
        box = text.get_window_extent(renderer)
        for end in ends:
            assert not (box.x0 + 1 < end.x0 < box.x1 - 1 and end.y1 > box.y0 + 1), text.get_text()


def test_fewer_than_thirty_errors_are_told() -> None:
    said = check_layout(histogram(PAIRS, [Threshold(1e-6, 0.9)], CAPTION))
    assert any(text.startswith("0.9000") and text.endswith("(fewer than 30 errors)") for text in said)


def test_no_error_is_no_error() -> None:
    pairs = all_pairs(faces((3, 7, 6), noise=0.01))
    fmr, fnmr = Threshold(1e-3, 0.8).rates(pairs)
    assert (fmr, fnmr) == (0, 0)
    assert any(
        "FMR 0 %, FNMR 0 % (fewer" in text for text in check_layout(histogram(pairs, [Threshold(1e-3, 0.8)], CAPTION))
    )


@pytest.mark.parametrize("counts", [(1, 1), (4,)])
def test_one_kind_of_pairs_alone_makes_no_picture(counts: tuple[int, ...]) -> None:
    with pytest.raises(BadDataError, match="photos of at least two people"):
        histogram(all_pairs(faces(counts)), THRESHOLDS, CAPTION)


def test_two_pairs_are_enough() -> None:
    check_layout(histogram(all_pairs(faces((2, 1))), THRESHOLDS, CAPTION))
    check_layout(histogram(all_pairs(faces((2, 2), noise=0.0)), THRESHOLDS, CAPTION))
