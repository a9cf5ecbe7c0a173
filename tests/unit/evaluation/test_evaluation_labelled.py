import numpy as np
import pytest
from evaluation_samples import MODEL, crowd

from limen.errors import BadDataError
from limen.evaluation.labelled import LabelledFaces
from limen.types import Measure


def test_some_people_are_numbered_anew() -> None:
    faces = crowd(4, [1, 2, 1, 3])
    some = faces.of_people(np.array([False, True, False, True]))
    assert some.names == ("person 1", "person 3")
    assert some.owner.tolist() == [0, 0, 1, 1, 1]
    assert some.counts.tolist() == [2, 3]
    np.testing.assert_array_equal(some.vectors, faces.vectors[[1, 2, 4, 5, 6]])


def test_what_is_not_a_number_is_refused() -> None:
    vectors = crowd(3).vectors.copy()
    vectors[2, 5] = np.nan
    with pytest.raises(BadDataError, match=r"numbers that are none.*limen models verify"):
        LabelledFaces(vectors, np.array([0, 0, 1, 1, 2, 2]), ("a", "b", "c"), MODEL, Measure.COSINE)


@pytest.mark.parametrize(
    ("owner", "names", "message"),
    [
        ([0, 0, 1], ("a", "b"), "are expected"),
        ([1, 1, 0, 0], ("a", "b"), "must rise"),
        ([0, 0, 1, 2], ("a", "b"), "have a name"),
    ],
)
def test_owners_must_fit(owner: list[int], names: tuple[str, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LabelledFaces(crowd(2).vectors, np.array(owner), names, MODEL, Measure.COSINE)
