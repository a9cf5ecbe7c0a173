"""MTCNN: three small networks, each looking closer at what the one before let through.

Source: Zhang et al., Joint Face Detection and Alignment Using Multitask Cascaded Convolutional Networks, 2016. The
thresholds, the pyramid's factor and the rounding of boxes are those of the published implementations.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from limen.faces.area import AreaSampler
from limen.faces.boxes import keep_best, moved, squared
from limen.models.session import Network
from limen.types import Box, Face, Image, Size, check_image

Array = NDArray[np.float32]

_PYRAMID_FACTOR = 0.709
_CELL_PX, _STRIDE_PX = 12, 2
"""The first network sees a face in 12 × 12 pixels, at every second pixel."""


@dataclass(frozen=True, slots=True)
class MtcnnNetworks:
    """The three networks: proposal, refinement, output."""

    pnet: Network
    rnet: Network
    onet: Network


class MtcnnDetector:
    """A detector with the five landmarks every other stage works from.

    ``thresholds`` are the probabilities of a face, 0 to 1, below which each network drops a candidate.
    """

    def __init__(self, networks: MtcnnNetworks, thresholds: tuple[float, float, float] = (0.6, 0.7, 0.7)) -> None:
        self._networks, self._thresholds = networks, thresholds

    def detect(self, image: Image, min_face_px: float) -> list[Face]:
        """The faces of at least about ``min_face_px`` pixels in ``image``, the surest first.

        Boxes may reach beyond the image.
        """
        check_image(image)
        if min_face_px < _CELL_PX:
            raise ValueError(f"min_face_px must be at least {_CELL_PX}, got {min_face_px}")
        sampler = AreaSampler(image)
        boxes = self._propose(sampler, min_face_px)
        boxes = self._refine(sampler, boxes)
        return self._output(sampler, boxes)

    def _propose(self, sampler: AreaSampler, min_face_px: float) -> Array:
        found = [self._scan(sampler, scale) for scale in _pyramid(sampler.size, min_face_px)]
        cells, scores, offsets = (np.concatenate(parts) for parts in zip(*found, strict=True)) if found else _NOTHING
        kept = keep_best(cells, scores, 0.7)
        cells, offsets = cells[kept], offsets[kept]
        return squared(cells + offsets * np.tile(cells[:, 2:] - cells[:, :2], 2))

    def _scan(self, sampler: AreaSampler, scale: float) -> tuple[Array, Array, Array]:
        """Boxes in the image, scores and offsets of the cells of one level that may hold a face."""
        size = sampler.size
        level = sampler.whole(int(size.height * scale + 1), int(size.width * scale + 1))
        probability, box = self._networks.pnet.run(_tensor(level))
        rows, columns = np.nonzero(probability[0, 0] > self._thresholds[0])
        corner = np.stack([columns, rows], axis=1).astype(np.float32) * _STRIDE_PX
        cells = np.floor(np.hstack([corner + 1, corner + _CELL_PX]) / np.float32(scale))
        scores, offsets = probability[0, 0, rows, columns], box[0][:, rows, columns].T
        kept = keep_best(cells, scores, 0.5)
        return cells[kept], scores[kept], offsets[kept]

    def _refine(self, sampler: AreaSampler, boxes: Array) -> Array:
        boxes, crops = _crops(sampler, boxes, 24)
        if not len(crops):
            return boxes
        probability, offsets = self._networks.rnet.run(_tensor(crops))
        scores = probability[:, 0]
        sure = scores > self._thresholds[1]
        boxes, scores, offsets = boxes[sure], scores[sure], offsets[sure]
        kept = keep_best(boxes, scores, 0.7)
        return squared(moved(boxes[kept], offsets[kept]))

    def _output(self, sampler: AreaSampler, boxes: Array) -> list[Face]:
        boxes, crops = _crops(sampler, boxes, 48)
        if not len(crops):
            return []
        probability, offsets, points = self._networks.onet.run(_tensor(crops))
        scores = probability[:, 0]
        sure = scores > self._thresholds[2]
        boxes, scores, offsets, points = boxes[sure], scores[sure], offsets[sure], points[sure]
        sides = boxes[:, 2:] - boxes[:, :2] + 1
        landmarks = points.reshape(-1, 2, 5).transpose(0, 2, 1) * sides[:, None] + boxes[:, None, :2] - 1
        boxes = moved(boxes, offsets)
        kept = keep_best(boxes, scores, 0.7, of_smaller=True)
        return [
            Face(Box(*map(float, boxes[i])), float(scores[i]), landmarks[i])
            for i in kept
            if (boxes[i, 2:] > boxes[i, :2]).all()
        ]


_NOTHING = (np.empty((0, 4), np.float32), np.empty(0, np.float32), np.empty((0, 4), np.float32))


def _pyramid(size: Size, min_face_px: float) -> Iterator[float]:
    """The scales at which a face fills a cell, from the smallest face that matters to one that fills the image."""
    scale = _CELL_PX / min_face_px
    while min(size.width, size.height) * scale >= _CELL_PX:
        yield scale
        scale *= _PYRAMID_FACTOR


def _crops(sampler: AreaSampler, boxes: Array, side: int) -> tuple[Array, Array]:
    """The boxes that lie in the image at least in part, and what the image shows in each: (n, 3, side, side)."""
    whole = np.trunc(boxes).astype(np.intp)
    limits = (sampler.size.width, sampler.size.height)
    inside = np.hstack([np.maximum(whole[:, :2], 1) - 1, np.minimum(whole[:, 2:], limits)])
    seen = (inside[:, 2:] > inside[:, :2]).all(axis=1)
    return boxes[seen], sampler.crops(inside[seen], side, side)


def _tensor(pixels: Array) -> Array:
    """Pixels, 0 to 255, as the networks take them: (RGB − 127.5) / 128, in place."""
    pixels -= 127.5
    pixels /= 128
    return pixels
