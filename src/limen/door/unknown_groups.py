"""Groups of pictures that show the same stranger, told from nothing but how alike the faces are."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from limen.matching.clusters import cluster_faces, rate_for
from limen.matching.thresholds import Thresholds
from limen.store.crops import StrangerCrop
from limen.types import Measure, Vector

_SHOWN = 6
_STRICTER = 0.1
"""A group is named as a whole: somebody in two groups costs a click, somebody else in one a wrong template. Of 1,000
pictures of 451 people (60 with several) 66 of 74 groups were of one person alone, without this 53 of 123."""
_VISIT = timedelta(minutes=5)
"""Who is seen again at the same door within this time did not come twice."""


@dataclass(frozen=True, slots=True)
class SeenStranger:
    """A kept picture of a stranger: ``vector`` is float32 (n,), ``good`` whether it is good enough to enrol from."""

    crop: StrangerCrop
    vector: Vector = field(repr=False)
    size_px: float
    good: bool


@dataclass(frozen=True, slots=True)
class UnknownGroup:
    """Somebody unknown who came ``visits`` times.

    ``sequences`` are the events, the oldest first; ``shown`` those whose pictures tell most, the most typical first;
    ``good`` how many pictures are good enough to enrol from. ``typical`` is the face of the first of ``shown``.
    """

    sequences: tuple[int, ...]
    shown: tuple[int, ...]
    visits: int
    good: int
    first_at: datetime
    last_at: datetime
    doors: tuple[str, ...]
    typical: Vector = field(repr=False)

    @property
    def id(self) -> int:
        """The number of its oldest event: it stays while more pictures come."""
        return self.sequences[0]


def group_strangers(seen: Sequence[SeenStranger], measure: Measure, thresholds: Thresholds) -> tuple[UnknownGroup, ...]:
    """Everybody once, who came most often first; time grows with the square of the pictures.

    Raises:
        ConfigError: the model has no thresholds.
    """
    if not seen:
        return ()
    vectors = np.array([one.vector for one in seen], np.float32)
    labels = cluster_faces(vectors, measure, thresholds.at_fmr(rate_for(len(seen)) * _STRICTER))
    members: defaultdict[int, list[SeenStranger]] = defaultdict(list)
    for one, label in zip(seen, labels.tolist(), strict=True):
        members[label].append(one)
    groups = [_group(one) for one in members.values()]
    return tuple(sorted(groups, key=lambda group: (-group.visits, -len(group.sequences), -group.sequences[-1])))


def spread(vectors: NDArray[np.float32], first: int, wanted: int) -> list[int]:
    """At most ``wanted`` rows of ``vectors`` (n, d): ``first``, then each as unlike those before as can be."""
    chosen = [first]
    nearest = ((vectors - vectors[first]) ** 2).sum(axis=1)
    while len(chosen) < min(wanted, len(vectors)):
        chosen.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, ((vectors - vectors[chosen[-1]]) ** 2).sum(axis=1))
    return chosen


def _group(members: Sequence[SeenStranger]) -> UnknownGroup:
    ordered = sorted(members, key=lambda one: one.crop.sequence)
    crops = [one.crop for one in ordered]
    vectors = np.array([one.vector for one in ordered], np.float32)
    shown = _shown(ordered, vectors)
    return UnknownGroup(
        sequences=tuple(crop.sequence for crop in crops),
        shown=tuple(crops[i].sequence for i in shown),
        visits=_visits(crops),
        good=sum(one.good for one in ordered),
        first_at=min(crop.at for crop in crops),
        last_at=max(crop.at for crop in crops),
        doors=tuple(sorted({crop.door for crop in crops if crop.door is not None})),
        typical=vectors[shown[0]],
    )


def _shown(members: Sequence[SeenStranger], vectors: NDArray[np.float32]) -> list[int]:
    """The most typical picture and those most unlike it, of the good ones where there are any."""
    usable = [i for i, one in enumerate(members) if one.good] or list(range(len(members)))
    own = vectors[usable]
    typical = int(((own - vectors.mean(axis=0)) ** 2).sum(axis=1).argmin())
    return [usable[i] for i in spread(own, typical, _SHOWN)]


def _visits(crops: Sequence[StrangerCrop]) -> int:
    ordered = sorted(crops, key=lambda crop: (crop.door or "", crop.at))
    again = sum(later.door == earlier.door and later.at - earlier.at < _VISIT for earlier, later in pairwise(ordered))
    return len(ordered) - again
