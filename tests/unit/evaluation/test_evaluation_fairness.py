"""Rates by group: counted anew pair by pair, and with a bias that was planted."""

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pytest
from evaluation_samples import crowd, labelled

from limen.errors import BadDataError
from limen.evaluation.fairness import MOST_GROUPS, Column, Comparisons, check_column, compare_people, measure_column
from limen.evaluation.labelled import LabelledFaces
from limen.evaluation.scores import all_pairs
from limen.types import Measure

THRESHOLD = 0.55


def by_hand(faces: LabelledFaces, members: set[int], threshold: float) -> tuple[float, float, int, int]:
    """FMR, FNMR, false matches and false non-matches of some people, comparison by comparison."""
    alike = faces.vectors.astype(np.float64) @ faces.vectors.T.astype(np.float64)
    own = {person: np.flatnonzero(faces.owner == person) for person in members}
    two = [alike[np.ix_(own[a], own[b])] >= threshold for a, b in combinations(sorted(members), 2)]
    one = [
        np.array([alike[a, b] < threshold for a, b in combinations(own[person], 2)])
        for person in members
        if len(own[person]) > 1
    ]
    return (
        float(np.mean([matched.mean() for matched in two])),
        float(np.mean([missed.mean() for missed in one])),
        int(sum(matched.sum() for matched in two)),
        int(sum(missed.sum() for missed in one)),
    )


def halves(faces: LabelledFaces) -> dict[str, str]:
    return {name: "even" if index % 2 == 0 else "odd" for index, name in enumerate(faces.names)}


def measured(faces: LabelledFaces, labels: Mapping[str, str], threshold: float = THRESHOLD) -> Column:
    return measure_column("kind", labels, faces.names, compare_people(faces, threshold))


def planted(factor: float, seed: int = 0) -> tuple[LabelledFaces, dict[str, str]]:
    """Two groups of 150 people; those of the second lie nearer to each other, the more so the larger ``factor``."""
    random = np.random.default_rng(seed)
    people = random.normal(size=(300, 16))
    people[150:, 0] += factor
    owner = np.repeat(np.arange(300), 3)
    faces = labelled(people[owner] + 0.6 * random.normal(size=(900, 16)), owner)
    return faces, {name: "plain" if index < 150 else "alike" for index, name in enumerate(faces.names)}


class TestComparisons:
    @pytest.mark.parametrize("measure", Measure)
    def test_as_the_scores_count_them(self, measure: Measure) -> None:
        random = np.random.default_rng(5)
        owner = np.repeat(np.arange(260), random.integers(1, 5, 260))
        rows = random.normal(size=(260, 8))[owner] + 0.5 * random.normal(size=(len(owner), 8))
        faces = labelled(rows, owner, measure)
        # More than one block of rows, whose edges lie within people.
        assert len(faces) > 512
        threshold = 0.55 if measure is Measure.COSINE else -1.0
        compared, scores = compare_people(faces, threshold), all_pairs(faces)
        assert compared.matched.sum() / 2 == pytest.approx(scores.impostor.reaching(threshold).count, rel=1e-3)
        reached = scores.genuine.reaching(threshold)
        assert compared.missed.sum() == pytest.approx(reached.total - reached.count, rel=1e-2)
        assert np.array_equal(compared.matched, compared.matched.T)
        assert not compared.matched.diagonal().any()
        assert np.array_equal(compared.photos, faces.counts)

    def test_three_people(self) -> None:
        faces = labelled(np.array([[1, 0], [0, 1], [1, 0], [1, 0.1], [0, 1]]), np.array([0, 0, 1, 1, 2]))
        compared = compare_people(faces, 0.9)
        assert compared.matched.tolist() == [[0, 2, 1], [2, 0, 0], [1, 0, 0]]
        assert compared.missed.tolist() == [1, 0, 0]


class TestRates:
    def test_by_hand(self) -> None:
        faces = crowd(240, [1, 2, 3, 5] * 60, spread=1.0, seed=1)
        column = measured(faces, halves(faces))
        assert [group.name for group in column.groups] == ["even", "odd"]
        for group, members in zip(
            (column.everybody, *column.groups),
            (range(240), range(0, 240, 2), range(1, 240, 2)),
            strict=True,
        ):
            fmr, fnmr, false_matches, false_non_matches = by_hand(faces, set(members), THRESHOLD)
            assert group.fmr.rate == pytest.approx(fmr, rel=1e-4)
            assert group.fnmr.rate == pytest.approx(fnmr, rel=1e-4)
            assert (group.fmr.errors, group.fnmr.errors) == (false_matches, false_non_matches)
            assert group.people == len(members)
            assert group.photos == int(faces.counts[list(members)].sum())
            assert group.fmr.units == len(members) * (len(members) - 1) // 2
            for one in (group.fmr, group.fnmr):
                assert one.interval is not None
                assert one.rate is not None
                assert one.interval[0] < one.rate < one.interval[1]
                assert one.people_needed is None

    def test_comparisons_are_those_of_photos(self) -> None:
        faces = crowd(60, [2, 3] * 30, spread=0.8)
        column = measured(faces, dict.fromkeys(faces.names, "all"))
        assert column.everybody.fmr.comparisons == all_pairs(faces).impostor.total
        assert column.everybody.fnmr.comparisons == all_pairs(faces).genuine.total == 30 * 1 + 30 * 3

    def test_each_two_people_count_once(self) -> None:
        # Ten times as many photos of everybody: as many pairs of people, and the same rates.
        few = crowd(80, 2, spread=0.8, seed=2)
        many = labelled(np.repeat(few.vectors, 10, axis=0), np.repeat(few.owner, 10))
        first, second = (measured(faces, halves(faces)).everybody.fmr for faces in (few, many))
        assert first.rate is not None
        assert second.rate == pytest.approx(first.rate, rel=1e-6)
        assert second.errors == 100 * first.errors
        assert (second.erring, second.units) == (first.erring, first.units)
        assert second.interval == pytest.approx(first.interval, rel=1e-5)

    def test_the_outcome_is_always_the_same(self) -> None:
        faces = crowd(100, 3, spread=0.8)
        assert measured(faces, halves(faces)) == measured(faces, halves(faces))


class TestPlantedBias:
    def test_a_group_that_looks_alike(self) -> None:
        faces, labels = planted(2.0)
        column = measured(faces, labels)
        ratio = column.fmr_ratio
        assert ratio is not None
        rates = {group.name: by_hand(faces, {i for i, name in enumerate(faces.names) if labels[name] == group.name},
                                     THRESHOLD)[0] for group in column.groups}  # fmt: skip
        assert (ratio.highest, ratio.lowest) == ("alike", "plain")
        assert ratio.ratio == pytest.approx(rates["alike"] / rates["plain"], rel=1e-4)
        assert ratio.ratio > 2
        assert 1 < ratio.interval[0] < ratio.ratio < ratio.interval[1]
        assert column.everybody.fmr.rate is not None
        assert ratio.to_everybody == pytest.approx(rates["alike"] / column.everybody.fmr.rate, rel=1e-4)

    def test_groups_that_are_equal(self) -> None:
        faces, labels = planted(0.0)
        ratio = measured(faces, labels).fmr_ratio
        assert ratio is not None
        assert ratio.ratio < 1.5
        assert ratio.interval[0] < 1.2

    def test_a_group_that_is_not_recognised(self) -> None:
        random = np.random.default_rng(3)
        owner = np.repeat(np.arange(300), 3)
        spread = np.where(owner < 150, 0.6, 1.0)[:, None]
        faces = labelled(random.normal(size=(300, 16))[owner] + spread * random.normal(size=(900, 16)), owner)
        column = measured(faces, {name: "near" if i < 150 else "far" for i, name in enumerate(faces.names)}, 0.7)
        ratio = column.fnmr_ratio
        assert ratio is not None
        assert (ratio.highest, ratio.lowest) == ("far", "near")
        assert ratio.interval[0] > 1.5


class TestTooLittle:
    def test_no_rate_from_few_errors(self) -> None:
        faces, labels = planted(0.0)
        few = {name: label if index % 50 else "rare" for index, (name, label) in enumerate(labels.items())}
        column = measured(faces, few)
        rare = column.groups[-1]
        assert (rare.name, rare.people, rare.fmr.units) == ("rare", 6, 15)
        assert (rare.fmr.rate, rare.fmr.interval) == (None, None)
        assert (rare.fnmr.rate, rare.fnmr.interval) == (None, None)
        assert column.fmr_ratio is not None
        assert "rare" not in (column.fmr_ratio.highest, column.fmr_ratio.lowest)

    def test_how_many_people_are_needed(self) -> None:
        # 6 of 45 pairs match: 30 need 225 pairs, which 22 people make (231). 4 of 10 people are missed: 30 need 75.
        matched = np.zeros((10, 10), np.int32)
        matched[0, 1:7] = matched[1:7, 0] = 1
        compared = Comparisons(np.full(10, 2), matched, np.array([1] * 4 + [0] * 6))
        everybody = measure_column("kind", dict.fromkeys("abcdefghij", "x"), "abcdefghij", compared).everybody
        assert (everybody.fmr.erring, everybody.fmr.units, everybody.fmr.people_needed) == (6, 45, 22)
        assert (everybody.fnmr.erring, everybody.fnmr.units, everybody.fnmr.people_needed) == (4, 10, 75)

    def test_without_an_error_as_many_as_among_everybody(self) -> None:
        # Everybody: 5 of 190 pairs, so 30 need 1,140, which 49 people make (1,176).
        matched = np.zeros((20, 20), np.int32)
        matched[0, 1:6] = matched[1:6, 0] = 1
        compared = Comparisons(np.full(20, 1), matched, np.zeros(20, np.intp))
        names = "abcdefghijklmnopqrst"
        column = measure_column("kind", {n: "x" if n < "q" else "y" for n in names}, names, compared)
        assert column.groups[1].fmr.erring == 0
        assert column.groups[1].fmr.people_needed == 49
        assert (column.groups[1].fnmr.units, column.groups[1].fnmr.rate) == (0, None)
        assert column.fmr_ratio is None

    def test_thirty_are_enough(self) -> None:
        matched = np.zeros((20, 20), np.int32)
        matched[:6, 10:15] = 1
        matched[10:15, :6] = 1
        compared = Comparisons(np.full(20, 1), matched, np.zeros(20, np.intp))
        names = "abcdefghijklmnopqrst"
        found = measure_column("kind", dict.fromkeys(names, "x"), names, compared).everybody.fmr
        assert found.erring == 30
        assert found.rate == pytest.approx(30 / 190)
        matched[0, 10] = matched[10, 0] = 0
        found = measure_column("kind", dict.fromkeys(names, "x"), names, compared).everybody.fmr
        assert (found.erring, found.rate, found.people_needed) == (29, None, 21)


class TestColumns:
    def test_who_has_no_label_does_not_count(self) -> None:
        faces = crowd(100, 2, spread=0.8)
        some = {name: "x" for index, name in enumerate(faces.names) if index < 70}
        column = measured(faces, {**some, "somebody else": "y"})
        assert (column.everybody.people, column.everybody.photos) == (70, 140)
        assert [group.name for group in column.groups] == ["x"]
        assert column.fmr_ratio is None

    def test_the_largest_group_first(self) -> None:
        faces = crowd(60, 2)
        labels = {name: "abc"[(index % 6 > 0) + (index % 6 > 2)] for index, name in enumerate(faces.names)}
        assert [(group.name, group.people) for group in measured(faces, labels).groups] == [
            ("c", 30), ("b", 20), ("a", 10),
        ]  # fmt: skip

    def test_one_person_makes_no_group(self) -> None:
        with pytest.raises(BadDataError, match="1 of the people in the photos have a label in column 'kind'"):
            check_column("kind", {"Anna": "x", "Ben": "y"}, ["Anna", "Cara"])

    def test_names_are_no_groups(self) -> None:
        people = [f"person {number}" for number in range(MOST_GROUPS + 1)]
        check_column("kind", {person: person for person in people[1:]}, people)
        with pytest.raises(BadDataError, match="51 different labels, at most 50"):
            check_column("kind", {person: person for person in people}, people)
