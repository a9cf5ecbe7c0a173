"""When a contact counts as changed."""

import pytest

from limen.locks.gpio import Debounced


def seen(*levels: tuple[float, bool]) -> list[bool]:
    debounced = Debounced(level=False, stable_s=0.05)
    return [debounced.see(level, now_s) for now_s, level in levels]


def test_a_change_counts_once_it_lasted() -> None:
    assert seen((0.0, True), (0.03, True), (0.05, True), (0.06, True)) == [False, False, True, True]


@pytest.mark.parametrize("spike_s", [0.001, 0.02])
def test_a_spike_does_not_count(spike_s: float) -> None:
    assert not any(seen((0.0, True), (spike_s, False), (0.1, True), (0.1 + spike_s, False), (0.2, False)))


def test_a_contact_that_bounces_counts_after_the_last_bounce() -> None:
    bouncing = [(at_s / 100, at_s % 2 == 0) for at_s in range(10)]
    assert seen(*bouncing, (0.10, True), (0.14, True), (0.16, True))[-3:] == [False, False, True]


def test_it_changes_back_by_the_same_rule() -> None:
    assert seen((0.0, True), (0.05, True), (0.06, False), (0.10, False), (0.12, False)) == [
        False, True, True, True, False,
    ]  # fmt: skip
