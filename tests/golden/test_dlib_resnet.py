"""The imported network against what dlib itself computes."""

from pathlib import Path

import numpy as np

from limen.models.catalogue import load_catalogue
from limen.models.library import ModelLibrary
from limen.models.session import OnnxNetwork


def test_embeddings_are_dlibs(shared: Path, tmp_path: Path) -> None:
    with np.load(shared / "reference" / "dlib_resnet.npz") as reference:
        chips, expected = reference["chips_rgb"], reference["embeddings"]
    networks = ModelLibrary(load_catalogue(), tmp_path / "models").networks("dlib-resnet")
    spec = networks.entry.input
    assert spec.colour == "rgb"
    assert chips.shape[1:] == (spec.height, spec.width, 3)
    pixels = (chips.astype(np.float32) - np.array(spec.mean, np.float32)) * np.float32(spec.scale)
    (embeddings,) = OnnxNetwork(networks.onnx["embedding"], 1).run(pixels.transpose(0, 3, 1, 2).copy())
    assert embeddings.shape == (7, 128)
    assert np.abs(embeddings - expected).max() <= 1e-5
