"""Guided capture: what to tell a person before a camera, look by look, until every direction was captured.

Nothing here reads a clock or a picture: each look is measured by others and comes with its time.
"""

import math
from dataclasses import dataclass, field, replace
from enum import StrEnum

from limen.config import QualityBounds
from limen.door.poses import Direction, Pose, Turn, needed_turn
from limen.faces.quality import Flaw, Quality, flaws
from limen.types import Box, Size


class Instruction(StrEnum):
    """What the person is told, one at a time; left and right are the person's own."""

    LOOK_HERE = "look_here"
    """No face is seen."""
    ONE_FACE = "one_face"
    CLOSER = "closer"
    BACK = "back"
    CENTRE = "centre"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    STRAIGHT = "straight"
    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"
    MORE = "more"
    """In the right direction, and not yet far enough."""
    LESS = "less"
    """Too far: back a little."""
    STILL = "still"
    STAY = "stay"
    """All is right; the next picture comes in a moment."""
    CAPTURED = "captured"
    ANOTHER_PERSON = "another_person"
    """The face is not that of the pictures before: it starts again."""
    DONE = "done"


class Tone(StrEnum):
    """How an instruction is meant."""

    ASK = "ask"
    WARN = "warn"
    GOOD = "good"


_TONES = {
    Instruction.ONE_FACE: Tone.WARN,
    Instruction.TOO_DARK: Tone.WARN,
    Instruction.TOO_BRIGHT: Tone.WARN,
    Instruction.ANOTHER_PERSON: Tone.WARN,
    Instruction.STAY: Tone.GOOD,
    Instruction.CAPTURED: Tone.GOOD,
    Instruction.DONE: Tone.GOOD,
}


@dataclass(frozen=True, slots=True)
class Plan:
    """How many pictures of which direction, in the order they are asked for, each ``apart_s`` after the one before."""

    steps: tuple[tuple[Direction, int], ...]
    apart_s: float


FULL = Plan(
    ((Direction.STRAIGHT, 2), (Direction.LEFT, 1), (Direction.RIGHT, 1), (Direction.UP, 1), (Direction.DOWN, 1)), 0.4
)
STILL = Plan(((Direction.STRAIGHT, 5),), 1.2)
"""For those who cannot turn their head: more pictures of one direction, a little apart, so that they differ."""
EXTRA = Plan(((Direction.STRAIGHT, 2), (Direction.LEFT, 1), (Direction.RIGHT, 1)), 0.4)
"""A further look of somebody whose five directions are known: with glasses, in another light."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one frame of ``size`` shows: how many ``faces`` that count, and the largest one's box and quality."""

    size: Size
    faces: int
    box: Box | None = None
    quality: Quality | None = None


@dataclass(frozen=True, slots=True)
class Oval:
    """Where the face is, in parts of the picture's width and height, not mirrored."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Guidance:
    """What to tell the person now.

    ``progress`` is 0 to 1 for each direction of the plan; ``holding`` 0 to 1 of the time that all must be right.
    ``capture`` is set on the one look whose frame is to be kept: answer with ``Guide.keep``, which tells that it was
    ``captured``, or with ``Guide.drop``.
    """

    instruction: Instruction
    tone: Tone
    face: Oval | None
    progress: tuple[tuple[Direction, float], ...]
    wanted: Direction | None
    holding: float
    capture: Direction | None = None
    captured: bool = False

    @property
    def done(self) -> bool:
        """Whether every direction was captured."""
        return self.wanted is None


_HOLD_S, _HOLD_LOOKS = 0.5, 3
_GAP_S = 1.5
"""Looks that are further apart say nothing of the time between."""
_FLASH_S, _WARNING_S = 0.7, 3.0
"""How long a picture taken and another person are told."""
_SETTLE_S, _SHOWN_S = 0.25, 0.7
"""An instruction must have been true for so long before it is told, and is told for so long."""
_NEAR, _FAR = 0.32, 0.9
"""A face's height in parts of the picture's shorter side."""
_OFF = 0.2
"""How far a face may be from the middle, in the same parts."""
_SPEED, _TURN_SPEED = 0.6, 60.0
"""A face that moves by more of its own sizes a second, or turns by more degrees a second, is not still."""
_TURN_NOISE_DEG = 6.0
_EASE = 1.15
"""Once all is right the bounds are wider by this: what lies on the edge must not flicker."""


class Guide:
    """A guided capture under way; ``bounds`` are what is asked of each face. Not to be shared between threads."""

    def __init__(self, plan: Plan, bounds: QualityBounds) -> None:
        self._plan, self._bounds = plan, bounds
        self._told = _Told()
        self._last: tuple[Look, float] | None = None
        self._so_far = _SoFar()

    def look(self, look: Look, now_s: float) -> Guidance:
        """What to tell after this look; looks come in the order of their times."""
        so_far = self._so_far
        wish, direction = self._judge(look, now_s)
        late = self._last is not None and now_s - self._last[1] > _GAP_S
        so_far.follow(direction, now_s, again=late)
        self._last = (look, now_s)
        ready = so_far.held is not None and now_s - so_far.since_s >= _HOLD_S and so_far.looks >= _HOLD_LOOKS
        resting = so_far.captured_s is not None and now_s - so_far.captured_s < self._plan.apart_s
        if so_far.held is not None and resting:
            wish = Instruction.STAY
        told = self._told.tell(wish, now_s)
        return self._guidance(told, _oval(look), so_far.held if ready and not resting else None, now_s)

    def keep(self, look: Look, guidance: Guidance, now_s: float) -> Guidance:
        """What to tell now that the frame of ``guidance.capture`` was kept."""
        direction, so_far = guidance.capture, self._so_far
        if direction is None or look.quality is None:
            raise ValueError("only the frame of a capture is kept")
        if direction is Direction.STRAIGHT and so_far.straight is None:
            so_far.straight = Pose(look.quality.yaw_deg, look.quality.pitch_deg)
        so_far.counts[direction] = so_far.counts.get(direction, 0) + 1
        so_far.captured_s, so_far.held = now_s, None
        return replace(self._flash(guidance, Instruction.CAPTURED, now_s, _FLASH_S), captured=True)

    def drop(self, guidance: Guidance) -> Guidance:
        """What to tell now that the frame was of no use: all must be right for half a second again."""
        self._so_far.held = None
        return replace(guidance, capture=None, holding=0.0)

    def restart(self, guidance: Guidance, now_s: float) -> Guidance:
        """What to tell now that another person stands there: every picture is taken again."""
        self._so_far = _SoFar()
        return self._flash(guidance, Instruction.ANOTHER_PERSON, now_s, _WARNING_S)

    @property
    def progress(self) -> tuple[tuple[Direction, float], ...]:
        """0 to 1 for each direction of the plan."""
        counts = self._so_far.counts
        return tuple((direction, min(counts.get(direction, 0) / count, 1.0)) for direction, count in self._plan.steps)

    def forget(self, direction: Direction) -> None:
        """One picture of this direction was taken out again, and is asked for again."""
        counts = self._so_far.counts
        counts[direction] = max(counts.get(direction, 0) - 1, 0)

    @property
    def wanted(self) -> Direction | None:
        """The direction asked for, ``None`` once all were captured."""
        return next(iter(self._missing()), None)

    def _missing(self) -> list[Direction]:
        return [direction for direction, count in self._plan.steps if self._so_far.counts.get(direction, 0) < count]

    def _judge(self, look: Look, now_s: float) -> tuple[Instruction, Direction | None]:
        """What to ask for, and if nothing is wrong, the direction that the look shows and that is still missing."""
        wanted = self.wanted
        if wanted is None:
            return Instruction.DONE, None
        if look.faces > 1:
            return Instruction.ONE_FACE, None
        if look.box is None or look.quality is None:
            return Instruction.LOOK_HERE, None
        found = {flaw.flaw for flaw in flaws(look.quality, self._bounds)}
        placing = _placing(look.box, look.size, _EASE if self._so_far.held else 1.0)
        lighting = next((instruction for flaw, instruction in _FLAWS if flaw in found), None)
        if wrong := placing or lighting:
            return wrong, None
        turn, shown = self._turn(look.quality, wanted, too_far=Flaw.TURNED_AWAY in found)
        if turn is not Turn.RIGHT_SO:
            return _ASKED.get(turn, Instruction(wanted.value)), None
        return Instruction.STILL, None if Flaw.BLURRED in found or self._moves(look, now_s) else shown

    def _turn(self, quality: Quality, wanted: Direction, *, too_far: bool) -> tuple[Turn, Direction]:
        """How the head should turn, and the direction it shows: the one wanted, or another that is still missing."""
        pose, straight = Pose(quality.yaw_deg, quality.pitch_deg), self._so_far.straight
        if too_far:
            return needed_turn(pose, wanted, straight, too_far=True), wanted
        for direction in self._missing() if straight else (wanted,):
            if needed_turn(pose, direction, straight, eased=self._so_far.held is direction) is Turn.RIGHT_SO:
                return Turn.RIGHT_SO, direction
        return needed_turn(pose, wanted, straight), wanted

    def _moves(self, look: Look, now_s: float) -> bool:
        if self._last is None or look.box is None or look.quality is None:
            return False
        before, then_s = self._last
        if before.box is None or before.quality is None:
            return True
        passed_s = max(now_s - then_s, 0.02)
        (x1, y1), (x2, y2) = before.box.centre, look.box.centre
        moved = math.hypot(x2 - x1, y2 - y1) / look.box.height / passed_s
        turns = (before.quality.yaw_deg - look.quality.yaw_deg, before.quality.pitch_deg - look.quality.pitch_deg)
        # A few degrees are the estimate's own noise, however fast the looks come.
        turned = (max(abs(turn) for turn in turns) - _TURN_NOISE_DEG) / passed_s
        return moved > _SPEED or turned > _TURN_SPEED

    def _flash(self, guidance: Guidance, instruction: Instruction, now_s: float, for_s: float) -> Guidance:
        told = Instruction.DONE if self.wanted is None else instruction
        self._told.flash(told, now_s, for_s)
        return self._guidance(told, guidance.face, None, now_s)

    def _guidance(
        self, instruction: Instruction, face: Oval | None, capture: Direction | None, now_s: float
    ) -> Guidance:
        so_far = self._so_far
        holding = min((now_s - so_far.since_s) / _HOLD_S, 1.0) if so_far.held else 0.0
        tone = _TONES.get(instruction, Tone.ASK)
        if instruction is Instruction.STILL and so_far.held:
            tone = Tone.GOOD
        return Guidance(instruction, tone, face, self.progress, self.wanted, holding, capture)


@dataclass(slots=True)
class _SoFar:
    """What was captured of one person, how they look ``straight``, and since when which direction is ``held``."""

    counts: dict[Direction, int] = field(default_factory=dict)
    straight: Pose | None = None
    captured_s: float | None = None
    held: Direction | None = None
    since_s: float = 0.0
    looks: int = 0

    def follow(self, direction: Direction | None, now_s: float, *, again: bool) -> None:
        """Count how long the same direction has been right; ``again``: from now on."""
        if direction is None or direction is not self.held or again:
            self.held, self.since_s, self.looks = direction, now_s, 0
        self.looks += 1


class _Told:
    """The instruction that is told, which does not flicker."""

    def __init__(self) -> None:
        self._shown: Instruction | None = None
        self._until = 0.0
        self._wish: tuple[Instruction, float] | None = None

    def tell(self, wish: Instruction, now_s: float) -> Instruction:
        if self._wish is None or self._wish[0] is not wish:
            self._wish = (wish, now_s)
        settled = self._shown is None or now_s - self._wish[1] >= _SETTLE_S
        if self._shown is None or (wish is not self._shown and settled and now_s >= self._until):
            self._shown, self._until = wish, now_s + _SHOWN_S
        return self._shown

    def flash(self, instruction: Instruction, now_s: float, for_s: float) -> None:
        self._shown, self._until = instruction, now_s + for_s


_ASKED = {Turn.MORE: Instruction.MORE, Turn.LESS: Instruction.LESS}
_FLAWS = (
    (Flaw.TOO_SMALL, Instruction.CLOSER),
    (Flaw.CUT_OFF, Instruction.CENTRE),
    (Flaw.TOO_DARK, Instruction.TOO_DARK),
    (Flaw.TOO_BRIGHT, Instruction.TOO_BRIGHT),
)


def _placing(box: Box, size: Size, ease: float) -> Instruction | None:
    """What is wrong with where the face is."""
    side = min(size.width, size.height)
    if box.height * ease < _NEAR * side:
        return Instruction.CLOSER
    if box.height > _FAR * side * ease:
        return Instruction.BACK
    x, y = box.centre
    off = max(abs(x - size.width / 2), abs(y - size.height / 2))
    return Instruction.CENTRE if off > _OFF * side * ease else None


def _oval(look: Look) -> Oval | None:
    if look.box is None:
        return None
    width, height = look.size.width, look.size.height
    return Oval(look.box.x1 / width, look.box.y1 / height, look.box.width / width, look.box.height / height)
