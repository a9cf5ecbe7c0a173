"""``limen evaluate presets`` as people type it."""

from pathlib import Path

import pytest

from limen_program import limen


@pytest.fixture
def sixty_people(shared: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "people"
    folder.mkdir()
    for person in sorted((shared / "data" / "lfw").iterdir())[:60]:
        (folder / person.name).symlink_to(person, target_is_directory=True)
    return folder


def test_what_is_printed_becomes_the_thresholds(sixty_people: Path, data_dir: Path, shared: Path) -> None:
    printed = limen("evaluate", "presets", "--images", sixty_people, data=data_dir)
    assert (printed.code, printed.err) == (0, "")
    document = limen("evaluate", "presets", "--images", sixty_people, "--json", data=data_dir).document()
    assert document["people"] == 60
    assert [preset["fmr"] for preset in document["presets"]][:2] == [0.1, 0.03]
    similarities = [preset["similarity"] for preset in document["presets"]]
    assert similarities == sorted(similarities)
    assert 0.8 < similarities[0] < 0.95

    (data_dir / "config.toml").write_text(printed.out)
    photos = [shared / "data" / "people" / name for name in ("obama.jpg", "obama2.jpg")]
    compared = limen("compare", *photos, "--json", data=data_dir, LIMEN_MATCHING__FMR="0.1").document()
    assert compared["threshold"] == pytest.approx(similarities[0])


def test_too_few_people(data_dir: Path, shared: Path) -> None:
    ran = limen("evaluate", "presets", "--images", shared / "data" / "people", data=data_dir)
    assert (ran.code, ran.out) == (65, "")
    assert "too few for two presets" in ran.err
