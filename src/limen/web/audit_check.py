"""Checks the whole record in the background, one check at a time, and tells how far it is."""

import threading
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from limen.errors import LimenError
from limen.store import Store
from limen.store.chain import Verification


class CheckState(StrEnum):
    """How far a check is."""

    NONE = "none"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class AuditCheck:
    """A check: ``looked_at`` of ``records`` so far; ``found`` at its end, or ``failure`` in words."""

    state: CheckState = CheckState.NONE
    looked_at: int = 0
    records: int = 0
    started_at: datetime | None = None
    found: Verification | None = None
    failure: str | None = None


class AuditChecker:
    """The newest check."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._starting = threading.Lock()
        self._check = AuditCheck()

    @property
    def check(self) -> AuditCheck:
        """How far the newest check is."""
        return self._check

    def start(self) -> AuditCheck:
        """Begin a check, unless one is under way."""
        with self._starting:
            if self._check.state is not CheckState.RUNNING:
                self._check = AuditCheck(CheckState.RUNNING, records=self._length(), started_at=datetime.now(UTC))
                threading.Thread(target=self._run, name="limen-audit-check", daemon=True).start()
            return self._check

    def _length(self) -> int:
        try:
            return self._store.events.head().sequence
        except LimenError:
            return 0

    def _run(self) -> None:
        try:
            found = self._store.events.verify(progress=self._count)
        except LimenError as error:
            self._check = replace(self._check, state=CheckState.FAILED, failure=str(error))
            return
        self._check = replace(
            self._check, state=CheckState.DONE, looked_at=found.records, records=found.records, found=found
        )

    def _count(self, looked_at: int) -> None:
        self._check = replace(self._check, looked_at=looked_at)
