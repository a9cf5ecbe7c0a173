from datetime import UTC, datetime

import pytest

from limen.audit.events import AuditEvent, EventType
from limen.audit.fake import FakeAuditSink
from limen.errors import StoreError

EVENT = AuditEvent(EventType.DOOR_STARTED, datetime(2026, 1, 2, tzinfo=UTC))


def test_it_fails_while_told_to_and_keeps_nothing_then() -> None:
    sink = FakeAuditSink()
    sink.append(EVENT)
    sink.fail_with = StoreError("disk full")
    with pytest.raises(StoreError, match="disk full"):
        sink.append(EVENT)
    sink.fail_with = None
    sink.append(EVENT)
    assert sink.events == [EVENT, EVENT]
