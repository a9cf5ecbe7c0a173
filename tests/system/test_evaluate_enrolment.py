"""``limen evaluate enrolment`` as people type it."""

from pathlib import Path

import pytest

from limen_program import limen


@pytest.fixture
def people(shared: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "people"
    folder.mkdir()
    for name in ("obama.jpg", "obama2.jpg", "biden.jpg"):
        (folder / name).symlink_to(shared / "data" / "people" / name)
    (folder / "Nobody_1.jpg").write_bytes(b"no photo")
    (folder / "Several.jpg").symlink_to(shared / "data" / "people" / "two_people.jpg")
    return folder


def test_who_would_not_be_enrolled_and_why(people: Path, data_dir: Path) -> None:
    ran = limen("evaluate", "enrolment", "--images", people, "--json", data=data_dir)
    assert ran.code == 0, ran.err
    found = ran.document()
    assert (found["people"], found["photos"]) == (5, 5)
    assert found["failed"] == ["Nobody", "Several"]
    assert found["failure_to_enrol"] == 2 / 5
    reasons = {Path(entry["file"]).name: entry["reason"] for entry in found["refused"]}
    assert "not a photo" in reasons["Nobody_1.jpg"]
    assert "faces were found" in reasons["Several.jpg"]
    low, high = found["intervals_95"]["failure_to_enrol"]
    assert low < 0.4 < high
    assert limen("people", "list", "--json", data=data_dir).document() == {"people": []}


def test_in_words(people: Path, data_dir: Path) -> None:
    ran = limen("evaluate", "enrolment", "--images", people, data=data_dir)
    assert "failure to enrol (people)" in ran.out
    assert "2 of 5" in ran.out


def test_an_empty_folder(tmp_path: Path, data_dir: Path) -> None:
    (tmp_path / "empty").mkdir()
    ran = limen("evaluate", "enrolment", "--images", tmp_path / "empty", data=data_dir)
    assert (ran.code, ran.out) == (66, "")
