import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.decision.throttle import Throttle, ThrottlePolicy

POLICY = ThrottlePolicy(failures=5, wait_s=30, longest_wait_s=900)


def after(failures: int, now_s: float = 0.0) -> Throttle:
    throttle = Throttle()
    for _ in range(failures):
        throttle = throttle.failed(now_s, POLICY)
    return throttle


@pytest.mark.parametrize(
    ("failures", "wait_s"), [(0, 0), (4, 0), (5, 30), (6, 60), (7, 120), (9, 480), (10, 900), (11, 900), (5000, 900)]
)
def test_waits_grow_from_the_fifth_failure_on(failures: int, wait_s: float) -> None:
    assert after(failures).wait_s(0.0) == wait_s


def test_a_wait_ends() -> None:
    throttle = after(5, now_s=100.0)
    assert throttle.wait_s(129.9) == pytest.approx(0.1)
    assert throttle.wait_s(130.0) == 0
    assert throttle.failed(130.0, POLICY).wait_s(130.0) == 60


@pytest.mark.parametrize("now_s", [math.nan, -math.inf])
def test_a_time_that_is_no_time_waits(now_s: float) -> None:
    assert after(5).wait_s(now_s) > 0


@pytest.mark.parametrize(
    ("failures", "wait_s", "longest_s"), [(0, 30, 900), (5, 0, 900), (5, 30, 29), (5, 30, math.inf), (5, math.nan, 900)]
)
def test_a_policy_without_bounds_is_refused(failures: int, wait_s: float, longest_s: float) -> None:
    with pytest.raises(ValueError, match="positive, finite"):
        ThrottlePolicy(failures, wait_s, longest_s)


@given(st.lists(st.floats(0, 5), min_size=5, max_size=60))
def test_no_more_tries_than_one_in_thirty_seconds(gaps_s: list[float]) -> None:
    throttle, now_s, tried = Throttle(), 0.0, []
    for gap_s in gaps_s:
        now_s += gap_s + throttle.wait_s(now_s)
        tried.append(now_s)
        throttle = throttle.failed(now_s, POLICY)
    assert all(later - earlier >= 30 - 1e-6 for earlier, later in pairwise(tried[4:]))
