"""How sure a rate is, where comparisons share people: the people are drawn again, each with all of their photos.

Two comparisons that share a person are not independent, so an interval from the number of comparisons is too narrow.
Source: Bolle, Ratha and Pankanti, Error analysis of pattern recognition systems: the subsets bootstrap, 2004; Efron and
Tibshirani, An introduction to the bootstrap, 1993 (intervals by percentiles).
"""

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 1000
"""Enough for percentiles at 2.5 and 97.5; more make the interval no truer."""

Rates = NDArray[np.float64]


def drawn_again(people: int, random: np.random.Generator) -> NDArray[np.float32]:
    """How often each of ``people`` is drawn when as many are drawn with replacement: (RESAMPLES, people)."""
    return random.multinomial(people, np.full(people, 1 / people), RESAMPLES).astype(np.float32)


def person_rates(parts: NDArray[np.float32], drawn: NDArray[np.float32]) -> Rates:
    """The mean of ``parts`` (people,) over the people drawn: (RESAMPLES,)."""
    return np.asarray(drawn @ parts / len(parts), np.float64)


def pair_rates(parts: NDArray[np.float32], drawn: NDArray[np.float32]) -> Rates:
    """The mean of ``parts`` (people, people) over all pairs of different people drawn: (RESAMPLES,).

    ``parts`` are symmetric, with a diagonal of zeros: whoever is drawn twice makes no pair with themselves.
    """
    pairs = len(parts) ** 2 - (drawn**2).sum(axis=1)
    return np.asarray(((drawn @ parts) * drawn).sum(axis=1) / np.maximum(pairs, 1), np.float64)


def interval_95(rates: Rates) -> tuple[float, float]:
    """Between which rates the middle 95 % lie."""
    low, high = np.quantile(rates, (0.025, 0.975))
    return float(low), float(high)
