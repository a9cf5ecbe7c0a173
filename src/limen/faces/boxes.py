"""Arithmetic on arrays of boxes: float32 (n, 4), x1, y1, x2, y2 in pixels."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

_MOST = 2000
"""So many of the best boxes are looked at: hundreds are usual, and only a picture made to waste memory has more."""


def keep_best(boxes: Array, scores: Array, overlap: float, *, of_smaller: bool = False) -> NDArray[np.intp]:
    """Indices of the boxes that no better one covers (non-maximum suppression), best first.

    ``overlap`` is a share of the union, or with ``of_smaller`` of the smaller box, above which the worse box goes.
    """
    order = np.argsort(-scores, kind="stable")[:_MOST]
    if len(order) < 2:
        return order
    alive = np.ones(len(order), bool)
    kept = []
    covers = _overlaps(boxes[order], of_smaller=of_smaller) > overlap
    for rank in range(len(order)):
        if alive[rank]:
            kept.append(rank)
            alive &= ~covers[rank]
    return order[kept]


def _overlaps(boxes: Array, *, of_smaller: bool) -> Array:
    """What each pair of boxes shares, as a part of their union or of the smaller one: (n, n), 0 to 1."""
    near, far = boxes[:, :2], boxes[:, 2:]
    sides = np.minimum(far[:, None], far) - np.maximum(near[:, None], near)
    shared = np.maximum(sides[..., 0], 0) * np.maximum(sides[..., 1], 0)
    areas = (far[:, 0] - near[:, 0]) * (far[:, 1] - near[:, 1])
    whole = np.minimum(areas[:, None], areas) if of_smaller else areas[:, None] + areas - shared
    return np.asarray(shared / whole, np.float32)


def moved(boxes: Array, offsets: Array) -> Array:
    """Boxes whose edges moved by ``offsets`` (n, 4), in shares of the box's sides."""
    sides = np.tile(boxes[:, 2:] - boxes[:, :2] + 1, 2)
    result: Array = boxes + offsets * sides
    return result


def squared(boxes: Array) -> Array:
    """The square around each box's centre whose side is the box's longer one."""
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, keepdims=True) / 2
    return np.hstack([centres - half, centres + half])
