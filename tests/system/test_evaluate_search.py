"""``limen evaluate search`` and ``limen evaluate calibration`` as people type them, on real photos."""

from pathlib import Path

import pytest

from limen_program import limen


@pytest.fixture(scope="module")
def people(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fifty people, most with several photos."""
    folder = tmp_path_factory.mktemp("photos") / "people"
    folder.mkdir()
    everybody = sorted((shared / "data" / "lfw").iterdir())
    for person in [person for person in everybody if len(list(person.iterdir())) in (2, 3)][:50]:
        (folder / person.name).symlink_to(person, target_is_directory=True)
    return folder


def test_the_methods_side_by_side(people: Path, data_dir: Path) -> None:
    ran = limen(
        "evaluate", "search", "--images", people, "--people", "8", "--photos", "1,2", "--fpir", "0.1", "--json",
        data=data_dir,
    )  # fmt: skip
    assert ran.code == 0, ran.err
    rows = ran.document()["rows"]
    assert [(row["method"], row["photos"]) for row in rows] == [
        (method, photos) for photos in (1, 2) for method in ("nearest", "centroid", "knn", "svm")
    ]
    for row in rows:
        assert row["named_below_threshold"] == 0
        assert row["identified"]["rate"] > 0.6
        assert row["fpir"]["rate"] < 0.5
        low, high = row["intervals_95"]["fpir"]
        assert low <= row["fpir"]["rate"] <= high


def test_as_a_table(people: Path, data_dir: Path) -> None:
    ran = limen("evaluate", "search", "--images", people, "--people", "8", "--photos", "1", data=data_dir)
    assert (ran.code, ran.err) == (0, "")
    assert "wanted FPIR 0.02, margin 0.015" in ran.out
    assert "names given below the threshold, all lines together: 0" in ran.out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("search", "--people", "ten"), 2, "numbers with commas"),
        (("search", "--people", "400"), 65, "leaves no strangers"),
        (("search", "--photos", "0"), 2, "numbers with commas"),
        (("calibration", "--people", "25"), 65, "leave no strangers"),
    ],
)
def test_what_cannot_be_measured_is_said(
    arguments: tuple[str, ...], code: int, message: str, people: Path, data_dir: Path
) -> None:
    ran = limen("evaluate", arguments[0], "--images", people, *arguments[1:], data=data_dir)
    assert (ran.code, ran.out) == (code, "")
    assert message in " ".join(ran.err.replace("│", " ").split())


def test_does_one_half_predict_the_other(people: Path, data_dir: Path) -> None:
    ran = limen(
        "evaluate", "calibration", "--images", people, "--people", "10", "--fpir", "0.2", "--splits", "2", data=data_dir
    )
    assert ran.code == 0, ran.err
    header, *rows = [line.split() for line in ran.out.splitlines() if line[:5] in ("split", "1    ", "2    ")]
    assert header[0] == "split"
    assert [row[0] for row in rows] == ["1", "2"]
    assert [row[1:4] for row in rows] == [["–"] * 3] * 2, "300 pairs of people are too few for 0.01"
    assert all(0 < float(row[4]) < 4 for row in rows)
    assert "not enough data" in ran.out
