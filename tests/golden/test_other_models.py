"""Other networks take part by their entry in a catalogue alone."""

import hashlib
import json
from pathlib import Path

import pytest

from limen.camera.photo import load_photo
from limen.config import load_settings
from limen.door.build import build_engine
from limen.faces.yunet import YuNetDetector
from limen.types import Box
from limen_program import limen, with_models

CATALOGUE = """
[[models]]
id = "my-yunet"
task = "detection"
licence = "Apache-2.0"
source = "https://example.org"
[models.input]
colour = "bgr"
mean = [0, 0, 0]
scale = 1
[models.accuracy]
result = "unknown"
reference = "none"
[[models.files]]
name = "yunet_n.onnx"
sha256 = "{yunet_digest}"
path = "{models}/yunet_n.onnx"

[[models]]
id = "my-mobilefacenet"
task = "embedding"
licence = "non-commercial"
source = "https://example.org"
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
[models.accuracy]
result = "99.45 % on LFW"
reference = "none"
[[models.files]]
name = "mobilefacenet.onnx"
sha256 = "{mobilefacenet_digest}"
path = "{models}/mobilefacenet.onnx"
[[models.presets]]
fmr = 1e-1
similarity = 0.2
[[models.presets]]
fmr = 1e-3
similarity = 0.4
"""


@pytest.fixture(scope="module")
def catalogue(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    models = shared / "models"
    digests = {
        f"{name}_digest": hashlib.sha256((models / f"{file}.onnx").read_bytes()).hexdigest()
        for name, file in (("yunet", "yunet_n"), ("mobilefacenet", "mobilefacenet"))
    }
    path = tmp_path_factory.mktemp("catalogue") / "mine.toml"
    path.write_text(CATALOGUE.format(models=models, **digests), "utf-8")
    return path


def chosen(data: Path, catalogue: Path, **models: str) -> Path:
    """The data folder, whose settings name the catalogue and models of it."""
    lines = [f'catalogues = ["{catalogue}"]', *[f'{task} = "{name}"' for task, name in models.items()]]
    (data / "config.toml").write_text("\n".join(["[models]", *lines]), "utf-8")
    return data


@pytest.mark.parametrize("photo", ["obama.jpg", "biden.jpg", "obama_and_biden.jpg", "two_people.jpg"])
def test_yunet_finds_the_same_large_faces(data_dir: Path, catalogue: Path, shared: Path, photo: str) -> None:
    engine = build_engine(load_settings(chosen(data_dir, catalogue, detection="my-yunet")))
    assert isinstance(engine.detector, YuNetDetector)
    known = json.loads((shared / "reference" / "mtcnn.json").read_text("utf-8"))["images"][f"data/people/{photo}"]
    faces = engine.detector.detect(load_photo(shared / "data" / "people" / photo).image, 60)
    large = [Box(*face["box_xyxy"]) for face in known if face["box_xyxy"][2] - face["box_xyxy"][0] > 150]
    assert large
    for box in large:
        assert max(face.box.iou(box) for face in faces) >= 0.5


def test_yunet_in_the_environment_recognises_too(data_dir: Path, catalogue: Path, shared: Path) -> None:
    people = shared / "data" / "people"
    settings = {"LIMEN_MODELS__CATALOGUES": json.dumps([str(catalogue)]), "LIMEN_MODELS__DETECTION": "my-yunet"}
    assert limen("enrol", people / "obama.jpg", data=data_dir, **settings).code == 0
    done = limen("identify", people / "obama2.jpg", "--json", data=data_dir, **settings)
    assert [face["person"] for face in done.document()["faces"]] == ["obama"]


@pytest.fixture(scope="module")
def other_hall(tmp_path_factory: pytest.TempPathFactory, models_folder: Path, catalogue: Path, shared: Path) -> Path:
    """A data folder in which two people are enrolled with the other embedding."""
    folder = tmp_path_factory.mktemp("other")
    data = chosen(with_models(folder, models_folder), catalogue, embedding="my-mobilefacenet")
    people = shared / "data" / "people"
    done = limen("enrol", people / "obama.jpg", people / "biden.jpg", "--json", data=data)
    assert done.code == 0, done.err
    return data


@pytest.mark.parametrize(("person", "code"), [("obama", 0), ("biden", 1)])
def test_another_embedding_verifies(other_hall: Path, shared: Path, person: str, code: int) -> None:
    photo = shared / "data" / "people" / "obama3.jpg"
    done = limen("verify", photo, "--person", person, "--json", data=other_hall)
    assert (done.code, done.document()["accepted"]) == (code, code == 0)


@pytest.mark.parametrize("command", ["verify", "identify", "door"])
def test_templates_of_the_other_model_are_never_compared(other_hall: Path, shared: Path, command: str) -> None:
    people = shared / "data" / "people"
    arguments = {
        "verify": ("verify", people / "obama2.jpg", "--person", "obama"),
        "identify": ("identify", people / "obama2.jpg"),
        "door": ("door", "run", "front", "--camera", people / "short_hamilton_clip.mp4", "--fast"),
    }[command]
    done = limen(*arguments, "--json", data=other_hall, LIMEN_MODELS__EMBEDDING="dlib-resnet")
    assert (done.code, done.out) == (65, "")
    assert "everybody is enrolled with another model (my-mobilefacenet:" in done.err
    assert "enrol them again (limen enrol), or go back to that model (limen models use)" in done.err


def test_a_model_in_use_is_checked_before_each_use(data_dir: Path, catalogue: Path, shared: Path) -> None:
    changed = data_dir / "changed.onnx"
    data = bytearray((shared / "models" / "mobilefacenet.onnx").read_bytes())
    data[len(data) // 2] ^= 1
    changed.write_bytes(data)
    text = catalogue.read_text("utf-8").replace(str(shared / "models" / "mobilefacenet.onnx"), str(changed))
    mine = data_dir / "mine.toml"
    mine.write_text(text, "utf-8")
    chosen(data_dir, mine, embedding="my-mobilefacenet")
    done = limen("enrol", shared / "data" / "people" / "obama.jpg", "--json", data=data_dir)
    assert (done.code, done.out) == (65, "")
    assert "changed.onnx has sha256" in done.err
    assert "it is not used" in done.err
