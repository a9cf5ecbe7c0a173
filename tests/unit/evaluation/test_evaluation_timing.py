"""Pipelines in turns, and what is made of their times."""

import numpy as np
import pytest

from limen.evaluation.timing import Laps, time_in_turns
from limen.types import Image

FRAME = np.zeros((4, 4, 3), np.uint8)


class ScriptedPipeline:
    """Takes as many milliseconds as it is told, and writes down when it was its turn."""

    def __init__(self, name: str, turns: list[str], detect_ms: list[float]) -> None:
        self._name, self._turns, self._detect_ms = name, turns, iter(detect_ms)

    def run(self, frame: Image, laps: Laps) -> int:
        self._turns.append(self._name)
        laps.stages_ms = {"detect": next(self._detect_ms), "embed": 2.0}
        return 1


def test_laps_measure_from_one_stage_to_the_next() -> None:
    times_s = iter([10.0, 10.25, 10.75])
    laps = Laps(lambda: next(times_s))
    laps.finish("detect")
    laps.finish("embed")
    assert laps.stages_ms == {"detect": pytest.approx(250), "embed": pytest.approx(500)}


def test_pipelines_take_turns_and_warm_ups_do_not_count() -> None:
    turns: list[str] = []
    steps: list[None] = []
    a = ScriptedPipeline("a", turns, [1000] * 4 + [1, 5, 3])
    b = ScriptedPipeline("b", turns, [1000] * 4 + [10, 10, 40])
    times = time_in_turns({"a": a, "b": b}, FRAME, 1, lambda: steps.append(None))
    assert turns == ["a", "b"] * 3 + ["a"] * 4 + ["b"] * 4
    assert len(steps) == 1
    assert times["a"].stages["detect"].median_ms == 3
    assert times["a"].frame.median_ms == 5
    assert times["b"].stages["detect"].p95_ms == pytest.approx(37)
    assert times["b"].frame.p95_ms == pytest.approx(39)
    assert times["b"].faces == 1
