"""The audit of a door, in the store."""

from datetime import timedelta

from limen.audit.events import AuditEvent
from limen.store import Store


class StoreAudit:
    """The ``AuditSink`` of a store; the faces of events are deleted after ``crop_days``."""

    def __init__(self, store: Store, crop_days: int) -> None:
        self._store, self._kept_for = store, timedelta(days=crop_days)

    def append(self, event: AuditEvent, crop: bytes | None = None) -> None:
        """Return only once ``event`` and ``crop`` are on the disk.

        Raises:
            StoreError: they could not be kept.
        """
        if crop is None:
            self._store.events.append(event)
        else:
            self._store.crops.append(event, crop, event.at + self._kept_for)
