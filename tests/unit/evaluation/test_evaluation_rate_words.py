"""Error rates as people say them."""

import pytest

from limen.evaluation.rate_words import false_entry_every, one_in


@pytest.mark.parametrize(("rate", "words"), [(0.02, "1 in 50"), (1e-6, "1 in 1,000,000"), (0.4, "1 in 2.5")])
def test_one_in(rate: float, words: str) -> None:
    assert one_in(rate) == words


@pytest.mark.parametrize(
    ("fpir", "strangers", "words"),
    [
        (0.02, 20, "2.5 days"),
        (0.05, 20, "1 day"),
        (0.1, 120, "2 hours"),
        (1e-3, 20, "50 days"),
        (1e-4, 20, "500 days"),
        (1e-6, 20, "137 years"),
        (1e-6, 200, "13.7 years"),
    ],
)
def test_how_often_a_stranger_gets_in(fpir: float, strangers: float, words: str) -> None:
    assert false_entry_every(fpir, strangers) == words
