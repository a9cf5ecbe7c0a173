"""From a wanted error rate to the similarity that is compared, and back."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from limen.errors import ConfigError
from limen.matching.base import Method
from limen.models.catalogue import Preset

_EXPONENTS = {Method.NEAREST: 1.0, Method.CENTROID: 1.5}
"""What is assumed where nothing was measured: that each photo of a person counts as a person of its own; a centre even
more, for it is more alike to everybody than a photo is (n photos of Labeled Faces in the Wild: like n^1.3 people)."""

_RAREST = 1e-12
"""No rate below is told: nothing was ever counted so far out."""


@dataclass(frozen=True, slots=True)
class Tail:
    """How the similarity goes on where comparisons are too few to count: a generalised Pareto distribution.

    The part ``fmr`` of all comparisons of two people exceeds ``similarity``; by how much, ``shape`` and ``scale`` say.
    Source: Pickands, Statistical inference using extreme order statistics, 1975.
    """

    similarity: float
    fmr: float
    shape: float
    scale: float

    def __post_init__(self) -> None:
        if not (0 < self.fmr < 1 and self.scale > 0 and math.isfinite(self.similarity + self.shape + self.scale)):
            raise ValueError(f"a tail needs a rate between 0 and 1 and a positive scale, got {self}")

    def at_fmr(self, fmr: float) -> float:
        """The similarity that the part ``fmr`` of comparisons reaches."""
        ratio = math.log(fmr / self.fmr)
        if abs(self.shape) < 1e-9:
            return self.similarity - self.scale * ratio
        return self.similarity + self.scale * math.expm1(-self.shape * ratio) / self.shape

    def fmr_at(self, similarity: float) -> float:
        """The part of comparisons that reaches ``similarity``; 0 where the distribution ends before."""
        excess = (similarity - self.similarity) / self.scale
        if abs(self.shape) < 1e-9:
            return self.fmr * math.exp(-excess)
        return float(self.fmr * max(1 + self.shape * excess, 0.0) ** (-1 / self.shape))


@dataclass(frozen=True, slots=True)
class SearchCurve:
    """How often a stranger finds somebody among so many ``people``: presets whose rate is that of a whole search."""

    people: int
    points: tuple[Preset, ...]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What similarity a false match rate stands for, for one model.

    ``points`` are rates with their similarities: a smaller rate has a larger similarity. Between two the similarity is
    a straight line over the logarithm of the rate; so it is beyond the last, unless there is a ``tail``. ``searches``,
    by rising numbers of people, say the same of whole searches. ``exponents`` say how much several photos of a person
    add: n of them match a stranger as often as n to this power people with one photo each. ``source`` says in words
    where all of this comes from.
    """

    points: tuple[Preset, ...]
    tail: Tail | None = None
    searches: tuple[SearchCurve, ...] = ()
    exponents: tuple[tuple[Method, float], ...] = tuple(_EXPONENTS.items())
    source: str = "presets of the model's catalogue entry"

    def at_fmr(self, fmr: float, comparisons: float = 1.0) -> float:
        """The similarity that the most alike of independent ``comparisons`` of two people reaches so often.

        Raises:
            ConfigError: the model has fewer than two points, or its similarity does not fall as the rate rises.
        """
        known, single = self._checked(), share_of(fmr, comparisons)
        if self.tail and single < known[0].fmr:
            # The fit need not meet the last point that was counted: it is moved there, so that nothing jumps.
            return known[0].similarity + self.tail.at_fmr(single) - self.tail.at_fmr(known[0].fmr)
        return _on_line(known, single)

    def fmr_at(self, similarity: float) -> float:
        """How often two different people are at least as alike as ``similarity``: 1e-12 to 1.

        Raises:
            ConfigError: as for ``at_fmr``.
        """
        known = self._checked()
        if self.tail and similarity > known[0].similarity:
            rate = self.tail.fmr_at(similarity - known[0].similarity + self.tail.at_fmr(known[0].fmr))
        else:
            upper = next((i for i, point in enumerate(known) if point.similarity <= similarity), len(known) - 1)
            low, high = known[max(upper - 1, 0)], known[max(upper, 1)]
            share = (similarity - low.similarity) / (high.similarity - low.similarity)
            rate = math.exp(math.log(low.fmr) + share * math.log(high.fmr / low.fmr))
        return min(max(rate, _RAREST), 1.0)

    def for_search(self, fpir: float, comparisons: float) -> float:
        """The similarity that a stranger reaches with probability ``fpir`` in a search of so many ``comparisons``.

        From what was measured of searches. Among more people than were measured, and for a model of which only single
        comparisons were measured, these are taken as independent, which keeps the rate below the wanted one: whoever is
        like one person is often like others too.

        Raises:
            ConfigError: as for ``at_fmr``.
        """
        single = self.at_fmr(fpir)
        known = [curve for curve in self.searches if len(curve.points) > 1]
        if comparisons <= 1 or not known:
            return self.at_fmr(fpir, comparisons)
        largest = known[-1]
        if comparisons >= largest.people:
            return self._in(largest, share_of(fpir, comparisons / largest.people))
        above = next(i for i, curve in enumerate(known) if curve.people > comparisons)
        few, at_few = (known[above - 1].people, self._in(known[above - 1], fpir)) if above else (1, single)
        many, at_many = known[above].people, self._in(known[above], fpir)
        part = math.log(comparisons / few) / math.log(many / few)
        between = at_few + part * (at_many - at_few)
        # Not max(), which would drop what is not a number, and with it the door's denial.
        return at_few if between < at_few else between

    def exponent(self, method: Method) -> float:
        """The power of a person's number of photos that ``method`` counts as people."""
        known = dict(self.exponents)
        # Whom a classifier names is matched only by the nearest template.
        return known[method] if method in known else known[Method.NEAREST]

    def is_fitted(self, fmr: float) -> bool:
        """Whether ``fmr`` lies below all that was counted, so that its threshold is a continuation."""
        return fmr < min(point.fmr for point in self.points)

    def _in(self, curve: SearchCurve, fpir: float) -> float:
        """The threshold of a search among the people of ``curve``."""
        known = sorted(curve.points, key=lambda point: point.fmr)
        if fpir >= known[0].fmr:
            return _on_line(known, fpir)
        beyond = self.at_fmr(fpir, curve.people) - self.at_fmr(known[0].fmr, curve.people)
        return known[0].similarity + beyond

    def _checked(self) -> Sequence[Preset]:
        known = sorted(self.points, key=lambda point: point.fmr)
        if len(known) < 2:
            raise ConfigError(
                "the embedding model has no thresholds: measure them on photos of different people with "
                "'limen calibrate --images FOLDER'"
            )
        if any(low.fmr == high.fmr or low.similarity <= high.similarity for low, high in pairwise(known)):
            raise ConfigError(
                "the embedding model's thresholds contradict each other: in its catalogue entry each "
                "[[models.presets]] needs an fmr of its own, and a smaller fmr a larger similarity"
            )
        return known


def share_of(rate: float, comparisons: float) -> float:
    """What is allowed to each of so many independent comparisons where ``rate`` is allowed to all of them."""
    return -math.expm1(math.log1p(-rate) / comparisons) if comparisons > 1 else rate


def _on_line(known: Sequence[Preset], rate: float) -> float:
    """Between two of ``known``, by rising rates, a straight line over the logarithm of the rate; so it is beyond."""
    upper = next((i for i, point in enumerate(known) if point.fmr >= rate), len(known) - 1)
    low, high = known[max(upper - 1, 0)], known[max(upper, 1)]
    share = math.log(rate / low.fmr) / math.log(high.fmr / low.fmr)
    return low.similarity + share * (high.similarity - low.similarity)
