import math

import numpy as np
import pytest

from limen.config import DoorSettings, EnrolmentSettings, QualityBounds
from limen.faces.quality import Flaw, Quality, flaws, measure
from limen.types import Box, Face

BOUNDS = QualityBounds(
    min_size_px=60, min_inside=0.9, min_brightness=40, max_brightness=225, min_sharpness=4, max_yaw_deg=40,
    max_pitch_deg=35,
)  # fmt: skip
GOOD = {"size_px": 100.0, "inside": 1.0, "brightness": 120.0, "sharpness": 9.0, "yaw_deg": 5.0, "pitch_deg": -5.0}
MISSES = [
    ("size_px", 59.9, Flaw.TOO_SMALL),
    ("inside", 0.89, Flaw.CUT_OFF),
    ("brightness", 39.0, Flaw.TOO_DARK),
    ("brightness", 226.0, Flaw.TOO_BRIGHT),
    ("sharpness", 3.9, Flaw.BLURRED),
    ("yaw_deg", 41.0, Flaw.TURNED_AWAY),
    ("yaw_deg", -41.0, Flaw.TURNED_AWAY),
    ("pitch_deg", 36.0, Flaw.TURNED_AWAY),
    ("pitch_deg", -36.0, Flaw.TURNED_AWAY),
]


def found(**changes: float) -> list[Flaw]:
    return [flaw.flaw for flaw in flaws(Quality(**{**GOOD, **changes}), BOUNDS)]


def test_a_good_face_has_no_flaws() -> None:
    assert found() == []


@pytest.mark.parametrize(("name", "value", "flaw"), MISSES)
def test_each_missed_bound_is_its_own_flaw(name: str, value: float, flaw: Flaw) -> None:
    assert found(**{name: value}) == [flaw]


def test_the_bounds_themselves_are_good_enough() -> None:
    assert found(size_px=60, inside=0.9, brightness=40, sharpness=4, yaw_deg=-40, pitch_deg=35) == []
    assert found(brightness=225) == []


@pytest.mark.parametrize("name", GOOD)
def test_a_number_that_is_none_misses_its_bound(name: str) -> None:
    assert found(**{name: math.nan}) != []


@pytest.mark.parametrize("name", ["yaw_deg", "pitch_deg"])
def test_a_turn_that_is_no_number_is_told_not_the_other(name: str) -> None:
    (told,) = flaws(Quality(**{**GOOD, name: math.nan}), BOUNDS)
    assert math.isnan(told.measured)


@pytest.mark.parametrize(("name", "value", "flaw"), MISSES)
def test_the_text_tells_what_was_measured_and_what_is_needed(name: str, value: float, flaw: Flaw) -> None:
    (told,) = flaws(Quality(**{**GOOD, name: value}), BOUNDS)
    assert told.measured == pytest.approx(abs(value))
    assert flaw.value.replace("_", " ") in str(told)


def test_the_worse_of_two_turns_is_told() -> None:
    (told,) = flaws(Quality(**{**GOOD, "yaw_deg": 50.0, "pitch_deg": -70.0}), BOUNDS)
    assert (told.measured, told.bound) == (70, 35)


def test_enrolment_asks_for_at_least_as_much_as_the_door() -> None:
    door, enrolment = DoorSettings().quality, EnrolmentSettings().quality
    assert enrolment.min_inside >= door.min_inside
    assert enrolment.min_sharpness >= door.min_sharpness
    assert enrolment.max_brightness <= door.max_brightness


LEVEL = np.array([[32, 36], [68, 36], [50, 57], [35, 78], [65, 78]], np.float32)
GREY = np.full((120, 120, 3), 128, np.uint8)


def turned(nose: tuple[float, float], turn_deg: float = 0) -> Quality:
    """A face whose nose is shifted by ``nose``, and whose head is tilted sideways."""
    points = LEVEL.copy()
    points[2] += nose
    angle = math.radians(turn_deg)
    rotation = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    points = ((points - 50) @ rotation.T + 60).astype(np.float32)
    return measure(GREY, Face(Box(20, 20, 100, 100), 1.0, points))


def test_a_level_face_is_not_turned() -> None:
    quality = turned((0, 0))
    assert abs(quality.yaw_deg) < 5
    assert abs(quality.pitch_deg) < 5


def test_the_signs_of_the_turn() -> None:
    assert turned((10, 0)).yaw_deg > 20
    assert turned((-10, 0)).yaw_deg < -20
    assert turned((0, -10)).pitch_deg > 20
    assert turned((0, 10)).pitch_deg < -20


@pytest.mark.parametrize("tilt_deg", [-60, 30, 90])
def test_a_tilted_head_is_not_turned_away(tilt_deg: float) -> None:
    upright, tilted = turned((8, -4)), turned((8, -4), tilt_deg)
    assert tilted.yaw_deg == pytest.approx(upright.yaw_deg, abs=0.5)
    assert tilted.pitch_deg == pytest.approx(upright.pitch_deg, abs=0.5)


def test_landmarks_in_one_line_count_as_turned_away() -> None:
    points = np.array([[50, 30], [50, 30], [50, 50], [50, 70], [50, 70]], np.float32)
    quality = measure(GREY, Face(Box(20, 20, 100, 100), 1.0, points))
    assert quality.yaw_deg == 90


def test_the_part_of_the_box_within_the_picture() -> None:
    quality = measure(GREY, Face(Box(80, -40, 160, 40), 1.0, LEVEL))
    assert quality.inside == pytest.approx(0.25)
    assert quality.size_px == 80


def test_an_even_surface_has_no_sharpness() -> None:
    assert turned((0, 0)).sharpness == 0
