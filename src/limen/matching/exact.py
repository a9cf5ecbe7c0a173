"""Exact search in memory: one matrix product."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from limen.matching.base import Candidate, Method
from limen.matching.classifiers import CLASSIFIERS, SHORTLIST, Classifier
from limen.matching.similarity import check_model, similarities
from limen.types import Embedding, Measure, ModelKey, PersonId, Template, Vector


class ExactGallery:
    """All templates of one model in one array; 10,000 take half a millisecond to search."""

    def __init__(self, templates: Sequence[Template], model: ModelKey, measure: Measure) -> None:
        """Arrange ``templates`` by person.

        Raises:
            TemplateError: a template was made by another model than ``model``.
        """
        for template in templates:
            check_model(template.embedding, model)
        ordered = sorted(templates, key=lambda template: template.person)
        self.model, self._measure = model, measure
        self._rows = np.array([template.embedding.vector for template in ordered], np.float32)
        owners = np.array([template.person for template in ordered], object)
        self._people, self._starts = np.unique(owners, return_index=True)
        self._counts = np.diff([*self._starts, len(self._rows)])
        self._centres = self._centred() if ordered else self._rows

    @property
    def people(self) -> int:
        """How many people there are."""
        return len(self._people)

    def comparisons(self, exponent: float, person: PersonId | None = None) -> float:
        """How many comparisons of two people a search amounts to, or a comparison with ``person`` alone."""
        counts = self._counts if person is None else self._counts[self._people == person]
        return float((counts.astype(np.float64) ** exponent).sum())

    def search(self, probe: Embedding, method: Method, limit: int) -> list[Candidate]:
        """The people most like ``probe``, the most alike first, at most ``limit``.

        By the classifiers, whom they name comes first, though another may be more alike.
        """
        check_model(probe, self.model)
        if not self.people:
            return []
        alike = self._alike(probe.vector, method)
        best = np.argsort(-alike, kind="stable")
        if classify := CLASSIFIERS.get(method):
            named = self._named(classify, probe.vector, best)
            best = np.concatenate([[named], best[best != named]])
        return [Candidate(self._people[i], float(alike[i])) for i in best[:limit]]

    def compare(self, probe: Embedding, person: PersonId, method: Method) -> Candidate | None:
        """How alike ``probe`` and ``person`` are, ``None`` where the person has no templates."""
        check_model(probe, self.model)
        (found,) = np.nonzero(self._people == person)
        if not found.size:
            return None
        i = int(found[0])
        own = slice(self._starts[i], self._starts[i] + self._counts[i])
        rows = self._centres[i : i + 1] if method is Method.CENTROID else self._rows[own]
        return Candidate(person, float(similarities(probe.vector, rows, self._measure).max()))

    def _alike(self, probe: Vector, method: Method) -> NDArray[np.float32]:
        """How alike ``probe`` and each person are: (people,)."""
        if method is Method.CENTROID:
            return similarities(probe, self._centres, self._measure)
        return np.maximum.reduceat(similarities(probe, self._rows, self._measure), self._starts)

    def _named(self, classify: Classifier, probe: Vector, best: NDArray[np.intp]) -> int:
        """Whom a classifier names, of those at the top of ``best``."""
        chosen = np.sort(best[:SHORTLIST])
        if len(chosen) == 1:
            return int(chosen[0])
        spans = [np.arange(self._starts[i], self._starts[i] + self._counts[i]) for i in chosen]
        labels = np.repeat(chosen, self._counts[chosen])
        return classify(probe, self._rows[np.concatenate(spans)], labels)

    def _centred(self) -> NDArray[np.float32]:
        """The centre of each person's templates: float32 (people, n), of length 1 where compared by cosine."""
        centres = np.add.reduceat(self._rows, self._starts) / self._counts[:, None].astype(np.float32)
        if self._measure is Measure.COSINE:
            centres /= np.linalg.norm(centres, axis=1, keepdims=True)
        return np.asarray(centres, np.float32)
