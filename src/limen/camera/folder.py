"""The photos of a folder, one after the other."""

from pathlib import Path

from limen.camera.photo import DEFAULT_LIMITS, PhotoLimits, load_photo, photos_in
from limen.errors import BadDataError, CameraError, NoInputError
from limen.types import Image


class FolderSource:
    """The photos that lie in ``folder``, in the order of their names, ``interval_s`` apart.

    Five a second by default: about what a door looks at, and slow enough to follow by eye.

    Raises:
        NoInputError: the folder does not exist, cannot be read or holds no photos.
    """

    def __init__(self, folder: Path, interval_s: float = 0.2, limits: PhotoLimits = DEFAULT_LIMITS) -> None:
        self._photos = iter(photos_in(folder))
        self._interval_s, self._limits = interval_s, limits

    @property
    def realtime(self) -> bool:
        """No: photos wait."""
        return False

    @property
    def frame_interval_s(self) -> float:
        """Seconds between two photos."""
        return self._interval_s

    def read(self) -> Image | None:
        """The next photo, upright; ``None`` after the last.

        Raises:
            CameraError: the photo cannot be read.
        """
        path = next(self._photos, None)
        if path is None:
            return None
        try:
            return load_photo(path, self._limits).image
        except (BadDataError, NoInputError) as error:
            raise CameraError(f"the folder no longer delivers: {error}") from error

    def close(self) -> None:
        """Deliver nothing more."""
        self._photos = iter(())
