"""``--json`` prints one document and nothing else on standard output; what fails prints none."""

import json
from pathlib import Path

import pytest

from limen_program import limen, with_models


@pytest.fixture(scope="module")
def hall(shared: Path, models_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = with_models(tmp_path_factory.mktemp("hall"), models_folder)
    people = shared / "data" / "people"
    assert limen("enrol", people / "obama.jpg", people / "biden.jpg", data=data).code == 0
    return data


PHOTO = "obama3.jpg"
ANSWERS = {
    "people list": (["people", "list"], 0, {"people"}),
    "people show": (["people", "show", "obama"], 0, {"id", "person", "disabled", "created_at", "photos"}),
    "verify": (["verify", PHOTO, "--person", "obama"], 0, {"accepted", "reason", "similarity", "threshold", "fmr"}),
    "no match": (["verify", PHOTO, "--person", "biden"], 1, {"accepted", "reason", "similarity", "threshold", "fmr"}),
    "identify": (["identify", PHOTO], 0, {"faces"}),
    "compare": (["compare", PHOTO, "biden.jpg"], 1, {"same", "similarity", "distance", "threshold", "fmr"}),
    "enrol again": (["enrol", "obama.jpg"], 0, {"enrolled", "refused", "warnings"}),
    "models list": (["models", "list"], 0, {"models"}),
}
FAILURES = {
    "unknown person": (["verify", PHOTO, "--person", "nobody"], 66),
    "missing photo": (["identify", "absent.jpg"], 66),
    "no such command": (["nonsense"], 2),
    "no such method": (["identify", PHOTO, "--method", "guess"], 2),
    "no such lock": (["door", "run", "front", "--camera", PHOTO, "--lock", "none"], 78),
}


def arguments(words: list[str], shared: Path) -> list[str]:
    return [str(shared / "data" / "people" / word) if word.endswith(".jpg") else word for word in words]


@pytest.mark.parametrize("name", ANSWERS)
def test_one_document(hall: Path, shared: Path, name: str) -> None:
    words, code, keys = ANSWERS[name]
    done = limen(*arguments(words, shared), "--json", data=hall)
    assert done.code == code, done.err
    assert keys <= set(json.loads(done.out))
    assert done.out.count("\n") == 1


@pytest.mark.parametrize("name", FAILURES)
def test_no_document(hall: Path, shared: Path, name: str) -> None:
    words, code = FAILURES[name]
    done = limen(*arguments(words, shared), "--json", data=hall)
    assert (done.code, done.out) == (code, "")
    assert done.err
    assert "Traceback" not in done.err


def test_a_face_in_json_says_where_and_how_alike(hall: Path, shared: Path) -> None:
    (face,) = limen("identify", shared / "data" / "people" / PHOTO, "--json", data=hall).document()["faces"]
    assert set(face) == {"box", "person", "reason", "similarity", "margin"}
    assert len(face["box"]) == 4
    assert (face["person"], face["reason"]) == ("obama", "matched")
    assert 0.9 < face["similarity"] <= 1
    assert 0 < face["margin"] < 1


def test_words_where_nobody_asked_for_json(hall: Path, shared: Path) -> None:
    done = limen("identify", shared / "data" / "people" / PHOTO, data=hall)
    assert done.code == 0
    assert done.out.startswith("obama at ")
    with pytest.raises(json.JSONDecodeError):
        done.document()


def test_without_any_arguments_there_is_help(data_dir: Path) -> None:
    done = limen(data=data_dir)
    assert "Usage" in done.out + done.err
    assert done.code == 2
