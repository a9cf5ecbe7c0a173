"""What a running door does beside its work: deletes what has outlived its time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from limen.config import Settings
from limen.door.clock_sync import clock_synchronised
from limen.errors import LimenError
from limen.store import Store

_NOT_KEPT_RIGHT = (
    "people unused for privacy.unused_days are not deleted, for nothing keeps the machine's clock right: "
    "let NTP do so, or run limen people unused --delete"
)


@dataclass(frozen=True, slots=True)
class Tidied:
    """How many crops and people were deleted."""

    crops: int = 0
    people: int = 0


class Housekeeping:
    """Deletes crops and unused people that are due, and forgets who was in a zone too long ago.

    Nothing is deleted while ``believed`` says that the door does not believe the clock, and no people while the system
    says that nothing keeps it right: a clock that is years ahead makes everybody unused. Several doors may do this at
    once, and what was done is not done twice. What goes wrong is noted, and tried again the next time.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        note: Callable[[str], None],
        believed: Callable[[], bool],
        synchronised: Callable[[], bool | None] = clock_synchronised,
    ) -> None:
        self._store, self._settings, self._note = store, settings, note
        self._believed, self._synchronised = believed, synchronised
        self._told = False

    def tidy(self, now: datetime) -> Tidied:
        """What was deleted, as of ``now`` (aware UTC)."""
        if not self._believed():
            return Tidied()
        crops = self._tried(lambda: self._store.crops.delete_due(now))
        self._tried(lambda: self._forget_presence(now))
        people = self._tried(lambda: self._delete_unused(now)) if self._may_delete_people() else 0
        return Tidied(crops, people)

    def _may_delete_people(self) -> bool:
        if not self._settings.privacy.delete_unused:
            return False
        if self._synchronised() is not False:
            return True
        if not self._told:
            self._note(_NOT_KEPT_RIGHT)
            self._told = True
        return False

    def _delete_unused(self, now: datetime) -> int:
        gone, erasure = self._store.people.delete_unused(now, self._settings.privacy.unused_days)
        if erasure.pending:
            self._note(
                f"something of those who were deleted is left in {', '.join(erasure.pending)}: limen backup keys"
            )
        return len(gone)

    def _forget_presence(self, now: datetime) -> int:
        """0, once those are forgotten who no longer count as inside at any door of their zone."""
        longest_s: dict[str, float] = {}
        for door in self._settings.doors.values():
            if door.anti_passback:
                longest_s[door.zone] = max(door.passback_s, longest_s.get(door.zone, 0.0))
        for zone, seconds in longest_s.items():
            self._store.presence.forget(zone, now - timedelta(seconds=seconds))
        return 0

    def _tried(self, step: Callable[[], int]) -> int:
        """How many it deleted; none where that failed."""
        try:
            return step()
        except LimenError as error:
            self._note(f"tidying up failed, and is tried again: {error}")
            return 0
