"""Foreign weights to ONNX files, with a manifest of their digests that is checked on every later use.

The manifest guards against broken disks, half-written files and edits in place. It is no signature: whoever may
write in the folder can write files and manifest alike.
"""

import hashlib
import shutil
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from limen.errors import ModelError
from limen.models.catalogue import FileName, ModelEntry, Sha256
from limen.models.digest import sha256_of
from limen.models.storage import replace_folder, sync_folder, write_durably, writing

_IMPORTERS = Path(__file__).parent / "importers"
_MANIFEST = "manifest.json"


class Manifest(BaseModel):
    """What a conversion wrote: digests of the ONNX files by name, and the importer that made them.

    ``importer_version`` is a digest of the importer's code: after a change to it the files are made anew.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    importer: str
    importer_version: Sha256
    files: Annotated[dict[FileName, Sha256], Field(min_length=1)]


def find_converted(entry: ModelEntry, folder: Path) -> dict[str, Path] | None:
    """The ONNX files of ``entry`` in ``folder`` by network; ``None`` where this importer has yet to make them.

    Raises:
        ModelError: a file or the manifest is absent, broken or changed.
    """
    if not folder.is_dir():
        return None
    manifest = _manifest(entry, folder)
    if (manifest.importer, manifest.importer_version) != (entry.importer, _version(entry)):
        return None
    for name, digest in manifest.files.items():
        _check(entry, folder / name, digest)
    return {Path(name).stem: folder / name for name in manifest.files}


def convert(entry: ModelEntry, sources: dict[str, Path], folder: Path) -> dict[str, Path]:
    """Make the ONNX files of ``entry`` from its checked ``sources``: all come into ``folder``, or none.

    For one process at a time.

    Raises:
        ModelError: the sources are not what the importer expects.
        StoreError: the folder cannot be written.
    """
    graphs = _import(entry, sources)
    new = folder.with_name(f".{folder.name}.new")
    with writing(folder.parent):
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir()
        for name, graph in graphs.items():
            write_durably(new / f"{name}.onnx", graph)
        files = {f"{name}.onnx": sha256_of(new / f"{name}.onnx") for name in graphs}
        manifest = Manifest(importer=str(entry.importer), importer_version=_version(entry), files=files)
        write_durably(new / _MANIFEST, manifest.model_dump_json(indent=2).encode())
        sync_folder(new)
        replace_folder(new, folder)
    return {name: folder / f"{name}.onnx" for name in graphs}


def _import(entry: ModelEntry, sources: dict[str, Path]) -> dict[str, bytes]:
    """Each network as the bytes of an ONNX file."""
    # Late: onnx and joblib take longer to import than all else, and are needed once in the life of a model.
    importer: Any = import_module(f"limen.models.importers.{_module(entry)}")
    try:
        graphs = importer.to_onnx(sources)
    except ModelError:
        raise
    except (LookupError, TypeError, ValueError, OSError) as error:
        raise ModelError(
            f"{entry.id}: its files are not what the importer {entry.importer} expects: {error}"
        ) from error
    return {name: cast(bytes, graph.SerializeToString()) for name, graph in graphs.items()}


def _module(entry: ModelEntry) -> str:
    return str(entry.importer).replace("-", "_")


def _version(entry: ModelEntry) -> str:
    digests = [sha256_of(_IMPORTERS / f"{name}.py") for name in (_module(entry), "graph")]
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


def _manifest(entry: ModelEntry, folder: Path) -> Manifest:
    path = folder / _MANIFEST
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise ModelError(f"{entry.id}: {path} cannot be read or is broken. {_remedy(entry)}") from error


def _check(entry: ModelEntry, path: Path, expected: str) -> None:
    try:
        digest = sha256_of(path)
    except OSError as error:
        raise ModelError(f"{entry.id}: the converted file {path} cannot be read: {error}. {_remedy(entry)}") from error
    if digest != expected:
        raise ModelError(
            f"{entry.id}: the converted file {path} has sha256 {digest}, {expected} was written; it is not "
            f"used. {_remedy(entry)}"
        )


def _remedy(entry: ModelEntry) -> str:
    return f"Make it anew: limen models pull {entry.id}"
