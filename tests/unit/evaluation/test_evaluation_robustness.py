from pathlib import Path

import numpy as np
import pytest

from limen.evaluation.metrics import Proportion
from limen.evaluation.robustness import Compared, choose_probes


def people(*counts: int) -> list[tuple[str, list[Path]]]:
    return [(f"p{n}", [Path(f"p{n}/{m}.jpg") for m in range(count)]) for n, count in enumerate(counts)]


def chosen(count: int, *counts: int) -> list[str]:
    return [probe.photo.as_posix().removesuffix(".jpg") for probe in choose_probes(people(*counts), count)]


def test_everybody_with_several_photos_comes_first_then_everybody_else_then_second_photos() -> None:
    assert chosen(2, 1, 2, 3, 1) == ["p1/0", "p2/0"]
    assert chosen(3, 1, 2, 3, 1) == ["p1/0", "p2/0", "p0/0"]
    assert chosen(6, 1, 2, 3, 1) == ["p1/0", "p2/0", "p0/0", "p3/0", "p1/1", "p2/1"]
    assert chosen(100, 1, 2, 3, 1) == ["p1/0", "p2/0", "p0/0", "p3/0", "p1/1", "p2/1", "p2/2"]


def test_fewer_photos_than_people_are_spread_over_all_of_them() -> None:
    picked = chosen(10, *[2] * 100)
    assert picked == [f"p{n}/0" for n in range(0, 100, 10)]
    assert len(set(chosen(7, *[2] * 50))) == 7


def test_the_other_photo_is_another_of_the_same_person() -> None:
    for probe in choose_probes(people(1, 2, 3), 100):
        if probe.person == "p0":
            assert probe.other is None
        else:
            assert probe.other is not None
            assert probe.other != probe.photo
            assert probe.other.parent == probe.photo.parent


def test_medians_percentiles_and_what_is_below() -> None:
    similarities = np.arange(101) / 100
    np.random.default_rng(0).shuffle(similarities)
    compared = Compared.of(similarities, 0.3)
    assert compared is not None
    assert (compared.median, compared.p5, compared.p95) == pytest.approx((0.5, 0.05, 0.95))
    # What reaches the threshold matches.
    assert compared.below == Proportion(30, 101)
    assert Compared.of(np.array([]), 0.3) is None
