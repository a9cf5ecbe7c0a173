import numpy as np
import pytest

from limen.embedding.fake import FakeEmbedder
from limen.types import Measure, ModelKey


def plain(colour: tuple[int, int, int]) -> np.ndarray:
    return np.full((16, 16, 3), colour, np.uint8)


def test_alike_pictures_get_alike_embeddings() -> None:
    red, dark_red, blue = FakeEmbedder().embed([plain((255, 0, 0)), plain((230, 5, 5)), plain((0, 0, 255))])
    assert red.vector @ dark_red.vector > 0.99
    assert red.vector @ blue.vector < 0.5


def test_embeddings_are_of_length_one_and_carry_the_model() -> None:
    embedder = FakeEmbedder(model="mine:2")
    (embedding,) = embedder.embed([plain((1, 2, 3))])
    assert embedder.measure is Measure.COSINE
    assert embedding.model == embedder.model == ModelKey("mine:2")
    assert np.linalg.norm(embedding.vector) == pytest.approx(1)
    assert embedding.vector.shape == (12,)


def test_the_landmarks_lie_in_the_crop() -> None:
    embedder = FakeEmbedder(side_px=20)
    assert embedder.size.width == embedder.size.height == 20
    assert embedder.alignment.shape == (5, 2)
    assert ((embedder.alignment > 0) & (embedder.alignment < 20)).all()
