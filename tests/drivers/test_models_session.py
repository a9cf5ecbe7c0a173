from pathlib import Path

import numpy as np
import pytest

from limen.errors import ModelError
from limen.models.importers.graph import Graph, Shape
from limen.models.session import OnnxNetwork


def doubling(path: Path, samples: int | str) -> Path:
    """A network that gives each sample twice as large, for one sample at a time or for any number."""
    shape: Shape = [samples, 2]
    graph = Graph("doubling", "x", shape)
    graph.node("Add", ["x", "x"])
    path.write_bytes(graph.model({"y": (graph.last, shape)}).SerializeToString())
    return path


@pytest.mark.parametrize("samples", [1, "n"])
def test_a_batch_goes_through_whatever_the_graph_was_written_for(tmp_path: Path, samples: int | str) -> None:
    network = OnnxNetwork(doubling(tmp_path / "doubling.onnx", samples), threads=1)
    batch = np.arange(6, dtype=np.float32).reshape(3, 2)
    (output,) = network.run(batch)
    np.testing.assert_array_equal(output, 2 * batch)


def test_a_file_that_is_no_graph_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "broken.onnx"
    path.write_bytes(b"no graph")
    with pytest.raises(ModelError, match=r"broken\.onnx cannot be run"):
        OnnxNetwork(path, threads=1)
