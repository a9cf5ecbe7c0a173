"""What the pipelines do with what they find, and what is said where an extra is absent."""

import sys
from collections.abc import Sequence

import numpy as np
import pytest

from limen.embedding.fake import FakeEmbedder
from limen.engine import Engine
from limen.errors import NoInputError, UnavailableError
from limen.evaluation.frame import sample_photo
from limen.evaluation.pipelines import DlibPipeline, LimenPipeline, QualityPipeline
from limen.evaluation.timing import Laps
from limen.faces.fake import FakeDetector
from limen.matching.thresholds import Thresholds
from limen.types import Box, Embedding, Face, Image

FRAME = np.random.default_rng(0).integers(0, 255, (96, 96, 3), np.uint8)
POINTS = np.array([[25, 25], [39, 25], [32, 32], [27, 40], [37, 40]], np.float32)
SURE, DOUBTFUL = Face(Box(16, 16, 48, 48), 0.99, POINTS), Face(Box(20, 20, 60, 60), 0.6, POINTS + 8)


class CountingEmbedder(FakeEmbedder):
    """Knows how many crops it was given."""

    crops = 0

    def embed(self, crops: Sequence[Image]) -> list[Embedding]:
        self.crops += len(crops)
        return super().embed(crops)


def engine(embedder: FakeEmbedder, *faces: Face) -> Engine:
    return Engine(FakeDetector(list(faces)), embedder, Thresholds(()))


@pytest.mark.parametrize(("faces", "embedded"), [((DOUBTFUL, SURE), 1), ((SURE,), 1), ((), 0)])
def test_one_face_is_embedded_whatever_else_is_found(faces: tuple[Face, ...], embedded: int) -> None:
    embedder, laps = CountingEmbedder(), Laps()
    assert LimenPipeline(engine(embedder, *faces), 20).run(FRAME, laps) == len(faces)
    assert embedder.crops == embedded
    assert list(laps.stages_ms) == ["detect", "align", "embed"]


def test_the_door_size_is_asked_of_the_detector() -> None:
    embedder = CountingEmbedder()
    assert LimenPipeline(engine(embedder, SURE, DOUBTFUL), 36).run(FRAME, Laps()) == 1


def test_quality_is_timed_by_itself() -> None:
    laps = Laps()
    assert QualityPipeline(engine(CountingEmbedder(), SURE, DOUBTFUL), FRAME, 20).run(FRAME, laps) == 1
    assert list(laps.stages_ms) == ["quality"]


def test_without_dlib_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dlib", None)
    with pytest.raises(UnavailableError, match=r"pip install 'limen\[bench\]'.*--no-peer"):
        DlibPipeline()


def test_without_a_sample_photo_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "skimage", None)
    with pytest.raises(NoInputError, match=r"--image.*pip install 'limen\[demo\]'"):
        sample_photo()
