"""Each change does what it says, to the angle, the sigma, the share and the pixel."""

import io
import math

import numpy as np
import pytest
from PIL import Image as Pillow

from limen.evaluation.changes import (
    CHANGES,
    GREY,
    blurred,
    covered,
    exposed,
    eyes_band,
    lower_part,
    mirrored,
    recompressed,
    rotated,
    shrunk,
    side_part,
)
from limen.types import Box, Face

FACE = Face(Box(40, 30, 140, 150), 0.99, np.array([[65, 70], [115, 74], [90, 95], [70, 120], [110, 120]], np.float32))
BY_NAME = {change.name: change for change in CHANGES}


def photo(seed: int = 0) -> np.ndarray:
    """Noise in which every pixel differs from grey."""
    pixels = np.random.default_rng(seed).integers(0, 256, (180, 200, 3), np.uint8)
    pixels[(pixels == GREY).any(axis=2)] = 7
    return pixels


def centroid(image: np.ndarray) -> np.ndarray:
    weights = image[:, :, 0].astype(float)
    y, x = np.mgrid[: weights.shape[0], : weights.shape[1]]
    return np.array([(weights * x).sum(), (weights * y).sum()]) / weights.sum()


def test_mirrored_is_left_for_right_and_twice_is_nothing() -> None:
    np.testing.assert_array_equal(mirrored(photo()), np.flip(photo(), axis=1))
    np.testing.assert_array_equal(mirrored(mirrored(photo())), photo())
    assert (mirrored(photo()) != photo()).any()


@pytest.mark.parametrize("angle_deg", [-45, -20, -5, 5, 30, 90])
def test_rotated_by_the_angle_anticlockwise_about_the_centre(angle_deg: float) -> None:
    centre, radius = np.array([100.0, 90.0]), 50
    image = np.zeros((181, 201, 3), np.uint8)
    image[88:93, 148:153] = 200
    # Seen with y upwards, a spot at the right of the centre goes up where the angle is positive.
    angle = math.radians(angle_deg)
    expected = centre + radius * np.array([math.cos(angle), -math.sin(angle)])
    np.testing.assert_allclose(centroid(rotated(image, (100, 90), angle_deg)), expected, atol=0.1)


def test_rotation_turns_about_the_face_and_leaves_no_black() -> None:
    image = np.full((180, 200, 3), 90, np.uint8)
    image[88:93, 88:93] = 255
    turned = BY_NAME["rotation"].apply(image, FACE, 45)
    assert turned is not None
    np.testing.assert_allclose(centroid(np.where(turned > 150, turned, 0)), FACE.box.centre, atol=0.2)
    assert turned.min() == 90


@pytest.mark.parametrize("sigma", [1.0, 2.5, 6.0])
def test_blurred_by_the_sigma(sigma: float) -> None:
    step = np.zeros((20, 121, 3), np.uint8)
    step[:, 60:] = 255
    # What an edge becomes rises like the integral of the blur: its differences are the blur.
    weights = np.diff(blurred(step, sigma)[10, :, 0].astype(float))
    x = np.arange(len(weights))
    spread = math.sqrt((weights * (x - (weights * x).sum() / weights.sum()) ** 2).sum() / weights.sum())
    assert spread == pytest.approx(sigma, rel=0.03)


def test_blur_counts_in_widths_of_the_face() -> None:
    changed = BY_NAME["blur"].apply(photo(), FACE, 3)
    np.testing.assert_array_equal(changed, blurred(photo(), 3.0))
    wide = Face(Box(0, 30, 200, 150), 0.99, FACE.landmarks)
    np.testing.assert_array_equal(BY_NAME["blur"].apply(photo(), wide, 3), blurred(photo(), 6.0))


@pytest.mark.parametrize("stops", [-3, -1, 1, 2])
def test_exposed_doubles_the_light_for_each_stop(stops: int) -> None:
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    changed = exposed(ramp, stops)
    for pixel in (0, 5, 40, 128, 200, 255):
        signal = pixel / 255
        light = signal / 12.92 if signal <= 0.04045 else ((signal + 0.055) / 1.055) ** 2.4
        light = min(light * 2**stops, 1)
        expected = 12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055
        assert changed[0, pixel, 0] == pytest.approx(255 * expected, abs=0.51)
    np.testing.assert_array_equal(exposed(photo(), 0), photo())


def test_recompressed_is_what_a_jpeg_of_that_quality_holds() -> None:
    smooth = blurred(photo(), 3)
    lost = [np.abs(recompressed(smooth, quality).astype(int) - smooth).mean() for quality in (5, 30, 95)]
    assert lost[0] > lost[1] > lost[2]
    file = io.BytesIO()
    Pillow.fromarray(smooth).save(file, "JPEG", quality=30)
    np.testing.assert_array_equal(recompressed(smooth, 30), np.asarray(Pillow.open(file)))


@pytest.mark.parametrize("part", [lower_part, eyes_band, side_part])
@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
def test_as_much_of_the_face_is_covered_as_was_said(part: object, share: float) -> None:
    assert callable(part)
    changed = covered(photo(), part(FACE, share))
    grey = (changed == GREY).all(axis=2)
    assert grey.sum() == pytest.approx(share * FACE.box.area, rel=0.02)
    inside = np.zeros_like(grey)
    inside[30:150, 40:140] = True
    assert not grey[~inside].any()
    np.testing.assert_array_equal(changed[~grey], photo()[~grey])


def test_the_right_part_is_covered() -> None:
    def covers(name: str, point: np.ndarray) -> bool:
        changed = BY_NAME[name].apply(photo(), FACE, 0.3)
        assert changed is not None
        return bool((changed[round(point[1]), round(point[0])] == GREY).all())

    left_eye, right_eye, nose, left_mouth, right_mouth = FACE.landmarks
    assert covers("occlusion_lower", left_mouth)
    assert covers("occlusion_lower", right_mouth)
    assert not covers("occlusion_lower", nose)
    assert covers("occlusion_eyes", left_eye)
    assert covers("occlusion_eyes", right_eye)
    assert not covers("occlusion_eyes", left_mouth)
    assert covers("occlusion_side", left_eye)
    assert not covers("occlusion_side", right_eye)


def test_what_lies_outside_of_the_picture_is_not_covered() -> None:
    changed = covered(photo(), Box(-50, -50, 10, 5))
    assert (changed == GREY).all(axis=2).sum() == 50
    assert not (covered(photo(), Box(500, 500, 600, 600)) == GREY).any()


def test_shrunk_pixels_are_means() -> None:
    expected = photo().astype(float).reshape(90, 2, 100, 2, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(shrunk(photo(), 0.5), expected, atol=0.51)
    assert shrunk(photo(), 1e-6).shape == (1, 1, 3)


def test_a_face_is_shrunk_to_its_width_and_never_enlarged() -> None:
    size = BY_NAME["size"]
    small = size.apply(photo(), FACE, 25)
    assert small is not None
    assert small.shape == (45, 50, 3)
    assert size.apply(photo(), FACE, 100) is None
    assert size.apply(photo(), FACE, 120) is None


@pytest.mark.parametrize("name", BY_NAME)
def test_each_change_is_the_same_each_time_and_leaves_the_photo_alone(name: str) -> None:
    change, image = BY_NAME[name], photo()
    assert list(change.strengths) == sorted(set(change.strengths))
    assert change.neutral not in change.strengths
    for strength in change.strengths:
        changed, again = (change.apply(image, FACE, strength) for _ in range(2))
        assert changed is not None
        assert again is not None
        assert changed.dtype == np.uint8
        assert changed.shape != image.shape or (changed != image).any()
        np.testing.assert_array_equal(changed, again)
    np.testing.assert_array_equal(image, photo())


def test_names_are_unique() -> None:
    assert len(BY_NAME) == len(CHANGES)
