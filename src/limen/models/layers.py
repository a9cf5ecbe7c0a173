"""The layers of a network, and what each of them makes of a face: for people who want to look inside."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from limen.errors import BadDataError, ModelError
from limen.models.session import Array, OnnxNetwork
from limen.types import Image

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto, TypeProto

_ACTIVATIONS = frozenset(("Clip", "Elu", "HardSwish", "LeakyRelu", "PRelu", "Relu", "Selu", "Sigmoid", "Tanh"))
_BEFORE_ACTIVATION = frozenset(("Add", "BatchNormalization", "InstanceNormalization", "Mul"))
"""What may stand between a convolution and the activation that belongs to it."""
_NAMED = 8
"""So many layers are named to whoever asks for one that is not there."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A step of a network.

    ``name`` is that of its output in the graph, ``operator`` ONNX's word for what it does. ``shape`` is the output's
    for one face; ``None`` stands for a side that the graph leaves open, and for all where it says nothing.
    """

    name: str
    operator: str
    shape: tuple[int | None, ...] | None


class NetworkLayers:
    """A network whose layers can be listed and looked at."""

    def __init__(self, path: Path, threads: int, batch: Callable[[Sequence[Image]], Array]) -> None:
        """Read the graph in ``path``; ``batch`` turns crops of faces into what it is fed.

        Raises:
            ModelError: the file is no graph.
        """
        # Late: onnx takes a while to import, and only who looks inside a network needs it.
        import onnx

        try:
            self._model: ModelProto = onnx.shape_inference.infer_shapes(onnx.load(path))
        except Exception as error:  # what reads ONNX raises errors that share no base but this
            raise ModelError(f"{path} cannot be read as ONNX: {error}") from error
        self._threads, self._batch = threads, batch
        self.layers = tuple(_layers(self._model))
        """In the order in which they are computed."""

    def default(self) -> str:
        """The name of the first convolution's output after its activation; of the first layer where there is none."""
        nodes = self._model.graph.node
        first = next((node for node in nodes if node.op_type == "Conv"), None)
        if first is None:
            return self.layers[0].name
        node: NodeProto | None = first
        while node is not None and node.op_type not in _ACTIVATIONS:
            after = [one for one in nodes if node.output[0] in one.input]
            follows = len(after) == 1 and after[0].op_type in _ACTIVATIONS | _BEFORE_ACTIVATION
            node = after[0] if follows else None
        return str((node or first).output[0])

    def run(self, name: str, crop: Image) -> Array:
        """What the layer ``name`` makes of a crop: float32, in the layer's shape.

        Raises:
            BadDataError: there is no such layer, or it gives no numbers for one face.
            ModelError: the network cannot be run.
        """
        self._check(name)
        # Late, as above.
        import onnx

        changed = onnx.ModelProto()
        changed.CopyFrom(self._model)
        del changed.graph.output[:]
        changed.graph.output.append(onnx.ValueInfoProto(name=name))
        output: Array = OnnxNetwork(changed.SerializeToString(), self._threads).run(self._batch([crop]))[0]
        if output.dtype != "float32" or output.ndim < 2 or len(output) != 1:
            raise BadDataError(
                f"layer {name} gives {output.dtype} {output.shape}, which is nothing about one face: choose another "
                "(limen plot layers --list)"
            )
        return np.asarray(output[0])

    def _check(self, name: str) -> None:
        names = [layer.name for layer in self.layers]
        if name in names:
            return
        near = names[:: max(len(names) // _NAMED, 1)][:_NAMED]
        raise BadDataError(
            f"the network has no layer {name!r}; among its {len(names)} layers are {', '.join(near)}; all of them: "
            "limen plot layers --list"
        )


def _layers(model: "ModelProto") -> Iterator[Layer]:
    """Every output that is no constant."""
    types = {info.name: info.type for info in (*model.graph.value_info, *model.graph.output)}
    for node in model.graph.node:
        if node.op_type == "Constant":
            continue
        for output in node.output:
            if output:
                yield Layer(output, node.op_type, _shape(types.get(output)))


def _shape(kind: "TypeProto | None") -> tuple[int | None, ...] | None:
    if kind is None or not kind.tensor_type.HasField("shape"):
        return None
    sizes = [axis.dim_value if axis.HasField("dim_value") else None for axis in kind.tensor_type.shape.dim]
    return tuple(sizes[1:])
