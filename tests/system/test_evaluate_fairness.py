"""``limen evaluate fairness`` as people type it, on real photos."""

from pathlib import Path

import pytest

from limen_program import limen

Labels = dict[str, str]


@pytest.fixture(scope="module")
def images(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty people, with two photos at most."""
    folder = tmp_path_factory.mktemp("fairness") / "people"
    everybody = sorted((shared / "data" / "lfw").iterdir())
    for person in [person for person in everybody if len(list(person.iterdir())) == 2][:60]:
        (folder / person.name).mkdir(parents=True)
        for photo in person.iterdir():
            (folder / person.name / photo.name).symlink_to(photo)
    return folder


def written(path: Path, images: Path) -> Path:
    """Labels as a spreadsheet writes them: forty of "a", nineteen of "b", one without, and somebody unknown."""
    names = sorted(folder.name for folder in images.iterdir())
    rows = [f"{name};{'a' if index < 40 else 'b'};{index % 2}" for index, name in enumerate(names[:-1])]
    path.write_text("\r\n".join(["person;letter;parity", *rows, "Nobody_Here;a;0"]), "utf-8-sig")
    return path


def test_rates_by_group(images: Path, tmp_path: Path, data_dir: Path) -> None:
    labels = written(tmp_path / "labels.csv", images)
    ran = limen(
        "evaluate", "fairness", "--images", images, "--labels", labels, "--column", "letter", "--fmr", "0.1", "--json",
        data=data_dir,
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert "1 of 60 people have no label and are left out" in ran.err
    assert "1 of 60 people with a label have no photo; the first is Nobody Here" in ran.err
    found = ran.document()
    assert (found["people"], found["photos"], found["fmr"]) == (59, 118, 0.1)
    (column,) = found["columns"]
    assert column["column"] == "letter"
    assert [(group["group"], group["people"]) for group in column["groups"]] == [("a", 40), ("b", 19)]
    larger, smaller = (group["fmr"] for group in column["groups"])
    assert larger["comparisons"] == 4 * larger["units"] == 4 * 40 * 39 / 2
    low, high = larger["interval_95"]
    assert 0.02 < low < larger["rate"] < high < 0.4
    assert larger["erring_units"] >= 30
    assert smaller["units"] == 19 * 18 / 2
    everybody = column["everybody"]
    assert (everybody["people"], everybody["fnmr"]["units"], everybody["fnmr"]["rate"]) == (59, 59, None)
    assert everybody["fnmr"]["people_needed"] > 59
    assert column["worst_fnmr_ratio"] is None


def test_as_a_table(images: Path, tmp_path: Path, data_dir: Path) -> None:
    labels = written(tmp_path / "labels.csv", images)
    ran = limen("evaluate", "fairness", "--images", images, "--labels", labels, data=data_dir)
    assert ran.code == 0, ran.err
    assert "118 photos of 59 people" in ran.out
    assert "for a false match rate of 0.002" in ran.out
    for title in ("letter: false match rate", "letter: false non-match rate", "parity: false match rate"):
        assert title in ran.out
    assert "not enough data: " in ran.out
    assert "no ratio: two groups with enough data are needed" in ran.out


@pytest.mark.parametrize(
    ("text", "arguments", "code", "message"),
    [
        (None, (), 66, "cannot be read as labels"),
        ("person,gender\nAnna,f\nBen,m\n", (), 65, "0 of the people in the photos have a label in column 'gender'"),
        (
            "person,gender\nAnna,f\n",
            ("--column", "age"),
            65,
            "there is no column 'age' in the labels; there are: gen",
        ),
        ("person,gender\nAnna,f\n", ("--fmr", "2"), 2, "between 0 and 1"),
    ],
)
def test_bad_labels(
    text: str | None, arguments: tuple[str, ...], code: int, message: str, images: Path, tmp_path: Path, data_dir: Path
) -> None:
    labels = tmp_path / "labels.csv"
    if text is not None:
        labels.write_text(text)
    ran = limen("evaluate", "fairness", "--images", images, "--labels", labels, *arguments, "--json", data=data_dir)
    assert (ran.code, ran.out) == (code, "")
    assert message in " ".join(ran.err.replace("│", " ").split())
    assert "Traceback" not in ran.err
