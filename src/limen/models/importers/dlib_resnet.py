"""dlib's face recognition network: its ``.dat`` file to ONNX.

Source: the file format is dlib's serialisation and the network its ``anet_type``
(dlib, Davis King, Boost Software License; the weights are CC0). Written from the published description.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from limen.errors import ModelError
from limen.models.importers.graph import Graph

Array = NDArray[np.float32]

_LEVELS = ((32, 3), (64, 4), (128, 3), (256, 3), (256, 1))
"""Channels and residual blocks of each level, from the input on."""
_CONVOLUTIONS = 1 + 2 * sum(blocks for _, blocks in _LEVELS)
_WEIGHTED_LAYERS = (b"con_4", b"affine_", b"fc_2")


def to_onnx(files: dict[str, Path]) -> dict[str, onnx.ModelProto]:
    """The network as one graph: (n, 3, 150, 150) preprocessed RGB in, (n, 128) embeddings out, not normalised.

    Raises:
        ModelError: the file is not dlib's face recognition network.
    """
    (path,) = files.values()
    layers = list(_weighted_layers(path.read_bytes()))
    convolutions = [tensor for name, tensor in layers if name == b"con_4"]
    affines = [tensor for name, tensor in layers if name == b"affine_"]
    dense = [tensor for name, tensor in layers if name == b"fc_2"]
    if (len(convolutions), len(affines), len(dense)) != (_CONVOLUTIONS, _CONVOLUTIONS, 1):
        raise ModelError(
            f"{path} is not dlib's face recognition network: {_CONVOLUTIONS} convolutions, as many affine layers and "
            f"1 dense layer were expected, {len(convolutions)}, {len(affines)} and {len(dense)} found"
        )
    folded = [_fold(c, a) for c, a in zip(convolutions, affines, strict=True)]
    return {"embedding": _network(iter(folded), dense[0].reshape(-1, 128))}


def _weighted_layers(data: bytes) -> Iterator[tuple[bytes, Array]]:
    """Name and parameters of each layer that has any, in the file's order, which is from the input on."""
    position = 0
    while True:
        found = [(at, name) for name in _WEIGHTED_LAYERS if (at := data.find(_prefixed(name), position)) >= 0]
        if not found:
            return
        at, name = min(found)
        position = at + len(_prefixed(name))
        for _ in range(2 if name == b"fc_2" else 0):  # how many outputs and inputs
            _, position = _integer(data, position)
        tensor, position = _tensor(data, position)
        yield name, tensor


def _prefixed(name: bytes) -> bytes:
    """A name as dlib writes it: a length, itself one control byte and one byte, then the text."""
    return bytes((1, len(name))) + name


def _tensor(data: bytes, position: int) -> tuple[Array, int]:
    """The tensor that starts at ``position``, flat, and the position behind it."""
    version, position = _integer(data, position)
    if version != 2:
        raise ModelError(f"a dlib tensor of serialisation version 2 was expected, got {version}")
    count = 1
    for _ in range(4):  # samples, channels, rows, columns
        extent, position = _integer(data, position)
        count *= extent
    if not 0 < count * 4 <= len(data) - position:
        raise ModelError(f"a dlib tensor of {count} numbers does not fit into the rest of its file")
    return np.frombuffer(data, "<f4", count, position), position + 4 * count


def _integer(data: bytes, position: int) -> tuple[int, int]:
    """A dlib integer: a control byte (low 4 bits: how many bytes follow, bit 7: sign), then little-endian bytes."""
    control = data[position]
    end = position + 1 + (control & 0x0F)
    value = int.from_bytes(data[position + 1 : end], "little")
    return (-value if control & 0x80 else value), end


def _fold(convolution: Array, affine: Array) -> tuple[Array, Array]:
    """Weights (flat) and bias of a convolution with the affine layer behind it folded in.

    dlib keeps a convolution's bias behind its weights; affine layers hold gamma, then beta.
    """
    gamma, beta = np.split(affine, 2)
    filters = len(gamma)
    weights, bias = convolution[:-filters], convolution[-filters:]
    return (weights.reshape(filters, -1) * gamma[:, None]).ravel(), bias * gamma + beta


def _network(folded: Iterator[tuple[Array, Array]], dense: Array) -> onnx.ModelProto:
    graph = Graph("dlib_face_recognition_resnet_v1", "face", ["n", 3, 150, 150])
    graph.relu(_convolution(graph, folded, 3, 32, kernel=7, stride=2, padding=0))
    x, channels, rows = graph.max_pool(graph.last, 3, 2), 32, 35
    for filters, blocks in _LEVELS:
        for block in range(blocks):
            halve = block == 0 and filters != _LEVELS[0][0]
            x, rows = _residual(graph, folded, x, (channels, filters), rows if not halve else -rows)
            channels = filters
    graph.node("GlobalAveragePool", [x])
    graph.node("Flatten", [graph.last], axis=1)
    graph.node("MatMul", [graph.last, graph.constant(dense)])
    return graph.model({"embedding": (graph.last, ["n", 128])})


def _convolution(
    graph: Graph,
    folded: Iterator[tuple[Array, Array]],
    before: int,
    after: int,
    *,
    kernel: int,
    stride: int,
    padding: int,
) -> str:
    weights, bias = next(folded)
    return graph.convolution(
        graph.last, weights.reshape(after, before, kernel, kernel), bias, stride=stride, padding=padding
    )


def _residual(
    graph: Graph, folded: Iterator[tuple[Array, Array]], x: str, channels: tuple[int, int], rows: int
) -> tuple[str, int]:
    """One residual block; negative ``rows`` stands for one that halves the picture. Returns output and its rows."""
    before, after = channels
    halve, rows = rows < 0, abs(rows)
    graph.last = x
    graph.relu(
        _convolution(graph, folded, before, after, kernel=3, stride=2 if halve else 1, padding=0 if halve else 1)
    )
    path = _convolution(graph, folded, after, after, kernel=3, stride=1, padding=1)
    if not halve:
        return graph.relu(graph.node("Add", [path, x])), rows
    path_rows, shortcut_rows = (rows - 3) // 2 + 1, rows // 2
    size = max(path_rows, shortcut_rows)
    shortcut = graph.node("AveragePool", [x], kernel_shape=[2, 2], strides=[2, 2])
    # dlib adds tensors of unlike size as if the smaller were zero outside: in channels, and below and right.
    path = graph.pad_after(path, 0, size - path_rows)
    shortcut = graph.pad_after(shortcut, after - before, size - shortcut_rows)
    # A pooling of single pixels changes nothing, but after it ONNX Runtime keeps to its blocked layout, which padding
    # made it leave: the additions of the blocks that follow then cost nothing.
    return graph.max_pool(graph.relu(graph.node("Add", [path, shortcut])), 1, 1), size
