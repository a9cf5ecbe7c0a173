"""Joins ports and drivers: the only file that names drivers."""

import os
from collections.abc import Callable
from pathlib import Path

import cv2

from limen.camera.capture import Capture
from limen.camera.clock import SYSTEM_CLOCK, Clock
from limen.camera.sources import open_source
from limen.config import Settings
from limen.door.runtime import Door, DoorParts, DoorWatcher, FrameClock
from limen.door.visit import Visits
from limen.embedding.onnx import OnnxEmbedder
from limen.engine import Engine
from limen.errors import ConfigError, ModelError, TemplateError
from limen.faces.base import Detector
from limen.faces.mtcnn import MtcnnDetector, MtcnnNetworks
from limen.faces.yunet import YuNetDetector
from limen.locks.base import Lock
from limen.locks.simulator import SimulatedLock
from limen.matching.base import Method
from limen.matching.calibration import Calibration, file_name, load_calibration, shipped_calibration
from limen.matching.exact import ExactGallery
from limen.matching.match import MatchPolicy
from limen.matching.thresholds import Thresholds
from limen.models.catalogue import Task, load_catalogue
from limen.models.layers import NetworkLayers
from limen.models.library import ModelFiles, ModelLibrary
from limen.models.session import OnnxNetwork
from limen.store import Store, open_store
from limen.types import ModelKey, Person, PersonId, Template

LOCK_DRIVERS = ("simulator",)


def build_library(settings: Settings) -> ModelLibrary:
    """The models of this installation."""
    return ModelLibrary(load_catalogue(settings.models.catalogues), settings.data_dir / "models")


def build_engine(settings: Settings, *, calibrated: bool = True) -> Engine:
    """The detector and embedder that the settings name, with the thresholds of their calibration.

    Without ``calibrated`` the thresholds are the catalogue's: for those who are about to calibrate.

    Raises:
        BadDataError: the calibration cannot be used.
        ModelError: a model is not there, is not what it should be, or is for another task.
    """
    # OpenCV's own threads would fight with the networks' for the same cores.
    cv2.setNumThreads(settings.models.threads)
    library, threads = build_library(settings), settings.models.threads
    files = _files(library, settings.models.embedding, Task.EMBEDDING)
    embedder = OnnxEmbedder(OnnxNetwork(_only(files), threads), files.entry, mirrored=settings.models.mirrored)
    detector = _detector(_files(library, settings.models.detection, Task.DETECTION), threads)
    calibration = build_calibration(settings, embedder.model) if calibrated else None
    return Engine(detector, embedder, calibration.thresholds if calibration else Thresholds(files.entry.presets))


def build_layers(settings: Settings) -> NetworkLayers:
    """The layers of the embedding network that the settings name; faces are looked at as they are, not mirrored.

    Raises:
        ModelError: as for ``build_engine``.
    """
    threads = settings.models.threads
    files = _files(build_library(settings), settings.models.embedding, Task.EMBEDDING)
    embedder = OnnxEmbedder(OnnxNetwork(_only(files), threads), files.entry, mirrored=False)
    return NetworkLayers(_only(files), threads, embedder.batch)


def build_calibration(settings: Settings, model: ModelKey) -> Calibration | None:
    """The calibration of ``model`` that was made here, else the one that comes with Limen, else ``None``.

    Raises:
        BadDataError: the file is no calibration of this model.
        NoInputError: it cannot be read.
    """
    own = calibration_file(settings, model)
    return load_calibration(own, model) if own.exists() else shipped_calibration(model)


def calibration_file(settings: Settings, model: ModelKey) -> Path:
    """Where the calibration of ``model`` that was made here lies, if there is one."""
    return settings.data_dir / "calibrations" / file_name(model)


def build_store(settings: Settings, *, create: bool = True) -> Store:
    """The people, templates and events of this installation."""
    return open_store(settings.data_dir, environment=os.environ, create=create)


def match_policy(settings: Settings, engine: Engine, method: Method = Method.NEAREST) -> MatchPolicy:
    """How alike is alike enough."""
    matching = settings.matching
    return MatchPolicy(engine.thresholds, matching.fmr, matching.fpir, matching.margin, method)


def build_gallery(store: Store, engine: Engine) -> ExactGallery:
    """Everybody who may be found.

    Raises:
        TemplateError: there are people, but all of their templates were made by other models.
    """
    return _gallery(store.templates.load(engine.model), store, engine)


def build_door(
    settings: Settings, name: str, lock_driver: str, *, fast: bool, watcher: DoorWatcher, parts: tuple[Engine, Store]
) -> Door:
    """A door with its lock locked."""
    engine, store = parts
    clock: Clock = FrameClock(SYSTEM_CLOCK) if fast else SYSTEM_CLOCK
    lock = build_lock(lock_driver, clock.monotonic_s)
    roster = StoreRoster(store, engine)
    visits = Visits(engine, roster.gallery, match_policy(settings, engine), settings.door)
    return Door(DoorParts(name, visits, roster, lock, store.events, settings.door), clock, watcher)


def build_lock(driver: str, now_s: Callable[[], float]) -> Lock:
    """A lock by the name of its driver.

    Raises:
        ConfigError: there is no such driver.
    """
    if driver == "simulator":
        return SimulatedLock(now_s)
    raise ConfigError(f"no lock driver is called {driver!r}; there are: {', '.join(LOCK_DRIVERS)}")


def open_capture(camera: str, settings: Settings, *, fast: bool) -> Capture:
    """The camera or film that ``camera`` names."""
    return Capture(open_source(camera), fast=fast, freeze_s=settings.door.freeze_s)


class StoreRoster:
    """The people of a store; read again only where something changed."""

    def __init__(self, store: Store, engine: Engine) -> None:
        self._store, self._engine = store, engine
        self._revision = store.revision()
        self.gallery = build_gallery(store, engine)
        self._people = self._named()

    def refresh(self, visits: Visits) -> None:
        """Give ``visits`` the newest gallery, where people or templates changed."""
        revision = self._store.revision()
        if revision == self._revision:
            return
        self.gallery = visits.gallery = _gallery(self._store.templates.load(self._engine.model), None, self._engine)
        self._people, self._revision = self._named(), revision

    def name(self, person: PersonId) -> str:
        """The person's name; the id of somebody who was deleted a moment ago."""
        return self._people[person].name if person in self._people else person

    def _named(self) -> dict[PersonId, Person]:
        return {person.id: person for person in self._store.people.all()}


def _gallery(templates: list[Template], store: Store | None, engine: Engine) -> ExactGallery:
    if not templates and store is not None and (others := store.templates.models()):
        made_by = ", ".join(str(model) for model in others)
        raise TemplateError(
            f"everybody is enrolled with another model ({made_by}) than the one in use ({engine.model}): enrol them "
            "again (limen enrol), or go back to that model (limen models use)"
        )
    return ExactGallery(templates, engine.model, engine.measure)


def _files(library: ModelLibrary, model_id: str, task: Task) -> ModelFiles:
    files = library.networks(model_id)
    if files.entry.task is not task:
        raise ConfigError(
            f"model {model_id} is for {files.entry.task}, one for {task} was expected (limen models list)"
        )
    return files


def _detector(files: ModelFiles, threads: int) -> Detector:
    if files.entry.importer == "mtcnn":
        networks = {name: OnnxNetwork(path, threads) for name, path in files.onnx.items()}
        return MtcnnDetector(MtcnnNetworks(networks["pnet"], networks["rnet"], networks["onet"]))
    return YuNetDetector(_only(files))


def _only(files: ModelFiles) -> Path:
    """The one network of a model.

    Raises:
        ModelError: the model has several.
    """
    if len(files.onnx) != 1:
        raise ModelError(f"model {files.entry.id} has {len(files.onnx)} files, one was expected: correct its entry")
    return next(iter(files.onnx.values()))
