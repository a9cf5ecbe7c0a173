"""Whether somebody should be looked at anew: faces change, and templates do not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median

from limen.audit.events import AuditEvent, EventType
from limen.matching.thresholds import Thresholds
from limen.store import Store
from limen.store.events import EventFilter
from limen.store.people_list import Listed
from limen.types import ModelKey, PersonId

GRANTS = 10
"""So many of the newest entries are looked at."""
_FEWEST = 5
"""Fewer say nothing."""
_STRICTER = 10.0


class Stale(StrEnum):
    """A reason to ask for a fresh look."""

    ONE_PHOTO = "one_photo"
    """One light, one expression, one haircut: the next one is another."""
    OLD = "old"
    SAGGING = "sagging"


@dataclass(frozen=True, slots=True)
class Freshness:
    """How fresh somebody's templates are; with no ``reasons`` nothing is to be done.

    ``newest`` is the time of the newest template, ``grants`` how many entries since then were looked at, at most 10.
    """

    reasons: tuple[Stale, ...]
    newest: datetime | None
    grants: int

    @property
    def wanted(self) -> bool:
        """Whether to ask for a fresh look."""
        return bool(self.reasons)


def freshness(
    store: Store, person: PersonId, model: ModelKey, thresholds: Thresholds, fresh_days: int, now: datetime
) -> Freshness:
    """How fresh the templates of ``model`` are that ``person`` is known by; nobody without any is asked here.

    Entries before the newest template say nothing: what they missed may be what was added since.

    Raises:
        UnknownPersonError: nobody has this id.
    """
    listed = store.people_list.one(person, model)
    if listed.newest is None or listed.person.faceless:
        return Freshness((), listed.newest, 0)
    only = EventFilter(person, frozenset((EventType.ACCESS_GRANTED,)), since=listed.newest)
    grants = [record.event for record in store.events.latest(GRANTS, only=only)]
    found = [*age(listed, now - timedelta(days=fresh_days)), *([Stale.SAGGING] if sags(grants, thresholds) else [])]
    return Freshness(tuple(found), listed.newest, len(grants))


def age(listed: Listed, fresh_since: datetime) -> list[Stale]:
    """What the number and the age of somebody's templates say."""
    found = [Stale.ONE_PHOTO] if listed.templates == 1 else []
    return [*found, Stale.OLD] if listed.newest is not None and listed.newest < fresh_since else found


def sags(grants: Sequence[AuditEvent], thresholds: Thresholds) -> bool:
    """Whether somebody was let in only just: their median entry would have failed at a tenth of the error rate.

    How much likeness a tenth of the rate costs, the calibration says, so that this means the same for every model. Of
    entries by card or PIN, where no face was compared, nothing is known; fewer than five by face say nothing.
    """
    leads = [
        grant.similarity - _stricter(grant.threshold, thresholds)
        for grant in grants
        if grant.similarity is not None and grant.threshold is not None
    ]
    return len(leads) >= _FEWEST and median(leads) < 0


def _stricter(threshold: float, thresholds: Thresholds) -> float:
    """The similarity that a tenth of the error rate of ``threshold`` would have asked for."""
    rate = thresholds.fmr_at(threshold)
    return threshold + thresholds.at_fmr(rate / _STRICTER) - thresholds.at_fmr(rate)
