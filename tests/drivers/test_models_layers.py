"""Looking into networks: one made by hand, so that each number can be recomputed, and the default one."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest

from limen.config import load_settings
from limen.door.build import build_engine, build_layers
from limen.errors import BadDataError, ModelError
from limen.models.importers.graph import Graph
from limen.models.layers import Layer, NetworkLayers
from limen.models.session import OnnxNetwork
from limen.types import Image
from limen_program import with_models

WEIGHTS = np.random.default_rng(0).normal(size=(4, 3, 1, 1)).astype(np.float32)
BIAS = np.array([-20, 0, 10, 5], np.float32)
DENSE = np.random.default_rng(1).normal(size=(4, 2)).astype(np.float32)
CROP = np.random.default_rng(2).integers(0, 256, (5, 6, 3), np.uint8)


def batch(crops: Sequence[Image]) -> np.ndarray:
    return np.stack(crops).transpose(0, 3, 1, 2).astype(np.float32)


def network(folder: Path) -> NetworkLayers:
    """Convolution, something added, ReLU, mean of each channel, flat, dense."""
    graph = Graph("small", "crop", ["n", 3, 5, 6])
    convolved = graph.convolution("crop", WEIGHTS, BIAS)
    graph.relu(graph.node("Add", [convolved, graph.constant(np.float32(1))]))
    graph.node("Flatten", [graph.node("GlobalAveragePool", [graph.last])])
    graph.dense(graph.last, DENSE, np.zeros(2, np.float32))
    path = folder / "small.onnx"
    path.write_bytes(graph.model({"embedding": (graph.last, ["n", 2])}).SerializeToString())
    return NetworkLayers(path, 1, batch)


def by_hand() -> dict[str, np.ndarray]:
    convolved = np.einsum("oc,hwc->ohw", WEIGHTS[:, :, 0, 0], CROP.astype(float)) + BIAS[:, None, None]
    activated = np.maximum(convolved + 1, 0)
    pooled = activated.mean(axis=(1, 2))
    return {
        "x0": convolved,
        "x1": convolved + 1,
        "x2": activated,
        "x3": pooled[:, None, None],
        "x4": pooled,
        "x5": pooled @ DENSE,
        "embedding": pooled @ DENSE,
    }


def test_layers_have_names_operators_and_shapes(tmp_path: Path) -> None:
    assert network(tmp_path).layers == (
        Layer("x0", "Conv", (4, 5, 6)),
        Layer("x1", "Add", (4, 5, 6)),
        Layer("x2", "Relu", (4, 5, 6)),
        Layer("x3", "GlobalAveragePool", (4, 1, 1)),
        Layer("x4", "Flatten", (4,)),
        Layer("x5", "Gemm", (2,)),
        Layer("embedding", "Identity", (2,)),
    )


@pytest.mark.parametrize("name", by_hand())
def test_each_layer_gives_what_it_computes(tmp_path: Path, name: str) -> None:
    output = network(tmp_path).run(name, CROP)
    assert output.dtype == np.float32
    assert output.shape == by_hand()[name].shape
    np.testing.assert_allclose(output, by_hand()[name], rtol=1e-4, atol=1e-3)


def test_looking_at_one_layer_does_not_change_the_others(tmp_path: Path) -> None:
    layers = network(tmp_path)
    first = layers.run("x2", CROP)
    layers.run("x5", CROP)
    np.testing.assert_array_equal(layers.run("x2", CROP), first)
    assert len(layers.layers) == 7


def test_the_first_convolution_after_its_activation_is_looked_at_first(tmp_path: Path) -> None:
    assert network(tmp_path).default() == "x2"


def test_a_convolution_without_an_activation_stands_for_itself(tmp_path: Path) -> None:
    graph = Graph("bare", "crop", ["n", 3, 5, 6])
    graph.max_pool(graph.convolution("crop", WEIGHTS, BIAS), 2, 1)
    (tmp_path / "bare.onnx").write_bytes(graph.model({"y": (graph.last, ["n", 4, 4, 5])}).SerializeToString())
    assert NetworkLayers(tmp_path / "bare.onnx", 1, batch).default() == "x0"


def test_without_a_convolution_the_first_layer_is_looked_at(tmp_path: Path) -> None:
    graph = Graph("flat", "crop", ["n", 3, 5, 6])
    graph.node("Flatten", ["crop"])
    (tmp_path / "flat.onnx").write_bytes(graph.model({"y": (graph.last, ["n", 90])}).SerializeToString())
    assert NetworkLayers(tmp_path / "flat.onnx", 1, batch).default() == "x0"


def test_a_layer_that_is_not_there_is_told_with_some_that_are(tmp_path: Path) -> None:
    with pytest.raises(BadDataError, match=r"no layer .conv9.; among its 7 layers are x0, x1, .*, embedding; all"):
        network(tmp_path).run("conv9", CROP)


def test_what_says_nothing_about_a_face_is_refused(tmp_path: Path) -> None:
    graph = Graph("shape", "crop", ["n", 3, 5, 6])
    shape = graph.node("Shape", ["crop"])
    graph.node("Flatten", ["crop"])
    (tmp_path / "s.onnx").write_bytes(graph.model({"y": (graph.last, ["n", 90])}).SerializeToString())
    with pytest.raises(BadDataError, match=r"gives int64 \(4,\), which is nothing about one face"):
        NetworkLayers(tmp_path / "s.onnx", 1, batch).run(shape, CROP)


def test_what_the_graph_leaves_open_is_none(tmp_path: Path) -> None:
    graph = Graph("open", "crop", ["n", 3, "h", "w"])
    graph.relu("crop")
    (tmp_path / "o.onnx").write_bytes(graph.model({"y": (graph.last, ["n", 3, "h", "w"])}).SerializeToString())
    assert NetworkLayers(tmp_path / "o.onnx", 1, batch).layers[0] == Layer("x0", "Relu", (3, None, None))


def test_a_file_that_is_no_graph_is_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.onnx").write_bytes(b"no graph")
    for name in ("broken.onnx", "absent.onnx"):
        with pytest.raises(ModelError, match="cannot be read as ONNX"):
            NetworkLayers(tmp_path / name, 1, batch)


def test_a_graph_in_memory_runs_like_one_in_a_file(tmp_path: Path) -> None:
    network(tmp_path)
    path = tmp_path / "small.onnx"
    from_file, from_memory = (OnnxNetwork(graph, 1).run(batch([CROP])) for graph in (path, path.read_bytes()))
    np.testing.assert_array_equal(from_file[0], from_memory[0])
    with pytest.raises(ModelError, match="a changed graph cannot be run"):
        OnnxNetwork(b"no graph", 1)


def test_the_default_network_ends_in_the_embedding(models_folder: Path, tmp_path: Path) -> None:
    settings = load_settings(with_models(tmp_path / "data", models_folder))
    once = settings.model_copy(update={"models": settings.models.model_copy(update={"mirrored": False})})
    engine, layers = build_engine(once), build_layers(settings)
    crop = np.random.default_rng(3).integers(0, 256, (150, 150, 3), np.uint8)
    (embedding,) = engine.embedder.embed([crop])
    last = layers.run(layers.layers[-1].name, crop)
    np.testing.assert_allclose(last / np.linalg.norm(last), embedding.vector, atol=1e-5)
    assert layers.default() == "x1"
    first = layers.run("x1", crop)
    assert first.shape == layers.layers[1].shape == (32, 72, 72)
    assert first.min() == 0


def test_the_model_of_another_project_can_be_looked_into(shared: Path) -> None:
    path = shared / "models" / "mobilefacenet.onnx"
    layers = NetworkLayers(path, 1, lambda crops: np.stack(crops).transpose(0, 3, 1, 2).astype(np.float32))
    assert layers.default() == "conv_1_relu"
    crop = np.random.default_rng(4).integers(0, 256, (112, 112, 3), np.uint8)
    assert layers.run("conv_1_relu", crop).shape == (64, 56, 56)
    graph = onnx.load(path).graph
    output = layers.run(graph.output[0].name, crop)
    np.testing.assert_allclose(output, OnnxNetwork(path, 1).run(batch([crop]))[0][0], rtol=1e-3, atol=1e-3)
