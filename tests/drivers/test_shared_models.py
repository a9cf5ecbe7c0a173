"""A user's catalogue with real ONNX files."""

from pathlib import Path

import numpy as np
import pytest

from limen.errors import ModelError
from limen.models.catalogue import load_catalogue
from limen.models.library import ModelLibrary
from limen.models.session import OnnxNetwork
from limen.models.sources import ModelStatus

DIGESTS = {
    "mobilefacenet": "e1507e7eceac514d7db0cec05c7f4d464105bb1f8c7a0a8becb33c21d1cd497c",
    "minifasnet_v2": "be35fcbd9c127b8d34ac210d2bd90252e1def415af5021a91ddfc00c25f5e5ef",
    "minifasnet_v1se": "34f5abc0cea2dbbfbb29d91f40fa72e77f6b81711cbfd8de300897d33022a801",
}
EMBEDDING = """
[models.input]
colour = "rgb"
width = 112
height = 112
mean = [0, 0, 0]
scale = 1
alignment = [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
[models.output]
length = 128
measure = "cosine"
"""
LIVENESS = """
[models.input]
colour = "bgr"
width = 80
height = 80
mean = [0, 0, 0]
scale = 1
crop = 2.7
[models.output]
length = 3
live_index = 1
"""


def entry(name: str, path: Path, digest: str) -> str:
    embedding = name == "mobilefacenet"
    return f"""
[[models]]
id = "{name.replace("_", "-")}-of-mine"
task = "{"embedding" if embedding else "liveness"}"
licence = "see the source"
source = "https://example.org"
{EMBEDDING if embedding else LIVENESS}
[models.accuracy]
result = "unknown"
reference = "none"
[[models.files]]
name = "{name}.onnx"
sha256 = "{digest}"
path = "{path}"
"""


@pytest.mark.parametrize("name", DIGESTS)
def test_a_file_of_ones_own_runs(shared: Path, tmp_path: Path, name: str) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(entry(name, shared / "models" / f"{name}.onnx", DIGESTS[name]), "utf-8")
    library = ModelLibrary(load_catalogue([mine]), tmp_path / "models")
    model_id = f"{name.replace('_', '-')}-of-mine"
    assert library.status(model_id) is ModelStatus.READY
    networks = library.networks(model_id)
    assert set(networks.onnx) == {name}
    spec, output = networks.entry.input, networks.entry.output
    assert spec.height
    assert spec.width
    assert output
    (out,) = OnnxNetwork(networks.onnx[name], 1).run(np.zeros((1, 3, spec.height, spec.width), np.float32))
    assert out.shape == (1, output.length)
    assert output.length == (128 if name == "mobilefacenet" else 3)
    assert not (tmp_path / "models").exists()


def test_a_changed_byte_in_a_file_of_ones_own_is_refused(shared: Path, tmp_path: Path) -> None:
    data = bytearray((shared / "models" / "minifasnet_v2.onnx").read_bytes())
    data[1000] ^= 1
    (tmp_path / "net.onnx").write_bytes(data)
    mine = tmp_path / "mine.toml"
    mine.write_text(entry("minifasnet_v2", Path("net.onnx"), DIGESTS["minifasnet_v2"]), "utf-8")
    with pytest.raises(ModelError, match=r"net\.onnx has sha256 .*it is not used"):
        ModelLibrary(load_catalogue([mine]), tmp_path / "models").networks("minifasnet-v2-of-mine")
