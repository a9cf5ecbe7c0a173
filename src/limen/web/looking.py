"""Looks at test photos once, beside what is served, and first at those that somebody waits for."""

import io
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image as Pillow

from limen.camera.photo import load_photo
from limen.config import Settings
from limen.engine import Engine
from limen.errors import BadDataError, LimenError
from limen.evaluation.photos import photos_below
from limen.faces.quality import flaws
from limen.types import Box, Embedding, Image, Size

MAX_PHOTOS = 10_000
_THUMBNAIL_PX = 128


@dataclass(frozen=True, slots=True)
class SeenFace:
    """A face in a photo, and what a door would have against looking at it."""

    box: Box
    embedding: Embedding
    flaws: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Looked:
    """What a photo shows; ``refused`` says why nothing could be seen in it. ``thumbnail`` is a small JPEG."""

    faces: tuple[SeenFace, ...] = ()
    size: Size | None = None
    thumbnail: bytes | None = field(default=None, repr=False)
    refused: str | None = None


def photos_to_try(folder: Path, most: int = MAX_PHOTOS) -> tuple[Path, ...]:
    """The photos in ``folder`` and in all folders below it, in the order of their names.

    Raises:
        NoInputError: the folder does not exist, it or one below cannot be read, or there is no photo.
        BadDataError: there are more than ``most``.
    """
    photos = photos_below(folder)
    if len(photos) > most:
        raise BadDataError(f"{folder} holds {len(photos):,} photos, more than {most:,}: name a part of it")
    return tuple(photos)


class Looker:
    """Looks at all of ``photos`` while ``running``: on a thread for each of ``engines``, which nobody else may use."""

    def __init__(self, photos: Sequence[Path], engines: Sequence[Engine], settings: Settings) -> None:
        self._photos, self._engines, self._settings = photos, engines, settings
        self._looked: list[Looked | None] = [None] * len(photos)
        self._waiting = dict.fromkeys(range(len(photos)))
        self._wanted = 0
        self._taking = threading.Lock()
        self._stop = threading.Event()

    @property
    def looked(self) -> tuple[Looked | None, ...]:
        """What each photo shows, ``None`` where nobody has looked yet."""
        return tuple(self._looked)

    def ask(self, index: int) -> Looked | None:
        """What a photo shows; where nobody has looked yet it comes next."""
        self._wanted = index
        return self._looked[index]

    @contextmanager
    def running(self) -> Iterator[None]:
        """Look, until the block ends."""
        threads = [threading.Thread(target=self._run, args=(engine,), name="limen-looking") for engine in self._engines]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    def _run(self, engine: Engine) -> None:
        while not self._stop.is_set() and (index := self._take()) is not None:
            self._looked[index] = self._look(self._photos[index], engine)

    def _take(self) -> int | None:
        """The next photo to look at, the one somebody waits for first; ``None`` where none is left."""
        with self._taking:
            index = self._wanted if self._wanted in self._waiting else next(iter(self._waiting), None)
            if index is not None:
                del self._waiting[index]
            return index

    def _look(self, photo: Path, engine: Engine) -> Looked:
        try:
            image = load_photo(photo).image
            faces = tuple(seen_faces(image, engine, self._settings))
            return Looked(faces, Size(image.shape[1], image.shape[0]), scaled_jpeg(image, _THUMBNAIL_PX))
        except LimenError as error:
            # The page names the file already.
            return Looked(refused=str(error).replace(str(photo), photo.name))
        except Exception as error:  # noqa: BLE001 - the top of a thread: told with the photo, and the rest goes on
            return Looked(refused=f"{photo.name} could not be looked at ({error})")


def seen_faces(image: Image, engine: Engine, settings: Settings) -> Iterator[SeenFace]:
    """The faces in a photo, RGB uint8 (height, width, 3), each with what a door would have against it."""
    faces = engine.find_faces(image, settings.enrolment.min_face_px)
    for face, embedding in zip(faces, engine.embed(image, faces), strict=True):
        found = flaws(engine.quality(image, face), settings.door.quality)
        yield SeenFace(face.box, embedding, tuple(str(flaw) for flaw in found))


def scaled_jpeg(image: Image, longest_px: int) -> bytes:
    """A JPEG whose sides are at most ``longest_px``; it holds nothing of the file but its pixels."""
    picture = Pillow.fromarray(image)
    picture.thumbnail((longest_px, longest_px))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()
