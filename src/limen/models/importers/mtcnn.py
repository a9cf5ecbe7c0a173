"""The three networks of MTCNN: the ``mtcnn`` package's weights to ONNX.

Source: Zhang et al., Joint Face Detection and Alignment Using Multitask Cascaded Convolutional Networks, 2016; weights
of the ``mtcnn`` package (Iván de Paz Centeno, MIT): lists of NumPy arrays, kernels (rows, columns, in, out).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import onnx
from numpy.typing import NDArray

from limen.errors import ModelError
from limen.models.importers.graph import Graph

Array = NDArray[np.float32]

_LANES = 16


def to_onnx(files: dict[str, Path]) -> dict[str, onnx.ModelProto]:
    """``pnet``, ``rnet`` and ``onet``, each (n, 3, rows, columns) preprocessed RGB in.

    Outputs are ``score`` (the probability of a face), ``box`` (offsets of the four edges in shares of the side) and, of
    ``onet``, ``landmarks`` (x of the five points, then y, in shares of the side).

    Raises:
        ModelError: a file does not hold the arrays of its network.
    """
    builders = {"pnet": _pnet, "rnet": _rnet, "onet": _onet}
    return {name: _build(builders[name], path) for name, path in files.items()}


def _build(builder: Any, path: Path) -> onnx.ModelProto:
    weights = iter([np.asarray(array, np.float32) for array in joblib.load(path)])
    try:
        model: onnx.ModelProto = builder(weights)
        left = len(list(weights))
    except (StopIteration, ValueError, RuntimeError) as error:
        raise ModelError(f"{path} does not hold the weights of an MTCNN network: {error}") from error
    if left:
        raise ModelError(f"{path} does not hold the weights of an MTCNN network: {left} arrays too many")
    return model


def _pnet(weights: Iterator[Array]) -> onnx.ModelProto:
    graph = Graph("mtcnn_pnet", "face", ["n", 3, "rows", "columns"])
    _convolution(graph, weights)
    graph.max_pool(graph.last, 2, 2, ceil=True)
    _convolution(graph, weights)
    features = _convolution(graph, weights)
    box = graph.convolution(features, _kernel(next(weights)), next(weights))
    kernel, bias = _face_over_rest(next(weights), next(weights))
    score = graph.sigmoid(graph.convolution(features, _kernel(kernel), bias))
    map_shape: list[int | str] = ["map_rows", "map_columns"]
    return graph.model({"score": (score, ["n", 1, *map_shape]), "box": (box, ["n", 4, *map_shape])})


def _rnet(weights: Iterator[Array]) -> onnx.ModelProto:
    graph = Graph("mtcnn_rnet", "face", ["n", 3, 24, 24])
    for pool in (3, 3, 0):
        _convolution(graph, weights, pool)
    features = _hidden(graph, weights)
    box = graph.dense(features, next(weights), next(weights))
    return graph.model({"score": (_probability(graph, features, weights), ["n", 1]), "box": (box, ["n", 4])})


def _onet(weights: Iterator[Array]) -> onnx.ModelProto:
    graph = Graph("mtcnn_onet", "face", ["n", 3, 48, 48])
    for pool in (3, 3, 2, 0):
        _convolution(graph, weights, pool)
    features = _hidden(graph, weights)
    box = graph.dense(features, next(weights), next(weights))
    landmarks = graph.dense(features, next(weights), next(weights))
    score = _probability(graph, features, weights)
    return graph.model({"score": (score, ["n", 1]), "box": (box, ["n", 4]), "landmarks": (landmarks, ["n", 10])})


def _kernel(weights: Array) -> Array:
    """(rows, columns, in, out) to (out, in, rows, columns)."""
    return weights.transpose(3, 2, 0, 1)


def _convolution(graph: Graph, weights: Iterator[Array], pool: int = 0) -> str:
    kernel, bias, slopes = _kernel(next(weights)), next(weights), next(weights).ravel()
    filters, channels = kernel.shape[:2]
    # Channels that are always zero, up to what one vector instruction takes: ONNX Runtime then need not reorder.
    more = -filters % _LANES
    kernel = np.pad(kernel, ((0, more), (0, -channels % _LANES if channels > 3 else 0), (0, 0), (0, 0)))
    graph.convolution(graph.last, kernel, np.pad(bias, (0, more)))
    graph.prelu(graph.last, np.pad(slopes, (0, more)).reshape(-1, 1, 1))
    return graph.max_pool(graph.last, pool, 2, ceil=True) if pool else graph.last


def _hidden(graph: Graph, weights: Iterator[Array]) -> str:
    """The dense layer, fed column by column as the original network was trained."""
    graph.node("Transpose", [graph.last], perm=[0, 3, 2, 1])
    graph.node("Flatten", [graph.last], axis=1)
    graph.dense(graph.last, next(weights), next(weights))
    return graph.prelu(graph.last, next(weights))


def _probability(graph: Graph, features: str, weights: Iterator[Array]) -> str:
    return graph.sigmoid(graph.dense(features, *_face_over_rest(next(weights), next(weights))))


def _face_over_rest(weights: Array, bias: Array) -> tuple[Array, Array]:
    """One output in place of two: the softmax of two numbers is the sigmoid of their difference."""
    return weights[..., 1:] - weights[..., :1], bias[1:] - bias[:1]
