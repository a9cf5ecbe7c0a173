"""Events as web clients get them: what happened in plain words, and no more of it than they may see."""

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field

from limen.audit.events import AuditEvent, EventType
from limen.decision.reasons import Reason
from limen.store import Store
from limen.store.event_facts import ACTOR_KINDS, Around, LabelOfEvent
from limen.store.events import EventRecord
from limen.types import PersonId
from limen.web.event_sentences import SHORT_REASONS, SPECIAL, TELLINGS, Telling, Tone, Topic

_REASONS = {str(reason): reason for reason in Reason}
_DECISIONS = (EventType.ACCESS_GRANTED, EventType.ACCESS_DENIED)
_UNTIL = "until "


class Say(Protocol):
    """Gives an English text in somebody's language, with ``values`` put in where it has ``{names}`` of them."""

    def __call__(self, text: str, /, **values: object) -> str:
        """The text in that language."""
        ...


def in_english(text: str, /, **values: object) -> str:
    """``text`` itself, with ``values`` put in."""
    return text.format_map(values) if values else text


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EventPerson(_Answer):
    """Somebody whom an event is about."""

    id: str = Field(description="The person's id.")
    name: str = Field(description="What they are called now.")


class EventLabel(_Answer):
    """What an operator said of an event."""

    kind: str = Field(description="`is`: it was this person; `wrong`: it was not who the door took it for; `ignored`.")
    person: EventPerson | None = Field(description="Who it was, where that was said.")
    actor: str | None = Field(description="Who said so; null where they are gone.")
    at: datetime = Field(description="When they said so (UTC).")


class EventView(_Answer):
    """One event, in words."""

    sequence: int = Field(description="Rises with each event; never given twice.")
    type: EventType = Field(description="What kind of thing happened.")
    topic: Topic = Field(description="What it is about.")
    at: datetime = Field(description="When it happened (UTC).")
    door: str | None = Field(description="The door's name, where it happened at one.")
    person: EventPerson | None = Field(description="Whom it is about; null too once they were deleted.")
    reason: str | None = Field(description="Why: a reason of decisions, or a short word of the event's own.")
    words: str = Field(description="What happened, as a sentence for those who run doors.")
    why: str | None = Field(description="The reason in words.")
    tone: Tone = Field(description="How to show it.")
    detail: str | None = Field(description="More about it, in the program's own words.")
    actor: str | None = Field(description="The name of the user or token that ordered it.")
    has_crop: bool = Field(
        description="Whether the face that it was about is kept; false for those who may not see it."
    )
    label: EventLabel | None = Field(description="What an operator said of it.")
    similarity: float | None = Field(None, description="How alike the face was; only for those who may see scores.")
    threshold: float | None = Field(None, description="How alike was enough; only for those who may see scores.")


class EventTeller:
    """Tells events of ``store`` in a language, in the time of ``zone``; ``scores``, with faces, only where allowed."""

    def __init__(self, store: Store, say: Say = in_english, zone: tzinfo = UTC, *, scores: bool = False) -> None:
        self._store, self._say, self._zone, self._scores = store, say, zone, scores

    def tell(self, records: Sequence[EventRecord]) -> list[EventView]:
        """The events in words, in their order; reads what stands around them, so not to be called in an event loop.

        Raises:
            StoreError: the database cannot be read.
        """
        around = self._store.event_facts.around(records)
        return [self.view(record, around) for record in records]

    def view(self, record: EventRecord, around: Around) -> EventView:
        """One event in words, with what is known ``around`` it."""
        event = record.event
        person, label = _person(event.person, around), around.labels.get(record.sequence)
        telling = telling_of(event)
        actor = None if event.actor is None else around.actors.get(event.actor)
        return EventView(
            sequence=record.sequence,
            type=event.type,
            topic=telling.topic,
            at=event.at,
            door=event.door,
            person=person,
            reason=event.reason,
            words=self._sentence(telling, person, actor),
            why=reason_words(event, self._say),
            tone=telling.tone,
            detail=self._detail(event, around),
            actor=actor,
            has_crop=self._scores and record.sequence in around.crops,
            label=None if label is None else _label(label, around),
            similarity=event.similarity if self._scores else None,
            threshold=event.threshold if self._scores else None,
        )

    def _sentence(self, telling: Telling, person: EventPerson | None, actor: str | None) -> str:
        if not telling.nameless:
            return self._say(telling.words)
        name = actor if "{actor}" in telling.words else person and person.name
        return self._say(telling.nameless) if name is None else self._say(telling.words, name=name, actor=name)

    def _detail(self, event: AuditEvent, around: Around) -> str | None:
        """The detail, with an account's name for its id, and the end of a mode in the time of the place."""
        detail = event.detail
        if detail is None:
            return None
        subject, _, rest = detail.partition(", ")
        if subject.startswith(ACTOR_KINDS):
            known = around.actors.get(subject)
            return ", ".join(part for part in (known, rest) if part) or None
        return self._until(detail, event.at) if detail.startswith(_UNTIL) else detail

    def _until(self, detail: str, at: datetime) -> str:
        try:
            until = datetime.fromisoformat(detail.removeprefix(_UNTIL)).astimezone(self._zone)
        except ValueError:
            return detail
        same_day = until.date() == at.astimezone(self._zone).date()
        return self._say("until {time}", time=f"{until:%H:%M}" if same_day else f"{until:%Y-%m-%d %H:%M}")


def telling_of(event: AuditEvent) -> Telling:
    """How the event is told."""
    return SPECIAL.get((event.type, str(event.reason))) or TELLINGS[event.type]


def reason_words(event: AuditEvent, say: Say = in_english) -> str | None:
    """The event's reason in words; ``None`` where it has none, or where its sentence says it already."""
    if event.reason is None or event.type is EventType.LOCK_FAULT:
        return None
    if event.type is not EventType.ACCESS_DENIED and (event.type, event.reason) in SPECIAL:
        return None
    words = SHORT_REASONS.get(event.reason)
    if words is None or event.type in _DECISIONS:
        known = _REASONS.get(event.reason)
        words = event.reason.replace("_", " ") if known is None else known.for_operator
    return say(words)


def _person(person: PersonId | None, around: Around) -> EventPerson | None:
    name = None if person is None else around.people.get(person)
    return None if person is None or name is None else EventPerson(id=person, name=name)


def _label(label: LabelOfEvent, around: Around) -> EventLabel:
    return EventLabel(
        kind=label.kind, person=_person(label.person, around), actor=around.actors.get(label.actor), at=label.at
    )
