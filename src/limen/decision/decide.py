"""From what was seen of one face to a decision."""

import math
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from limen.decision.reasons import Reason


class Check(StrEnum):
    """What a liveness check found so far; what was not found out opens nothing."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"


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

    ``claimed`` is the person whom card or PIN named; the sightings are then comparisons with that person alone.
    ``unusable`` counts the frames that were not good enough to recognise anybody in; ``flaw`` says what was wrong with
    the newest of them. ``passive`` and ``challenge`` are what is known of the same track at this moment.
    """

    sightings: tuple[Sighting, ...] = ()
    unusable: int = 0
    flaw: str | None = None
    claimed: str | None = None
    passive: Check | None = None
    challenge: Check | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """What it takes: frames in a row that agree, frames after which to give up, how fresh the newest must be.

    ``passive`` and ``challenge`` say whether these checks must have passed.
    """

    agreeing_frames: int
    unknown_frames: int
    freshness_s: float
    passive: bool = False
    challenge: bool = False

    def __post_init__(self) -> None:
        if self.agreeing_frames < 1 or self.unknown_frames < 1 or not 0 < self.freshness_s < math.inf:
            raise ValueError(f"a policy needs positive, finite bounds, got {self}")


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether the door may open, and why.

    ``person`` is whom it is about: always set where the door may open, and where somebody known is turned away.
    """

    reason: Reason
    person: str | None = None
    similarity: float | None = None
    threshold: float | None = None
    detail: str | None = None

    def __post_init__(self) -> None:
        if self.granted and self.person is None:
            raise ValueError(f"a granted decision names a person, got none with {self.reason}")

    @property
    def granted(self) -> bool:
        """Whether the door may open."""
        return self.reason.opens


def decide(evidence: Evidence, policy: Policy, now_s: float) -> Decision | None:
    """The decision, or ``None`` to go on looking. ``now_s`` is the monotonic time now."""
    given_up = len(evidence.sightings) >= policy.unknown_frames
    if agreed := _agreed(evidence, policy):
        if missed := _missed(evidence, policy):
            # A check that failed denies at once; one that has found nothing yet gets as many frames as a face does.
            failed = missed in (Reason.LIVENESS_FAILED, Reason.CHALLENGE_FAILED)
            return _about(agreed, missed) if failed or given_up else None
        return _granted(agreed, evidence, policy, now_s)
    if given_up:
        return _denied(evidence)
    if evidence.unusable >= 3 * policy.unknown_frames:
        return Decision(Reason.POOR_QUALITY, evidence.claimed, detail=evidence.flaw)
    return None


def conclude(evidence: Evidence, policy: Policy) -> Decision | None:
    """The decision about a face that has gone before there was one; ``None`` where too little was seen of it."""
    if len(evidence.sightings) < policy.agreeing_frames:
        return None
    agreed = _agreed(evidence, policy)
    missed = _missed(evidence, policy)
    return _about(agreed, missed) if agreed and missed else _denied(evidence)


def _agreed(evidence: Evidence, policy: Policy) -> Sighting | None:
    """The newest sighting, where it and those right before it name the same person."""
    newest = evidence.sightings[-policy.agreeing_frames :]
    people = {sighting.person for sighting in newest}
    if len(newest) < policy.agreeing_frames or len(people) != 1 or None in people:
        return None
    return newest[-1]


def _missed(evidence: Evidence, policy: Policy) -> Reason | None:
    """The first check that was asked for and has not passed."""
    if policy.passive and evidence.passive is not Check.PASSED:
        return Reason.LIVENESS_FAILED if evidence.passive is Check.FAILED else Reason.LIVENESS_MISSING
    if policy.challenge and evidence.challenge is not Check.PASSED:
        return Reason.CHALLENGE_FAILED if evidence.challenge is Check.FAILED else Reason.CHALLENGE_MISSING
    return None


def _granted(sighting: Sighting, evidence: Evidence, policy: Policy, now_s: float) -> Decision:
    if evidence.claimed is not None and sighting.person != evidence.claimed:
        return Decision(Reason.NOT_THE_SAME, evidence.claimed, sighting.similarity, sighting.threshold)
    age_s = now_s - sighting.at_s
    # Written so that a time that is not a number, or lies ahead, is not fresh.
    if not 0 <= age_s <= policy.freshness_s:
        late = f"{age_s:.2f} s old, at most {policy.freshness_s:.2f} s are allowed"
        return Decision(Reason.STALE_FRAME, sighting.person, detail=late)
    return _about(sighting, Reason.MATCHED if evidence.claimed is None else Reason.VERIFIED)


def _about(sighting: Sighting, reason: Reason) -> Decision:
    return Decision(reason, sighting.person, sighting.similarity, sighting.threshold)


def _denied(evidence: Evidence) -> Decision:
    """A denial for the reason most of the sightings gave; matches that did not agree are a reason of their own."""
    most = Counter(sighting.reason for sighting in evidence.sightings).most_common(1)[0][0]
    best = max(evidence.sightings, key=_likeness)
    reason = Reason.NOT_AGREED if most is Reason.MATCHED else most
    return Decision(reason, evidence.claimed, best.similarity, best.threshold)


def _likeness(sighting: Sighting) -> float:
    return -math.inf if sighting.similarity is None or math.isnan(sighting.similarity) else sighting.similarity
