"""Which events somebody wants to see, as the API and the page are asked for them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from limen.audit.events import EventType
from limen.errors import BadDataError
from limen.store import EventRecord, Store
from limen.store.events import EventFilter
from limen.store.records import LabelKind
from limen.types import PersonId
from limen.web.event_sentences import TELLINGS, Topic

LARGEST_SEQUENCE = 2**53
"""Larger numbers are not the same in every program."""
MOST_AT_ONCE = 200


class Labelled(StrEnum):
    """What somebody said of an event afterwards."""

    IS = "is"
    WRONG = "wrong"
    IGNORED = "ignored"
    ANY = "any"
    NONE = "none"


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("text without control characters was expected")
    return text


def _in_utc(moment: datetime) -> datetime:
    try:
        found = moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("a year from 1970 to 9998 was expected") from error
    if not 1970 <= found.year <= 9998:
        raise ValueError("a year from 1970 to 9998 was expected")
    return found


Text = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_printable)]
Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]
PersonKey = Annotated[str, Field(pattern="^[0-9a-f-]{36}$", description="The id of a person")]


class EventSelection(BaseModel):
    """Which events; what is left out narrows nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    door: Annotated[Text | None, Field(description="Only what happened at this door")] = None
    person: Annotated[PersonKey | None, Field(description="Only what is about this person, or was said to be")] = None
    topic: Annotated[list[Topic], Field(max_length=10, description="Only these topics")] = []
    type: Annotated[list[EventType], Field(max_length=60, description="Only these kinds of events")] = []
    reason: Annotated[list[Text], Field(max_length=20, description="Only those with one of these reasons")] = []
    outcome: Annotated[Literal["granted", "denied"] | None, Field(description="Only visits that ended so")] = None
    since: Annotated[Instant | None, Field(description="From this moment on")] = None
    until: Annotated[Instant | None, Field(description="Before this moment")] = None
    has_crop: Annotated[bool | None, Field(description="Only those whose picture is kept, or only the others")] = None
    label: Annotated[Labelled | None, Field(description="Only those of which somebody said this")] = None

    def types(self) -> frozenset[EventType] | None:
        """The kinds of events that fit; ``None`` for all."""
        wanted: list[frozenset[EventType]] = []
        if self.topic:
            wanted.append(frozenset(kind for kind, telling in TELLINGS.items() if telling.topic in self.topic))
        if self.type:
            wanted.append(frozenset(self.type))
        if self.outcome is not None:
            wanted.append(frozenset((EventType(f"access.{self.outcome}"),)))
        return frozenset.intersection(*wanted) if wanted else None

    def only(self) -> EventFilter | None:
        """The same for the store; ``None`` where no event can fit."""
        types = self.types()
        if types is not None and not types:
            return None
        said = (Labelled.IS, Labelled.WRONG, Labelled.IGNORED)
        kinds = {LabelKind(self.label.value)} if self.label is not None and self.label in said else set()
        return EventFilter(
            person=None if self.person is None else PersonId(self.person),
            types=types or frozenset(),
            since=self.since,
            until=self.until,
            labelled=True,
            reasons=frozenset(self.reason),
            has_crop=self.has_crop,
            has_label=None if self.label is None else self.label is not Labelled.NONE,
            labels=frozenset(kinds),
        )


class EventQuery(EventSelection):
    """Which events, and how many of them at once."""

    limit: Annotated[int, Field(ge=1, le=MOST_AT_ONCE, description="So many at most")] = 50
    after: Annotated[
        str | None, Field(max_length=500, description="The `next` of the page before; none for the newest")
    ] = None


@dataclass(frozen=True, slots=True)
class EventPage:
    """Some events, the newest first; ``next`` is the cursor for older ones."""

    records: tuple[EventRecord, ...]
    next: str | None


def read_page(store: Store, wanted: EventSelection, limit: int, after: str | None = None) -> EventPage:
    """The newest events that are wanted, or those that are older than the cursor ``after``.

    Raises:
        BadDataError: that is no cursor.
        StoreError: the database cannot be read.
    """
    only, before = wanted.only(), None if after is None else cursor_of(after)
    if only is None:
        return EventPage((), None)
    found = store.events.latest(limit + 1, door=wanted.door, before=before, only=only)
    return EventPage(tuple(found[:limit]), str(found[limit - 1].sequence) if len(found) > limit else None)


def newer_than(store: Store, wanted: EventSelection, sequence: int, limit: int) -> EventPage:
    """The newest events that are wanted and came after ``sequence``."""
    only = wanted.only()
    if only is None:
        return EventPage((), None)
    return EventPage(tuple(store.events.latest(limit, door=wanted.door, after=sequence, only=only)), None)


def cursor_of(text: str) -> int:
    """The number that a cursor stands for.

    Raises:
        BadDataError: it is no cursor.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= 16 and int(text) <= LARGEST_SEQUENCE):
        raise BadDataError(f"after is the next of a page of events, got {text[:40]!r}")
    return int(text)
