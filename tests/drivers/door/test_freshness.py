from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from limen.audit.events import AuditEvent, EventType
from limen.door.freshness import Stale, freshness, sags
from limen.matching.thresholds import Thresholds
from limen.models.catalogue import Preset
from store_samples import MODEL, new_template, opened

THRESHOLDS = Thresholds((Preset(fmr=1e-2, similarity=0.90), Preset(fmr=1e-4, similarity=0.94)))
"""A tenth of the error rate costs 0.02."""


def grants(*similarities: float | None, at: datetime | None = None) -> list[AuditEvent]:
    when = at or datetime.now(UTC)
    threshold = 0.92
    return [
        AuditEvent(EventType.ACCESS_GRANTED, when, similarity=one, threshold=None if one is None else threshold)
        for one in similarities
    ]


@pytest.mark.parametrize(
    ("similarities", "sagging"),
    [
        ([0.93] * 5, True),
        ([0.95] * 5, False),
        ([0.93] * 4, False),  # too few
        ([0.93] * 4 + [None] * 6, False),  # by card: nothing is known of the face
        ([0.93] * 6 + [0.99] * 4, True),
        ([0.93] * 4 + [0.99] * 6, False),
        ([0.94001] * 10, False),
    ],
)
def test_a_face_sags_where_half_of_its_entries_were_close_calls(
    similarities: list[float | None], sagging: bool
) -> None:
    assert sags(grants(*similarities), THRESHOLDS) is sagging


def test_what_calls_for_a_fresh_look(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        ann = store.enrol("Ann", [new_template(1)]).person.id

        def reasons(days: int = 100, later: timedelta = timedelta()) -> tuple[Stale, ...]:
            return freshness(store, ann, MODEL, THRESHOLDS, days, datetime.now(UTC) + later).reasons

        assert reasons() == (Stale.ONE_PHOTO,)
        store.enrol("Ann", [new_template(2)])
        assert reasons() == ()
        assert reasons(later=timedelta(days=101)) == (Stale.OLD,)
        for event in grants(*[0.925] * 5):
            store.events.append(AuditEvent(event.type, event.at, None, ann, None, event.similarity, event.threshold))
        assert reasons() == (Stale.SAGGING,)
        # Entries from before a fresh look say nothing of it.
        store.enrol("Ann", [new_template(3)])
        assert reasons() == ()
        store.people.set_faceless(ann, True)
        assert reasons(later=timedelta(days=101)) == ()
