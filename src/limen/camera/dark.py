"""Whether a camera shows anything at all."""

from limen.types import Image

_DARKEST = 10.0
_LEAST_CONTRAST = 3.0
_STEP = 8


class DarkWatch:
    """``dark`` once pictures have been black, or of one colour, for ``dark_s`` in a row: covered, or no light."""

    def __init__(self, dark_s: float) -> None:
        self._dark_s = dark_s
        self._since_s: float | None = None
        self.dark = False

    def see(self, image: Image, at_s: float) -> bool:
        """Whether the camera counts as dark with this picture."""
        sample = image[::_STEP, ::_STEP]
        shows = sample.mean() > _DARKEST and sample.std() > _LEAST_CONTRAST
        if shows:
            self._since_s = None
        elif self._since_s is None:
            self._since_s = at_s
        self.dark = self._since_s is not None and at_s - self._since_s >= self._dark_s
        return self.dark
