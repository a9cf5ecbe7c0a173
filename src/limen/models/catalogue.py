"""Which models there are: the catalogue that comes with Limen, and catalogues of the user's own."""

import hashlib
import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
    ValidationError,
    model_validator,
)

from limen.errors import ModelError, NoInputError

_BUILT_IN = Path(__file__).with_name("catalogue.toml")

FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Point = tuple[float, float]


class Task(StrEnum):
    """What a model is for."""

    DETECTION = "detection"
    EMBEDDING = "embedding"
    LIVENESS = "liveness"


_NEEDED = {
    Task.DETECTION: (),
    Task.EMBEDDING: ("input.width", "input.height", "input.alignment", "output.length", "output.measure"),
    Task.LIVENESS: ("input.width", "input.height", "input.crop", "output.length", "output.live_index"),
}
"""What may be absent in other entries but not in those of this task."""


class _Part(BaseModel):
    """A part of the catalogue: unknown keys, NaN and infinity are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ModelFile(_Part):
    """One file: its digest, and either a package, mirrors or a path where it is found."""

    name: FileName
    sha256: Sha256
    bytes: PositiveInt | None = None
    package: str | None = None
    version: str | None = None
    urls: tuple[str, ...] = ()
    path: str | None = None

    @property
    def stem(self) -> str:
        """The name without its ending, by which importers and callers know the file."""
        return PurePosixPath(self.name).stem

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.package is None) != (self.version is None):
            raise ValueError("package and version come together")
        if bool(self.urls) == (self.path is not None):
            raise ValueError("either urls, or path, or package with version and path is needed, and only one of them")
        if self.package is not None:
            _check_in_package(self.package, self.path)
        for url in self.urls:
            check_url(url)
        return self


class InputSpec(_Part):
    """What a network is fed: ``(pixel - mean) * scale`` of pixels 0 to 255, in ``colour`` order.

    ``width`` and ``height`` are ``None`` where any size will do. ``alignment`` says where the five landmarks
    go, in pixels; ``crop`` is the side of the crop as a multiple of the face box.
    """

    colour: Literal["rgb", "bgr"]
    width: PositiveInt | None = None
    height: PositiveInt | None = None
    mean: tuple[float, float, float]
    scale: PositiveFloat
    alignment: tuple[Point, Point, Point, Point, Point] | None = None
    crop: PositiveFloat | None = None

    def canonical(self) -> str:
        """A text that is equal for equal preprocessing, whatever the order or spelling in the file."""
        return json.dumps(self.model_dump(mode="json", exclude_none=True), sort_keys=True, separators=(",", ":"))


class OutputSpec(_Part):
    """What comes out for one face: ``length`` numbers.

    Embeddings are compared by ``measure``; of liveness, the number at ``live_index`` stands for live.
    """

    length: PositiveInt
    measure: Literal["cosine", "euclidean"] | None = None
    live_index: Annotated[int, Field(ge=0)] | None = None


class Accuracy(_Part):
    """How good a model is said to be, and who says so."""

    result: str
    reference: str


class Preset(_Part):
    """The similarity that gave the false match rate ``fmr``, 0 to 1, until a calibration takes its place."""

    fmr: Annotated[float, Field(gt=0, lt=1)]
    similarity: float


class ModelEntry(_Part):
    """Everything there is to know about one model."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    task: Task
    licence: str
    source: str
    importer: Literal["dlib-resnet", "mtcnn"] | None = None
    input: InputSpec
    output: OutputSpec | None = None
    accuracy: Accuracy
    files: Annotated[tuple[ModelFile, ...], Field(min_length=1)]
    presets: tuple[Preset, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 over the digests of the files, in the order of their names."""
        digests = [file.sha256 for file in sorted(self.files, key=lambda file: file.name)]
        return hashlib.sha256("\n".join(digests).encode()).hexdigest()

    @model_validator(mode="after")
    def _complete_for_task(self) -> Self:
        given = {f"input.{name}": value for name, value in self.input} | {
            f"output.{name}": value for name, value in self.output or ()
        }
        missing = [name for name in _NEEDED[self.task] if given.get(name) is None]
        if missing:
            raise ValueError(f"a model for {self.task} needs {', '.join(missing)}")
        if len({file.stem for file in self.files}) < len(self.files):
            raise ValueError("files: two have the same name")
        if self.output and (self.output.live_index or 0) >= self.output.length:
            raise ValueError(f"output.live_index must be below output.length, {self.output.length}")
        return self


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The known models, in the order of their files."""

    entries: tuple[ModelEntry, ...]

    def entry(self, model_id: str) -> ModelEntry:
        """The model of that name.

        Raises:
            ModelError: there is none.
        """
        for entry in self.entries:
            if entry.id == model_id:
                return entry
        known = ", ".join(entry.id for entry in self.entries)
        raise ModelError(f"no model is called {model_id!r}. Known are: {known}")


def load_catalogue(extra: Sequence[Path] = ()) -> Catalogue:
    """Limen's own models, then those of the catalogues ``extra``.

    Raises:
        NoInputError: a catalogue cannot be read.
        ModelError: a catalogue is malformed, or two entries have the same id.
    """
    seen: dict[str, Path] = {}
    entries: list[ModelEntry] = []
    for path in (_BUILT_IN, *extra):
        for entry in _read(path):
            if entry.id in seen:
                raise ModelError(f"{path}, model {entry.id}: {seen[entry.id]} already has a model of that id")
            seen[entry.id] = path
            entries.append(entry)
    return Catalogue(tuple(entries))


def check_url(url: str) -> None:
    """Refuse addresses that others on the network could answer for.

    Raises:
        ValueError: ``url`` is neither https nor on this machine.
    """
    parts = urlsplit(url)
    local = parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1")
    if not parts.hostname or not (parts.scheme == "https" or local):
        raise ValueError(f"{url!r} is not an https address (http is allowed to localhost alone)")


def _check_in_package(package: str, path: str | None) -> None:
    if not package.isidentifier():
        # A dot would make Python import the package around it.
        raise ValueError(f"package must be the name a package is imported by, without dots, got {package!r}")
    if path is None or PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        raise ValueError(f"path must lead to a file inside the package, got {path!r}")


def _read(path: Path) -> list[ModelEntry]:
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise NoInputError(f"the model catalogue {path} cannot be read: {error}") from error
    except ValueError as error:
        raise ModelError(f"the model catalogue {path} is not a TOML file: {error}") from error
    entries = document.pop("models", [])
    if document or not (isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries)):
        found = ", ".join(document) or "another kind of 'models'"
        raise ModelError(f"the model catalogue {path} must hold tables [[models]] and nothing else, got {found}")
    return [_entry(path, number, raw) for number, raw in enumerate(entries, start=1)]


def _entry(path: Path, number: int, raw: dict[str, Any]) -> ModelEntry:
    try:
        entry = ModelEntry.model_validate(raw)
    except ValidationError as error:
        name = raw.get("id", f"number {number}")
        faults = "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'entry'}: {fault['msg']}" for fault in error.errors())
        raise ModelError(f"{path}, model {name}: {faults}") from error
    files = tuple(_located(file, path.parent) for file in entry.files)
    return entry.model_copy(update={"files": files})


def _located(file: ModelFile, folder: Path) -> ModelFile:
    """The file with its path, where that is one on this machine, made absolute."""
    if file.path is None or file.package is not None:
        return file
    return file.model_copy(update={"path": str((folder / file.path).resolve())})
