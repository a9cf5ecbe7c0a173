"""The protocol on made photos, with an engine that needs no networks."""

import threading
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from limen.embedding.fake import FakeEmbedder
from limen.engine import Engine
from limen.errors import BadDataError, ImageError, ModelError, NoInputError
from limen.evaluation.metrics import Proportion
from limen.evaluation.pairs import PairList, read_pairs
from limen.evaluation.photos import PhotoWork, embed_photos
from limen.evaluation.verification import cross_validated, evaluate_pairs
from limen.matching.thresholds import Thresholds
from limen.types import Box, Embedding, Face, Image

FACE = Face(Box(16, 16, 48, 48), 0.99, np.array([[25, 25], [39, 25], [32, 32], [27, 40], [37, 40]], np.float32))
COLOURS = {"Anna": (250, 20, 20), "Ben": (20, 250, 20), "Cara": (20, 20, 250), "Dora": (250, 250, 20)}


class DarkIsEmpty:
    """Finds a face in every picture that is not black; refuses two callers at a time."""

    def __init__(self, pause_s: float = 0.0, meeting: threading.Barrier | None = None) -> None:
        self.calls, self._busy = 0, threading.Lock()
        self._pause_s, self._meeting = pause_s, meeting

    def detect(self, image: Image, min_face_px: float) -> list[Face]:
        assert self._busy.acquire(blocking=False), "an engine was shared between threads"
        try:
            self.calls += 1
            if self._meeting:
                self._meeting.wait(timeout=10)
            time.sleep(self._pause_s)
            return [FACE] if image.mean() > 10 and min_face_px <= 32 else []
        finally:
            self._busy.release()


def work(*detectors: DarkIsEmpty) -> PhotoWork:
    engines = [Engine(one, FakeEmbedder(), Thresholds(())) for one in detectors or (DarkIsEmpty(),)]
    return PhotoWork(engines, min_face_px=20)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Four people with four photos each, every person of one colour."""
    rng = np.random.default_rng(0)
    for name, colour in COLOURS.items():
        (tmp_path / name).mkdir()
        for index in range(1, 5):
            pixels = np.clip(np.array(colour) + rng.integers(-8, 8, (64, 64, 3)), 0, 255).astype(np.uint8)
            Pillow.fromarray(pixels).save(tmp_path / name / f"{name}_{index:04d}.jpg")
    return tmp_path


def listed(folder: Path, *lines: str) -> PairList:
    (folder / "pairs.txt").write_text("\n".join(lines))
    return read_pairs(folder / "pairs.txt")


FOLD = ("Anna 1 2", "Ben 1 2", "Anna 1 Ben 1", "Anna 2 Cara 1")
# Equal folds have equal thresholds: what is lost is lost for another reason than a threshold of other photos.
GOOD = ("2 2", *FOLD, *FOLD)


def test_people_of_different_colours_are_told_apart(images: Path) -> None:
    steps: list[None] = []
    pairs = listed(images, *GOOD)
    report = evaluate_pairs(pairs, images, work(), lambda: steps.append(None))
    assert report.fold_accuracies == (1.0, 1.0)
    assert (report.accuracy_mean, report.accuracy_std) == (1.0, 0.0)
    assert report.right == Proportion(8, 8)
    assert (report.auc, report.eer, report.genuine) == (1.0, 0.0, 4)
    assert report.tar_at_fmr == {1e-2: None, 1e-3: None}
    assert report.failures_to_acquire == Proportion(0, len(pairs.photos))
    assert len(steps) == len(pairs.photos)
    assert report.model == "fake:1"


def test_a_photo_without_a_face_is_never_matched(images: Path) -> None:
    Pillow.new("RGB", (64, 64)).save(images / "Anna" / "Anna_0002.jpg")
    report = evaluate_pairs(listed(images, *GOOD), images, work())
    # The genuine pair with that photo is lost; the impostor pair with it is judged rightly.
    assert report.right == Proportion(6, 8)
    assert report.fold_accuracies == (0.75, 0.75)
    assert report.failures_to_acquire.count == 1


def test_the_threshold_comes_from_the_other_folds() -> None:
    similarities = np.array([0.9, 0.8, 0.1, 0.2, 0.5, 0.4, 0.3, 0.2])
    same = np.array([True, True, False, False] * 2)
    accuracies, right = cross_validated(similarities, same, np.array([0] * 4 + [1] * 4))
    # Fold 0 at fold 1's threshold 0.4: all right. Fold 1 at fold 0's threshold 0.8: both of its genuine pairs are lost.
    assert accuracies == (1.0, 0.5)
    assert right == Proportion(6, 8)


def test_engines_work_at_the_same_time_and_none_is_shared(images: Path) -> None:
    meeting = threading.Barrier(2)
    detectors = DarkIsEmpty(meeting=meeting), DarkIsEmpty(meeting=meeting)
    photos = sorted(images.glob("*/*.jpg"))
    found = embed_photos(photos, work(*detectors), lambda: None)
    assert set(found) == set(photos)
    assert [one.calls for one in detectors] == [8, 8]


def test_one_fold_is_not_enough(images: Path) -> None:
    with pytest.raises(BadDataError, match="one fold"):
        evaluate_pairs(listed(images, "1", "Anna 1 2", "Anna 1 Ben 1"), images, work())


def test_photos_that_are_missing(images: Path) -> None:
    (images / "Ben" / "Ben_0002.jpg").unlink()
    with pytest.raises(NoInputError, match=r"1 of the 5 photos .*Ben_0002\.jpg"):
        evaluate_pairs(listed(images, *GOOD), images, work())


def test_a_folder_that_is_missing(images: Path) -> None:
    with pytest.raises(NoInputError, match="is not a folder"):
        evaluate_pairs(listed(images, *GOOD), images / "absent", work())


def test_no_face_at_all(images: Path) -> None:
    for photo in images.glob("*/*.jpg"):
        Pillow.new("RGB", (64, 64)).save(photo)
    with pytest.raises(BadDataError, match="no face was found in any of the 5 photos"):
        evaluate_pairs(listed(images, *GOOD), images, work())


def test_a_broken_photo_ends_it_at_once(images: Path) -> None:
    photos = sorted(images.glob("*/*.jpg"))
    photos[0].write_bytes(photos[0].read_bytes()[:300])
    detector = DarkIsEmpty(pause_s=0.05)
    with pytest.raises(ImageError, match=r"Anna_0001\.jpg is broken"):
        embed_photos(photos, work(detector), lambda: None)
    assert detector.calls < 8


class NotANumber(FakeEmbedder):
    """A network that is broken."""

    def embed(self, crops: Sequence[Image]) -> list[Embedding]:
        return [Embedding(np.full(12, np.nan, np.float32), self.model) for _ in crops]


def test_a_network_that_gives_no_numbers(images: Path) -> None:
    broken = PhotoWork([Engine(DarkIsEmpty(), NotANumber(), Thresholds(()))], 20)
    with pytest.raises(ModelError, match=r"\.jpg: the networks gave nothing usable"):
        evaluate_pairs(listed(images, *GOOD), images, broken)
