"""A detector that finds what it is told to."""

from limen.types import Face, Image, check_image


class FakeDetector:
    """Answers with ``faces``, those that are large enough, and counts how often it was asked."""

    def __init__(self, faces: list[Face]) -> None:
        self.faces = faces
        self.calls = 0

    def detect(self, image: Image, min_face_px: float) -> list[Face]:
        """The faces that are at least ``min_face_px`` wide, the surest first."""
        check_image(image)
        self.calls += 1
        found = [face for face in self.faces if face.box.width >= min_face_px]
        return sorted(found, key=lambda face: -face.score)
