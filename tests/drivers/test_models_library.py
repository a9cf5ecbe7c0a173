"""The models of the installed packages: found, converted once, and refused when a byte changes."""

import hashlib
import json
import shutil
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from limen.errors import ModelError, StoreError
from limen.models.catalogue import Catalogue, ModelEntry, load_catalogue
from limen.models.library import ModelLibrary
from limen.models.session import OnnxNetwork
from limen.models.sources import ModelStatus


def installed(package: str, path: str) -> Path:
    spec = find_spec(package)
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / path


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def mtcnn_from(folder: Path) -> Catalogue:
    """The catalogue's MTCNN, its files copied to ``folder`` where a test may spoil them."""
    entry = load_catalogue().entry("mtcnn")
    files = []
    for file in entry.files:
        shutil.copy(installed("mtcnn", f"assets/weights/{file.name}"), folder / file.name)
        files.append({"name": file.name, "sha256": file.sha256, "path": str(folder / file.name)})
    return Catalogue((ModelEntry.model_validate(entry.model_dump() | {"files": files}),))


@pytest.fixture
def library(tmp_path: Path) -> ModelLibrary:
    return ModelLibrary(mtcnn_from(tmp_path), tmp_path / "models")


def test_the_default_models_are_ready_without_a_download(tmp_path: Path) -> None:
    library = ModelLibrary(load_catalogue(), tmp_path / "models")
    assert library.status("mtcnn") is library.status("dlib-resnet") is ModelStatus.READY
    assert library.status("sface") is ModelStatus.NOT_DOWNLOADED
    networks = library.networks("mtcnn")
    assert set(networks.onnx) == {"pnet", "rnet", "onet"}
    score, box, points = OnnxNetwork(networks.onnx["onet"], 1).run(np.zeros((2, 3, 48, 48), np.float32))
    assert (score.shape, box.shape, points.shape) == ((2, 1), (2, 4), (2, 10))
    assert all(check.ok for check in library.verify("mtcnn"))


def test_files_are_converted_once(library: ModelLibrary) -> None:
    first = library.networks("mtcnn")
    before = {name: path.stat() for name, path in first.onnx.items()}
    second = library.networks("mtcnn")
    assert second == first
    assert {name: path.stat() for name, path in second.onnx.items()} == before
    assert library.pull("mtcnn") == first
    assert {name: path.stat() for name, path in first.onnx.items()} == before


def test_ready_models_are_opened_without_the_importers(tmp_path: Path, library: ModelLibrary) -> None:
    library.networks("mtcnn")
    program = f"""
import sys
from pathlib import Path
from limen.models.catalogue import load_catalogue
from limen.models.library import ModelLibrary
ModelLibrary(load_catalogue(), Path({str(tmp_path / "models")!r})).networks("mtcnn")
print([name for name in ("onnx", "joblib", "urllib.request", "mtcnn") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", ["pnet.lz4", "onet.lz4"])
def test_a_changed_source_is_refused_even_when_converted_before(
    tmp_path: Path, library: ModelLibrary, name: str
) -> None:
    library.networks("mtcnn")
    flip(tmp_path / name)
    digest = hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()
    with pytest.raises(ModelError, match=f"{name} has sha256 {digest}, .*not used") as caught:
        library.networks("mtcnn")
    assert caught.value.exit_code == 65
    assert library.status("mtcnn") is ModelStatus.DAMAGED
    bad = [check.file for check in library.verify("mtcnn") if not check.ok]
    assert bad == [name]
    with pytest.raises(ModelError, match="not used"):  # nobody but its owner can mend it
        library.pull("mtcnn")


def test_a_changed_source_is_never_given_to_the_importer(tmp_path: Path, library: ModelLibrary) -> None:
    flip(tmp_path / "rnet.lz4")
    with pytest.raises(ModelError, match="not used"):
        library.networks("mtcnn")
    assert not (tmp_path / "models").exists()


@pytest.mark.parametrize("name", ["pnet", "rnet", "onet"])
def test_a_changed_converted_file_is_refused_until_it_is_pulled(library: ModelLibrary, name: str) -> None:
    path = library.networks("mtcnn").onnx[name]
    good = path.read_bytes()
    flip(path)
    for _ in range(2):
        with pytest.raises(ModelError, match=rf"{name}\.onnx has sha256 .* limen models pull mtcnn") as caught:
            library.networks("mtcnn")
        assert caught.value.exit_code == 65
    assert library.status("mtcnn") is ModelStatus.DAMAGED
    assert [check.ok for check in library.verify("mtcnn")] == [True, True, True, False]
    assert library.pull("mtcnn").onnx[name].read_bytes() == good
    assert library.status("mtcnn") is ModelStatus.READY


@pytest.mark.parametrize("damage", ["half", "outside", "absent", "file gone"])
def test_a_broken_manifest_is_refused(library: ModelLibrary, damage: str) -> None:
    folder = library.networks("mtcnn").onnx["pnet"].parent
    manifest = folder / "manifest.json"
    text = manifest.read_text()
    if damage == "half":
        manifest.write_text(text[: len(text) // 2])
    elif damage == "outside":
        manifest.write_text(text.replace("pnet.onnx", "../../pnet.onnx"))
    elif damage == "absent":
        manifest.unlink()
    else:
        (folder / "pnet.onnx").unlink()
    with pytest.raises(ModelError, match="limen models pull mtcnn"):
        library.networks("mtcnn")
    library.pull("mtcnn")
    assert all(check.ok for check in library.verify("mtcnn"))


def test_what_another_version_of_the_importer_made_is_made_anew(library: ModelLibrary) -> None:
    folder = library.networks("mtcnn").onnx["pnet"].parent
    manifest = folder / "manifest.json"
    old = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(old | {"importer_version": "0" * 64}))
    (folder / "pnet.onnx").write_bytes(b"of another time")
    library.networks("mtcnn")
    assert json.loads(manifest.read_text()) == old
    assert all(check.ok for check in library.verify("mtcnn"))


def test_what_a_killed_conversion_left_does_no_harm(library: ModelLibrary, tmp_path: Path) -> None:
    folder = library.networks("mtcnn").onnx["pnet"].parent
    shutil.rmtree(folder)
    for left in (f".{folder.name}.new", f".{folder.name}.old"):
        (tmp_path / "models" / left).mkdir()
        (tmp_path / "models" / left / "pnet.onnx").write_bytes(b"half")
    library.networks("mtcnn")
    assert sorted(path.name for path in (tmp_path / "models").iterdir()) == [folder.name, "mtcnn.lock"]


def test_processes_may_convert_at_once(tmp_path: Path) -> None:
    program = f"""
import sys
from pathlib import Path
import limen.models.importers.mtcnn
from limen.models.catalogue import load_catalogue
from limen.models.library import ModelLibrary
library = ModelLibrary(load_catalogue(), Path({str(tmp_path / "models")!r}))
print("here", flush=True)
sys.stdin.readline()
networks = library.networks("mtcnn")
print(networks.digest, sorted(networks.onnx))
"""
    command = [sys.executable, "-c", program]
    pipe = subprocess.PIPE
    several = [subprocess.Popen(command, text=True, stdin=pipe, stdout=pipe, stderr=pipe) for _ in range(3)]
    for process in several:
        assert process.stdout
        assert process.stdout.readline() == "here\n"
    for process in several:  # only now, that all of them stand at the same line
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60) for process in several]
    assert [process.returncode for process in several] == [0, 0, 0], said
    assert said[0] == said[1] == said[2]
    library = ModelLibrary(load_catalogue(), tmp_path / "models")
    assert all(check.ok for check in library.verify("mtcnn"))
    assert sorted(path.name for path in (tmp_path / "models").glob(".*")) == []


def test_a_folder_that_cannot_be_written_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "taken").write_bytes(b"")
    library = ModelLibrary(load_catalogue(), tmp_path / "taken" / "models")
    with pytest.raises(StoreError, match=r"cannot write into .*taken.*--data-dir"):
        library.networks("mtcnn")


def test_an_absent_local_file_is_named(tmp_path: Path, library: ModelLibrary) -> None:
    (tmp_path / "pnet.lz4").unlink()
    assert library.status("mtcnn") is ModelStatus.FILE_MISSING
    with pytest.raises(ModelError, match=r"pnet\.lz4 is absent \(file missing\)"):
        library.networks("mtcnn")


def weights_package(folder: Path, content: bytes) -> Catalogue:
    """A package that fails when imported and brings ``weights.onnx``, and a model that lies in it."""
    (folder / "doorweights").mkdir()
    (folder / "doorweights" / "__init__.py").write_text("raise RuntimeError('imported')")
    (folder / "doorweights" / "weights.onnx").write_bytes(content)
    entry = load_catalogue().entry("yunet").model_dump()
    place = {"package": "doorweights", "version": "1.2", "path": "weights.onnx"}
    file = {"name": "weights.onnx", "sha256": hashlib.sha256(content).hexdigest()} | place
    return Catalogue((ModelEntry.model_validate(entry | {"files": [file]}),))


def test_a_package_is_found_without_being_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = ModelLibrary(weights_package(tmp_path, b"weights"), tmp_path / "models")
    assert library.status("yunet") is ModelStatus.PACKAGE_MISSING
    with pytest.raises(ModelError, match=r"pip install .*doorweights==1\.2"):
        library.networks("yunet")
    monkeypatch.syspath_prepend(tmp_path)
    path = tmp_path / "doorweights" / "weights.onnx"
    assert library.networks("yunet").onnx == {"weights": path}
    flip(path)
    with pytest.raises(ModelError, match=r"weights\.onnx has sha256 .* pip install .*doorweights==1\.2") as caught:
        library.networks("yunet")
    assert caught.value.exit_code == 65


def dlib_from(path: Path, folder: Path) -> ModelLibrary:
    entry = load_catalogue().entry("dlib-resnet").model_dump()
    file = {"name": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "path": str(path)}
    return ModelLibrary(Catalogue((ModelEntry.model_validate(entry | {"files": [file]}),)), folder)


def test_the_importer_refuses_another_network_of_dlib(tmp_path: Path) -> None:
    other = installed("face_recognition_models", "models/mmod_human_face_detector.dat")
    with pytest.raises(ModelError, match="not dlib's face recognition network"):
        dlib_from(other, tmp_path / "models").networks("dlib-resnet")


@pytest.mark.parametrize("keep", [0, 1000, 5_000_000])
def test_the_importer_refuses_a_cut_file(tmp_path: Path, keep: int) -> None:
    whole = installed("face_recognition_models", "models/dlib_face_recognition_resnet_model_v1.dat")
    cut = tmp_path / "cut.dat"
    cut.write_bytes(whole.read_bytes()[:keep])
    with pytest.raises(ModelError, match="dlib"):
        dlib_from(cut, tmp_path / "models").networks("dlib-resnet")


def test_the_pins_of_the_catalogue_are_those_of_the_package() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"]
    files = [file for entry in load_catalogue().entries for file in entry.files if file.package]
    assert files
    for file in files:
        assert f"{file.package}=={file.version}" in project["dependencies"]
