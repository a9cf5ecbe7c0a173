from datetime import UTC, datetime, timedelta

import pytest

from limen.door.clock_watch import ClockWatch

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.fixture
def watch() -> ClockWatch:
    return ClockWatch(30, NOW, 100.0)


def test_a_clock_that_goes_on_is_right(watch: ClockWatch) -> None:
    assert all(watch.look(at(second), 100.0 + second) for second in range(0, 10_000, 50))


def test_a_clock_that_drifts_or_is_set_a_little_is_right(watch: ClockWatch) -> None:
    assert all(watch.look(at(second * 1.01), 100.0 + second) for second in range(100_000))
    assert watch.look(at(100_000 * 1.01 + 25), 100_100.0)


@pytest.mark.parametrize("jump", [DAY, -DAY, timedelta(seconds=31), timedelta(seconds=-31)])
def test_a_clock_that_jumps_is_wrong_until_it_comes_back(watch: ClockWatch, jump: timedelta) -> None:
    assert not watch.look(at(1) + jump, 101.0)
    assert watch.wrong is not None
    assert f"{jump.total_seconds():+.0f} s" in watch.wrong
    assert not watch.look(at(3600) + jump, 3700.0)
    assert watch.look(at(3601), 3701.0)
    assert watch.wrong is None


def test_a_clock_is_believed_once_somebody_says_so(watch: ClockWatch) -> None:
    assert not watch.look(at(1) + DAY, 101.0)
    watch.believe(at(1) + DAY, 101.0)
    assert watch.wrong is None
    assert watch.look(at(2) + DAY, 102.0)
    assert not watch.look(at(3), 103.0)


def test_a_clock_before_the_newest_record_is_wrong_from_the_start() -> None:
    watch = ClockWatch(30, NOW, 100.0, NOW + DAY)
    assert watch.wrong is not None
    assert not watch.look(at(1), 101.0)
    assert watch.look(at(2) + DAY, 102.0)
    assert watch.wrong is None


def test_records_a_little_ahead_are_those_of_a_film() -> None:
    assert ClockWatch(30, NOW, 100.0, NOW + timedelta(minutes=50)).wrong is None
