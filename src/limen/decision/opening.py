"""One opening of a door, and what its contact says about it: forced, held open, or more people than were let in."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

_LOOKED_IN = 3
"""A face must be seen in so many frames of an opening to count as somebody who may walk through."""


class Happening(StrEnum):
    """What the door itself did."""

    OPENED = "opened"
    CLOSED = "closed"
    FORCED = "forced"
    HELD_OPEN = "held_open"
    TAILGATING = "tailgating"


@dataclass(frozen=True, slots=True)
class Opening:
    """The state of a door.

    ``allowed_until_s``: up to then it may be opened; ``opened_s``: since when it stands open; ``admitted`` and ``seen``
    are faces, by their tracks, that were let in and that were in the picture while the lock was open.
    """

    closed: bool | None = None
    allowed_until_s: float = float("-inf")
    opened_s: float | None = None
    warned: bool = False
    admitted: frozenset[int] = frozenset()
    seen: dict[int, int] = field(default_factory=dict)

    def allow(self, until_s: float, track: int | None = None) -> "Opening":
        """After the lock was opened up to ``until_s``, for the face of ``track``, if for a face."""
        admitted = self.admitted if track is None else self.admitted | {track}
        return replace(self, allowed_until_s=max(self.allowed_until_s, until_s), admitted=admitted)

    def saw(self, tracks: frozenset[int]) -> "Opening":
        """After a frame of an open lock that shows these faces."""
        return replace(self, seen={**self.seen, **{track: self.seen.get(track, 0) + 1 for track in tracks}})

    def locked(self) -> tuple["Opening", list[Happening]]:
        """After the lock locked again: whether others than those let in were there."""
        others = [track for track, frames in self.seen.items() if frames >= _LOOKED_IN and track not in self.admitted]
        happened = [Happening.TAILGATING] if self.admitted and others else []
        return replace(self, allowed_until_s=float("-inf"), admitted=frozenset(), seen={}), happened

    def contact(self, closed: bool | None, now_s: float, held_open_s: float) -> tuple["Opening", list[Happening]]:
        """After the contact reported; ``closed`` is ``None`` where it does not say."""
        if closed is None or (closed and self.closed is not False):
            return replace(self, closed=closed, opened_s=None, warned=False), []
        if closed:
            return replace(self, closed=True, opened_s=None, warned=False), [Happening.CLOSED]
        if self.closed is not False:
            allowed = now_s <= self.allowed_until_s
            happened = [Happening.OPENED] if allowed else [Happening.OPENED, Happening.FORCED]
            return replace(self, closed=False, opened_s=now_s, warned=False), happened
        held = self.opened_s is not None and not now_s - self.opened_s <= held_open_s
        if held and not self.warned:
            return replace(self, warned=True), [Happening.HELD_OPEN]
        return self, []
