"""What a door's display may show its visitors, and what those see who watch the door."""

import io
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from PIL import Image as Pillow

from limen.audit.events import AuditEvent, EventType
from limen.decision.reasons import Reason
from limen.door.hints import Show, hint
from limen.door.visit import Decided, Seen
from limen.types import Box, Frame, PersonId, TrackId

_ANSWER_S = 4.0
"""So long an answer is shown, and the name of whoever came in."""
_ALONE_S = 0.8
"""Whoever was seen so lately is still there."""
_WATCHED_S = 3.0
"""Whoever watches asks at least so often."""
_LONGEST_PX = 640
_MOST_NAMES = 5

_CAMERA = {
    EventType.CAMERA_ONLINE: True,
    EventType.CAMERA_DARK: False,
    EventType.CAMERA_ENDED: False,
    EventType.CAMERA_FROZEN: False,
    EventType.CAMERA_OFFLINE: False,
}
_WORKS = {
    EventType.STORE_ONLINE: ("store", True), EventType.STORE_OFFLINE: ("store", False),
    EventType.CLOCK_RIGHT: ("clock", True), EventType.CLOCK_WRONG: ("clock", False),
    EventType.DOOR_STARTED: ("door", True), EventType.DOOR_STOPPED: ("door", False),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """How a door stands beside what its camera shows.

    ``stands_open`` where everybody may pass, ``lockdown`` where nobody may; ``locked_out_s`` is how much longer no face
    is looked at; ``needs_card`` where card or PIN must say first who it is.
    """

    stands_open: bool = False
    lockdown: bool = False
    locked_out_s: float = 0.0
    needs_card: bool = False


@dataclass(frozen=True, slots=True)
class VisitorState:
    """What a display shows: no scores, no names but of those who were just let in.

    ``sequence`` rises with each change, ``looks`` with each frame that was looked at; the newest of them was captured
    at ``looked_at``, and ``age_s`` old when it had been looked at. ``blind``: nothing but its camera keeps the door
    from working, and cards and PINs still count.
    """

    show: Show
    text: str
    names: tuple[str, ...] = ()
    sequence: int = 0
    looks: int = 0
    looked_at: datetime | None = None
    age_s: float = 0.0
    blind: bool = False


@dataclass(frozen=True, slots=True)
class Ranked:
    """Somebody whom a face is like."""

    person: PersonId
    name: str
    similarity: float


@dataclass(frozen=True, slots=True)
class LiveFace:
    """A face as those see it who watch the door.

    ``box`` is in pixels of the picture. ``person`` is set where it was recognised; ``ranked`` are those most alike, the
    most alike first, and empty where the face was not good enough to be compared.
    """

    track: TrackId
    box: Box
    flaws: tuple[str, ...]
    person: PersonId | None
    threshold: float | None
    ranked: tuple[Ranked, ...]


@dataclass(frozen=True, slots=True)
class LiveLook:
    """One frame that was looked at: ``jpeg`` is it, ``width`` × ``height`` pixels, at most 640 a side."""

    at: datetime
    number: int
    width: int
    height: int
    faces: tuple[LiveFace, ...]
    jpeg: bytes = field(repr=False)


@dataclass(slots=True)
class _Answer:
    """What was decided last, shown until ``until_s``."""

    show: Show = Show.IDLE
    text: str = ""
    names: tuple[str, ...] = ()
    until_s: float = float("-inf")


class DoorLive:
    """A ``DoorWatcher`` that keeps what is shown; written by the door's threads, read by any other.

    ``name_of`` is what a person is called, ``standing`` how the door stands; both are asked when they are needed.
    ``changed`` is called from the door's threads after whatever may change what is shown.
    """

    def __init__(
        self, *, looks: bool, name_of: Callable[[PersonId], str], standing: Callable[[], Standing],
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._looks_at_faces, self._name_of, self._standing, self._now_s = looks, name_of, standing, now_s
        self._guard = threading.Lock()
        self._works = {"door": False, "store": True, "clock": True}
        self._camera = not looks
        self._answer = _Answer()
        self._hint: tuple[Show, float] = (Show.IDLE, float("-inf"))
        self._settled: dict[TrackId, float] = {}
        self._shown = VisitorState(Show.OFFLINE, "")
        self._looks, self._age_s = 0, 0.0
        self._looked_at: datetime | None = None
        self._watched_s = float("-inf")
        self._look: LiveLook | None = None
        self._listeners: list[Callable[[], None]] = []

    def listen(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Call ``changed`` whenever something happened; the function returned ends that. Neither may take its time."""
        with self._guard:
            self._listeners = [*self._listeners, changed]

        def stop() -> None:
            with self._guard:
                self._listeners = [one for one in self._listeners if one is not changed]

        return stop

    def visitor(self) -> VisitorState:
        """What the door's display shows now."""
        standing = self._standing()
        with self._guard:
            show, text, names = self._now(standing, self._now_s())
            blind, before = show is Show.OFFLINE and all(self._works.values()), self._shown
            risen = (show, text, names, blind) != (before.show, before.text, before.names, before.blind)
            self._shown = VisitorState(
                show, text, names, before.sequence + risen, self._looks, self._looked_at, self._age_s, blind
            )
            return self._shown

    def look(self) -> LiveLook | None:
        """The newest look, ``None`` where nobody watched before: then it comes with one of the next frames."""
        now_s = self._now_s()
        with self._guard:
            fresh = now_s - self._watched_s <= _WATCHED_S
            self._watched_s = now_s
            return self._look if fresh else None

    @property
    def watched(self) -> bool:
        """Whether anybody looks at looks."""
        return self._now_s() - self._watched_s <= _WATCHED_S

    def happened(self, event: AuditEvent) -> None:
        """Follow an event of the door."""
        with self._guard:
            self._follow(event)
        self._tell()

    def greeted(self, sentence: str) -> None:
        """Names are shown as soon as somebody is let in."""

    def saw(self, frame: Frame, seen: list[Seen], decided: list[Decided]) -> None:
        """Follow a frame that was looked at."""
        now_s = self._now_s()
        look = self._looked(frame, seen) if self.watched else None
        with self._guard:
            self._looks += 1
            self._looked_at, self._age_s = frame.captured_at, now_s - frame.at_s
            self._camera = True
            self._look = look
            self._settle(seen, decided)
            open_faces = [one for one in seen if one.track not in self._settled]
            if open_faces:
                self._hint = hint(open_faces, frame.image.shape[1], frame.image.shape[0]), now_s
            elif seen:
                self._hint = Show.IDLE, now_s
        self._tell()

    def _settle(self, seen: list[Seen], decided: list[Decided]) -> None:
        """Faces that were decided about are not asked to do anything more, until they are looked at again."""
        here = {one.track for one in seen}
        self._settled = {track: at_s for track, at_s in self._settled.items() if track in here}
        self._settled.update({found.track: self._now_s() for found in decided})

    def _follow(self, event: AuditEvent) -> None:
        kind = event.type
        if kind in _CAMERA:
            self._camera = _CAMERA[kind]
            if not self._camera:
                if self._answer.show is Show.GRANTED:  # the lock was shut with the camera
                    self._answer = _Answer()
                self._hint, self._settled, self._look = (Show.IDLE, float("-inf")), {}, None
        elif kind in _WORKS:
            part, works = _WORKS[kind]
            self._works[part] = works
            if part == "door":
                self._answer = _Answer()
                self._camera = not self._looks_at_faces
        elif kind in (EventType.ACCESS_GRANTED, EventType.ACCESS_DENIED):
            self._decided(event)

    def _decided(self, event: AuditEvent) -> None:
        now_s = self._now_s()
        granted = event.type is EventType.ACCESS_GRANTED
        reason = Reason(event.reason) if event.reason in frozenset(Reason) else Reason.NO_RECORD
        names: tuple[str, ...] = ()
        if granted and event.person is not None:
            before = self._answer.names if self._answer.show is Show.GRANTED and now_s < self._answer.until_s else ()
            name = self._name_of(event.person)
            names = (*(one for one in before if one != name), name)[-_MOST_NAMES:]
        elif not granted and self._answer.show is Show.GRANTED and now_s < self._answer.until_s:
            return  # The door stands open: that somebody else may not enter is told when it is shut.
        show = Show.GRANTED if granted else Show.DENIED
        self._answer = _Answer(show, reason.for_visitor, names, now_s + _ANSWER_S)

    def _now(self, standing: Standing, now_s: float) -> tuple[Show, str, tuple[str, ...]]:
        """What is shown; what stands first outweighs what follows."""
        answer = self._answer
        if not all(self._works.values()):
            return Show.OFFLINE, "", ()
        if standing.lockdown:
            return Show.LOCKED_OUT, Reason.LOCKDOWN.for_visitor, ()
        if now_s < answer.until_s:
            return answer.show, answer.text, answer.names
        if standing.stands_open:
            return Show.OPEN, "", ()
        return (*self._waiting(standing, now_s), ())

    def _waiting(self, standing: Standing, now_s: float) -> tuple[Show, str]:
        """What is shown where nothing was decided a moment ago."""
        if not self._camera:
            return Show.OFFLINE, ""
        if standing.locked_out_s > 0:
            return Show.LOCKED_OUT, Reason.THROTTLED.for_visitor
        if standing.needs_card or not self._looks_at_faces:
            return Show.CARD, ""
        show, at_s = self._hint
        return (show if now_s - at_s <= _ALONE_S else Show.IDLE), ""

    def _looked(self, frame: Frame, seen: list[Seen]) -> LiveLook:
        picture = Pillow.fromarray(frame.image)
        picture.thumbnail((_LONGEST_PX, _LONGEST_PX), Pillow.Resampling.BILINEAR)
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=75)
        scale = picture.width / frame.image.shape[1]
        faces = tuple(self._face(one, scale) for one in seen)
        return LiveLook(frame.captured_at, self._looks, picture.width, picture.height, faces, buffer.getvalue())

    def _face(self, one: Seen, scale: float) -> LiveFace:
        match = one.match
        ranked = tuple(Ranked(c.person, self._name_of(c.person), c.similarity) for c in match.ranked) if match else ()
        box = Box(*(edge * scale for edge in one.face.box.xyxy))
        flaws = tuple(str(flaw) for flaw in one.flaws)
        return LiveFace(
            one.track, box, flaws, match.person if match else None, match.threshold if match else None, ranked
        )

    def _tell(self) -> None:
        for changed in self._listeners:
            changed()
