"""The port of the search for the people most like a probe."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from limen.types import Embedding, ModelKey, PersonId


class Method(StrEnum):
    """How a search finds the person."""

    NEAREST = "nearest"
    """The template most like the probe."""
    CENTROID = "centroid"
    """The centre of all of the person's templates."""
    KNN = "knn"
    """The templates nearest to the probe vote."""
    SVM = "svm"
    """A support vector machine decides between the people most alike."""


class Outcome(StrEnum):
    """What a search or comparison came to."""

    MATCHED = "matched"
    UNKNOWN = "unknown"
    AMBIGUOUS = "ambiguous"
    NOT_THE_SAME = "not_the_same"
    NOBODY_ENROLLED = "nobody_enrolled"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person and how much of a likeness the probe has; ``similarity`` rises with likeness, 1 is identical."""

    person: PersonId
    similarity: float


class Gallery(Protocol):
    """The templates of everybody who may be found."""

    @property
    def model(self) -> ModelKey:
        """What the templates were made by."""
        ...

    @property
    def people(self) -> int:
        """How many people there are: the K of 1:K."""
        ...

    def comparisons(self, exponent: float, person: PersonId | None = None) -> float:
        """How many comparisons of two people a search amounts to, or a comparison with ``person`` alone.

        The sum over the people of their numbers of templates, each to the power ``exponent``.
        """
        ...

    def search(self, probe: Embedding, method: Method, limit: int) -> list[Candidate]:
        """The people most like ``probe``, the most alike first, at most ``limit``.

        Raises:
            TemplateError: ``probe`` was made by another model.
        """
        ...

    def compare(self, probe: Embedding, person: PersonId, method: Method) -> Candidate | None:
        """How alike ``probe`` and ``person`` are, ``None`` where the person has no templates.

        Raises:
            TemplateError: ``probe`` was made by another model.
        """
        ...
