import numpy as np
import pytest
from plot_samples import faces

from limen.errors import BadDataError
from limen.evaluation.projection import ProjectionMethod, project


@pytest.mark.parametrize("counts", [(3,), (2, 3), (4,) * 30])
def test_principal_axes_are_those_of_a_singular_value_decomposition(counts: tuple[int, ...]) -> None:
    vectors = faces(counts, noise=0.2).vectors
    found = project(vectors, ProjectionMethod.PCA)
    centred = vectors.astype(float) - vectors.astype(float).mean(axis=0)
    left, values, _ = np.linalg.svd(centred, full_matrices=False)
    assert found.shares == pytest.approx(tuple((values**2 / (values**2).sum())[:2]), rel=1e-9)
    # The sign of an axis is a matter of taste.
    np.testing.assert_allclose(np.abs(found.points), np.abs(left[:, :2] * values[:2]), atol=1e-9)


@pytest.mark.parametrize("method", ProjectionMethod)
def test_the_same_faces_lie_at_the_same_places(method: ProjectionMethod) -> None:
    vectors = faces((3, 3, 2)).vectors
    first, second = project(vectors, method), project(vectors.copy(), method)
    np.testing.assert_array_equal(first.points, second.points)
    assert np.isfinite(first.points).all()


@pytest.mark.parametrize("count", [3, 40])
def test_neighbours_stay_neighbours_with_t_sne(count: int) -> None:
    some = faces((count // 3 or 1,) * 3)
    found = project(some.vectors, ProjectionMethod.TSNE)
    assert found.shares is None
    if count > 3:
        apart = np.linalg.norm(found.points[:, None] - found.points[None], axis=2)
        np.fill_diagonal(apart, np.inf)
        assert (some.owner[apart.argmin(axis=1)] == some.owner).all()


@pytest.mark.parametrize("method", ProjectionMethod)
def test_what_spans_no_plane_is_refused(method: ProjectionMethod) -> None:
    with pytest.raises(BadDataError, match=r"2 face.* three faces at least"):
        project(faces((2,)).vectors, method)
    with pytest.raises(BadDataError, match="all 5 faces are the same"):
        project(np.repeat(faces((1,)).vectors, 5, axis=0), method)
