"""A threshold as pictures mark it."""

from dataclasses import dataclass

from limen.evaluation.plots.style import percent
from limen.evaluation.scores import AllPairs


@dataclass(frozen=True, slots=True)
class Threshold:
    """A similarity that is compared with, and the false match rate it stands for: 0 to 1."""

    fmr: float
    similarity: float

    @property
    def label(self) -> str:
        """What it is called beside its mark."""
        return f"FMR {percent(self.fmr)}"

    def rates(self, pairs: AllPairs) -> tuple[float, float]:
        """The false match rate and the false non-match rate that it has among ``pairs``; both kinds must be there."""
        # What sums of thirds and sevenths lack to a whole is no error.
        missed = max(0.0, round(1 - pairs.genuine.rate(self.similarity), 12))
        return pairs.impostor.rate(self.similarity), missed
