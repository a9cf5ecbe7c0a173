"""What a display shows, and what those see who watch."""

from datetime import timedelta

import numpy as np
import pytest

from door_samples import START
from limen.audit.events import AuditEvent, EventType
from limen.decision.decide import Decision
from limen.decision.reasons import Reason
from limen.door.hints import Show, hint
from limen.door.live import DoorLive, Standing
from limen.door.visit import Decided, Seen
from limen.faces.quality import Flaw, FlawFound
from limen.matching.base import Candidate, Outcome
from limen.matching.match import Match
from limen.types import Box, Face, Frame, PersonId, TrackId

E = EventType
NAMES = {"anna": "Anna Smith", "ben": "Ben"}


def face(size: float = 100, x: float = 100, *flaws: Flaw, track: int = 1, match: Match | None = None) -> Seen:
    points = np.array([[0.3, 0.3], [0.7, 0.3], [0.5, 0.5], [0.35, 0.75], [0.65, 0.75]], np.float32) * size + x
    found = tuple(FlawFound(flaw, 1.0, 2.0) for flaw in flaws)
    return Seen(TrackId(track), Face(Box(x, x, x + size, x + size), 0.9, points), found, match)


class Stage:
    """A display at a door that a test leads through a day."""

    def __init__(self, *, looks: bool = True) -> None:
        self.now_s, self.frames, self.told = 50.0, 0, 0
        self.standing = Standing()
        self.live = DoorLive(looks=looks, name_of=NAMES.__getitem__, standing=lambda: self.standing, now_s=self.clock)
        self.live.listen(self.hear)
        self.happens(E.DOOR_STARTED)

    def clock(self) -> float:
        return self.now_s

    def hear(self) -> None:
        self.told += 1

    def happens(self, kind: EventType, reason: str | None = None, person: str | None = None) -> None:
        self.live.happened(AuditEvent(kind, START, "front", PersonId(person) if person else None, reason))

    def sees(self, *seen: Seen, decided: int | None = None) -> None:
        self.frames += 1
        frame = Frame(np.full((960, 1280, 3), 90, np.uint8), self.now_s, START + timedelta(seconds=1), self.frames)
        found = [] if decided is None else [Decided(TrackId(decided), Decision(Reason.UNKNOWN))]
        self.live.saw(frame, list(seen), found)

    def passes(self, seconds: float) -> None:
        self.now_s += seconds

    @property
    def shows(self) -> tuple[Show, str, tuple[str, ...]]:
        state = self.live.visitor()
        return state.show, state.text, state.names


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_a_visit_from_coming_to_going(stage: Stage) -> None:
    assert stage.shows == (Show.OFFLINE, "", ())
    assert stage.live.visitor().blind
    stage.sees()
    assert stage.shows == (Show.IDLE, "", ())
    before = stage.live.visitor()
    stage.sees(face())
    assert stage.shows == (Show.LOOKING, "", ())
    assert (stage.live.visitor().sequence, stage.live.visitor().looks) == (before.sequence + 1, 2)
    stage.happens(E.ACCESS_GRANTED, Reason.MATCHED, "anna")
    stage.happens(E.ACCESS_GRANTED, Reason.MATCHED, "ben")
    stage.happens(E.ACCESS_DENIED, Reason.UNKNOWN)  # somebody else, while the door stands open
    assert stage.shows == (Show.GRANTED, "Please come in.", ("Anna Smith", "Ben"))
    stage.passes(4.1)
    assert stage.shows == (Show.IDLE, "", ())
    stage.happens(E.ACCESS_DENIED, Reason.UNKNOWN)
    assert stage.shows == (Show.DENIED, Reason.UNKNOWN.for_visitor, ())
    stage.passes(4.1)
    stage.happens(E.ACCESS_GRANTED, Reason.CARD, "ben")
    assert stage.shows[2] == ("Ben",)
    assert stage.told >= 7


def test_whoever_was_decided_about_is_not_asked_for_anything_more(stage: Stage) -> None:
    stage.sees(face(), decided=1)
    stage.sees(face(20, 100, Flaw.TOO_SMALL))
    assert stage.shows[0] is Show.IDLE
    stage.sees(face(20, 100, Flaw.TOO_SMALL, track=2))
    assert stage.shows[0] is Show.COME_CLOSER
    stage.passes(1)
    assert stage.shows[0] is Show.IDLE


def test_what_is_amiss_is_shown_and_the_worst_first(stage: Stage) -> None:
    stage.sees(face())
    stage.happens(E.ACCESS_GRANTED, Reason.MATCHED, "anna")
    stage.happens(E.CAMERA_FROZEN)
    assert stage.shows == (Show.OFFLINE, "", ())
    stage.standing = Standing(locked_out_s=9)
    stage.sees()
    assert stage.shows == (Show.LOCKED_OUT, Reason.THROTTLED.for_visitor, ())
    stage.standing = Standing(stands_open=True)
    assert stage.shows[0] is Show.OPEN
    stage.standing = Standing(lockdown=True)
    assert stage.shows == (Show.LOCKED_OUT, Reason.LOCKDOWN.for_visitor, ())
    stage.happens(E.STORE_OFFLINE)
    assert stage.shows == (Show.OFFLINE, "", ())
    assert not stage.live.visitor().blind
    stage.happens(E.STORE_ONLINE)
    stage.standing = Standing(needs_card=True)
    assert stage.shows[0] is Show.CARD
    stage.happens(E.DOOR_STOPPED)
    assert stage.shows[0] is Show.OFFLINE


def test_a_door_without_a_camera_asks_for_cards() -> None:
    assert Stage(looks=False).shows == (Show.CARD, "", ())


def test_nobody_pays_for_looks_that_nobody_watches(stage: Stage) -> None:
    stage.sees(face())
    assert stage.live.look() is None
    ranked = (Candidate(PersonId("anna"), 0.8), Candidate(PersonId("ben"), 0.5))
    match = Match(Outcome.MATCHED, PersonId("anna"), 0.8, 0.7, 1e-3, 0.3, ranked)
    stage.sees(face(200, 100, Flaw.BLURRED, match=match))
    look = stage.live.look()
    assert look is not None
    assert (look.width, look.height, look.faces[0].box.xyxy) == (640, 480, (50, 50, 150, 150))
    assert [(one.name, one.similarity) for one in look.faces[0].ranked] == [("Anna Smith", 0.8), ("Ben", 0.5)]
    assert (look.faces[0].person, look.faces[0].threshold) == ("anna", 0.7)
    assert "hold still" in look.faces[0].flaws[0]
    stage.passes(3.1)
    assert not stage.live.watched
    assert stage.live.look() is None


@pytest.mark.parametrize(
    ("seen", "show"),
    [
        ([face()], Show.LOOKING),
        ([face(30, 10, Flaw.TOO_SMALL)], Show.COME_CLOSER),
        ([face(100, 10, Flaw.CUT_OFF)], Show.CENTER),
        ([face(190, 10, Flaw.CUT_OFF)], Show.MOVE_BACK),
        ([face(100, 10, Flaw.TOO_DARK, Flaw.BLURRED)], Show.TOO_DARK),
        ([face(100, 10, Flaw.TOO_BRIGHT)], Show.TOO_BRIGHT),
        ([face(100, 10, Flaw.BLURRED)], Show.HOLD_STILL),
        ([face(100, 10, Flaw.TURNED_AWAY)], Show.LOOK_STRAIGHT),
        ([face(100), face(70, track=2)], Show.ONE_PERSON),
        ([face(100), face(40, track=2), face(90, 10, Flaw.TURNED_AWAY, track=3)], Show.LOOKING),
    ],
)
def test_one_thing_at_a_time_is_asked_for(seen: list[Seen], show: Show) -> None:
    assert hint(seen, 320, 240) is show
