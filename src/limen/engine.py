"""From an image to embeddings: the part of the way that doors, enrolment and evaluation share."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from limen.embedding.base import Embedder
from limen.faces.align import align
from limen.faces.base import Detector
from limen.faces.quality import Quality, measure
from limen.faces.tight import detect_in_photo
from limen.matching.similarity import similarity
from limen.matching.thresholds import Thresholds
from limen.types import Embedding, Face, Image, Measure, ModelKey


@dataclass(frozen=True, slots=True)
class Engine:
    """A detector, an embedder, and what the embedder's model says about comparing.

    Open one with ``limen.open_engine()``. Not to be shared between threads.
    """

    detector: Detector
    embedder: Embedder
    thresholds: Thresholds

    @property
    def model(self) -> ModelKey:
        """What all embeddings of this engine carry."""
        return self.embedder.model

    @property
    def measure(self) -> Measure:
        """What embeddings are compared by."""
        return self.embedder.measure

    def find_faces(self, image: Image, min_face_px: float = 40) -> list[Face]:
        """The faces in a photo, RGB uint8 (height, width, 3), the surest first; also one that fills the photo."""
        return detect_in_photo(self.detector, image, min_face_px)

    def crop(self, image: Image, face: Face) -> Image:
        """The face turned and scaled to where the embedder wants it."""
        return align(image, face.landmarks, self.embedder.alignment, self.embedder.size)

    def embed(self, image: Image, faces: Sequence[Face]) -> list[Embedding]:
        """One embedding for each of ``faces`` in ``image``."""
        return self.embedder.embed([self.crop(image, face) for face in faces])

    def quality(self, image: Image, face: Face) -> Quality:
        """What is measured of ``face``."""
        return measure(image, face)

    def compare(self, a: Embedding, b: Embedding) -> float:
        """The similarity of two embeddings: 1 where identical; see ``thresholds`` for what is alike enough."""
        return similarity(a, b, self.measure)


def main_face(image: Image, faces: Sequence[Face]) -> Face:
    """The face nearest to the middle of the picture: the one a photo of one person is about.

    Raises:
        ValueError: there are no faces.
    """
    middle = np.array([image.shape[1], image.shape[0]]) / 2
    return min(faces, key=lambda face: float(np.linalg.norm(np.array(face.box.centre) - middle)))
