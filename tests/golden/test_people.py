"""Real people, one photo each: named in other photos, let in on film; and nobody else is."""

import shutil
from pathlib import Path

import pytest

from limen_program import Ran, limen, with_models

KNOWN = ("obama.jpg", "biden.jpg", "lin-manuel-miranda.png", "alex-lacamoire.png")
CLIP = "short_hamilton_clip.mp4"


@pytest.fixture(scope="module")
def people(shared: Path) -> Path:
    return shared / "data" / "people"


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory, models_folder: Path, people: Path) -> Path:
    """A data folder in which four people are enrolled from one photo each."""
    data = with_models(tmp_path_factory.mktemp("hall"), models_folder)
    done = limen("enrol", *[people / name for name in KNOWN], "--json", data=data)
    assert done.code == 0, done.err
    enrolled = [{"person": Path(name).stem, "photos": 1, "templates": 1} for name in KNOWN]
    assert done.document() == {"enrolled": enrolled, "refused": [], "warnings": []}
    return data


def named(done: Ran) -> list[str | None]:
    return [face["person"] for face in done.document()["faces"]]


@pytest.mark.parametrize("photo", ["obama2.jpg", "obama3.jpg", "obama_partial_face.jpg"])
@pytest.mark.parametrize("method", ["nearest", "centroid"])
def test_other_photos_of_somebody_known(hall: Path, people: Path, photo: str, method: str) -> None:
    done = limen("identify", people / photo, "--method", method, "--json", data=hall)
    assert (done.code, named(done)) == (0, ["obama"])


def test_in_a_crowd_the_two_who_are_known_are_named_and_nobody_else(hall: Path, people: Path) -> None:
    done = limen("identify", people / "obama_and_biden.jpg", "--json", data=hall)
    assert done.code == 0
    faces = done.document()["faces"]
    assert sorted(face["person"] for face in faces if face["person"]) == ["biden", "obama"]
    assert len(faces) > 2
    for face in faces:
        assert (face["person"] is not None) == (face["reason"] == "matched")
    left, right = sorted((face for face in faces if face["person"]), key=lambda face: face["box"][0])
    assert (left["person"], right["person"]) == ("biden", "obama")


@pytest.mark.parametrize(("person", "code"), [("obama", 0), ("biden", 1), ("lin-manuel-miranda", 1)])
def test_who_somebody_says_they_are(hall: Path, people: Path, person: str, code: int) -> None:
    done = limen("verify", people / "obama2.jpg", "--person", person, "--json", data=hall)
    answer = done.document()
    assert (done.code, answer["accepted"]) == (code, code == 0)
    assert answer["reason"] == ("matched" if code == 0 else "not_the_same")
    assert (answer["similarity"] >= answer["threshold"]) is answer["accepted"]
    assert answer["fmr"] == 2e-3


@pytest.mark.parametrize(("b", "same"), [("obama2.jpg", True), ("biden.jpg", False)])
def test_two_photos(hall: Path, people: Path, b: str, same: bool) -> None:
    done = limen("compare", people / "obama.jpg", people / b, "--json", data=hall)
    answer = done.document()
    assert (done.code, answer["same"]) == (0 if same else 1, same)
    assert answer["distance"] == pytest.approx(1 - answer["similarity"], abs=1e-4)


def filmed(data: Path, people: Path) -> Ran:
    return limen("door", "run", "front", "--camera", people / CLIP, "--fast", "--json", data=data)


def test_the_two_men_on_film_are_let_in_by_name(hall: Path, people: Path) -> None:
    done = filmed(hall, people)
    assert done.code == 0, done.err
    events = done.lines()
    assert all(set(event) == {"type", "door", "person", "reason", "at"} for event in events)
    assert {event["door"] for event in events} == {"front"}
    granted = [event for event in events if event["type"] == "access.granted"]
    assert sorted(event["person"] for event in granted) == ["alex-lacamoire", "lin-manuel-miranda"]
    assert {event["reason"] for event in granted} == {"matched"}
    types = [event["type"] for event in events]
    assert types[0] == "door.started"
    assert types[-1] == "door.stopped"
    assert types.index("access.granted") < types.index("door.unlocked") < types.index("door.locked")
    assert "Welcome, " in done.err
    assert "alex-lacamoire" in done.err


def test_with_others_enrolled_the_film_lets_nobody_in(hall: Path, people: Path, tmp_path: Path) -> None:
    data = shutil.copytree(hall, tmp_path / "data", symlinks=True)
    for person in ("lin-manuel-miranda", "alex-lacamoire"):
        assert limen("people", "delete", person, "--yes", data=data).code == 0
    done = filmed(data, people)
    assert done.code == 0, done.err
    types = [event["type"] for event in done.lines()]
    assert "access.granted" not in types
    assert "door.unlocked" not in types
    assert "access.denied" in types
    assert "Welcome" not in done.err
