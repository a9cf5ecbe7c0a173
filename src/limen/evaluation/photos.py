"""From many photos to embeddings, the way a door goes, on several threads."""

import os
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

from limen.camera.photo import load_photo, photos_in
from limen.config import QualityBounds
from limen.engine import Engine, main_face
from limen.errors import LimenError, ModelError, NoInputError
from limen.faces.quality import flaws
from limen.types import Embedding, Face, Image

Item = TypeVar("Item", bound=Hashable)
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class PhotoWork:
    """How photos are turned into embeddings: ``engines`` one for each thread, and the smallest face that matters."""

    engines: Sequence[Engine]
    min_face_px: float


def embed_photos(photos: Sequence[Path], work: PhotoWork, step: Callable[[], None]) -> dict[Path, Embedding | None]:
    """The embedding of each photo's main face, ``None`` where no face is found; ``step`` is called after each photo.

    Raises:
        NoInputError: a photo cannot be read.
        ImageError: a photo is broken.
        ModelError: a network gave something that is no embedding.
    """
    return on_engines(photos, work, lambda engine, path: embed_photo(path, engine, work.min_face_px), step)


def embed_all_faces(
    photos: Sequence[Path], work: PhotoWork, step: Callable[[], None], bounds: QualityBounds | None = None
) -> dict[Path, tuple[Embedding, ...] | LimenError]:
    """The embeddings of the faces of each photo, or why it cannot be used: a bad photo does not stop the others.

    With ``bounds`` only of the ``clear_faces``.
    """

    def embed(engine: Engine, path: Path) -> tuple[Embedding, ...] | LimenError:
        try:
            image = load_photo(path).image
            with naming(path):
                faces = engine.find_faces(image, work.min_face_px)
                return tuple(engine.embed(image, clear_faces(engine, image, faces, bounds) if bounds else faces))
        except LimenError as error:
            return error

    return on_engines(photos, work, embed, step)


def clear_faces(engine: Engine, image: Image, faces: Sequence[Face], bounds: QualityBounds) -> list[Face]:
    """Of the ``faces`` in ``image`` the main one, and the others whose quality is within ``bounds``.

    Others, in the background, that are blurred, cut off or no faces at all look like each other, whoever they are.
    """
    main = main_face(image, faces) if faces else None
    return [face for face in faces if face is main or not flaws(engine.quality(image, face), bounds)]


def photos_below(folder: Path) -> list[Path]:
    """The photos in ``folder`` and in all folders in it, in the order of their names.

    What is hidden is left out. A folder to which several links lead is gone into once.

    Raises:
        NoInputError: the folder does not exist, it or one in it cannot be read, or none holds a photo.
    """
    photos: list[Path] = []
    known: set[str] = set()
    for place, folders, _ in os.walk(folder, onerror=_unreadable, followlinks=True):
        if (real := os.path.realpath(place)) in known:
            folders.clear()
            continue
        known.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        # That one of the folders holds no photos is no error.
        with suppress(NoInputError):
            photos += photos_in(Path(place))
    if not photos:
        raise NoInputError(f"{folder} holds no photos, nor do the folders in it: JPEG, PNG, WebP, … are expected")
    return sorted(photos)


def on_engines(
    items: Sequence[Item], work: PhotoWork, do: Callable[[Engine, Item], Result], step: Callable[[], None]
) -> dict[Item, Result]:
    """What ``do`` gives for each item, with an engine that no other thread has meanwhile; ``step`` comes after each.

    The first error that ``do`` raises ends all.
    """
    idle: SimpleQueue[Engine] = SimpleQueue()
    for engine in work.engines:
        idle.put(engine)

    def one(item: Item) -> Result:
        engine = idle.get()
        try:
            return do(engine, item)
        finally:
            idle.put(engine)

    with _threads(len(work.engines)) as pool:
        futures: dict[Future[Result], Item] = {pool.submit(one, item): item for item in items}
        results = {}
        for future in as_completed(futures):
            results[futures[future]] = future.result()
            step()
    return results


def embed_photo(path: Path, engine: Engine, min_face_px: float) -> Embedding | None:
    """The embedding of the main face in a file, ``None`` where no face is found; errors as for ``embed_photos``."""
    image = load_photo(path).image
    with naming(path):
        found = find_and_embed(image, engine, min_face_px)
    return found[1] if found else None


def find_and_embed(image: Image, engine: Engine, min_face_px: float) -> tuple[Face, Embedding] | None:
    """The main face of a picture with its embedding, ``None`` where no face is found."""
    faces = engine.find_faces(image, min_face_px)
    if not faces:
        return None
    face = main_face(image, faces)
    (embedding,) = engine.embed(image, [face])
    return face, embedding


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Says of which photo the networks gave nothing usable.

    Raises:
        ModelError: they did.
    """
    try:
        yield
    except LimenError:
        raise
    except ValueError as error:
        raise ModelError(
            f"{path}: the networks gave nothing usable ({error}): check them (limen models verify)"
        ) from error


@contextmanager
def _threads(count: int) -> Iterator[ThreadPoolExecutor]:
    """Threads whose waiting work is dropped at once where something goes wrong."""
    pool = ThreadPoolExecutor(count, thread_name_prefix="limen-evaluation")
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _unreadable(error: OSError) -> None:
    raise NoInputError(
        f"{error.filename} cannot be read as a folder ({error.strerror}): check name and rights"
    ) from error
