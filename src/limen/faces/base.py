"""The port every face detector stands behind."""

from typing import Protocol

from limen.types import Face, Image


class Detector(Protocol):
    """Finds faces."""

    def detect(self, image: Image, min_face_px: float) -> list[Face]:
        """The faces of at least about ``min_face_px`` pixels in ``image``, the surest first.

        Boxes may reach beyond the image.
        """
        ...
