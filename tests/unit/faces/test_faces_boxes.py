import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.faces.boxes import keep_best, moved, squared
from limen.types import Box

EDGE = st.integers(0, 60)
BOX = st.tuples(EDGE, EDGE, st.integers(1, 40), st.integers(1, 40)).map(
    lambda b: (float(b[0]), float(b[1]), float(b[0] + b[2]), float(b[1] + b[3]))
)
SCORED = st.lists(st.tuples(BOX, st.integers(0, 20)), max_size=14)


def kept_one_by_one(
    boxes: list[tuple[float, float, float, float]], scores: list[float], overlap: float, *, of_smaller: bool
) -> list[int]:
    kept: list[int] = []
    for index in sorted(range(len(boxes)), key=lambda i: -scores[i]):
        box = Box(*boxes[index])

        def share(other: int, box: Box = box) -> float:
            better = Box(*boxes[other])
            return box.overlap(better) / min(box.area, better.area) if of_smaller else box.iou(better)

        if all(share(other) <= overlap for other in kept):
            kept.append(index)
    return kept


@pytest.mark.parametrize("of_smaller", [False, True])
@given(scored=SCORED, overlap=st.sampled_from([0.25, 0.45, 0.71]))
def test_keeps_what_no_better_box_covers(
    scored: list[tuple[tuple[float, float, float, float], int]], overlap: float, of_smaller: bool
) -> None:
    boxes, scores = [box for box, _ in scored], [score / 20 for _, score in scored]
    array = np.array(boxes, np.float32).reshape(-1, 4)
    kept = keep_best(array, np.array(scores, np.float32), overlap, of_smaller=of_smaller)
    assert kept.tolist() == kept_one_by_one(boxes, scores, overlap, of_smaller=of_smaller)


def test_a_box_inside_another_goes_only_by_the_share_of_the_smaller() -> None:
    boxes = np.array([[0, 0, 100, 100], [10, 10, 30, 30]], np.float32)
    scores = np.array([0.8, 0.9], np.float32)
    assert keep_best(boxes, scores, 0.7).tolist() == [1, 0]
    assert keep_best(boxes, scores, 0.7, of_smaller=True).tolist() == [1]


def test_edges_move_by_shares_of_the_sides() -> None:
    boxes = np.array([[10, 20, 29, 59]], np.float32)
    offsets = np.array([[0.5, -0.25, 0.1, 0]], np.float32)
    np.testing.assert_allclose(moved(boxes, offsets), [[20, 10, 31, 59]])


def test_a_square_has_the_same_centre_and_the_longer_side() -> None:
    boxes = np.array([[0, 0, 10, 30], [5, 5, 25, 15]], np.float32)
    np.testing.assert_allclose(squared(boxes), [[-10, 0, 20, 30], [5, 0, 25, 20]])
