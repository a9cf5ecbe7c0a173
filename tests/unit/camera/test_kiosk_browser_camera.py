"""The camera of a display: the newest JPEG, and nothing that is old, broken or too large."""

import io

import numpy as np
import pytest
from PIL import Image as Pillow

from door_samples import HandClock
from limen.camera.browser import MOST_BYTES, BrowserCamera
from limen.camera.sources import open_source
from limen.errors import ConfigError


def jpeg(seed: int, width: int = 64, height: int = 48) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 255, (height, width, 3), np.uint8)
    buffer = io.BytesIO()
    Pillow.fromarray(pixels).save(buffer, "JPEG")
    return buffer.getvalue()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def camera(clock: HandClock) -> BrowserCamera:
    return BrowserCamera(clock, freeze_s=1.0)


def test_only_the_newest_picture_is_looked_at_with_the_time_it_was_received_at(
    camera: BrowserCamera, clock: HandClock
) -> None:
    for seed in range(3):
        camera.push(jpeg(seed), clock.now_s)
    received = clock.now_utc()
    clock.now_s += 0.5
    frame = camera.next_frame(0)
    assert frame is not None
    assert (frame.image.shape, frame.at_s, frame.captured_at) == ((48, 64, 3), clock.now_s - 0.5, received)
    assert (camera.captured, camera.dropped, camera.realtime, camera.ended) == (3, 2, True, False)
    assert camera.next_frame(0) is None


@pytest.mark.parametrize("late_s", [1.1, -0.1, float("nan")])
def test_a_picture_that_waited_too_long_or_comes_from_the_future_is_dropped(
    camera: BrowserCamera, clock: HandClock, late_s: float
) -> None:
    camera.push(jpeg(1), clock.now_s - late_s)
    assert camera.next_frame(0) is None
    assert camera.dropped == 1


@pytest.mark.parametrize(
    "broken",
    [b"", b"no picture", jpeg(1)[:300], bytes(MOST_BYTES + 1), jpeg(1, width=4000, height=1100)],
    ids=["empty", "text", "cut off", "too many bytes", "too many pixels"],
)
def test_what_is_no_picture_is_dropped_and_counted_and_the_next_one_is_seen(
    camera: BrowserCamera, clock: HandClock, broken: bytes
) -> None:
    camera.push(broken, clock.now_s)
    assert camera.next_frame(0) is None
    camera.push(jpeg(2), clock.now_s)
    assert camera.next_frame(0) is not None
    assert camera.broken == 1


def test_a_display_that_sends_nothing_or_only_rubbish_stalls_and_recovers(
    camera: BrowserCamera, clock: HandClock
) -> None:
    clock.now_s += 3
    camera.push(b"rubbish", clock.now_s)
    assert camera.next_frame(0) is None
    assert camera.stalled_for_s(clock.now_s) == 3
    camera.push(jpeg(1), clock.now_s)
    assert camera.next_frame(0) is not None
    clock.now_s += 5  # a long look
    assert camera.next_frame(0) is None
    assert camera.stalled_for_s(clock.now_s) == 0
    clock.now_s += 2
    assert camera.stalled_for_s(clock.now_s) == 2


def test_the_same_picture_again_and_again_is_frozen(camera: BrowserCamera, clock: HandClock) -> None:
    for _ in range(3):
        camera.push(jpeg(1), clock.now_s)
        assert camera.next_frame(0) is not None
        clock.now_s += 0.6
    assert camera.frozen


def test_after_its_end_nothing_comes(camera: BrowserCamera, clock: HandClock) -> None:
    camera.close()
    camera.push(jpeg(1), clock.now_s)
    assert camera.next_frame(0) is None
    assert camera.ended


def test_a_door_that_runs_alone_has_no_display() -> None:
    with pytest.raises(ConfigError, match="only limen serve has displays"):
        open_source("browser")


def test_another_display_is_a_cut(camera: BrowserCamera, clock: HandClock) -> None:
    cuts = []
    for seed, source in enumerate("aabba"):
        camera.push(jpeg(seed), clock.now_s, source)
        assert camera.next_frame(0) is not None
        cuts.append(camera.cut)
    assert cuts == [False, False, True, False, True]
