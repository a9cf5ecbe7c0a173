"""The study on made photos, with an engine that needs no networks, so that each number can be counted by hand."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from limen.camera.photo import people_in
from limen.embedding.fake import FakeEmbedder
from limen.engine import Engine
from limen.errors import BadDataError, ConfigError, NoInputError
from limen.evaluation.changes import Change
from limen.evaluation.metrics import Proportion
from limen.evaluation.photos import PhotoWork, find_and_embed, on_engines
from limen.evaluation.robustness import Probe, choose_probes, study_robustness
from limen.matching.thresholds import Thresholds
from limen.models.catalogue import Preset
from limen.types import Box, Face, Image

FACE = Face(Box(16, 16, 48, 48), 0.99, np.array([[25, 25], [39, 25], [32, 32], [27, 40], [37, 40]], np.float32))
COLOURS = {"Anna": (250, 20, 20), "Ben": (20, 250, 20), "Cara": (20, 20, 250)}
THRESHOLDS = Thresholds((Preset(fmr=0.01, similarity=0.9), Preset(fmr=0.1, similarity=0.5)))


class DarkIsEmpty:
    """Finds a face in every picture that is not black."""

    def detect(self, image: Image, min_face_px: float) -> list[Face]:
        return [FACE] if image.mean() > 10 and min_face_px <= 32 else []


def no_red(image: Image, face: Face, strength: float) -> Image:
    changed = image.copy()
    changed[:, :, 0] = 0
    return changed


CHANGES = (
    Change("keep", "Kept", "", (1,), 0, lambda image, face, strength: image),
    Change("no_red", "No red", "", (1,), 0, no_red),
    Change("fade", "Fades", "", (0.0, 1.0), None, lambda image, face, s: np.asarray(image * s, np.uint8)),
    Change("red_only", "Red", "", (1,), None, lambda image, face, s: image if image[0, 0, 0] > 128 else None),
    Change("never", "Never", "", (1, 2), None, lambda image, face, s: None),
)


def work(engines: int = 2, thresholds: Thresholds = THRESHOLDS) -> PhotoWork:
    return PhotoWork([Engine(DarkIsEmpty(), FakeEmbedder(), thresholds) for _ in range(engines)], min_face_px=20)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Three people; Anna and Ben have two photos, Cara has one; a black one shows nobody."""
    rng = np.random.default_rng(0)
    for name, colour in COLOURS.items():
        for index in range(1 if name == "Cara" else 2):
            pixels = np.clip(np.array(colour) + rng.integers(-8, 8, (64, 64, 3)), 0, 255).astype(np.uint8)
            Pillow.fromarray(pixels).save(tmp_path / f"{name}_{index}.png")
    Pillow.new("RGB", (64, 64)).save(tmp_path / "Nobody_1.png")
    return tmp_path


def test_each_number_is_what_the_photos_give(images: Path) -> None:
    steps: list[None] = []
    probes = choose_probes(people_in(images), 4)
    report = study_robustness(probes, work(), 0.01, lambda: steps.append(None), CHANGES)
    assert len(steps) == 4
    assert (report.photos, report.people, report.with_other, report.threshold) == (3, 3, 2, 0.9)
    assert [photo.name for photo in report.missed] == ["Nobody_1.png"]
    keep, red_less, fade, red_only, never = report.changes
    assert report.unchanged.same is not None
    assert report.unchanged.same.median == pytest.approx(1)
    assert report.unchanged.other == keep.effects[0].other
    engine = work().engines[0]
    by_name = {path.name: np.asarray(Pillow.open(path)) for path in images.iterdir()}

    def embedding(image: Image) -> object:
        found = find_and_embed(image, engine, 20)
        assert found is not None
        return found[1].vector

    def alike(a: Image, b: Image) -> float:
        return float(np.dot(embedding(a), embedding(b)))  # type: ignore[arg-type] # both are vectors

    expected_same = [
        alike(no_red(one, FACE, 1), one) for one in map(by_name.get, ("Anna_0.png", "Ben_0.png", "Cara_0.png"))
    ]  # type: ignore[arg-type] # they are there
    expected_other = [
        alike(no_red(by_name[f"{name}_0.png"], FACE, 1), by_name[f"{name}_1.png"]) for name in ("Anna", "Ben")
    ]
    (effect,) = red_less.effects
    assert effect.same is not None
    assert effect.other is not None
    assert effect.same.median == pytest.approx(float(np.median(expected_same)), abs=1e-6)
    assert effect.same.below == Proportion(sum(one < 0.9 for one in expected_same), 3)
    assert effect.same.below.count == 1, "only Anna is red"
    assert effect.other.median == pytest.approx(float(np.median(expected_other)), abs=1e-6)
    assert effect.other.below == Proportion(1, 2)
    assert [(one.strength, one.failures_to_acquire) for one in fade.effects] == [
        (0.0, Proportion(3, 3)),
        (1.0, Proportion(0, 3)),
    ]
    assert (fade.effects[0].same, fade.effects[0].other) == (None, None)
    assert red_only.effects[0].failures_to_acquire.total == 1
    assert never.effects == ()


def test_the_number_of_engines_changes_nothing(images: Path) -> None:
    probes = choose_probes(people_in(images), 4)
    one, several = (study_robustness(probes, work(count), 0.01, changes=CHANGES[:2]) for count in (1, 3))
    assert one.changes == several.changes
    assert one.missed == several.missed


def test_one_photo_of_one_person_is_enough_for_itself(images: Path) -> None:
    report = study_robustness([Probe("Cara", images / "Cara_0.png", None)], work(), 0.01, changes=CHANGES[:1])
    assert (report.photos, report.with_other) == (1, 0)
    assert report.changes[0].effects[0].other is None
    assert report.changes[0].effects[0].same is not None


def test_another_photo_without_a_face_is_not_compared_with(images: Path) -> None:
    probe = Probe("Cara", images / "Cara_0.png", images / "Nobody_1.png")
    assert study_robustness([probe], work(), 0.01, changes=CHANGES[:1]).with_other == 0


def test_nothing_but_photos_without_a_face_is_told(images: Path) -> None:
    with pytest.raises(BadDataError, match="no face was found in any of the 1 photos"):
        study_robustness([Probe("Nobody", images / "Nobody_1.png", None)], work(), 0.01)


def test_a_photo_that_is_gone_is_told(images: Path) -> None:
    with pytest.raises(NoInputError, match=r"gone\.png"):
        study_robustness([Probe("Cara", images / "gone.png", None)], work(), 0.01)


def test_a_model_without_thresholds_is_told_before_the_work_begins(images: Path) -> None:
    with pytest.raises(ConfigError, match="no thresholds"):
        study_robustness([Probe("Cara", images / "gone.png", None)], work(thresholds=Thresholds(())), 0.01)


def test_each_item_has_an_engine_to_itself_and_the_first_error_ends_all() -> None:
    steps: list[None] = []
    assert on_engines(range(20), work(3), lambda engine, item: item * item, lambda: steps.append(None)) == {
        item: item * item for item in range(20)
    }
    assert len(steps) == 20
    with pytest.raises(ZeroDivisionError):
        on_engines([1, 0], work(1), lambda engine, item: 1 / item, lambda: None)
