"""The port that keeps events."""

from typing import Protocol

from limen.audit.events import AuditEvent


class AuditSink(Protocol):
    """Keeps events for good."""

    def append(self, event: AuditEvent, crop: bytes | None = None) -> None:
        """Return only once ``event``, and the JPEG of the face that it is about, would survive a power cut.

        Raises:
            StoreError: the event could not be kept; whoever asked must then keep the door shut.
        """
        ...
