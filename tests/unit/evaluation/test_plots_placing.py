import numpy as np
import pytest

from limen.evaluation.plots.placing import around, free_box, moved_apart, spread

FRAME = (1.0, 0.0, 10.0, 7.0)


def overlap(middles: np.ndarray, size: float) -> float:
    """By how much of their side the two squares overlap that do so most."""
    apart = np.abs(middles[:, None] - middles[None]).max(axis=2)
    np.fill_diagonal(apart, np.inf)
    return 1 - apart.min() / size


@pytest.mark.parametrize("kind", ["one place", "a line", "a cloud", "a corner"])
def test_squares_no_longer_overlap_and_stay_inside(kind: str) -> None:
    random = np.random.default_rng(3)
    points = {
        "one place": np.full((40, 2), 4.0),
        "a line": np.column_stack([np.linspace(4, 5, 40), np.full(40, 3.0)]),
        "a cloud": random.normal((5, 3), 0.8, (150, 2)),
        "a corner": random.normal((1, 0), 0.2, (40, 2)),
    }[kind]
    middles = moved_apart(points, 0.3, FRAME)
    assert overlap(points, 0.3) > 0.5
    assert overlap(middles, 0.3) <= 0.021
    assert (middles >= [1.15, 0.15]).all()
    assert (middles <= [9.85, 6.85]).all()


def test_what_lies_apart_stays_where_it_is() -> None:
    points = np.array([[2.0, 2.0], [2.4, 2.0], [5.0, 5.0]])
    np.testing.assert_allclose(moved_apart(points, 0.35, FRAME), points, atol=1e-3)


def test_spread_takes_the_first_that_lie_apart() -> None:
    points = np.array([[0, 0], [0.5, 0.5], [1, 0], [1, 0.2], [0, 3]], float)
    assert spread(points, 0.9, 10) == [0, 2, 4]
    assert spread(points, 0.9, 2) == [0, 2]


def test_a_free_box_is_inside_and_covers_nothing() -> None:
    taken = np.array([[4.0, 3.0, 5.0, 4.0]])
    wanted = [(3.5, 3.5, 4.5, 3.7), (9.5, 1, 10.5, 1.2), (5.0, 3.0, 6.0, 3.2), (6, 3, 7, 3.2)]
    assert free_box(wanted, taken, FRAME) == (5.0, 3.0, 6.0, 3.2)
    assert free_box(wanted[:2], taken, FRAME) is None


def test_boxes_around_touch_but_do_not_cover() -> None:
    box = (4.0, 3.0, 5.0, 4.0)
    for left, top, right, bottom in around(box, 2.0, 0.2, 0.05):
        assert (right - left, bottom - top) == pytest.approx((2.0, 0.2))
        beside = left >= box[2] + 0.049 or right <= box[0] - 0.049
        assert beside or top >= box[3] + 0.049 or bottom <= box[1] - 0.049
