from dataclasses import replace
from itertools import pairwise

import pytest

from enrolment_faces import look, turned
from limen.config import EnrolmentSettings
from limen.door.guide import EXTRA, FULL, STILL, Guidance, Guide, Instruction, Look, Plan, Tone
from limen.door.poses import Direction, Pose, Turn, needed_turn
from limen.faces.quality import Quality

BOUNDS = EnrolmentSettings().quality
STRAIGHT = look(turned(0, 0))
STEP_S = 0.2


class Sitting:
    """A person before the camera, five looks a second; every capture is kept."""

    def __init__(self, plan: Plan = FULL) -> None:
        self.guide = Guide(plan, BOUNDS)
        self.now_s = 0.0
        self.captured: list[tuple[Direction, float]] = []
        self.told: list[Instruction] = []

    def see(self, seen: Look, looks: int = 1) -> Guidance:
        for _ in range(looks):
            self.now_s += STEP_S
            guidance = self.guide.look(seen, self.now_s)
            if guidance.capture:
                self.captured.append((guidance.capture, self.now_s))
                guidance = self.guide.keep(seen, guidance, self.now_s)
            if self.told[-1:] != [guidance.instruction]:
                self.told.append(guidance.instruction)
        return guidance


def test_five_directions_are_asked_for_one_after_the_other_and_captured() -> None:
    sitting = Sitting()

    for pose in ((0, 0), (18, 0), (-18, 0), (0, 15), (0, -15)):
        last = sitting.see(look(turned(*pose)), 14)

    directions = [direction for direction, _ in sitting.captured]
    assert directions == [Direction.STRAIGHT] * 2 + [Direction.LEFT, Direction.RIGHT, Direction.UP, Direction.DOWN]
    asked = [told for told in sitting.told if told in ("left", "right", "up", "down")]
    assert asked == ["left", "right", "up", "down"]
    assert last.done
    assert last.instruction is Instruction.DONE
    assert {part for _, part in last.progress} == {1.0}


def test_left_is_the_persons_own_left_which_is_the_images_right() -> None:
    straight = Pose(0, 0)

    assert needed_turn(Pose(18, 0), Direction.LEFT, straight) is Turn.RIGHT_SO
    assert needed_turn(Pose(18, 0), Direction.RIGHT, straight) is Turn.THERE
    assert needed_turn(Pose(0, 15), Direction.UP, straight) is Turn.RIGHT_SO


@pytest.mark.parametrize(
    ("yaw", "turn"), [(3, Turn.THERE), (9, Turn.MORE), (20, Turn.RIGHT_SO), (38, Turn.LESS), (-20, Turn.THERE)]
)
def test_a_turn_is_told_to_go_on_or_back(yaw: float, turn: Turn) -> None:
    assert needed_turn(Pose(yaw, 0), Direction.LEFT, Pose(0, 0)) is turn


def test_directions_are_counted_from_how_the_person_looks_straight() -> None:
    # A camera below the face: held level it looks turned up by fourteen degrees.
    sitting = Sitting()
    sitting.see(look(turned(0, 14)), 14)
    assert [direction for direction, _ in sitting.captured] == [Direction.STRAIGHT] * 2

    sitting.see(look(turned(0, 14)), 20)
    assert len(sitting.captured) == 2
    sitting.see(look(turned(0, 0)), 8)
    assert sitting.captured[-1][0] is Direction.DOWN  # No matter that another was asked for.


def test_it_captures_only_what_was_right_for_half_a_second() -> None:
    sitting = Sitting()
    sitting.see(STRAIGHT, 2)
    sitting.see(look(turned(0, 0), sharpness=1))
    assert not sitting.captured

    sitting.see(STRAIGHT, 3)
    assert not sitting.captured
    sitting.see(STRAIGHT)
    assert [at_s for _, at_s in sitting.captured] == [pytest.approx(7 * STEP_S)]


def test_a_gap_between_looks_says_nothing() -> None:
    sitting = Sitting()
    sitting.see(STRAIGHT, 2)
    sitting.now_s += 5

    sitting.see(STRAIGHT)

    assert not sitting.captured


@pytest.mark.parametrize(
    ("seen", "instruction"),
    [
        (look(None), Instruction.LOOK_HERE),
        (look(turned(0, 0), faces=2), Instruction.ONE_FACE),
        (look(turned(0, 0, eyes_px=20)), Instruction.CLOSER),
        (look(turned(0, 0, eyes_px=92.5)), Instruction.BACK),
        (look(turned(0, 0, centre=(240, 120))), Instruction.CENTRE),
        (look(turned(0, 0), brightness=20), Instruction.TOO_DARK),
        (look(turned(0, 0), brightness=250), Instruction.TOO_BRIGHT),
        (look(turned(25, 0)), Instruction.STRAIGHT),
        (look(turned(0, 0), sharpness=1), Instruction.STILL),
    ],
)
def test_one_thing_is_asked_at_a_time(seen: Look, instruction: Instruction) -> None:
    sitting = Sitting()

    guidance = sitting.see(seen, 10)

    assert guidance.instruction is instruction
    assert not sitting.captured


def test_a_face_that_moves_is_asked_to_hold_still() -> None:
    sitting = Sitting()

    for step in range(8):
        guidance = sitting.see(look(turned(0, 0, centre=(160 + 30 * (step % 2), 120))))

    assert guidance.instruction is Instruction.STILL
    assert guidance.tone is Tone.ASK
    assert not sitting.captured


def test_what_lies_on_the_edge_does_not_flicker() -> None:
    guide, told = Guide(FULL, BOUNDS), []
    sizes = (30, 31.25)  # Just too far away, just near enough.

    for step in range(50):
        guidance = guide.look(look(turned(0, 0, eyes_px=sizes[step % 2])), step * 0.1)
        told.append(guidance.instruction)

    changes = sum(a is not b for a, b in pairwise(told))
    assert changes <= 2


def test_what_is_not_a_number_is_never_captured() -> None:
    sitting = Sitting()
    broken = Quality(160, 1.0, 120, 20, float("nan"), 0.0)

    sitting.see(replace(STRAIGHT, quality=broken), 20)

    assert not sitting.captured


def test_without_moving_pictures_come_a_little_apart() -> None:
    sitting = Sitting(STILL)

    last = sitting.see(STRAIGHT, 40)

    times = [at_s for _, at_s in sitting.captured]
    assert len(times) == 5
    assert min(b - a for a, b in pairwise(times)) >= 1.2 - 1e-6
    assert last.progress == ((Direction.STRAIGHT, 1.0),)


def test_a_further_look_needs_fewer_directions() -> None:
    sitting = Sitting(EXTRA)
    for pose in ((0, 0), (18, 0), (-18, 0)):
        last = sitting.see(look(turned(*pose)), 14)

    assert last.done


def test_another_person_starts_again() -> None:
    sitting = Sitting()
    sitting.see(STRAIGHT, 8)
    assert sitting.captured

    guidance = sitting.guide.look(STRAIGHT, sitting.now_s + 0.2)
    restarted = sitting.guide.restart(guidance, sitting.now_s + 0.2)

    assert restarted.instruction is Instruction.ANOTHER_PERSON
    assert restarted.tone is Tone.WARN
    assert {part for _, part in restarted.progress} == {0.0}
    # It is told long enough to be read.
    assert sitting.guide.look(STRAIGHT, sitting.now_s + 1.0).instruction is Instruction.ANOTHER_PERSON


def test_a_dropped_frame_must_be_right_again() -> None:
    guide, dropped = Guide(STILL, BOUNDS), []

    for step in range(12):
        guidance = guide.look(STRAIGHT, step * STEP_S)
        if guidance.capture:
            dropped.append(step)
            guide.drop(guidance)

    assert guide.wanted is Direction.STRAIGHT
    assert [b - a for a, b in pairwise(dropped)] == [4] * (len(dropped) - 1)
    assert dropped


def test_a_picture_taken_out_is_asked_for_again() -> None:
    sitting = Sitting(STILL)
    sitting.see(STRAIGHT, 40)

    sitting.guide.forget(Direction.STRAIGHT)

    assert sitting.guide.wanted is Direction.STRAIGHT
