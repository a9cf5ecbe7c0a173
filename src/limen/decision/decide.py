"""From what was seen of one face to a decision."""

import math
from collections import Counter
from dataclasses import dataclass

from limen.decision.reasons import Reason


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one usable frame said of the face: ``person`` is set only where ``reason`` is MATCHED.

    ``at_s`` is the monotonic time the frame was captured at.
    """

    at_s: float
    reason: Reason
    person: str | None = None
    similarity: float | None = None
    threshold: float | None = None

    def __post_init__(self) -> None:
        if (self.person is not None) != (self.reason is Reason.MATCHED):
            raise ValueError(f"a person belongs to a match and to nothing else, got {self.person!r}, {self.reason}")


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that was seen of one face during a visit, oldest first.

    ``unusable`` counts the frames that were not good enough to recognise anybody in; ``flaw`` says what was wrong with
    the newest of them.
    """

    sightings: tuple[Sighting, ...] = ()
    unusable: int = 0
    flaw: str | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """What it takes: frames in a row that agree, frames after which to give up, and how fresh the newest must be."""

    agreeing_frames: int
    unknown_frames: int
    freshness_s: float

    def __post_init__(self) -> None:
        if self.agreeing_frames < 1 or self.unknown_frames < 1 or not 0 < self.freshness_s < math.inf:
            raise ValueError(f"a policy needs positive, finite bounds, got {self}")


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether the door may open, and why; ``person`` is set only where it may."""

    reason: Reason
    person: str | None = None
    similarity: float | None = None
    threshold: float | None = None
    detail: str | None = None

    def __post_init__(self) -> None:
        if self.granted != (self.person is not None):
            raise ValueError(f"a granted decision names a person and no other does, got {self.person!r}, {self.reason}")

    @property
    def granted(self) -> bool:
        """Whether the door may open."""
        return self.reason is Reason.MATCHED


def decide(evidence: Evidence, policy: Policy, now_s: float) -> Decision | None:
    """The decision, or ``None`` to go on looking. ``now_s`` is the monotonic time now."""
    if agreed := _agreed(evidence, policy):
        return _granted(agreed, policy, now_s)
    if len(evidence.sightings) >= policy.unknown_frames:
        return _denied(evidence)
    if evidence.unusable >= 3 * policy.unknown_frames:
        return Decision(Reason.POOR_QUALITY, detail=evidence.flaw)
    return None


def conclude(evidence: Evidence, policy: Policy) -> Decision | None:
    """The decision about a face that has gone before there was one; ``None`` where too little was seen of it."""
    if len(evidence.sightings) < policy.agreeing_frames:
        return None
    return _denied(evidence)


def _agreed(evidence: Evidence, policy: Policy) -> Sighting | None:
    """The newest sighting, where it and those right before it name the same person."""
    newest = evidence.sightings[-policy.agreeing_frames :]
    people = {sighting.person for sighting in newest}
    if len(newest) < policy.agreeing_frames or len(people) != 1 or None in people:
        return None
    return newest[-1]


def _granted(sighting: Sighting, policy: Policy, now_s: float) -> Decision:
    age_s = now_s - sighting.at_s
    # Written so that a time that is not a number, or lies ahead, is not fresh.
    if not 0 <= age_s <= policy.freshness_s:
        return Decision(Reason.STALE_FRAME, detail=f"{age_s:.2f} s old, at most {policy.freshness_s:.2f} s are allowed")
    return Decision(Reason.MATCHED, sighting.person, sighting.similarity, sighting.threshold)


def _denied(evidence: Evidence) -> Decision:
    """A denial for the reason most of the sightings gave; matches that did not agree are a reason of their own."""
    most = Counter(sighting.reason for sighting in evidence.sightings).most_common(1)[0][0]
    best = max(evidence.sightings, key=_likeness)
    reason = Reason.NOT_AGREED if most is Reason.MATCHED else most
    return Decision(reason, None, best.similarity, best.threshold)


def _likeness(sighting: Sighting) -> float:
    return -math.inf if sighting.similarity is None or math.isnan(sighting.similarity) else sighting.similarity
