"""Where faces and names go so that none covers another: geometry of boxes in inches."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom, as x grows to the right and y downwards."""

_ROUNDS = 300
_ASIDE, _STRIDE = 0.4, 1.3
"""How much of a push goes along the other axis, and how far pushes go: both were tried until few rounds were enough."""
_TOUCH = 0.02
"""Squares may overlap by this part of their side: to take away the last hundredths takes long."""


def moved_apart(points: Points, size: float, frame: Box) -> Points:
    """The middles (n, 2) of squares of side ``size`` that were at ``points``, moved until few overlap, in ``frame``.

    Each two that overlap are pushed from each other, mainly along the axis on which they overlap less.
    """
    low, high = np.array(frame[:2]) + size / 2, np.array(frame[2:]) - size / 2
    # Those at one place have no direction to part in: a tiny spiral gives them one.
    turns = np.arange(len(points)) * 2.4
    spiral = 1e-3 * size * np.column_stack([np.cos(turns), np.sin(turns)])
    at = np.clip(points, low, high)
    for _ in range(_ROUNDS):
        apart = (at + spiral)[:, None] - (at + spiral)[None]
        over = size - np.abs(apart)
        over[np.arange(len(at)), np.arange(len(at))] = 0
        least = over.min(axis=2, keepdims=True)
        touching = least > _TOUCH * size
        if not touching.any():
            break
        push = np.where(touching, np.sign(apart) * least / 2 * np.where(over == least, 1, _ASIDE), 0).sum(axis=1)
        # Who is pushed by many goes less far: all of them move, too.
        at = np.clip(at + _STRIDE * push / np.sqrt(np.maximum(touching.sum(axis=1), 1)), low, high)
    return np.asarray(at, np.float64)


def spread(points: Points, least: float, most: int) -> list[int]:
    """The indices of at most so many points of which each two are ``least`` from each other; the first come first."""
    chosen: list[int] = []
    for index, point in enumerate(points):
        if len(chosen) < most and (np.abs(points[chosen] - point).max(axis=1, initial=0) >= least).all():
            chosen.append(index)
    return chosen


def free_box(candidates: Iterable[Box], taken: Points, frame: Box) -> Box | None:
    """The first of ``candidates`` inside ``frame`` that overlaps none of the boxes ``taken`` (m, 4)."""
    for left, top, right, bottom in candidates:
        inside = left >= frame[0] and top >= frame[1] and right <= frame[2] and bottom <= frame[3]
        across = (taken[:, 0] < right) & (taken[:, 2] > left)
        if inside and not (across & (taken[:, 1] < bottom) & (taken[:, 3] > top)).any():
            return left, top, right, bottom
    return None


def around(box: Box, width: float, height: float, gap: float) -> Iterable[Box]:
    """Boxes of a size beside ``box``: below, above, right and left of it, first at its middle, then at its edges."""
    left, top, right, bottom = box
    x, y = (left + right - width) / 2, (top + bottom - height) / 2
    for start in (x, left, right - width):
        yield start, bottom + gap, start + width, bottom + gap + height
        yield start, top - gap - height, start + width, top - gap
    yield right + gap, y, right + gap + width, y + height
    yield left - gap - width, y, left - gap, y + height
