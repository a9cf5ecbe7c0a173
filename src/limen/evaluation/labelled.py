"""The embeddings of many faces with the people they show: what evaluations measure on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from limen.errors import BadDataError, NoInputError
from limen.evaluation.photos import PhotoWork, embed_photos
from limen.types import Measure, ModelKey

People = Sequence[tuple[str, Sequence[Path]]]
"""Each person's name and photos, as ``camera.photo.people_in`` gives them."""


@dataclass(frozen=True, slots=True)
class LabelledFaces:
    """Faces of known people, all embedded by ``model``.

    ``vectors`` are float32 (n, d), finite, of length 1 where ``measure`` is cosine; ``owner`` (n,) is the index in
    ``names`` of the person that each shows, in rising order; ``photos`` are the n files, or nothing where there are
    none; ``missed`` are those in which no face was found.
    """

    vectors: NDArray[np.float32] = field(repr=False)
    owner: NDArray[np.intp] = field(repr=False)
    names: tuple[str, ...] = field(repr=False)
    model: ModelKey
    measure: Measure
    photos: tuple[Path, ...] = field(default=(), repr=False)
    missed: tuple[Path, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        if self.vectors.ndim != 2 or self.vectors.dtype != np.float32 or self.owner.shape != self.vectors.shape[:1]:
            raise ValueError(
                f"float32 (n, d) and (n,) are expected, got {self.vectors.dtype} {self.vectors.shape}, "
                f"{self.owner.shape}"
            )
        if not np.isfinite(self.vectors).all():
            raise BadDataError("an embedding holds numbers that are none: check the model (limen models verify)")
        if len(self.owner) and (np.diff(self.owner).min(initial=0) < 0 or self.owner[-1] >= len(self.names)):
            raise ValueError("owners must rise, and each have a name")
        if self.photos and len(self.photos) != len(self.owner):
            raise ValueError(f"{len(self.owner)} faces need as many photos, got {len(self.photos)}")

    def __len__(self) -> int:
        return len(self.owner)

    @property
    def counts(self) -> NDArray[np.intp]:
        """How many faces each person has: (people,)."""
        return np.bincount(self.owner, minlength=len(self.names))

    def of_people(self, wanted: NDArray[np.bool_]) -> "LabelledFaces":
        """The faces of those people alone whose flag in ``wanted`` (people,) is set; they are numbered anew."""
        keep = wanted[self.owner]
        numbers = np.cumsum(wanted) - 1
        return LabelledFaces(
            self.vectors[keep],
            numbers[self.owner[keep]],
            tuple(name for name, kept in zip(self.names, wanted, strict=True) if kept),
            self.model,
            self.measure,
            tuple(photo for photo, kept in zip(self.photos, keep, strict=True) if kept) if self.photos else (),
        )


def without(people: People, images: Path, leave_out: Path) -> list[tuple[str, list[Path]]]:
    """The ``people`` without the photos that the file ``leave_out`` lists, one a line, as paths below ``images``.

    A line may name a photo or a folder; ``#`` begins a remark. Whoever has no photo left is left out.

    Raises:
        NoInputError: the file cannot be read.
        BadDataError: it is no text, or a line names nothing that is there.
    """
    try:
        lines = leave_out.read_text("utf-8").splitlines()
    except OSError as error:
        raise NoInputError(f"{leave_out} cannot be read ({error.strerror}): check name and rights") from error
    except UnicodeDecodeError as error:
        raise BadDataError(f"{leave_out} is no list of photos: lines of text in UTF-8 are expected") from error
    unwanted = {images / entry for line in lines if (entry := line.partition("#")[0].strip())}
    known = {path for _, photos in people for photo in photos for path in (photo, photo.parent)}
    if absent := sorted(unwanted - known):
        raise BadDataError(f"{leave_out} names {absent[0]}, which is not among the photos: correct the list")
    kept = [(name, [p for p in photos if not {p, p.parent} & unwanted]) for name, photos in people]
    return [(name, photos) for name, photos in kept if photos]


def embed_people(people: People, work: PhotoWork, step: Callable[[], None] = lambda: None) -> LabelledFaces:
    """The main face of each photo of ``people``; whoever has no photo with a face is left out.

    Raises:
        BadDataError: no photo shows a face, or a photo or network is bad.
        NoInputError: a photo cannot be read.
    """
    listed = [(photo, name) for name, photos in people for photo in photos]
    found = embed_photos([photo for photo, _ in listed], work, step)
    shown = [(photo, name, face) for photo, name in listed if (face := found[photo]) is not None]
    if not shown:
        raise BadDataError(f"no face was found in any of the {len(listed)} photos: are they the right ones?")
    names = list(dict.fromkeys(name for _, name, _ in shown))
    number = {name: index for index, name in enumerate(names)}
    engine = work.engines[0]
    return LabelledFaces(
        np.array([face.vector for _, _, face in shown], np.float32),
        np.array([number[name] for _, name, _ in shown], np.intp),
        tuple(names),
        engine.model,
        engine.measure,
        tuple(photo for photo, _, _ in shown),
        tuple(photo for photo, _ in listed if found[photo] is None),
    )
