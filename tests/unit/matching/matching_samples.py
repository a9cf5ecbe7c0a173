"""Embeddings and templates to match."""

import numpy as np

from limen.matching.exact import ExactGallery
from limen.models.catalogue import Preset
from limen.types import Embedding, Measure, ModelKey, PersonId, Template, TemplateId

MODEL = ModelKey("first:1")
OTHER_MODEL = ModelKey("second:1")
PRESETS = (Preset(fmr=1e-1, similarity=0.5), Preset(fmr=1e-2, similarity=0.7), Preset(fmr=1e-3, similarity=0.8))


def embedding(*numbers: float, model: ModelKey = MODEL, unit: bool = True) -> Embedding:
    vector = np.array(numbers, np.float64)
    return Embedding(np.asarray(vector / np.linalg.norm(vector) if unit else vector, np.float32), model)


def at(degrees: float) -> Embedding:
    """The unit vector at an angle: its similarity to another is the cosine of the angle between."""
    return embedding(np.cos(np.radians(degrees)), np.sin(np.radians(degrees)))


def template(person: str, made_of: Embedding) -> Template:
    return Template(TemplateId(f"of {person}"), PersonId(person), made_of)


def gallery(**people: list[Embedding]) -> ExactGallery:
    templates = [template(person, made_of) for person, all_of in people.items() for made_of in all_of]
    return ExactGallery(templates, MODEL, Measure.COSINE)
