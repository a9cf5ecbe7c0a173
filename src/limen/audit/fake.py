"""A sink that keeps events in a list, for tests and for whoever writes a door or a driver."""

from limen.audit.events import AuditEvent
from limen.errors import LimenError


class FakeAuditSink:
    """Keeps ``events`` in memory, the oldest first; raises ``fail_with`` instead, while that is set."""

    def __init__(self) -> None:
        self.events: list[AuditEvent] = []
        self.crops: list[bytes] = []
        self.fail_with: LimenError | None = None

    def append(self, event: AuditEvent, crop: bytes | None = None) -> None:
        """Keep ``event`` and ``crop``, or fail as told and keep nothing."""
        if self.fail_with is not None:
            raise self.fail_with
        self.events.append(event)
        if crop is not None:
            self.crops.append(crop)
