from typing import Any

import numpy as np
import pytest

from limen.embedding.onnx import OnnxEmbedder
from limen.errors import ModelError
from limen.models.catalogue import ModelEntry
from limen.types import Measure, Size

Array = np.ndarray
POINTS = ((2.0, 2.0), (6.0, 2.0), (4.0, 4.0), (2.0, 6.0), (6.0, 6.0))
ENTRY: dict[str, Any] = {
    "id": "network",
    "task": "embedding",
    "licence": "none",
    "source": "https://example.org",
    "input": {"colour": "rgb", "width": 8, "height": 6, "mean": (10, 20, 30), "scale": 0.5, "alignment": POINTS},
    "output": {"length": 3, "measure": "cosine"},
    "accuracy": {"result": "unknown", "reference": "none"},
    "files": ({"name": "network.onnx", "sha256": "a" * 64, "path": "network.onnx"},),
}


def entry(**changes: object) -> ModelEntry:
    """The entry with some of its parts, or of the keys in its input or output, changed."""
    values: dict[str, Any] = {**ENTRY, "input": dict(ENTRY["input"]), "output": dict(ENTRY["output"])}
    for name, value in changes.items():
        part, _, key = name.partition("__")
        if key:
            values[part][key] = value
        else:
            values[part] = value
    return ModelEntry.model_validate(values)


class Recorder:
    """Gives each sample the mean of each of its planes, and keeps what it was fed."""

    def __init__(self, length: int = 3) -> None:
        self.length = length
        self.batches: list[Array] = []

    def run(self, batch: Array) -> list[Array]:
        self.batches.append(batch.copy())
        return [batch.mean(axis=(2, 3))[:, : self.length]]


def crop(seed: int = 0) -> Array:
    return np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)


def test_says_what_its_entry_says() -> None:
    embedder = OnnxEmbedder(Recorder(), entry(), mirrored=True)
    assert embedder.size == Size(8, 6)
    assert embedder.measure is Measure.COSINE
    np.testing.assert_array_equal(embedder.alignment, np.array(POINTS, np.float32))


@pytest.mark.parametrize(("colour", "order"), [("rgb", [0, 1, 2]), ("bgr", [2, 1, 0])])
def test_feeds_pixels_as_the_entry_says(colour: str, order: list[int]) -> None:
    network = Recorder()
    OnnxEmbedder(network, entry(input__colour=colour), mirrored=False).embed([crop()])
    expected = (crop()[..., order].astype(np.float32) - np.array([10, 20, 30], np.float32)) * 0.5
    (batch,) = network.batches
    assert batch.dtype == np.float32
    assert batch.flags.c_contiguous
    np.testing.assert_allclose(batch, expected.transpose(2, 0, 1)[None])


def test_the_mirrored_crop_is_averaged_in() -> None:
    class LeftColumn(Recorder):
        def run(self, batch: Array) -> list[Array]:
            super().run(batch)
            return [batch[:, :, :, 0].mean(axis=2)]

    network = LeftColumn()
    embedder = OnnxEmbedder(network, entry(output__measure="euclidean"), mirrored=True)
    first, second = embedder.embed([crop(1), crop(2)])
    assert network.batches[0].shape == (4, 3, 6, 8)
    np.testing.assert_array_equal(network.batches[0][1], network.batches[0][0][:, :, ::-1])
    for seed, embedding in ((1, first), (2, second)):
        sides = (crop(seed)[:, [0, -1]].astype(np.float32) - np.array([10, 20, 30], np.float32)) * 0.5
        np.testing.assert_allclose(embedding.vector, sides.mean(axis=(0, 1)), rtol=1e-5)


def test_cosine_embeddings_have_length_one_and_others_keep_theirs() -> None:
    (unit,) = OnnxEmbedder(Recorder(), entry(), mirrored=False).embed([crop()])
    (raw,) = OnnxEmbedder(Recorder(), entry(output__measure="euclidean"), mirrored=False).embed([crop()])
    assert np.linalg.norm(unit.vector) == pytest.approx(1)
    assert np.linalg.norm(raw.vector) > 2
    np.testing.assert_allclose(unit.vector * np.linalg.norm(raw.vector), raw.vector, rtol=1e-5)


def test_several_faces_run_at_once_and_none_not_at_all() -> None:
    network = Recorder()
    embedder = OnnxEmbedder(network, entry(), mirrored=False)
    assert embedder.embed([]) == []
    assert network.batches == []
    together = embedder.embed([crop(1), crop(2)])
    alone = [embedder.embed([crop(seed)])[0] for seed in (1, 2)]
    assert len(network.batches) == 3
    for a, b in zip(together, alone, strict=True):
        np.testing.assert_allclose(a.vector, b.vector, rtol=1e-6)


def test_a_crop_of_another_size_is_refused() -> None:
    embedder = OnnxEmbedder(Recorder(), entry(), mirrored=False)
    with pytest.raises(ValueError, match=r"\(6, 8, 3\) were expected, got \(8, 6, 3\)"):
        embedder.embed([crop(), np.zeros((8, 6, 3), np.uint8)])


def test_a_network_that_gives_another_length_is_refused() -> None:
    with pytest.raises(ModelError, match=r"gave \(1, 2\); one output of 3"):
        OnnxEmbedder(Recorder(length=2), entry(), mirrored=False).embed([crop()])


def test_a_network_that_gives_no_numbers_gives_no_embedding() -> None:
    class Broken:
        def run(self, batch: Array) -> list[Array]:
            return [np.full((len(batch), 3), np.nan, np.float32)]

    with pytest.raises(ModelError, match="numbers that are none"):
        OnnxEmbedder(Broken(), entry(), mirrored=False).embed([crop()])


def test_a_model_for_something_else_is_refused() -> None:
    liveness = entry(task="liveness", input__crop=2.7, output__live_index=1, output__measure=None)
    with pytest.raises(ModelError, match="an embedding network was expected"):
        OnnxEmbedder(Recorder(), liveness, mirrored=False)


def key(*, mirrored: bool = True, **changes: object) -> str:
    return OnnxEmbedder(Recorder(), entry(**changes), mirrored=mirrored).model


def test_the_key_is_that_of_equal_weights_and_preprocessing() -> None:
    assert key() == key()
    assert key().startswith("network:")
    assert key() == key(presets=({"fmr": 0.1, "similarity": 0.5},), licence="another")


@pytest.mark.parametrize(
    "change",
    [
        {"input__colour": "bgr"},
        {"input__scale": 0.25},
        {"input__mean": (10, 20, 31)},
        {"input__alignment": ((2.0, 2.5), *POINTS[1:])},
        {"output__measure": "euclidean"},
        {"mirrored": False},
        {"files": ({"name": "network.onnx", "sha256": "b" * 64, "path": "network.onnx"},)},
        {"id": "another"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_key_is_another_where_embeddings_come_out_otherwise(change: dict[str, object]) -> None:
    assert key(**change) != key()  # type: ignore[arg-type] # mirrored is a bool
