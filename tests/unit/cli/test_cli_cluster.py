"""From faces with numbers to photos by person."""

from pathlib import Path

import pytest
import typer

from limen.cli.cluster import Grouped, between_0_and_1, group_photos

A, B, C, D = (Path(name) for name in ("a.jpg", "b.jpg", "c.jpg", "d.jpg"))


def test_the_largest_first_then_by_name() -> None:
    found = group_photos([D, C, B, A, Path("e.jpg"), Path("f.jpg"), Path("g.jpg")], [0, 0, 1, 1, 2, 2, 2])
    assert found.clusters == ((Path("e.jpg"), Path("f.jpg"), Path("g.jpg")), (A, B), (C, D))
    assert found.alone == ()


def test_a_photo_of_two_people_stands_with_both() -> None:
    assert group_photos([A, B, B, C], [0, 0, 1, 1]) == Grouped(((A, B), (B, C)), ())


def test_a_stranger_in_the_background_leaves_nobody_alone() -> None:
    assert group_photos([A, A, B], [0, 1, 0]) == Grouped(((A, B),), ())


def test_one_person_twice_in_one_photo_is_that_photo_once() -> None:
    assert group_photos([A, A, B], [0, 0, 0]) == Grouped(((A, B),), ())
    assert group_photos([A, A, B], [0, 0, 1]) == Grouped((), (A, B))


def test_one_photo_is_alone() -> None:
    assert group_photos([A], [0]) == Grouped((), (A,))


@pytest.mark.parametrize("rate", [None, 1e-9, 0.5])
def test_rates(rate: float | None) -> None:
    assert between_0_and_1(rate) == rate


@pytest.mark.parametrize("rate", [0.0, 1.0, -1.0, float("nan"), float("inf")])
def test_what_is_no_rate(rate: float) -> None:
    with pytest.raises(typer.BadParameter, match="between 0 and 1"):
        between_0_and_1(rate)
