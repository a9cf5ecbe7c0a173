import numpy as np
import pytest
from matching_samples import MODEL, OTHER_MODEL, at, embedding

from limen.errors import TemplateError
from limen.matching.similarity import similarities, similarity
from limen.types import Measure


def test_cosine_is_that_of_the_angle() -> None:
    assert similarity(at(0), at(0), Measure.COSINE) == pytest.approx(1)
    assert similarity(at(10), at(70), Measure.COSINE) == pytest.approx(0.5)
    assert similarity(at(0), at(180), Measure.COSINE) == pytest.approx(-1)


def test_euclidean_is_one_minus_the_distance() -> None:
    a, b = embedding(1, 2, 3, unit=False), embedding(1, 2, 3.6, unit=False)
    assert similarity(a, a, Measure.EUCLIDEAN) == 1
    assert similarity(a, b, Measure.EUCLIDEAN) == pytest.approx(0.4)


@pytest.mark.parametrize("measure", Measure)
def test_all_rows_at_once_are_each_on_its_own(measure: Measure) -> None:
    generator = np.random.default_rng(2)
    probe = generator.normal(size=8).astype(np.float32)
    rows = generator.normal(size=(5, 8)).astype(np.float32)
    together = similarities(probe, rows, measure)
    assert together.dtype == np.float32
    alone = [similarities(probe, row[None], measure)[0] for row in rows]
    np.testing.assert_allclose(together, alone, rtol=1e-5, atol=1e-6)


def test_what_different_models_made_is_never_compared() -> None:
    other = embedding(1, 0, model=OTHER_MODEL)
    with pytest.raises(TemplateError, match=f"{MODEL} cannot be compared with templates of {OTHER_MODEL}.*enrol"):
        similarity(at(0), other, Measure.COSINE)
