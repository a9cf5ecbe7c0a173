"""Several pipelines timed on the same frames, in turns, so that whatever slows the machine slows them alike."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from limen.types import Image

FRAMES_A_TURN = 3
"""Frames of a turn that are counted."""
_WARM_UP_ROUNDS = 3


@dataclass(slots=True)
class Laps:
    """Milliseconds that each stage of one run took, in order; ``clock_s`` tells the time."""

    clock_s: Callable[[], float] = time.perf_counter
    stages_ms: dict[str, float] = field(default_factory=dict)
    _last_s: float = field(init=False)

    def __post_init__(self) -> None:
        self._last_s = self.clock_s()

    def finish(self, stage: str) -> None:
        """The stage that began with the end of the one before is over."""
        now_s = self.clock_s()
        self.stages_ms[stage] = (now_s - self._last_s) * 1000
        self._last_s = now_s


class Pipeline(Protocol):
    """What is timed: from a frame to the embedding of the surest face in it."""

    def run(self, frame: Image, laps: Laps) -> int:
        """How many faces were found; each stage is told to ``laps``."""
        ...


@dataclass(frozen=True, slots=True)
class Timing:
    """Median and 95th percentile over all counted frames, in milliseconds."""

    median_ms: float
    p95_ms: float


@dataclass(frozen=True, slots=True)
class PipelineTimes:
    """A pipeline's times: of the whole frame, and stage by stage. ``faces`` is what it found."""

    frame: Timing
    stages: Mapping[str, Timing]
    faces: int


def time_in_turns(
    pipelines: Mapping[str, Pipeline], frame: Image, rounds: int, step: Callable[[], None] = lambda: None
) -> dict[str, PipelineTimes]:
    """Every pipeline's times on ``frame``: in each round each has its turn; ``step`` is called after each round.

    A turn is several frames in a row, as at a door, where no other pipeline empties the caches between two frames: the
    first of them, which pays for the one before, is not counted. Neither are a few rounds at the start.
    """
    for _ in range(_WARM_UP_ROUNDS):
        for pipeline in pipelines.values():
            pipeline.run(frame, Laps())
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in pipelines}
    faces = dict.fromkeys(pipelines, 0)
    for _ in range(rounds):
        for name, pipeline in pipelines.items():
            pipeline.run(frame, Laps())
            for _ in range(FRAMES_A_TURN):
                laps = Laps()
                faces[name] = pipeline.run(frame, laps)
                runs[name].append(laps.stages_ms)
        step()
    return {name: _summary(runs[name], faces[name]) for name in pipelines}


def _summary(runs: Sequence[Mapping[str, float]], faces: int) -> PipelineTimes:
    stages = {stage: _timing([run[stage] for run in runs]) for stage in runs[0]}
    return PipelineTimes(_timing([sum(run.values()) for run in runs]), stages, faces)


def _timing(times_ms: Sequence[float]) -> Timing:
    return Timing(float(np.median(times_ms)), float(np.percentile(times_ms, 95)))
