"""Shrinking by averaging: any number of crops and scales of one image, from one table of sums."""

import cv2
import numpy as np
from numpy.typing import NDArray

from limen.types import Image, Size

Edges = NDArray[np.intp]


class AreaSampler:
    """Averages over areas of ``image``: each pixel of a result is the mean of all the pixels it covers.

    A result's pixel ``i`` of ``n`` covers the pixels from floor(i · side / n) to ceil((i + 1) · side / n). The cost
    does not depend on how large the areas are.
    Source: Crow, Summed-area tables for texture mapping, 1984; the rounding is that of adaptive average pooling.
    """

    def __init__(self, image: Image) -> None:
        self.size = Size(image.shape[1], image.shape[0])
        # A fourth channel, unused: NumPy gathers entries of 16 bytes several times as fast as those of 12.
        # Sums of very large images wrap around in 32 bits; the differences between them come out right all the same.
        self._sums = np.asarray(cv2.integral(cv2.cvtColor(image, cv2.COLOR_RGB2RGBA)), np.int32).reshape(-1, 4)

    def whole(self, rows: int, columns: int) -> NDArray[np.float32]:
        """The whole image at (rows, columns): float32 (1, 3, rows, columns), 0 to 255."""
        none, side = np.zeros(1, np.intp), np.array([self.size.height, self.size.width])
        (top, bottom), (left, right) = (_edges(none, side[i : i + 1], n) for i, n in enumerate((rows, columns)))
        lines = self._sums.reshape(self.size.height + 1, self.size.width + 1, 4)
        # Whole lines lie together in memory, so they are subtracted first.
        between = lines.take(bottom[0], axis=0)
        between -= lines.take(top[0], axis=0)
        sums = between.take(right[0], axis=1)
        sums -= between.take(left[0], axis=1)
        return _means(sums[None], (bottom - top, right - left))

    def crops(self, boxes: NDArray[np.intp], rows: int, columns: int) -> NDArray[np.float32]:
        """What each box (n, 4; x1, y1, x2, y2 within the image, not empty) shows: float32 (n, 3, rows, columns)."""
        left, right = _edges(boxes[:, 0], boxes[:, 2], columns)
        top, bottom = _edges(boxes[:, 1], boxes[:, 3], rows)
        sides = (bottom - top, right - left)
        stride = self.size.width + 1
        top, bottom = (top * stride)[:, :, None], (bottom * stride)[:, :, None]
        left, right = left[:, None], right[:, None]
        at = self._sums.take
        sums = at(bottom + right, axis=0)
        sums -= at(top + right, axis=0)
        sums -= at(bottom + left, axis=0)
        sums += at(top + left, axis=0)
        return _means(sums, sides)


def _means(sums: NDArray[np.int32], sides: tuple[Edges, Edges]) -> NDArray[np.float32]:
    """Sums (n, rows, columns, 4) over areas of ``sides`` (n, rows) and (n, columns), as means (n, 3, rows, columns)."""
    down, across = (side.astype(np.float32) for side in sides)
    means: NDArray[np.float32] = sums[..., :3].transpose(0, 3, 1, 2).astype(np.float32, order="C")
    means /= (down[:, :, None] * across[:, None])[:, None]
    return means


def _edges(start: Edges, stop: Edges, count: int) -> tuple[Edges, Edges]:
    """First and one behind the last pixel of each of ``count`` parts of each side: (n, count) each."""
    step = np.arange(count + 1)
    cuts = (stop - start)[:, None] * step
    return start[:, None] + cuts[:, :-1] // count, start[:, None] - (-cuts[:, 1:] // count)
