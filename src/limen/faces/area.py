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
        """The whole image at (rows, columns): float32 (1, rows, columns, 3), 0 to 255."""
        box = np.array([[0, 0, self.size.width, self.size.height]])
        return self.crops(box, rows, columns)

    def crops(self, boxes: NDArray[np.intp], rows: int, columns: int) -> NDArray[np.float32]:
        """What each box (n, 4; x1, y1, x2, y2 within the image, not empty) shows: float32 (n, rows, columns, 3)."""
        left, right = _edges(boxes[:, 0], boxes[:, 2], columns)
        top, bottom = _edges(boxes[:, 1], boxes[:, 3], rows)
        areas = ((bottom - top)[:, :, None] * (right - left)[:, None]).astype(np.float32)
        stride = self.size.width + 1
        top, bottom = (top * stride)[:, :, None], (bottom * stride)[:, :, None]
        left, right = left[:, None], right[:, None]
        at = self._sums.take
        sums = at(bottom + right, axis=0)
        sums -= at(top + right, axis=0)
        sums -= at(bottom + left, axis=0)
        sums += at(top + left, axis=0)
        means: NDArray[np.float32] = sums[..., :3].astype(np.float32)
        means /= areas[..., None]
        return means


def _edges(start: Edges, stop: Edges, count: int) -> tuple[Edges, Edges]:
    """First and one behind the last pixel of each of ``count`` parts of each side: (n, count) each."""
    step = np.arange(count + 1)
    cuts = (stop - start)[:, None] * step
    return start[:, None] + cuts[:, :-1] // count, start[:, None] - (-cuts[:, 1:] // count)
