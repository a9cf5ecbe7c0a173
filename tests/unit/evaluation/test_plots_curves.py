import numpy as np
import pytest
from matplotlib.lines import Line2D
from plot_samples import CAPTION, check_layout, faces, texts
from scipy.stats import norm

from limen.errors import BadDataError
from limen.evaluation.plots.curves import Curve, curve_of, det, roc
from limen.evaluation.scores import AllPairs, Scores, all_pairs

COUNTS = (2, 3, 1, 4, *(3,) * 60)


def normal(label: str = "a model", apart: float = 4.0, pairs: int = 1_000_000, people: int = 10_000) -> Curve:
    """Two normal distributions so many standard deviations apart: the DET curve is a straight line."""
    thresholds = np.linspace(-6, 10, 4000)
    return Curve(label, norm.sf(thresholds), norm.cdf(thresholds - apart), pairs, people)


def lines(figure, style: str | None = None) -> list[Line2D]:
    """The lines of models, without marks, diagonals and points that are not drawn."""
    found = [line for line in figure.axes[0].lines if len(line.get_xdata()) > 2]
    return [line for line in found if style is None or (line.get_linestyle() == "-") == (style == "full")]


def points(found: list[Line2D]) -> np.ndarray:
    data = np.concatenate([np.column_stack(line.get_data()) for line in found])
    return data[np.isfinite(data).all(axis=1)]


def test_a_curve_is_what_counting_gives() -> None:
    some = faces(COUNTS, noise=0.8)
    curve = curve_of("a model", all_pairs(some))
    alike = np.round(some.vectors @ some.vectors.T, 4).astype(float)
    upper = np.triu(np.ones_like(alike, bool), 1)
    same = some.owner[:, None] == some.owner[None]
    counts = some.counts[some.owner]
    each = np.where(same, 2 / np.maximum(counts * (counts - 1), 1)[:, None], 1 / (counts[:, None] * counts[None]))
    for threshold in (-0.1, 0.2, 0.35, 0.6, 0.8):
        fmr = each[upper & ~same & (alike >= threshold)].sum() / each[upper & ~same].sum()
        fnmr = each[upper & same & (alike < threshold)].sum() / each[upper & same].sum()
        nearest = np.abs(curve.fmr - fmr) + np.abs(curve.fnmr - fnmr)
        assert nearest.min() < 2e-3
    assert (curve.impostors, curve.genuines) == (len(COUNTS) * (len(COUNTS) - 1) // 2, 1 + 3 + 6 + 60 * 3)
    assert (curve.fmr[0], curve.fnmr[0], curve.fmr[-1], curve.fnmr[-1]) == pytest.approx((1, 0, 0, 1))
    assert (np.diff(curve.fmr) <= 0).all()
    assert (np.diff(curve.fnmr) >= 0).all()


def test_the_equal_error_rate_of_normal_distributions() -> None:
    assert normal(apart=4).eer == pytest.approx(norm.sf(2), rel=1e-3)
    assert normal(apart=2).eer == pytest.approx(norm.sf(1), rel=1e-3)


@pytest.mark.parametrize("missing", ["genuine", "impostor"])
def test_one_kind_of_pairs_alone_makes_no_curve(missing: str) -> None:
    counts = (1, 1, 1) if missing == "genuine" else (3,)
    with pytest.raises(BadDataError, match="at least two people are needed, and two photos of one of them"):
        curve_of("a model", all_pairs(faces(counts)))


def test_a_det_curve_of_normal_distributions_is_a_straight_line() -> None:
    figure = det([normal(apart=4)], CAPTION)
    x, y = points(lines(figure)).T
    np.testing.assert_allclose(x + y, -4, atol=1e-6)
    check_layout(figure)


def test_det_points_are_the_rates() -> None:
    curve = curve_of("a model", all_pairs(faces(COUNTS, noise=0.8)))
    drawn = norm.cdf(points(lines(det([curve], CAPTION))))
    rates = np.column_stack([curve.fmr, curve.fnmr])
    assert len(drawn) > 50
    for point in drawn:
        assert np.abs(rates - point).sum(axis=1).min() < 1e-9


@pytest.mark.parametrize("kind", [det, roc])
def test_full_lines_where_thirty_errors_are_expected_and_dashes_elsewhere(kind) -> None:
    curve = normal(apart=2, pairs=20_000, people=2_000)
    figure = kind([curve], CAPTION)
    full, dashed = points(lines(figure, "full")), points(lines(figure, "dashed"))
    if kind is det:
        full, dashed = norm.cdf(full), norm.cdf(dashed)
    else:
        full[:, 1], dashed[:, 1] = 1 - full[:, 1], 1 - dashed[:, 1]
    assert (full[:, 0] * 20_000 >= 29.99).all()
    assert (full[:, 1] * 2_000 >= 29.99).all()
    # A dash may reach one point into where the full line begins.
    too_few = (dashed[:, 0] * 20_000 < 30) | (dashed[:, 1] * 2_000 < 30)
    assert too_few.sum() >= len(dashed) - 2
    assert (dashed[:, 0] * 20_000 >= 0.99).all()
    if kind is det:
        assert (dashed[:, 1] * 2_000 >= 0.99).all()
    assert "fewer than 30 errors" in check_layout(figure)


def test_too_few_pairs_for_any_full_line() -> None:
    figure = det([normal(apart=2, pairs=90, people=90)], CAPTION)
    assert not len(points(lines(figure, "full")))
    assert len(points(lines(figure, "dashed"))) > 10


def test_the_equal_error_rate_is_marked_and_told() -> None:
    curve = normal("first", apart=4)
    for kind, at in ((det, (norm.ppf(curve.eer),) * 2), (roc, (curve.eer, 1 - curve.eer))):
        figure = kind([curve], CAPTION)
        (mark,) = (line for line in figure.axes[0].lines if line.get_marker() == "o")
        assert (mark.get_xdata()[0], mark.get_ydata()[0]) == pytest.approx(at)
        said = [text.get_text() for text in texts(figure)]
        assert "first: EER 2.28 % (pairs of photos of one person: 10,000, pairs of people: 1,000,000)" in said


def test_roc_points_are_the_rates_over_the_logarithm() -> None:
    curve = normal(apart=3)
    figure = roc([curve], CAPTION)
    drawn = points(lines(figure))
    for fmr, tmr in drawn[::50]:
        assert tmr == pytest.approx(norm.sf(norm.isf(fmr) - 3), abs=1e-6)
    axes = figure.axes[0]
    assert axes.get_xscale() == "log"
    assert axes.get_xlim() == pytest.approx((1e-6, 1))


def test_det_ticks_are_percentages_at_their_rates() -> None:
    axis = det([normal(apart=4)], CAPTION).axes[0].xaxis
    labels = {label.get_text(): place for label, place in zip(axis.get_ticklabels(), axis.get_ticklocs(), strict=True)}
    assert {"0.1 %", "1 %", "10 %", "50 %"} <= set(labels)
    for text, place in labels.items():
        assert norm.cdf(place) == pytest.approx(float(text.removesuffix(" %")) / 100)


@pytest.mark.parametrize("kind", [det, roc])
@pytest.mark.parametrize("count", [1, 4, 9])
def test_several_models_in_one_picture(kind, count: int) -> None:
    named = [normal(f"model {index} with a name that is {'very ' * 9}long", 5 - 0.4 * index) for index in range(count)]
    figure = kind(named, CAPTION)
    said = check_layout(figure)
    assert sum(text.startswith("model ") for text in said) == count
    assert len({line.get_color() for line in lines(figure)}) == min(count, 8)


@pytest.mark.parametrize("kind", [det, roc])
def test_photos_that_are_told_apart_without_an_error(kind) -> None:
    curve = curve_of("a model", all_pairs(faces((2, 2), noise=0.01)))
    figure = kind([curve], CAPTION)
    said = check_layout(figure)
    assert curve.eer is None
    assert any("too few errors for an EER" in text for text in said)
    assert any(text.startswith("No curve") for text in said)


def test_the_same_photo_under_two_names() -> None:
    step = np.zeros(20_001, np.int64)
    step[-1] = 4
    scores = Scores(-1.0, step, step.astype(float))
    curve = curve_of("a model", AllPairs(scores, scores))
    assert curve.eer == pytest.approx(0.5)
    check_layout(roc([curve], CAPTION))
    check_layout(det([curve], CAPTION))
