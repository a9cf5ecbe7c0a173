"""Joins ports and drivers: this file those that see and remember, ``build_door`` those of a door, and no other."""

from pathlib import Path

import cv2

from limen.config import Settings
from limen.embedding.onnx import OnnxEmbedder
from limen.engine import Engine
from limen.errors import ConfigError, ModelError, TemplateError
from limen.faces.base import Detector
from limen.faces.mtcnn import MtcnnDetector, MtcnnNetworks
from limen.faces.yunet import YuNetDetector
from limen.matching.base import Method
from limen.matching.calibration import Calibration, file_name, load_calibration, shipped_calibration
from limen.matching.exact import ExactGallery
from limen.matching.match import MatchPolicy
from limen.matching.thresholds import Thresholds
from limen.models.catalogue import Task, load_catalogue
from limen.models.layers import NetworkLayers
from limen.models.library import ModelFiles, ModelLibrary
from limen.models.session import OnnxNetwork
from limen.store import Store
from limen.types import ModelKey, Template


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


def match_policy(settings: Settings, engine: Engine, method: Method = Method.NEAREST) -> MatchPolicy:
    """How alike is alike enough."""
    matching = settings.matching
    return MatchPolicy(engine.thresholds, matching.fmr, matching.fpir, matching.margin, method)


def build_gallery(store: Store, engine: Engine) -> ExactGallery:
    """Everybody who may be found.

    Raises:
        TemplateError: there are people, but all of their templates were made by other models.
    """
    return gallery_of(store.templates.load(engine.model), store, engine)


def gallery_of(templates: list[Template], store: Store | None, engine: Engine) -> ExactGallery:
    """These templates as a gallery; with ``store``, none must not mean that all of them are another model's.

    Raises:
        TemplateError: it does.
    """
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
