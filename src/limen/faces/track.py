"""One id on one face through a video."""

from dataclasses import dataclass, replace

import numpy as np

from limen.types import Box, Face, TrackId


@dataclass(frozen=True, slots=True)
class Track:
    """A face followed from frame to frame: its newest box and when it was last seen, and how often."""

    id: TrackId
    face: Face
    first_s: float
    last_s: float
    seen: int

    @property
    def box(self) -> Box:
        """The newest box."""
        return self.face.box


class Tracker:
    """Follows faces by where they are.

    A face goes on with the track whose box it overlaps most, or lies nearest to, within ``reach`` sides of the box; a
    track that was not seen for ``forget_s`` is over, and its id is never used again.
    """

    def __init__(self, forget_s: float = 0.8, min_iou: float = 0.2, reach: float = 0.6) -> None:
        self._forget_s, self._min_iou, self._reach = forget_s, min_iou, reach
        self._tracks: dict[TrackId, Track] = {}
        self._next = 1

    def update(self, faces: list[Face], now_s: float) -> list[Track]:
        """The track of each face, in the order of ``faces``; time only goes forward."""
        self._tracks = {i: t for i, t in self._tracks.items() if now_s - t.last_s <= self._forget_s}
        matched = self._matched(faces)
        result = []
        for index, face in enumerate(faces):
            old = matched.get(index)
            track = self._new(face, now_s) if old is None else replace(old, face=face, last_s=now_s, seen=old.seen + 1)
            self._tracks[track.id] = track
            result.append(track)
        return result

    def forget(self) -> None:
        """End all tracks at once, as after a camera that failed."""
        self._tracks.clear()

    @property
    def alive(self) -> frozenset[TrackId]:
        """The tracks that are not over, seen in the newest frame or shortly before."""
        return frozenset(self._tracks)

    def _matched(self, faces: list[Face]) -> dict[int, Track]:
        """Face index to track, the best pairs first, each used once."""
        pairs = [
            (score, index, track)
            for index, face in enumerate(faces)
            for track in self._tracks.values()
            if (score := self._affinity(face.box, track.box)) > 0
        ]
        matched: dict[int, Track] = {}
        taken: set[TrackId] = set()
        for _, index, track in sorted(pairs, key=lambda pair: -pair[0]):
            if index not in matched and track.id not in taken:
                matched[index] = track
                taken.add(track.id)
        return matched

    def _affinity(self, a: Box, b: Box) -> float:
        """Above 0 where two boxes may be the same face: 1 + overlap, or how near, at most 1, without overlap."""
        iou = a.iou(b)
        if iou >= self._min_iou:
            return 1 + iou
        side = min(a.width, b.width)
        if not 0.5 < a.width / b.width < 2:
            return 0
        distance = float(np.hypot(a.centre[0] - b.centre[0], a.centre[1] - b.centre[1])) / side
        return max(0.0, 1 - distance / self._reach)

    def _new(self, face: Face, now_s: float) -> Track:
        track = Track(TrackId(self._next), face, now_s, now_s, 1)
        self._next += 1
        return track
