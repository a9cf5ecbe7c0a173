import json
from datetime import UTC, datetime

import pytest

from limen.errors import BadDataError
from limen.matching.base import Method
from limen.matching.calibration import (
    Calibration,
    FalseMatches,
    FalseNonMatches,
    FittedTail,
    PhotosExponent,
    Search,
    days_between_false_entries,
    file_name,
    parse_calibration,
)
from limen.types import ModelKey

MODEL = ModelKey("net:0123")


def point(fmr: float, similarity: float) -> FalseMatches:
    return FalseMatches(fmr=fmr, similarity=similarity, pairs=100, interval=(fmr / 2, fmr * 2))


CALIBRATION = Calibration(
    model=MODEL,
    data="a set",
    made_at=datetime(2026, 11, 24, tzinfo=UTC),
    photos=40,
    photos_without_face=1,
    people=30,
    impostor_pairs=700,
    people_pairs=435,
    genuine_pairs=20,
    false_matches=(point(1e-1, 0.5), point(1e-2, 0.7), point(1e-3, 0.8)),
    searches=(Search(people=1, fpir=(0.1, 0.01, 0.001)), Search(people=10, fpir=(0.6, 0.09, 0.01))),
    false_non_matches=(FalseNonMatches(fnmr=0.5, similarity=0.9), FalseNonMatches(fnmr=0.1, similarity=0.7)),
    tail=FittedTail(similarity=0.75, fmr=5e-3, shape=-0.1, scale=0.04, pairs=300),
    exponents=(PhotosExponent(method=Method.NEAREST, exponent=0.7),),
)


def changed(**values: object) -> str:
    return json.dumps(json.loads(CALIBRATION.to_json()) | values)


def test_what_is_written_is_read_again() -> None:
    assert parse_calibration(CALIBRATION.to_json(), "it", MODEL) == CALIBRATION


def test_its_thresholds_are_what_was_measured() -> None:
    thresholds = CALIBRATION.thresholds
    assert thresholds.at_fmr(1e-2) == pytest.approx(0.7)
    assert thresholds.for_search(0.09, 10) == pytest.approx(0.7)
    assert thresholds.at_fmr(1e-4) > 0.8
    assert thresholds.exponent(Method.NEAREST) == 0.7
    assert thresholds.exponent(Method.CENTROID) == 1.5, "not measured: assumed, and rather too much than too little"
    assert thresholds.source == "calibration of 2026-11-24 on a set"


def test_searches_that_say_nothing_are_left_out() -> None:
    certain = CALIBRATION.model_copy(update={"searches": (Search(people=500, fpir=(1.0, 0.9999, 0.4)),)})
    assert [p.fmr for p in certain.thresholds.searches[0].points] == [0.4]
    assert certain.thresholds.for_search(0.1, 500) == pytest.approx(certain.thresholds.at_fmr(0.1, 500))


@pytest.mark.parametrize(("similarity", "fnmr"), [(0.7, 0.1), (0.8, 0.3), (0.9, 0.5), (0.6, None), (0.95, None)])
def test_false_non_matches_are_told_where_they_were_counted(similarity: float, fnmr: float | None) -> None:
    found = CALIBRATION.fnmr_at(similarity)
    assert found is None if fnmr is None else found == pytest.approx(fnmr)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "Expecting value"),
        ("[1, 2]", "valid dictionary"),
        (changed(format=2), "format"),
        (changed(model="other:1"), "calibration of other:1, one of net:0123 was expected"),
        (changed(people=-1), "people"),
        (changed(made_at="2026-11-24T00:00:00"), "made_at"),
        (changed(another=1), "another"),
        (changed(false_matches=[]), "false_matches"),
        (changed(searches=[{"people": 10, "fpir": [0.1]}]), "each search needs 3 rates"),
        (
            changed(false_matches=[point(1e-1, 0.5).model_dump(), point(1e-2, 0.4).model_dump()]),
            "a smaller false match rate needs a larger similarity",
        ),
        (CALIBRATION.to_json().replace("0.75", "NaN"), "finite"),
    ],
)
def test_what_is_no_calibration_is_refused(text: str, fault: str) -> None:
    with pytest.raises(BadDataError, match=fault) as caught:
        parse_calibration(text, "cal.json", MODEL)
    assert str(caught.value).startswith("cal.json is ")
    assert "limen calibrate" in str(caught.value)


def test_days_between_false_entries() -> None:
    assert days_between_false_entries(fpir=1e-3, strangers_a_day=20) == pytest.approx(50)


def test_a_models_file_is_named_after_it() -> None:
    assert file_name(ModelKey("dlib-resnet:ab12")) == "dlib-resnet-ab12.json"
