"""Entries of the catalogue: what is refused, and what stands for their preprocessing."""

from typing import Any

import pytest
from pydantic import ValidationError

from limen.models.catalogue import InputSpec, ModelEntry, ModelFile

SHA = "0" * 64
POINTS = [[1, 2], [3, 4], [5, 6], [7, 8], [9, 10]]


def file(**changes: Any) -> dict[str, Any]:
    return {"name": "a.onnx", "sha256": SHA, "urls": ["https://example.org/a.onnx"]} | changes


def entry(**changes: Any) -> dict[str, Any]:
    return {
        "id": "mine",
        "task": "embedding",
        "licence": "MIT",
        "source": "https://example.org",
        "input": {
            "colour": "rgb",
            "width": 112,
            "height": 112,
            "mean": [0, 0, 0],
            "scale": 1,
            "alignment": POINTS,
        },
        "output": {"length": 128, "measure": "cosine"},
        "accuracy": {"result": "good", "reference": "nobody"},
        "files": [file()],
    } | changes


def test_a_complete_entry_is_accepted() -> None:
    assert ModelEntry.model_validate(entry()).files[0].stem == "a"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"colour": "red"}, "colour"),
        ({"input": {"colour": "grey", "mean": [0, 0, 0], "scale": 1}}, "input.colour"),
        ({"input": {"colour": "rgb", "mean": [0, 0, 0], "scale": 1}}, "input.width, input.height, input.align"),
        ({"input": {"colour": "rgb", "mean": [0, 0], "scale": 1}}, "input.mean"),
        ({"input": {"colour": "rgb", "mean": [0, 0, float("nan")], "scale": 1}}, "input.mean"),
        ({"input": {"colour": "rgb", "mean": [0, 0, 0], "scale": 0}}, "input.scale"),
        ({"input": {"colour": "rgb", "mean": [0, 0, 0], "scale": 1, "alignment": POINTS[1:]}}, "alignment"),
        ({"output": {"length": 128}}, "output.measure"),
        ({"task": "liveness"}, "input.crop, output.live_index"),
        ({"task": "speech"}, "task"),
        ({"id": "../mine"}, "id"),
        ({"importer": "caffe"}, "importer"),
        ({"files": []}, "files"),
        ({"files": [file(), file(name="a.dat")]}, "same name"),
        ({"presets": [{"fmr": 0, "similarity": 0.5}]}, "fmr"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        ModelEntry.model_validate(entry(**changes))
    places = [".".join(map(str, fault["loc"])) + ": " + fault["msg"] for fault in caught.value.errors()]
    assert said in "; ".join(places)


def test_the_live_one_is_among_the_outputs() -> None:
    spec = {"colour": "bgr", "width": 80, "height": 80, "mean": [0, 0, 0], "scale": 1, "crop": 2.7}
    with pytest.raises(ValidationError, match="live_index must be below"):
        ModelEntry.model_validate(entry(task="liveness", input=spec, output={"length": 3, "live_index": 3}))


@pytest.mark.parametrize(
    "changes",
    [
        {"urls": []},
        {"path": "a.onnx"},
        {"urls": [], "package": "mtcnn", "path": "a"},
        {"package": "mtcnn", "version": "1.0.0"},
        {"urls": [], "package": "mtcnn", "version": "1.0.0", "path": "../secret"},
        {"urls": [], "package": "mtcnn", "version": "1.0.0", "path": "/etc/passwd"},
        {"urls": [], "package": "os.path", "version": "1.0.0", "path": "a"},
        {"urls": ["http://example.org/a.onnx"]},
        {"urls": ["http://localhost.example.org/a.onnx"]},
        {"urls": ["file:///etc/passwd"]},
        {"urls": ["https:///a.onnx"]},
        {"name": "../a.onnx"},
        {"name": ".hidden"},
        {"sha256": "0" * 63},
        {"sha256": "A" * 64},
        {"bytes": 0},
    ],
)
def test_a_file_has_one_place_and_a_digest(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ModelFile.model_validate(file(**changes))


@pytest.mark.parametrize("url", ["https://example.org/a", "http://localhost:8000/a", "http://127.0.0.1/a"])
def test_https_and_this_machine_may_be_asked(url: str) -> None:
    assert ModelFile.model_validate(file(urls=[url])).urls == (url,)


def test_the_canonical_text_knows_preprocessing_and_not_its_spelling() -> None:
    spec = InputSpec.model_validate({"colour": "rgb", "width": 2, "mean": [0, 0, 0], "scale": 1})
    same = InputSpec.model_validate({"scale": 1.0, "mean": [0.0, 0.0, 0.0], "width": 2, "colour": "rgb"})
    assert spec.canonical() == same.canonical()
    assert spec.canonical() == '{"colour":"rgb","mean":[0.0,0.0,0.0],"scale":1.0,"width":2}'
    for name, value in (("colour", "bgr"), ("width", 3), ("scale", 0.5), ("mean", (0.0, 0.0, 1.0))):
        assert spec.model_copy(update={name: value}).canonical() != spec.canonical()


def test_the_digest_is_of_the_files_in_the_order_of_their_names() -> None:
    one, two = file(name="a.onnx"), file(name="b.onnx", sha256="1" * 64)
    digest = ModelEntry.model_validate(entry(files=[one, two])).digest
    assert ModelEntry.model_validate(entry(files=[two, one])).digest == digest
    assert ModelEntry.model_validate(entry(files=[one, two | {"sha256": "2" * 64}])).digest != digest
    swapped = [one | {"sha256": "1" * 64}, two | {"sha256": SHA}]
    assert ModelEntry.model_validate(entry(files=swapped)).digest != digest
