"""Any photo as a frame of 640 × 480."""

import numpy as np
import pytest

from limen.evaluation.frame import drifting, fitted


@pytest.mark.parametrize(
    ("shape", "rows", "columns"),
    [
        ((480, 640), slice(0, 480), slice(0, 640)),
        ((512, 512), slice(0, 480), slice(80, 560)),
        ((100, 400), slice(160, 320), slice(0, 640)),
        ((1, 5000), slice(239, 240), slice(0, 640)),
    ],
)
def test_the_whole_photo_stands_in_the_middle_of_grey(shape: tuple[int, int], rows: slice, columns: slice) -> None:
    frame = fitted(np.full((*shape, 3), 250, np.uint8))
    assert frame.shape == (480, 640, 3)
    assert (frame[rows, columns] == 250).all()
    frame[rows, columns] = 128
    assert (frame == 128).all()


def test_drifting_frames_are_never_the_same() -> None:
    frame = np.random.default_rng(1).integers(0, 255, (48, 64, 3), np.uint8)
    frames = drifting(frame, 4)
    assert len({image.tobytes() for image in frames}) == 4
    assert (frames[3][:, 6:] == frame[:, :-6]).all()
