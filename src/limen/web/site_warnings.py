"""What those who run the site must know beside how its doors stand, with where to mend it."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

from limen.audit.events import EventType
from limen.config import Settings
from limen.decision.levels import Level
from limen.errors import BadDataError
from limen.store import Store
from limen.store.events import EventFilter
from limen.store.head_count import Heads
from limen.web.door_models import WarningAnswer
from limen.web.event_sentences import Tone
from limen.web.event_words import Say
from limen.web.rights import Actor, Right

_BACKUP_DAYS = 7


class SiteWarnings:
    """Looks at a store for what is to be known; what was found is kept until something changes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._guard = threading.Lock()
        self._revision, self._heads = -1, Heads(0, 0, 0, 0)
        self._looked_up_to: int | None = None
        self._backup_at: datetime | None = None

    def heads(self) -> Heads:
        """How many people there are, and how many of them have how many templates."""
        revision = self._store.revision()
        with self._guard:
            if revision != self._revision:
                self._revision, self._heads = revision, self._store.head_count.of(None)
            return self._heads

    def backup_at(self) -> datetime | None:
        """When the newest backup was made."""
        with self._guard:
            newest = self._store.event_facts.newest_sequence()
            if newest != self._looked_up_to:
                only = EventFilter(types=frozenset({EventType.BACKUP_MADE}))
                try:
                    found = self._store.events.latest(1, after=self._looked_up_to, only=only)
                except BadDataError:  # that a record was altered is told elsewhere
                    found = []
                self._backup_at = found[0].event.at.astimezone(UTC) if found else self._backup_at
                self._looked_up_to = newest
            return self._backup_at


def site_warnings(
    known: SiteWarnings, settings: Settings, actor: Actor, say: Say, now: datetime
) -> list[WarningAnswer]:
    """What ``actor`` may and should know."""
    found: list[WarningAnswer] = []
    if actor.can(Right.PEOPLE_SEE):
        found += _people(known.heads(), say, enrols=actor.can(Right.ENROL))
    if actor.can(Right.SETTINGS_SEE):
        found += _settings(settings, say)
        found += _backup(known.backup_at(), say, now)
    return sorted(found, key=lambda one: one.tone is not Tone.WARN)


def _people(heads: Heads, say: Say, *, enrols: bool) -> Iterator[WarningAnswer]:
    if heads.people == 0:
        path, action = ("/enrol", say("Enrol somebody")) if enrols else ("/people", say("See them"))
        yield _warning(Tone.WARN, say("Nobody is enrolled yet, so no face opens a door"), path, action)
        return
    if heads.without:
        one, more = "One person has no photo yet", "{n} people have no photo yet"
        yield _warning(
            Tone.WARN, say(one) if heads.without == 1 else say(more, n=heads.without), "/people", say("See them")
        )
    if heads.single:
        one = "One person has a single photo: two or three are recognised more often"
        more = "{n} people have a single photo: two or three are recognised more often"
        yield _warning(
            Tone.QUIET, say(one) if heads.single == 1 else say(more, n=heads.single), "/people", say("See them")
        )


def _settings(settings: Settings, say: Say) -> Iterator[WarningAnswer]:
    if lax := [name for name, door in settings.doors.items() if Level(door.level) is Level.FACE]:
        text = say("A face alone opens {doors}, and a photo of it might", doors=", ".join(lax))
        yield _warning(Tone.WARN, text, "/settings/doors", say("Choose a level"))
    if unreal := [name for name, door in settings.doors.items() if door.lock == "simulator"]:
        text = say("The lock of {doors} is simulated: nothing moves", doors=", ".join(unreal))
        yield _warning(Tone.QUIET, text, "/settings/doors", say("Choose a lock"))


def _backup(made_at: datetime | None, say: Say, now: datetime) -> Iterator[WarningAnswer]:
    days = None if made_at is None else (now - made_at).days
    if days is None:
        yield _warning(Tone.WARN, say("No backup was ever made"), "/settings/backup", say("Make one"))
    elif days > _BACKUP_DAYS:
        yield _warning(Tone.WARN, say("The newest backup is {n} days old", n=days), "/settings/backup", say("Make one"))


def _warning(tone: Tone, words: str, path: str, action: str) -> WarningAnswer:
    return WarningAnswer(tone=tone, words=words, path=path, action=action)
