"""The one place where networks run: ONNX Runtime sessions with few threads that never spin."""

from pathlib import Path
from typing import Protocol

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from limen.errors import ModelError

Array = NDArray[np.float32]


class Network(Protocol):
    """A network with one input and a fixed number of outputs."""

    def run(self, batch: Array) -> list[Array]:
        """The outputs, in the graph's order, for a batch whose first axis counts samples."""
        ...


class OnnxNetwork:
    """An ONNX graph on the CPU."""

    def __init__(self, graph: Path | bytes, threads: int) -> None:
        """Load ``graph``, a file or what would stand in one, to run on ``threads`` threads.

        Raises:
            ModelError: it is not a graph that ONNX Runtime can run.
        """
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # A spinning pool starves whatever else runs on a machine with two cores.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        try:
            self._session = ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime's errors share no base but this
            name = "a changed graph" if isinstance(graph, bytes) else graph
            raise ModelError(f"{name} cannot be run by ONNX Runtime: {error}") from error
        self._input = self._session.get_inputs()[0].name
        self._one_by_one = self._session.get_inputs()[0].shape[0] == 1

    def run(self, batch: Array) -> list[Array]:
        """The outputs for ``batch``; a graph that was written for one sample is run once for each."""
        if self._one_by_one and len(batch) > 1:
            each = [self._session.run(None, {self._input: batch[i : i + 1]}) for i in range(len(batch))]
            return [np.concatenate(output) for output in zip(*each, strict=True)]
        outputs: list[Array] = self._session.run(None, {self._input: batch})
        return outputs
