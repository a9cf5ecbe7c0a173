"""Face-enabled entry: who is at the door, and may they come in.

The same in Python as on the command line, in five lines::

    import limen
    engine = limen.open_engine()
    photos = [limen.load_photo(path).image for path in ("obama.jpg", "obama2.jpg")]
    a, b = (engine.embed(photo, engine.find_faces(photo)[:1])[0] for photo in photos)
    same = engine.compare(a, b) >= engine.thresholds.at_fmr(1e-3)

Importing this takes no time: what the names need is imported when they are first used.
"""

from importlib import import_module
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from limen.version import __version__

if TYPE_CHECKING:
    from limen.camera.photo import Photo
    from limen.engine import Engine
    from limen.errors import LimenError
    from limen.types import Box, Embedding, Face

__all__ = ["Box", "Embedding", "Engine", "Face", "LimenError", "__version__", "load_photo", "open_engine"]

_HOMES = {
    "Box": "limen.types",
    "Embedding": "limen.types",
    "Engine": "limen.engine",
    "Face": "limen.types",
    "LimenError": "limen.errors",
}


def open_engine(data_dir: str | PathLike[str] | None = None) -> "Engine":
    """What finds, embeds and compares faces, with the models that the settings in ``data_dir`` name.

    Without ``data_dir``: the folder that ``LIMEN_DATA_DIR`` names, else the user's own.

    Raises:
        ConfigError: the settings contradict themselves or do not exist.
        ModelError: a model is not there, or is not what it should be.
    """
    from limen.config import load_settings
    from limen.door.build import build_engine

    return build_engine(load_settings(None if data_dir is None else Path(data_dir)))


def load_photo(path: str | PathLike[str]) -> "Photo":
    """The photo in a file; its ``image`` is upright, RGB uint8 (height, width, 3).

    Raises:
        NoInputError: there is no such file, or it cannot be read.
        ImageError: it is not a photo, is broken, or is too large.
    """
    from limen.camera.photo import load_photo as load

    return load(Path(path))


if not TYPE_CHECKING:  # else every name, also a misspelt one, would pass the type checker

    def __getattr__(name: str) -> object:
        """Import a name of ``__all__`` when it is first asked for."""
        if name not in _HOMES:
            raise AttributeError(f"module 'limen' has no attribute {name!r}; there are: {', '.join(__all__)}")
        value = globals()[name] = getattr(import_module(_HOMES[name]), name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
