"""A few words to write an ONNX graph with, layer by layer."""

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

_OPSET = 17
Shape = list[int | str]


class Graph:
    """A graph with one float32 input, written from the input on; ``last`` names the newest output."""

    def __init__(self, name: str, input_name: str, shape: Shape) -> None:
        self._name = name
        self._input = helper.make_tensor_value_info(input_name, TensorProto.FLOAT, shape)
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self.last = input_name

    def constant(self, value: NDArray[np.generic]) -> str:
        """The name of a constant of this value."""
        name = f"c{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name

    def node(self, operator: str, inputs: list[str], **attributes: int | float | str | list[int]) -> str:
        """The name of the output of ``operator`` on ``inputs``; ``attributes`` are the operator's own."""
        self.last = f"x{len(self._nodes)}"
        node = helper.make_node(operator, inputs, [self.last])
        node.attribute.extend(helper.make_attribute(key, value) for key, value in attributes.items())
        self._nodes.append(node)
        return self.last

    def convolution(
        self, x: str, weights: NDArray[np.float32], bias: NDArray[np.float32], *, stride: int = 1, padding: int = 0
    ) -> str:
        """A convolution with weights (out, in, rows, columns) and a bias (out,)."""
        return self.node(
            "Conv", [x, self.constant(weights), self.constant(bias)],
            kernel_shape=list(weights.shape[2:]), strides=[stride] * 2, pads=[padding] * 4,
        )  # fmt: skip

    def relu(self, x: str) -> str:
        """Positive numbers as they are, others zero."""
        return self.node("Relu", [x])

    def sigmoid(self, x: str) -> str:
        """The logistic function of each number."""
        return self.node("Sigmoid", [x])

    def prelu(self, x: str, slopes: NDArray[np.float32]) -> str:
        """Positive numbers as they are, others times their channel's slope.

        Written as (1 - slope) · max(x, 0) + slope · x: ONNX Runtime's own PRelu takes longer than the whole network.
        """
        bent = self.node("Mul", [self.relu(x), self.constant(1 - slopes)])
        return self.node("Add", [bent, self.node("Mul", [x, self.constant(slopes)])])

    def max_pool(self, x: str, kernel: int, stride: int, *, ceil: bool = False) -> str:
        """The largest in each window; ``ceil`` keeps a window that hangs over the edge."""
        return self.node("MaxPool", [x], kernel_shape=[kernel] * 2, strides=[stride] * 2, ceil_mode=int(ceil))

    def dense(self, x: str, weights: NDArray[np.float32], bias: NDArray[np.float32]) -> str:
        """A fully connected layer with weights (in, out) and a bias (out,)."""
        return self.node("Gemm", [x, self.constant(weights), self.constant(bias)])

    def pad_after(self, x: str, channels: int, rows: int) -> str:
        """Zeros behind the last channel, and below and right of the picture."""
        if not (channels or rows):
            return x
        pads = np.array([0, 0, 0, 0, 0, channels, rows, rows], np.int64)
        return self.node("Pad", [x, self.constant(pads)], mode="constant")

    def model(self, outputs: dict[str, tuple[str, Shape]]) -> onnx.ModelProto:
        """The finished, checked model; ``outputs`` maps each output's name to its node and shape."""
        infos = []
        for name, (source, shape) in outputs.items():
            self._nodes.append(helper.make_node("Identity", [source], [name]))
            infos.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        graph = helper.make_graph(self._nodes, self._name, [self._input], infos, self._constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=10)
        onnx.checker.check_model(model)
        return model
