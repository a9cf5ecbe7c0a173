"""The models of this machine: found, fetched, converted, and checked before each use."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from limen.errors import ModelError
from limen.models.catalogue import Catalogue, ModelEntry
from limen.models.conversion import convert, find_converted
from limen.models.progress import Progress, silent
from limen.models.sources import ModelStatus, SourceCheck, check_source
from limen.models.storage import locked


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A model that may be used: its entry, the digest of its sources, and an ONNX file for each network.

    The networks' names are those the importer gives (``embedding``; ``pnet``, ``rnet`` and ``onet``) or,
    where the files already were ONNX, the files' own names without their ending.
    """

    entry: ModelEntry
    digest: str
    onnx: dict[str, Path]


@dataclass(frozen=True, slots=True)
class FileCheck:
    """Whether one file, a source or what was made of it, is what it should be."""

    file: str
    ok: bool
    message: str


class ModelLibrary:
    """The models of ``catalogue``, with what is downloaded and converted kept in ``folder``.

    Every file is hashed before each use, and nothing is used whose digest differs. Sources are compared with
    the catalogue, converted files with the manifest of their conversion. A converted file that differs is an
    error: it is made anew when a person asks for it with ``pull``, never silently. Only files that another
    version of an importer made are replaced unasked.
    """

    def __init__(self, catalogue: Catalogue, folder: Path) -> None:
        self._catalogue, self._folder = catalogue, folder

    def networks(self, model_id: str) -> ModelFiles:
        """The checked files of a model, converted first where they never were.

        Several processes may ask at once.

        Raises:
            ModelError: the model is unknown, not there, or not what it should be.
            StoreError: it has to be converted and the folder cannot be written.
        """
        entry = self._catalogue.entry(model_id)
        sources = self._trusted_sources(entry)
        if entry.importer is None:
            return ModelFiles(entry, entry.digest, sources)
        onnx = find_converted(entry, self._converted(entry))
        if onnx is None:
            with self._lock(entry):
                onnx = find_converted(entry, self._converted(entry)) or convert(entry, sources, self._converted(entry))
        return ModelFiles(entry, entry.digest, onnx)

    def pull(self, model_id: str, progress: Progress = silent) -> ModelFiles:
        """Make a model ready: download and convert what is absent or damaged.

        Raises:
            ModelError: the model is unknown, or a file that Limen cannot fetch is absent or damaged.
            DownloadError: no mirror delivered.
            StoreError: the folder cannot be written.
        """
        entry = self._catalogue.entry(model_id)
        if any(check.status is not ModelStatus.READY for check in self._checks(entry)):
            with self._lock(entry):
                self._download(entry, progress)
        if entry.importer is not None and not self._conversion_check(entry).ok:
            sources = self._trusted_sources(entry)
            with self._lock(entry):
                convert(entry, sources, self._converted(entry))
        return self.networks(model_id)

    def verify(self, model_id: str) -> list[FileCheck]:
        """What is right and wrong with each file of a model.

        Raises:
            ModelError: the model is unknown.
        """
        entry = self._catalogue.entry(model_id)
        checks = [
            FileCheck(check.file.name, check.status is ModelStatus.READY, check.message)
            for check in self._checks(entry)
        ]
        return [*checks, self._conversion_check(entry)] if entry.importer is not None else checks

    def status(self, model_id: str) -> ModelStatus:
        """Whether ``networks`` would succeed, and if not, why.

        Raises:
            ModelError: the model is unknown.
        """
        entry = self._catalogue.entry(model_id)
        bad = [check.status for check in self._checks(entry) if check.status is not ModelStatus.READY]
        if entry.importer is not None and not self._conversion_check(entry).ok:
            bad.append(ModelStatus.DAMAGED)
        if ModelStatus.DAMAGED in bad:
            return ModelStatus.DAMAGED
        return bad[0] if bad else ModelStatus.READY

    def _checks(self, entry: ModelEntry) -> list[SourceCheck]:
        return [check_source(entry, file, self._downloads(entry)) for file in entry.files]

    def _trusted_sources(self, entry: ModelEntry) -> dict[str, Path]:
        sources: dict[str, Path] = {}
        for check in self._checks(entry):
            if check.status is not ModelStatus.READY or check.path is None:
                raise ModelError(check.message)
            sources[check.file.stem] = check.path
        return sources

    def _conversion_check(self, entry: ModelEntry) -> FileCheck:
        folder = self._converted(entry)
        try:
            found = find_converted(entry, folder)
        except ModelError as error:
            return FileCheck(folder.name, False, str(error))
        return FileCheck(folder.name, True, "as it was converted" if found else "will be converted when first used")

    def _download(self, entry: ModelEntry, progress: Progress) -> None:
        # Late: only those who download pay for importing what speaks HTTP.
        from limen.models.download import download

        for check in self._checks(entry):
            if check.status is ModelStatus.READY:
                continue
            if not check.file.urls or check.path is None:
                raise ModelError(check.message)
            download(check.file, check.path, progress)

    def _converted(self, entry: ModelEntry) -> Path:
        return self._folder / f"{entry.id}-{entry.digest[:16]}"

    def _downloads(self, entry: ModelEntry) -> Path:
        return self._folder / "downloads" / f"{entry.id}-{entry.digest[:16]}"

    def _lock(self, entry: ModelEntry) -> AbstractContextManager[None]:
        return locked(self._folder / f"{entry.id}.lock")
