"""Verification (1:1) and identification (1:K)."""

import math
from dataclasses import dataclass, field

from limen.matching.base import Candidate, Gallery, Method, Outcome
from limen.matching.thresholds import Thresholds
from limen.types import Embedding, PersonId

_RANKED = 3
"""The margin needs two, and who watches a door sees three."""


@dataclass(frozen=True, slots=True)
class MatchPolicy:
    """How alike is alike enough.

    ``fmr`` is the false match rate of one comparison, ``fpir`` the false positive identification rate of a search,
    ``margin`` what the best person must have over the second.
    """

    thresholds: Thresholds
    fmr: float
    fpir: float
    margin: float
    method: Method = Method.NEAREST


@dataclass(frozen=True, slots=True)
class Match:
    """What a search or comparison came to.

    ``person`` is set only where ``outcome`` is MATCHED. ``similarity`` is the best person's, ``margin`` its lead over
    the second person, ``None`` where there is none; ``fmr`` is the rate that ``threshold`` stands for. ``ranked`` are
    those most alike, for operators to see.
    """

    outcome: Outcome
    person: PersonId | None
    similarity: float | None
    threshold: float
    fmr: float
    margin: float | None = None
    ranked: tuple[Candidate, ...] = field(default=(), compare=False, repr=False)

    def __post_init__(self) -> None:
        if (self.person is not None) != (self.outcome is Outcome.MATCHED):
            raise ValueError(f"a person belongs to a match and to nothing else, got {self.person} with {self.outcome}")


def verify(probe: Embedding, person: PersonId, gallery: Gallery, policy: MatchPolicy) -> Match:
    """Whether ``probe`` is ``person``: MATCHED, NOT_THE_SAME, or NOBODY_ENROLLED without templates."""
    comparisons = gallery.comparisons(policy.thresholds.exponent(policy.method), person)
    threshold = policy.thresholds.at_fmr(policy.fmr, comparisons)
    candidate = gallery.compare(probe, person, policy.method)
    if candidate is None:
        return Match(Outcome.NOBODY_ENROLLED, None, None, threshold, policy.fmr)
    if _reaches(candidate.similarity, threshold):
        return Match(Outcome.MATCHED, person, candidate.similarity, threshold, policy.fmr, ranked=(candidate,))
    return Match(Outcome.NOT_THE_SAME, None, candidate.similarity, threshold, policy.fmr, ranked=(candidate,))


def identify(probe: Embedding, gallery: Gallery, policy: MatchPolicy) -> Match:
    """Who of ``gallery`` the ``probe`` is: MATCHED, UNKNOWN, AMBIGUOUS or NOBODY_ENROLLED."""
    comparisons = gallery.comparisons(policy.thresholds.exponent(policy.method))
    threshold = policy.thresholds.for_search(policy.fpir, comparisons)
    fmr = policy.thresholds.fmr_at(threshold)
    best = gallery.search(probe, policy.method, limit=_RANKED)
    if not best:
        return Match(Outcome.NOBODY_ENROLLED, None, None, threshold, fmr)
    margin = best[0].similarity - best[1].similarity if len(best) > 1 else None
    outcome = _outcome(best[0], margin, threshold, policy.margin)
    person = best[0].person if outcome is Outcome.MATCHED else None
    return Match(outcome, person, best[0].similarity, threshold, fmr, margin, tuple(best))


def _outcome(best: Candidate, margin: float | None, threshold: float, wanted_margin: float) -> Outcome:
    if not _reaches(best.similarity, threshold):
        return Outcome.UNKNOWN
    if margin is not None and not _reaches(margin, wanted_margin):
        return Outcome.AMBIGUOUS
    return Outcome.MATCHED


def _reaches(value: float, bound: float) -> bool:
    """Whether ``value`` is a number and at least ``bound``: what is not a number reaches nothing."""
    return math.isfinite(value) and math.isfinite(bound) and value >= bound
