import numpy as np
import pytest
from evaluation_samples import crowd

from limen.errors import BadDataError
from limen.evaluation.search import SearchPlan, SearchRow, evaluate_search
from limen.matching.base import Method

EVERY = tuple(Method)


def plan(**values: object) -> SearchPlan:
    given = {"methods": EVERY, "photos": (1, 3), "people": (20,), "fpir": 0.05, "margin": 0.0} | values
    return SearchPlan(**given)  # type: ignore[arg-type] # each is of its kind


@pytest.fixture(scope="module")
def rows() -> tuple[SearchRow, ...]:
    return evaluate_search(crowd(200, [5] * 60 + [1] * 140, spread=0.7), plan())


def of(rows: tuple[SearchRow, ...], method: Method, photos: int) -> SearchRow:
    (found,) = [row for row in rows if (row.method, row.photos) == (method, photos)]
    return found


def test_there_is_a_row_for_each_method_number_and_size(rows: tuple[SearchRow, ...]) -> None:
    assert [(row.method, row.photos) for row in rows] == [(m, n) for n in (1, 3) for m in EVERY]
    for row in rows:
        assert row.templates == row.photos
        assert row.identified.total == 2 * 20 * (5 - row.photos)
        assert row.strangers.total > 150


def test_nobody_is_named_below_the_threshold(rows: tuple[SearchRow, ...]) -> None:
    assert [row.below_threshold for row in rows] == [0] * len(rows)


def test_strangers_are_kept_out_at_about_the_wanted_rate(rows: tuple[SearchRow, ...]) -> None:
    for row in rows:
        assert row.strangers.rate < 0.15
        assert row.reaching.count >= row.strangers.count


def test_more_photos_find_more(rows: tuple[SearchRow, ...]) -> None:
    for method in EVERY:
        assert of(rows, method, 3).identified.rate > of(rows, method, 1).identified.rate > 0.3


def test_a_classifier_takes_matches_away_and_gives_none(rows: tuple[SearchRow, ...]) -> None:
    for photos in (1, 3):
        nearest = of(rows, Method.NEAREST, photos)
        for method in (Method.KNN, Method.SVM):
            row = of(rows, method, photos)
            assert row.identified.count <= nearest.identified.count
            assert row.strangers.count <= nearest.strangers.count
            assert row.mistaken.count <= nearest.mistaken.count


def test_a_margin_turns_matches_into_ambiguous_ones() -> None:
    faces = crowd(120, 2, spread=0.7)
    (without, with_margin) = (
        evaluate_search(faces, plan(methods=[Method.NEAREST], photos=(1,), margin=margin))[0] for margin in (0.0, 0.2)
    )
    assert with_margin.ambiguous.count > without.ambiguous.count == 0
    assert with_margin.strangers.count <= without.strangers.count
    assert with_margin.reaching == without.reaching


def test_who_has_few_photos_is_enrolled_with_what_they_have_but_one() -> None:
    faces = crowd(120, [4] * 20 + [2] * 100)
    (row,) = evaluate_search(faces, plan(methods=[Method.NEAREST], photos=(3,), people=(40,)))
    assert 1 < row.templates < 3


def test_each_step_is_told() -> None:
    steps: list[None] = []
    evaluate_search(crowd(80, 2), plan(methods=[Method.NEAREST], people=(5, 10)), lambda: steps.append(None))
    assert len(steps) == 4


def test_a_gallery_that_leaves_no_strangers_is_refused() -> None:
    with pytest.raises(BadDataError, match=r"80 people make halves of 40: a gallery of 40 .*--people"):
        evaluate_search(crowd(80, 2), plan(people=(5, 40)))


def test_single_photos_leave_nothing_to_probe_with() -> None:
    with pytest.raises(BadDataError, match="nobody has a second photo"):
        evaluate_search(crowd(80, 1), plan())


def test_the_halves_do_not_see_each_other() -> None:
    """Thresholds of one half come from the other: people who are far more alike there change them, and only them."""
    faces = crowd(160, 2, seed=3)
    (plain,) = evaluate_search(faces, plan(methods=[Method.NEAREST], photos=(1,)))
    first = np.zeros(160, bool)
    first[np.random.default_rng(0).permutation(160)[:80]] = True
    centre = np.ones(16) / 4
    rows = np.where(first[faces.owner][:, None], faces.vectors + 1.5 * centre, faces.vectors)
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    (changed,) = evaluate_search(
        type(faces)(rows, faces.owner, faces.names, faces.model, faces.measure),
        plan(methods=[Method.NEAREST], photos=(1,)),
    )
    assert changed.strangers.rate > plain.strangers.rate
