"""``limen calibrate`` as people type it, on real photos."""

import json
from pathlib import Path

import pytest

from limen.matching.calibration import Calibration
from limen_program import Ran, limen


@pytest.fixture(scope="module")
def people(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixteen people with two photos or more, and twenty-four with one."""
    folder = tmp_path_factory.mktemp("photos") / "people"
    folder.mkdir()
    everybody = sorted((shared / "data" / "lfw").iterdir())
    several = [person for person in everybody if len(list(person.iterdir())) in (2, 3)][:16]
    alone = [person for person in everybody if len(list(person.iterdir())) == 1][:24]
    for person in (*several, *alone):
        (folder / person.name).symlink_to(person, target_is_directory=True)
    return folder


def calibration_of(data: Path) -> Calibration:
    (file,) = (data / "calibrations").iterdir()
    return Calibration.model_validate_json(file.read_text())


def test_what_was_measured_is_used_from_then_on(people: Path, data_dir: Path, shared: Path) -> None:
    made = limen("calibrate", "--images", people, "--json", data=data_dir)
    assert made.code == 0
    assert (
        "a false match rate of 0.002, which is set (matching.fmr): its threshold is fitted; about 174 people"
        in made.err
    )
    document = made.document()
    rates = {row["fmr"]: row for row in document["rates"]}
    assert 0.8 < rates[0.1]["similarity"] < rates[0.01]["similarity"] < 1
    assert rates[0.1]["pairs"] > 0
    low, high = rates[0.1]["interval_95"]
    assert low < 0.1 < high
    assert (rates[0.01]["fitted"], rates[0.01]["pairs"], rates[0.01]["people_pairs_needed"]) == (True, None, 3000)
    assert document["data"].startswith("people: ")
    assert document["people_pairs"] == 40 * 39 // 2
    assert str(calibration_of(data_dir).model) == document["model"]

    photos = [shared / "data" / "people" / name for name in ("obama.jpg", "obama2.jpg")]
    compared = limen("compare", *photos, "--json", data=data_dir, LIMEN_MATCHING__FMR="0.1").document()
    assert compared["threshold"] == pytest.approx(rates[0.1]["similarity"], abs=1e-4)
    shown = limen("thresholds", "--json", data=data_dir).document()
    assert shown["rates"] == document["rates"]


def test_written_elsewhere_it_changes_nothing_here(people: Path, data_dir: Path, tmp_path: Path) -> None:
    before = limen("thresholds", "--json", data=data_dir).document()
    out = tmp_path / "new" / "cal.json"
    ran = limen("calibrate", "--images", people, "--out", out, data=data_dir)
    assert ran.code == 0
    assert f"written to {out}" in ran.err
    assert Calibration.model_validate_json(out.read_text()).people == 40
    assert limen("thresholds", "--json", data=data_dir).document() == before
    assert not (data_dir / "calibrations").exists()


def test_what_it_means_here_follows_from_the_people_enrolled(shared: Path, data_dir: Path) -> None:
    def here() -> dict[str, float]:
        found: dict[str, float] = limen(
            "thresholds", "--strangers-a-day", "50", "--json", data=data_dir, LIMEN_MATCHING__FPIR="0.01"
        ).document()["here"]
        return found

    alone = here()
    assert (alone["people"], alone["days_between_false_entries"]) == (0, 2.0)
    photos = [shared / "data" / "people" / name for name in ("obama.jpg", "biden.jpg", "alex-lacamoire.png")]
    assert limen("enrol", *photos, data=data_dir).code == 0
    three = here()
    assert three["people"] == 3
    assert three["threshold_search"] > alone["threshold_search"]
    text = limen("thresholds", "--strangers-a-day", "50", data=data_dir, LIMEN_MATCHING__FPIR="0.01").out
    assert "Here, with 3 people enrolled" in text
    assert "at 50 strangers a day, each looked at once: one false entry in 2.0 days" in text


def test_from_the_people_enrolled_here(people: Path, data_dir: Path) -> None:
    assert limen("enrol", people, data=data_dir).code == 0
    document = limen("calibrate", "--enrolled", "--json", data=data_dir).document()
    assert "people enrolled here" in document["data"]
    assert calibration_of(data_dir).people == document["here"]["people"] > 30


def test_a_list_of_pairs_says_which_photos(people: Path, data_dir: Path, tmp_path: Path) -> None:
    names = sorted(folder.name for folder in people.iterdir())[:20]
    lines = [f"{len(names) // 2}", *[f"{n}\t1\t1" for n in names[:10]]]
    lines += [f"{a}\t1\t{b}\t1" for a, b in zip(names[::2], names[1::2], strict=True)]
    listed = tmp_path / "pairs.txt"
    listed.write_text("\n".join(lines))
    ran = limen("calibrate", "--images", people, "--pairs", listed, "--out", tmp_path / "cal.json", data=data_dir)
    assert ran.code == 0, ran.err
    assert Calibration.model_validate_json((tmp_path / "cal.json").read_text()).people == 20


def test_wrong_labels_are_shown_and_can_be_left_out(people: Path, data_dir: Path, tmp_path: Path) -> None:
    mixed = tmp_path / "mixed"
    mixed.mkdir()
    for person in people.iterdir():
        (mixed / person.name).symlink_to(person.resolve(), target_is_directory=True)
    (twice,) = list(sorted(people.iterdir())[0].glob("*_0001.jpg"))
    (mixed / "Somebody_Else").mkdir()
    (mixed / "Somebody_Else" / "Somebody_Else_0001.jpg").symlink_to(twice.resolve())
    ran = limen("calibrate", "--images", mixed, "--out", tmp_path / "cal.json", "--json", data=data_dir)
    first = ran.document()["doubtful"][0]
    assert {Path(first["a"]).name, Path(first["b"]).name} == {twice.name, "Somebody_Else_0001.jpg"}
    assert first["similarity"] == 1
    assert "perhaps one person under two names" in ran.err

    left_out = tmp_path / "wrong.txt"
    left_out.write_text("# wrong\nSomebody_Else   # the same photo\n")
    arguments = ("calibrate", "--images", mixed, "--leave-out", left_out, "--out", tmp_path / "cal.json", "--json")
    again = limen(*arguments, data=data_dir).document()
    assert "Somebody_Else" not in json.dumps(again["doubtful"])
    left_out.write_text("Nobody\n")
    refused = limen(*arguments, data=data_dir)
    assert (refused.code, refused.out) == (65, "")
    assert "Nobody, which is not among the photos" in refused.err


def wrong(people: Path, tmp_path: Path) -> dict[str, tuple[list[str | Path], int, str]]:
    one = sorted(people.iterdir())[0]
    empty = tmp_path / "empty"
    empty.mkdir()
    return {
        "nothing": ([], 2, "say what to calibrate from"),
        "both": (["--images", people, "--enrolled"], 2, "say what to calibrate from"),
        "pairs of what": (["--enrolled", "--pairs", "pairs.txt"], 2, "go with --images"),
        "nobody": (["--enrolled"], 65, "nobody is enrolled"),
        "absent": (["--images", tmp_path / "absent"], 66, "cannot be read as a folder"),
        "empty": (["--images", empty], 66, "holds no photos"),
        "one person": (["--images", one], 65, "show one person"),
        "no list": (["--images", people, "--leave-out", tmp_path / "absent.txt"], 66, "cannot be read"),
    }


CASES = ("nothing", "both", "pairs of what", "nobody", "absent", "empty", "one person", "no list")


@pytest.mark.parametrize("case", CASES)
def test_what_cannot_be_calibrated_from_is_said_and_nothing_is_written(
    case: str, people: Path, data_dir: Path, tmp_path: Path
) -> None:
    arguments, code, message = wrong(people, tmp_path)[case]
    ran: Ran = limen("calibrate", *arguments, data=data_dir)
    assert (ran.code, ran.out) == (code, "")
    assert message in " ".join(ran.err.replace("│", " ").split())
    assert not (data_dir / "calibrations").exists()


def test_a_broken_calibration_stops_what_compares_and_is_mended_by_calibrating(
    people: Path, data_dir: Path, shared: Path
) -> None:
    photo = shared / "data" / "people" / "obama.jpg"
    file = data_dir / "calibrations" / "dlib-resnet-e48e049df1a49ef940aff14cc2266075.json"
    file.parent.mkdir()
    file.write_text('{"format": 1}')
    ran = limen("compare", photo, photo, data=data_dir)
    assert (ran.code, ran.out) == (65, "")
    assert "is no calibration" in ran.err
    assert "limen calibrate" in ran.err
    door = limen("door", "run", "front", "--camera", photo.parent, "--fast", "--json", data=data_dir)
    assert (door.code, door.out) == (65, "")
    assert limen("calibrate", "--images", people, data=data_dir).code == 0
    assert limen("compare", photo, photo, data=data_dir).code == 0
