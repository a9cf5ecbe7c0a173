"""The doors of a site as somebody may see them, and what they may be told to do."""

import base64
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta, tzinfo
from http import HTTPStatus
from zoneinfo import ZoneInfo

from starlette.requests import Request

from limen.config import DoorConfig
from limen.decision.levels import Level
from limen.decision.rules import DoorMode, Mode, mode_at
from limen.door.live import LiveFace, LiveLook
from limen.door.views import DoorView
from limen.errors import UnknownNameError
from limen.store.modes import DoorAction
from limen.web.door_memory import DoorMemory, Remembered
from limen.web.door_models import (
    LONGEST_MINUTES,
    Area,
    DoorAnswer,
    DoorModeName,
    DoorsAnswer,
    LiveAnswer,
    LiveFaceAnswer,
    LiveFlaw,
    LockdownOrder,
    NamedLikeness,
    OpenAnswer,
    TodayAnswer,
)
from limen.web.door_states import STATE_WORDS, TONES, Known, camera_kind, parts_of, refusal, state_of, why
from limen.web.event_words import EventTeller, EventView
from limen.web.problem import Problem
from limen.web.rights import Actor, Right
from limen.web.site import Site
from limen.web.site_warnings import SiteWarnings, site_warnings
from limen.web.words import Words, chosen

_REQUEST_S = 5.0
_TOP = 3
_BY_RULE = "by rule "


class DoorDesk:
    """The doors of ``site`` for one actor, in their words; made for each request."""

    def __init__(self, site: Site, actor: Actor, words: Words) -> None:
        self._site, self._actor, self._words = site, actor, words
        self._zone: tzinfo = ZoneInfo(site.settings.site.time_zone)
        self.now = datetime.now(UTC)

    def all(self) -> DoorsAnswer:
        """All doors, in the order of the settings, and what is to be known beside them."""
        known = self._site.part(SiteWarnings, lambda site: SiteWarnings(site.store))
        warnings = site_warnings(known, self._site.settings, self._actor, self._words, self.now)
        return DoorsAnswer(items=self._answers(self._configs()), warnings=warnings)

    def one(self, name: str) -> DoorAnswer:
        """The door of that name.

        Raises:
            UnknownNameError: there is none.
        """
        return self._answers({name: self._config(name)})[0]

    def open(self, name: str) -> OpenAnswer:
        """Open the door once.

        Raises:
            Problem: it is locked down, does not run, or its lock or the record does not obey.
            UnknownNameError: there is none of that name.
        """
        known = self._known_one(name)
        if said := refusal(known, self._words):
            raise Problem(HTTPStatus.CONFLICT, _refused(known), said)
        if not known.here:
            expires_at = self.now + timedelta(seconds=_REQUEST_S)
            self._site.store.requests.add(name, DoorAction.OPEN, expires_at)
            return OpenAnswer(opened=False, words=self._words("The door was asked to open"))
        if not self._site.house.open_once(name, "web"):
            again = self._known_one(name)
            said = refusal(again, self._words) or self._words("The door did not open: see its newest event.")
            raise Problem(HTTPStatus.CONFLICT, _refused(again), said)
        return OpenAnswer(opened=True, words=self._words("The door is open"))

    def believe_clock(self, name: str) -> None:
        """Tell the door that the clock is right.

        Raises:
            UnknownNameError: there is none of that name.
        """
        if self._known_one(name).here:
            self._site.house.believe_clock(name)
        else:
            expires_at = self.now + timedelta(seconds=_REQUEST_S)
            self._site.store.requests.add(name, DoorAction.BELIEVE_CLOCK, expires_at)

    def set_mode(self, name: str, mode: DoorModeName, order: LockdownOrder, minutes: int) -> None:
        """Let the door stand so as long as ``order`` says, for ``minutes`` where it says nothing.

        Raises:
            Problem: the order names two ends, or one that has passed or is too far away.
            UnknownNameError: there is no such door.
        """
        self._config(name)
        self._site.store.modes.set(name, Mode(mode), self._end(order, minutes), self.now)

    def lock_all_down(self, order: LockdownOrder) -> None:
        """Let nobody in anywhere, for an hour where ``order`` names no end.

        Raises:
            Problem: as for ``set_mode``.
        """
        until = self._end(order, 60)
        for name in self._configs():
            self._site.store.modes.set(name, Mode.LOCKDOWN, until, self.now)

    def end_mode(self, name: str) -> None:
        """Let the door stand as its rules say.

        Raises:
            UnknownNameError: there is no such door.
        """
        self._config(name)
        self._site.store.modes.clear(name)

    def end_lockdowns(self) -> None:
        """Let all doors that are locked down stand as their rules say."""
        for name, mode in self._site.store.modes.current().items():
            if mode.mode is Mode.LOCKDOWN:
                self._site.store.modes.clear(name)

    def live(self, name: str, *, picture: bool = False) -> LiveAnswer:
        """What the door's camera shows, and what is made of it.

        Raises:
            UnknownNameError: there is no such door.
        """
        look = self.look(name)
        if look is None:
            return LiveAnswer(number=0, at=None, width=0, height=0, faces=[], jpeg=None)
        return LiveAnswer(
            number=look.number, at=look.at, width=look.width, height=look.height,
            faces=[self._face(face, look) for face in look.faces],
            jpeg=base64.b64encode(look.jpeg).decode() if picture else None,
        )  # fmt: skip

    def look(self, name: str) -> LiveLook | None:
        """The newest picture that the door looked at.

        Raises:
            UnknownNameError: there is no such door.
        """
        self._config(name)
        with suppress(UnknownNameError):  # it runs in another program
            return self._site.house.live(name)
        return None

    def _configs(self) -> Mapping[str, DoorConfig]:
        return self._site.settings.doors

    def _config(self, name: str) -> DoorConfig:
        if name not in self._configs():
            known = ", ".join(self._configs()) or "none"
            raise UnknownNameError(f"there is no door {name!r}, there are: {known}")
        return self._configs()[name]

    def _known_one(self, name: str) -> Known:
        config = self._config(name)
        modes = self._site.store.modes.current()
        return self._known(config, self._view(name), self._remembered((name,))[name], modes.get(name))

    def _view(self, name: str) -> DoorView | None:
        with suppress(UnknownNameError):
            return self._site.house.view(name)
        return None

    def _remembered(self, names: tuple[str, ...]) -> Mapping[str, Remembered]:
        memory = self._site.part(DoorMemory, lambda site: DoorMemory(site.store))
        return memory.of(names, self._zone, self.now)

    def _known(
        self, config: DoorConfig, view: DoorView | None, remembered: Remembered, ordered: DoorMode | None
    ) -> Known:
        if view is None:
            return self._known_elsewhere(config, remembered, ordered)
        why = view.mode_why or ""
        rule = why.removeprefix(_BY_RULE) if why.startswith(_BY_RULE) else None
        return Known(
            config, view.status, here=True, running=view.running and view.status.running, failure=view.failure,
            mode=view.mode, until=view.mode_until, rule=rule,
        )  # fmt: skip

    def _known_elsewhere(self, config: DoorConfig, remembered: Remembered, ordered: DoorMode | None) -> Known:
        mode, rule = mode_at(ordered, self.now), None
        told = remembered.mode
        if mode is Mode.NORMAL and told is not None and told.reason == Mode.KEEP_OPEN:
            detail = told.detail or ""
            mode, rule = (
                (Mode.KEEP_OPEN, detail.removeprefix(_BY_RULE)) if detail.startswith(_BY_RULE) else (mode, None)
            )
        until = ordered.until if ordered is not None and mode is not Mode.NORMAL and rule is None else None
        return Known(
            config, remembered.status, here=False, running=remembered.status.running, mode=mode, until=until, rule=rule
        )

    def _answers(self, configs: Mapping[str, DoorConfig]) -> list[DoorAnswer]:
        remembered = self._remembered(tuple(configs))
        modes = self._site.store.modes.current()
        last = [one.last for one in remembered.values() if one.last is not None]
        scores = self._actor.can(Right.DOORS_WATCH)
        told = EventTeller(self._site.store, self._words, self._zone, scores=scores).tell(last)
        events = {event.door: event for event in told} if self._actor.can(Right.EVENTS_SEE) else {}
        views = {view.name: view for view in self._site.house.views()}
        known = {
            name: self._known(config, views.get(name), remembered[name], modes.get(name))
            for name, config in configs.items()
        }
        return [self._answer(name, one, remembered[name], events.get(name)) for name, one in known.items()]

    def _answer(self, name: str, known: Known, remembered: Remembered, last: EventView | None) -> DoorAnswer:
        state, config, today = state_of(known), known.config, remembered.today
        return DoorAnswer(
            name=name, state=state, tone=TONES[state], words=self._words(STATE_WORDS[state]),
            why=why(known, state, self._words, self._zone, self.now), here=known.here, running=known.running,
            missing=known.missing, parts=parts_of(known, self._words),
            mode=None if known.mode is Mode.NORMAL or known.rule is not None else DoorModeName(known.mode),
            until=known.until, refusal=refusal(known, self._words), level=config.level,
            level_words=self._words(Level(config.level).gives), zone=config.zone or None, camera=camera_kind(config),
            lock=config.lock, last=last,
            today=TodayAnswer(granted=today.granted, denied=today.denied, alarms=today.alarms),
        )  # fmt: skip

    def _end(self, order: LockdownOrder, minutes: int) -> datetime:
        if order.minutes is not None and order.until is not None:
            raise _no_end(self._words("Give minutes or an end, not both."))
        if order.until is None:
            return self.now + timedelta(minutes=order.minutes or minutes)
        if order.until.tzinfo is None:
            raise _no_end(self._words("Give the end with its offset from UTC, as 2026-12-24T18:00:00+01:00."))
        try:
            until = order.until.astimezone(UTC)
        except OverflowError:
            until = datetime.max.replace(tzinfo=UTC)
        if not self.now < until <= self.now + timedelta(minutes=LONGEST_MINUTES):
            raise _no_end(self._words("Give an end that is to come, at most a week away."))
        return until

    def _face(self, face: LiveFace, look: LiveLook) -> LiveFaceAnswer:
        box = face.box
        return LiveFaceAnswer(
            track=face.track,
            area=Area(
                left=box.x1 / look.width, top=box.y1 / look.height,
                width=box.width / look.width, height=box.height / look.height,
            ),
            flaws=[LiveFlaw(words=self._words(_short(flaw)), detail=flaw) for flaw in face.flaws],
            person=face.person,
            threshold=face.threshold,
            ranked=[
                NamedLikeness(person=one.person, name=one.name, similarity=one.similarity)
                for one in face.ranked[:_TOP]
            ],
        )  # fmt: skip


def door_desk(site: Site, request: Request, actor: Actor) -> DoorDesk:
    """The desk for a request."""
    return DoorDesk(site, actor, chosen(request, actor.language, site.settings.site.language))


def _short(flaw: str) -> str:
    """What is wrong with a face in a word or two, which is how every flaw begins."""
    begins = flaw.partition(":")[0]
    return "looking away" if begins == "turned away" else begins  # people are turned away too


def _refused(known: Known) -> str:
    if not known.running:
        return "not-running"
    if known.mode is Mode.LOCKDOWN:
        return "locked-down"
    return "lock-fault" if known.status.lock_fault else "not-opened"


def _no_end(detail: str) -> Problem:
    return Problem(HTTPStatus.CONFLICT, "no-such-end", detail)
