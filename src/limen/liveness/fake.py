"""A check that looks at nothing, for tests and trials."""

from limen.liveness.base import Liveness
from limen.types import Face, Frame, TrackId


class FakeLiveness:
    """Says ``says`` of every face, from its ``after``-th frame on; of tracks in ``of`` what stands there.

    ``None`` means that the check broke: it raises.
    """

    def __init__(self, says: Liveness | None = Liveness.LIVE, after: int = 1) -> None:
        self.says, self._after = says, after
        self.of: dict[TrackId, Liveness] = {}
        self.forgotten: list[TrackId] = []
        self._seen: dict[TrackId, int] = {}

    def observe(self, track: TrackId, face: Face, frame: Frame) -> Liveness:
        """What the test wants."""
        if self.says is None:
            raise RuntimeError("the fake liveness check is broken, as it was told to be")
        self._seen[track] = self._seen.get(track, 0) + 1
        if self._seen[track] < self._after:
            return Liveness.UNSURE
        return self.of.get(track, self.says)

    def instruction(self, track: TrackId) -> str | None:
        """Nothing is asked."""
        return None

    def forget(self, track: TrackId) -> None:
        """Remember that the track is over."""
        self.forgotten.append(track)
        self._seen.pop(track, None)
