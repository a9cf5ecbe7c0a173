"""Every event and every reason has words, in both languages, and tells no more than it may."""

import json
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest

from limen.audit.events import AuditEvent, EventType
from limen.decision.reasons import Reason
from limen.store.event_facts import Around, LabelOfEvent
from limen.store.events import EventRecord
from limen.types import PersonId
from limen.web.event_sentences import SHORT_REASONS, SPECIAL, TELLINGS
from limen.web.event_words import EventTeller, EventView, Say, in_english, reason_words

AT = datetime(2026, 11, 28, 22, 30, tzinfo=UTC)
ANNA = PersonId("anna")
AROUND = Around({ANNA: "Anna"}, {"user:u": "Otto"}, frozenset({7}), {7: LabelOfEvent("is", ANNA, "user:u", AT)})
GERMAN: dict[str, str] = json.loads(files("limen.web").joinpath("locales/de/events_words.json").read_text("utf-8"))


def in_german(text: str, **values: object) -> str:
    return in_english(GERMAN[text], **values)


def view(event: AuditEvent, say: Say = in_english, *, scores: bool = False, sequence: int = 1) -> EventView:
    teller = EventTeller(None, say, ZoneInfo("Europe/Berlin"), scores=scores)  # type: ignore[arg-type]  # no store
    return teller.view(EventRecord(sequence, event, None, b""), AROUND)


@pytest.mark.parametrize("say", [in_english, in_german])
@pytest.mark.parametrize("kind", EventType)
def test_every_event_is_a_sentence_with_and_without_a_person(kind: EventType, say: Say) -> None:
    for person, actor in ((ANNA, "user:u"), (None, None), (PersonId("gone"), "user:gone")):
        words = view(AuditEvent(kind, AT, person=person, actor=actor), say).words
        assert words[0].isupper()
        assert "{" not in words
        assert not words.endswith(".")
    assert kind in TELLINGS


@pytest.mark.parametrize("say", [in_english, in_german])
def test_every_reason_has_words(say: Say) -> None:
    for reason in Reason:
        assert reason_words(AuditEvent(EventType.ACCESS_DENIED, AT, reason=reason), say) == say(reason.for_operator)
    for short, words in SHORT_REASONS.items():
        told = reason_words(AuditEvent(EventType.RULES_CHANGED, AT, reason=short), say)
        assert told == say(words)
    for kind, short in SPECIAL:
        assert "{" not in view(AuditEvent(kind, AT, reason=short, person=ANNA), say).words


def test_a_reason_that_is_new_is_told_as_it_is() -> None:
    assert reason_words(AuditEvent(EventType.SETTINGS_CHANGED, AT, reason="lock_moved")) == "lock moved"
    assert reason_words(AuditEvent(EventType.SETTINGS_CHANGED, AT)) is None


def test_scores_are_for_those_who_may_see_them() -> None:
    event = AuditEvent(EventType.ACCESS_GRANTED, AT, "front", ANNA, Reason.MATCHED, 0.61, 0.5)
    without, with_scores = view(event), view(event, scores=True)
    assert (without.similarity, without.threshold) == (None, None)
    assert (with_scores.similarity, with_scores.threshold) == (0.61, 0.5)
    assert without.person is not None
    assert without.words == "Anna was let in"


def test_what_stands_around_an_event_is_told() -> None:
    event = AuditEvent(EventType.RULES_CHANGED, AT, "front", reason="lockdown", actor="user:u")
    told = view(event, sequence=7)
    assert (told.words, told.why, told.actor) == ("The door was told to lock down", None, "Otto")
    assert [view(event, scores=scores, sequence=7).has_crop for scores in (False, True)] == [False, True]
    assert told.label is not None
    assert told.label.person is not None
    assert (told.label.kind, told.label.person.name, told.label.actor) == ("is", "Anna", "Otto")


def test_details_are_told_in_the_time_of_the_place_and_with_names_for_ids() -> None:
    def detail(text: str) -> str | None:
        return view(AuditEvent(EventType.DOOR_MODE, AT, reason="keep_open", detail=text)).detail

    assert detail(f"until {(AT + timedelta(minutes=15)).isoformat()}") == "until 23:45"
    assert detail(f"until {(AT + timedelta(hours=1)).isoformat()}") == "until 2026-11-29 00:30"
    assert detail("until the cows come home") == "until the cows come home"
    assert detail("user:u, admin") == "Otto, admin"
    assert detail("user:gone") is None
