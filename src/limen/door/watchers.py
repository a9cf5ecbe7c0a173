"""Several who watch one door."""

from collections.abc import Sequence

from limen.audit.events import AuditEvent
from limen.door.ledger import DoorWatcher
from limen.door.visit import Decided, Seen
from limen.types import Frame


class Watchers:
    """Tells all of ``watchers``, in their order."""

    def __init__(self, watchers: Sequence[DoorWatcher]) -> None:
        self._watchers = watchers

    def happened(self, event: AuditEvent) -> None:
        """Tell everybody."""
        for watcher in self._watchers:
            watcher.happened(event)

    def greeted(self, sentence: str) -> None:
        """Tell everybody."""
        for watcher in self._watchers:
            watcher.greeted(sentence)

    def saw(self, frame: Frame, seen: list[Seen], decided: list[Decided]) -> None:
        """Tell everybody."""
        for watcher in self._watchers:
            watcher.saw(frame, seen, decided)
