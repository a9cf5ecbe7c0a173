import threading

import numpy as np
import pytest

from limen.camera.fake import FakeSource
from limen.errors import CameraError

FRAMES = [np.full((4, 6, 3), value, np.uint8) for value in range(5)]


def values(source, count):
    return [int(image[0, 0, 0]) for image in (source.read() for _ in range(count))]


def test_delivers_its_frames_then_none():
    source = FakeSource(FRAMES)
    assert values(source, 5) == [0, 1, 2, 3, 4]
    assert source.read() is None
    assert source.delivered == 5


def test_freezes_for_ever():
    assert values(FakeSource(FRAMES, freeze_after=2), 9) == [0, 1] + [1] * 7


def test_fails_every_time_once_it_fails():
    source = FakeSource(FRAMES, fail_after=1)
    source.read()
    for _ in range(2):
        with pytest.raises(CameraError, match="after 1 pictures"):
            source.read()


def test_blocks_until_allowed():
    source = FakeSource(FRAMES, block_after=0)
    seen = []
    reader = threading.Thread(target=lambda: seen.append(source.read()))
    reader.start()
    reader.join(0.02)
    assert reader.is_alive()
    source.allow()
    reader.join(5)
    assert seen[0] is FRAMES[0]


def test_close_ends_a_read_that_blocks():
    source = FakeSource(FRAMES, block_after=0)
    seen = []
    reader = threading.Thread(target=lambda: seen.append(source.read()))
    reader.start()
    source.close()
    reader.join(5)
    assert seen == [None]
    assert source.closed


def test_close_ends_the_wait_of_a_slow_camera():
    source = FakeSource(FRAMES, frame_interval_s=1000.0, realtime=True)
    seen = []
    reader = threading.Thread(target=lambda: seen.append(source.read()))
    reader.start()
    source.close()
    reader.join(5)
    assert seen == [None]
