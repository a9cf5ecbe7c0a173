"""What real processes cost."""

import sys

import numpy as np
import pytest

from limen.errors import BadDataError
from limen.evaluation.process import cost_of, cost_of_limen


def test_memory_is_the_commands_own() -> None:
    # This process is far larger than the one measured, and must not count.
    ballast = np.ones(300_000_000, np.uint8)
    small = cost_of([sys.executable, "-I", "-S", "-c", "pass"])
    large = cost_of([sys.executable, "-I", "-S", "-c", "b = b'x' * 100_000_000"])
    assert ballast.sum() == 300_000_000
    assert 1 < small.peak_mb < 60
    assert 90 < large.peak_mb - small.peak_mb < 120


def test_time_is_from_the_start_to_the_end() -> None:
    waited = cost_of([sys.executable, "-I", "-S", "-c", "import time; time.sleep(0.3)"])
    assert 0.3 < waited.seconds < 5


def test_what_is_printed_does_not_disturb() -> None:
    assert cost_of([sys.executable, "-c", "print('[1, 2, 3]')"]).peak_mb > 1


def test_a_command_that_fails_says_why() -> None:
    with pytest.raises(BadDataError, match="exit code 3 and could not be measured: no photo"):
        cost_of([sys.executable, "-c", "import sys; sys.stderr.write('warning\\nno photo\\n'); sys.exit(3)"])


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(BadDataError, match="could not be measured"):
        cost_of(["/nowhere/limen"])


def test_the_program_itself() -> None:
    cost = cost_of_limen(["--version"])
    assert cost.peak_mb > 20
