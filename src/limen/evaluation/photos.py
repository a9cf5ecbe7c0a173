"""From many photos to embeddings, the way a door goes, on several threads."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from limen.camera.photo import load_photo
from limen.engine import Engine, main_face
from limen.errors import LimenError, ModelError
from limen.types import Embedding


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
    idle: SimpleQueue[Engine] = SimpleQueue()
    for engine in work.engines:
        idle.put(engine)

    def embed(path: Path) -> Embedding | None:
        engine = idle.get()
        try:
            return embed_photo(path, engine, work.min_face_px)
        finally:
            idle.put(engine)

    with _threads(len(work.engines)) as pool:
        futures: dict[Future[Embedding | None], Path] = {pool.submit(embed, path): path for path in photos}
        embeddings = {}
        for future in as_completed(futures):
            embeddings[futures[future]] = future.result()
            step()
    return embeddings


def embed_photo(path: Path, engine: Engine, min_face_px: float) -> Embedding | None:
    """The embedding of the main face in a file, ``None`` where no face is found; errors as for ``embed_photos``."""
    image = load_photo(path).image
    try:
        faces = engine.find_faces(image, min_face_px)
        if not faces:
            return None
        (embedding,) = engine.embed(image, [main_face(image, faces)])
    except LimenError:
        raise
    except ValueError as error:
        raise ModelError(
            f"{path}: the networks gave nothing usable ({error}): check them (limen models verify)"
        ) from error
    return embedding


@contextmanager
def _threads(count: int) -> Iterator[ThreadPoolExecutor]:
    """Threads whose waiting work is dropped at once where something goes wrong."""
    pool = ThreadPoolExecutor(count, thread_name_prefix="limen-evaluation")
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
