from itertools import pairwise

import numpy as np
import pytest

from limen.camera.cutout import person_mask
from limen.camera.walk import Walk, empty_hall, walk_up, with_noise
from limen.types import Box, Image, Size

SIZE = Size(320, 240)
FACE = Box(80, 40, 120, 90)
SKIN, COAT, WALL = (225, 170, 140), (200, 40, 30), (40, 120, 60)


def portrait() -> Image:
    """Somebody with a face and a coat before a green wall; a little noise, as in any photo."""
    y, x = np.mgrid[:220, :200]
    image = np.empty((220, 200, 3), np.float32)
    image[:] = WALL
    image[(abs(x - 100) < 26 + 0.35 * (y - 90)) & (y > 90)] = COAT
    image[((x - 100) / 22) ** 2 + ((y - 65) / 30) ** 2 < 1] = SKIN
    return np.clip(image + np.random.default_rng(1).normal(0, 4, image.shape), 0, 255).astype(np.uint8)


def skin_width(image: Image) -> int:
    """How wide the skin is, in pixels, where it is widest."""
    near = np.abs(image.astype(int) - SKIN).max(axis=2) < 25
    return int(near.sum(axis=1).max())


def test_the_face_grows_as_asked_and_comes_out_of_the_empty_hall() -> None:
    hall = empty_hall(SIZE)
    frames = list(walk_up(portrait(), FACE, hall, Walk(30, from_px=20, to_px=60, fade_frames=5)))
    assert len(frames) == 30
    assert {frame.shape for frame in frames} == {hall.shape}
    near_enough = [skin_width(frame) for frame in frames[5:25]]
    assert near_enough[0] == pytest.approx(44 / 40 * 21, abs=6)
    assert near_enough[-1] == pytest.approx(44 / 40 * 56, abs=8)
    assert all(after >= before - 2 for before, after in pairwise(near_enough))
    strongest = [int(np.abs(frame.astype(int) - hall).max()) for frame in (frames[0], frames[10], frames[-1])]
    assert strongest[0] < strongest[1] / 3
    assert strongest[2] < strongest[1] / 3


def test_the_wall_of_the_photo_stays_behind() -> None:
    frame = next(walk_up(portrait(), FACE, empty_hall(SIZE), Walk(2, 50, 50, fade_frames=0)))
    green = (frame[..., 1].astype(int) - np.maximum(frame[..., 0], frame[..., 2])) > 30
    assert green.mean() < 0.01


def test_a_person_is_told_from_the_wall_and_twice_the_same() -> None:
    mask = person_mask(portrait(), FACE)
    assert mask.shape == (220, 200)
    assert mask.dtype == np.float32
    assert mask.min() >= 0
    assert mask.max() <= 1
    assert mask[65, 100] > 0.95, "the face"
    assert mask[200, 100] > 0.95, "the coat"
    assert mask[20, 20] == 0, "the wall"
    assert mask[65, 140] < 0.05, "the wall beside the face"
    np.testing.assert_array_equal(mask, person_mask(portrait(), FACE))


def test_noise_makes_every_frame_another_and_can_be_repeated() -> None:
    hall = empty_hall(SIZE)
    frames = list(with_noise([hall] * 40, seed=3))
    assert len({frame.tobytes() for frame in frames}) == 40
    assert np.std(frames[0].astype(int) - hall) == pytest.approx(2.5, rel=0.1)
    again = list(with_noise([hall] * 40, seed=3))
    assert all(np.array_equal(a, b) for a, b in zip(frames, again, strict=True))
    assert not np.array_equal(frames[0], next(with_noise([hall], seed=4)))


def test_the_empty_hall_is_grey() -> None:
    hall = empty_hall(SIZE)
    assert hall.shape == (240, 320, 3)
    assert (hall.max(axis=2).astype(int) - hall.min(axis=2)).max() < 10
    assert 60 < hall.mean() < 180


@pytest.mark.parametrize(
    ("frames", "from_px", "to_px", "fade"), [(1, 10, 20, 0), (10, 0, 20, 0), (10, 30, 20, 0), (10, 10, 20, 6)]
)
def test_a_walk_that_cannot_be_is_refused(frames: int, from_px: float, to_px: float, fade: int) -> None:
    with pytest.raises(ValueError, match="a walk"):
        Walk(frames, from_px, to_px, fade)
