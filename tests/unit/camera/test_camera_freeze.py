import numpy as np

from limen.camera.freeze import FreezeWatch

BRIGHT = np.full((48, 64, 3), 200, np.uint8)
DARK = np.full((48, 64, 3), 20, np.uint8)


def test_the_same_picture_for_longer_than_allowed_is_frozen():
    watch = FreezeWatch(freeze_s=2.0)
    for at_s in (10.0, 11.0, 12.0):
        watch.see(BRIGHT.copy(), at_s)
        assert not watch.frozen
    watch.see(BRIGHT.copy(), 12.1)
    assert watch.frozen


def test_a_different_picture_thaws():
    watch = FreezeWatch(freeze_s=2.0)
    watch.see(BRIGHT, 0.0)
    watch.see(BRIGHT, 3.0)
    watch.see(DARK, 3.1)
    assert not watch.frozen
    watch.see(DARK, 5.0)
    assert not watch.frozen
    watch.see(DARK, 5.2)
    assert watch.frozen


def test_one_pixel_anywhere_is_a_difference():
    almost = BRIGHT.copy()
    almost[5, 7, 1] += 1  # not among the few pixels that are looked at first
    watch = FreezeWatch(freeze_s=2.0)
    watch.see(BRIGHT, 0.0)
    watch.see(almost, 3.0)
    assert not watch.frozen


def test_another_size_is_a_difference():
    watch = FreezeWatch(freeze_s=2.0)
    watch.see(BRIGHT, 0.0)
    watch.see(BRIGHT[:32], 3.0)
    assert not watch.frozen
