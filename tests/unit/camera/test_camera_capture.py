import threading
import time
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from limen.camera.capture import Capture
from limen.camera.fake import FakeSource
from limen.errors import CameraError, ConfigError

FRAMES = [np.full((4, 6, 3), value, np.uint8) for value in range(6)]
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
LONG_S = 1000.0


class SetClock:
    """A clock that stands where it is set."""

    def __init__(self):
        self.s = 50.0

    def monotonic_s(self):
        return self.s

    def now_utc(self):
        return NOON + timedelta(seconds=self.s - 50.0)


class Breaking(FakeSource):
    """A driver with a bug."""

    def read(self):
        raise ZeroDivisionError("bug")


def camera(**options):
    return FakeSource(FRAMES, None, realtime=True, **options)


def wait_until(condition):
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline, "waited 5 s in vain"
        time.sleep(0.001)


def capture_threads():
    return [thread for thread in threading.enumerate() if thread.name == "limen-capture"]


class TestCamera:
    def test_hands_out_the_newest_frame_and_counts_the_others(self):
        source = camera(block_after=3)
        with Capture(source, SetClock()) as capture:
            wait_until(lambda: capture.captured == 3)
            frame = capture.next_frame(5)
            assert (frame.index, frame.image[0, 0, 0]) == (2, 2)
            assert capture.dropped == 2

    def test_never_hands_out_a_frame_twice(self):
        with Capture(camera(block_after=1), SetClock()) as capture:
            assert capture.next_frame(5).index == 0
            assert capture.next_frame(0.01) is None
            assert not capture.ended

    def test_waits_for_the_next_frame(self):
        source = camera(block_after=0)
        with Capture(source, SetClock()) as capture:
            threading.Timer(0.02, source.allow).start()
            assert capture.next_frame(5).index == 0

    def test_times_are_those_of_the_clock(self):
        clock, source = SetClock(), camera(block_after=0)
        with Capture(source, clock) as capture:
            clock.s = 57.5
            assert capture.stalled_for_s(57.5) == 7.5
            source.allow()
            frame = capture.next_frame(5)
            assert (frame.at_s, frame.captured_at) == (57.5, NOON + timedelta(seconds=7.5))
            assert capture.stalled_for_s(60.0) == 2.5

    def test_ends_after_the_last_frame_was_taken(self):
        with Capture(camera(), SetClock()) as capture:
            wait_until(lambda: capture.captured == 6)
            assert not capture.ended
            assert capture.next_frame(5).index == 5
            assert capture.next_frame(5) is None
            assert capture.ended

    @pytest.mark.parametrize("pictures", [0, 2])
    def test_failure_reaches_the_reader_every_time_and_is_no_end(self, pictures):
        with Capture(camera(fail_after=pictures), SetClock()) as capture:
            wait_until(lambda: not capture_threads())
            for _ in range(2):
                with pytest.raises(CameraError, match=f"fails after {pictures}"):
                    capture.next_frame(5)
            assert not capture.ended

    def test_a_bug_in_a_driver_is_a_failed_camera(self):
        with (
            Capture(Breaking([], None, realtime=True), SetClock()) as capture,
            pytest.raises(CameraError, match="ZeroDivisionError") as caught,
        ):
            capture.next_frame(5)
        assert isinstance(caught.value.__cause__, ZeroDivisionError)

    def test_a_picture_that_is_not_rgb_is_a_failed_camera(self):
        grey = FakeSource([np.zeros((4, 6), np.uint8)], None, realtime=True)
        with Capture(grey, SetClock()) as capture, pytest.raises(CameraError, match="height, width, 3"):
            capture.next_frame(5)

    def test_a_frozen_camera_is_found(self):
        clock, source = SetClock(), camera(freeze_after=1, block_after=None)
        with Capture(source, clock, freeze_s=2.0) as capture:
            capture.next_frame(5)
            assert not capture.frozen
            clock.s += 2.5
            wait_until(lambda: capture.frozen)

    def test_cannot_be_hurried(self):
        source = camera()
        with pytest.raises(ConfigError, match="fast"):
            Capture(source, fast=True)
        assert source.closed


class TestOwnSpeed:
    def test_waits_until_a_frame_is_due(self):
        with Capture(FakeSource(FRAMES, LONG_S), SetClock()) as capture:
            assert capture.next_frame(5).index == 0
            assert capture.next_frame(0.03) is None

    def test_a_slow_reader_misses_what_was_due(self):
        clock = SetClock()
        source = FakeSource(FRAMES, LONG_S, block_after=1)
        with Capture(source, clock) as capture:
            assert capture.next_frame(5).index == 0
            clock.s += 3.5 * LONG_S
            source.allow(5)
            wait_until(lambda: capture.captured == 4)
            assert capture.next_frame(5).index == 3
            assert capture.dropped == 2
            assert capture.next_frame(0.03) is None

    def test_close_does_not_wait_for_what_is_due(self):
        capture = Capture(FakeSource(FRAMES, LONG_S), SetClock())
        capture.next_frame(5)
        start = time.monotonic()
        capture.close()
        assert time.monotonic() - start < 2
        assert not capture_threads()


class TestFast:
    def test_every_frame_in_order_with_its_own_time(self):
        capture = Capture(FakeSource(FRAMES, 0.25), SetClock(), fast=True)
        frames = [capture.next_frame(0) for _ in range(6)]
        assert [frame.index for frame in frames] == list(range(6))
        assert [frame.at_s for frame in frames] == [50.0, 50.25, 50.5, 50.75, 51.0, 51.25]
        assert [(frame.captured_at - NOON).total_seconds() for frame in frames] == [
            0, 0.25, 0.5, 0.75, 1.0, 1.25
        ]  # fmt: skip
        assert (capture.captured, capture.dropped) == (6, 0)
        assert not capture.ended
        assert capture.next_frame(0) is None
        assert capture.ended

    def test_needs_no_thread(self):
        with Capture(FakeSource(FRAMES), SetClock(), fast=True):
            assert not capture_threads()

    def test_failure_reaches_the_reader(self):
        with Capture(FakeSource(FRAMES, fail_after=1), SetClock(), fast=True) as capture:
            capture.next_frame(0)
            with pytest.raises(CameraError, match="fails after 1"):
                capture.next_frame(0)
            assert not capture.ended

    def test_finds_a_frozen_video_and_its_thaw(self):
        pictures = [FRAMES[0]] + [FRAMES[1]] * 4 + [FRAMES[2]]
        with Capture(FakeSource(pictures, 1.0), SetClock(), fast=True, freeze_s=2.0) as capture:
            found = [capture.frozen for _ in pictures if capture.next_frame(0)]
        assert found == [False, False, False, False, True, False]

    def test_a_source_that_names_no_interval_has_one(self):
        with Capture(FakeSource(FRAMES, None), SetClock(), fast=True) as capture:
            assert [capture.next_frame(0).at_s for _ in range(2)] == [50.0, 50.04]


class TestClose:
    def test_while_the_source_blocks(self):
        source = camera(block_after=0)
        capture = Capture(source, SetClock())
        capture.close()
        assert source.closed
        assert not capture_threads()
        assert capture.ended
        assert capture.next_frame(LONG_S) is None

    def test_wakes_a_reader(self):
        capture, seen = Capture(camera(block_after=0), SetClock()), []
        reader = threading.Thread(target=lambda: seen.append(capture.next_frame(LONG_S)))
        reader.start()
        capture.close()
        reader.join(5)
        assert seen == [None]

    def test_forgets_a_frame_that_nobody_took(self):
        capture = Capture(camera(block_after=1), SetClock())
        wait_until(lambda: capture.captured == 1)
        capture.close()
        assert capture.next_frame(0) is None

    def test_twice(self):
        capture = Capture(camera(), SetClock())
        capture.close()
        capture.close()

    def test_after_a_failure_is_an_end(self):
        capture = Capture(camera(fail_after=0), SetClock())
        capture.close()
        assert capture.ended
        assert capture.next_frame(0) is None

    def test_fast_reads_nothing_more(self):
        capture = Capture(FakeSource(FRAMES), SetClock(), fast=True)
        capture.close()
        assert capture.next_frame(0) is None
