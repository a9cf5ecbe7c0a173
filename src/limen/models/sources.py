"""Where a model's files lie on this machine, and whether they are what the catalogue says."""

from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path

from limen.models.catalogue import ModelEntry, ModelFile
from limen.models.digest import sha256_of


class ModelStatus(StrEnum):
    """Whether a model, or one of its files, can be used."""

    READY = "ready"
    NOT_DOWNLOADED = "not downloaded"
    PACKAGE_MISSING = "package missing"
    FILE_MISSING = "file missing"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class SourceCheck:
    """What was found of one file; ``path`` is ``None`` where nobody knows where it should lie."""

    file: ModelFile
    status: ModelStatus
    path: Path | None
    message: str


def check_source(entry: ModelEntry, file: ModelFile, downloads: Path) -> SourceCheck:
    """Find one file of ``entry``, where it is a download in ``downloads``, and compare its digest."""
    path, absent, remedy = _place(entry, file, downloads)
    if path is None or not path.is_file():
        return SourceCheck(file, absent, path, f"{entry.id}: {file.name} is absent ({absent}). {remedy}")
    try:
        digest = sha256_of(path)
    except OSError as error:
        return SourceCheck(file, ModelStatus.FILE_MISSING, path, f"{entry.id}: {path} cannot be read: {error}")
    if digest != file.sha256:
        said = f"{path} has sha256 {digest}, the catalogue says {file.sha256}; it is not used"
        return SourceCheck(file, ModelStatus.DAMAGED, path, f"{entry.id}: {said}. {remedy}")
    return SourceCheck(file, ModelStatus.READY, path, f"{path} is what the catalogue says")


def _place(entry: ModelEntry, file: ModelFile, downloads: Path) -> tuple[Path | None, ModelStatus, str]:
    """Where a file should lie, what its absence means, and what to do about it."""
    if file.package is not None and file.path is not None:
        pin = f"{file.package}=={file.version}"
        remedy = f"Install the package again: pip install --force-reinstall --no-deps {pin}"
        return _in_package(file.package, file.path), ModelStatus.PACKAGE_MISSING, remedy
    if file.path is not None:
        remedy = "Put the file back, or correct path and sha256 in the catalogue that names it"
        return Path(file.path), ModelStatus.FILE_MISSING, remedy
    return downloads / file.name, ModelStatus.NOT_DOWNLOADED, f"Run: limen models pull {entry.id}"


def _in_package(package: str, path: str) -> Path | None:
    """The file in an installed package, found without importing it: its code may fail, or do anything."""
    spec = find_spec(package)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    places = [Path(folder) / path for folder in folders]
    return next((place for place in places if place.is_file()), None)
