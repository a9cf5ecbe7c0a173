"""Exact search in memory: one matrix product."""

from collections.abc import Sequence

import numpy as np

from limen.matching.base import Candidate, Method
from limen.matching.similarity import check_model, similarities
from limen.types import Embedding, Measure, ModelKey, PersonId, Template


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
        self._centres = self._centred() if ordered else self._rows

    @property
    def people(self) -> int:
        """How many people there are."""
        return len(self._people)

    def search(self, probe: Embedding, method: Method, limit: int) -> list[Candidate]:
        """The people most like ``probe``, the most alike first, at most ``limit``."""
        check_model(probe, self.model)
        if not self.people:
            return []
        if method is Method.CENTROID:
            alike = similarities(probe.vector, self._centres, self._measure)
        else:
            alike = np.maximum.reduceat(similarities(probe.vector, self._rows, self._measure), self._starts)
        best = np.argsort(-alike, kind="stable")[:limit]
        return [Candidate(self._people[i], float(alike[i])) for i in best]

    def compare(self, probe: Embedding, person: PersonId, method: Method) -> Candidate | None:
        """How alike ``probe`` and ``person`` are, ``None`` where the person has no templates."""
        check_model(probe, self.model)
        (found,) = np.nonzero(self._people == person)
        if not found.size:
            return None
        i = int(found[0])
        stop = self._starts[i + 1] if i + 1 < self.people else len(self._rows)
        rows = self._centres[i : i + 1] if method is Method.CENTROID else self._rows[self._starts[i] : stop]
        return Candidate(person, float(similarities(probe.vector, rows, self._measure).max()))

    def _centred(self) -> np.ndarray:
        """The centre of each person's templates: float32 (people, n), of length 1 where compared by cosine."""
        counts = np.diff([*self._starts, len(self._rows)])
        centres = np.add.reduceat(self._rows, self._starts) / counts[:, None].astype(np.float32)
        if self._measure is Measure.COSINE:
            centres /= np.linalg.norm(centres, axis=1, keepdims=True)
        return np.asarray(centres, np.float32)
