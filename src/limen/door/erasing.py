"""Erases those who were deleted, once it can be undone no longer."""

from collections.abc import Callable
from datetime import datetime

from limen.errors import LimenError
from limen.store import Store


class Erasing:
    """What is to be asked every second or so; nothing is lost where nobody asks for a while, or after a restart."""

    def __init__(self, store: Store, note: Callable[[str], None]) -> None:
        self._store, self._note = store, note
        self._told = ""

    def step(self, now: datetime) -> int:
        """How many were erased, as of ``now`` (aware UTC); what goes wrong is noted once, and tried again."""
        try:
            erased = self._store.removals.erase_due(now)
        except LimenError as error:
            self._tell(f"those who were deleted could not be erased, which is tried again: {error}")
            return 0
        if erased.erasure.pending:
            left = ", ".join(erased.erasure.pending)
            self._tell(f"something of those who were deleted is left in {left}: limen backup keys")
        elif erased.people:
            self._told = ""
        return len(erased.people)

    def _tell(self, text: str) -> None:
        if text != self._told:
            self._told = text
            self._note(text)
