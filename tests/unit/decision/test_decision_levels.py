from itertools import product

import pytest

from limen.decision.levels import Level, Step, lacking, step_after

OPEN, LOOK, SHUT = Step.OPEN, Step.LOOK, Step.SHUT
# Shown:            nothing, card, PIN, both; then the same of somebody who does not want their face used.
STEPS = {
    Level.FACE: (SHUT, OPEN, OPEN, OPEN, SHUT, OPEN, OPEN, OPEN),
    Level.CONVENIENCE: (SHUT, OPEN, OPEN, OPEN, SHUT, OPEN, OPEN, OPEN),
    Level.STANDARD: (SHUT, SHUT, SHUT, OPEN, SHUT, SHUT, SHUT, OPEN),
    Level.SECURE: (SHUT, LOOK, LOOK, LOOK, SHUT, SHUT, SHUT, OPEN),
    Level.CARD: (SHUT, OPEN, OPEN, OPEN, SHUT, OPEN, OPEN, OPEN),
}
SHOWN = [(card, pin, faceless) for faceless in (False, True) for pin, card in product((False, True), repeat=2)]


@pytest.mark.parametrize("level", Level)
def test_what_follows_when_a_card_or_a_pin_is_shown(level: Level) -> None:
    steps = tuple(step_after(level.asks, card=card, pin=pin, faceless=faceless) for card, pin, faceless in SHOWN)
    assert steps == STEPS[level]


@pytest.mark.parametrize(
    ("level", "needs"),
    [
        (Level.FACE, {"camera"}),
        (Level.CONVENIENCE, {"camera", "passive"}),
        (Level.STANDARD, {"camera", "passive", "challenge"}),
        (Level.SECURE, {"camera", "reader", "passive"}),
        (Level.CARD, {"reader"}),
    ],
)
def test_a_level_lacks_exactly_what_it_asks_for(level: Level, needs: set[str]) -> None:
    all_of_it = dict.fromkeys(("camera", "reader", "passive", "challenge"), True)
    assert lacking(level.asks, **all_of_it) == []
    assert len(lacking(level.asks, **dict.fromkeys(all_of_it, False))) == len(needs)
    for part in all_of_it:
        missing = lacking(level.asks, **{**all_of_it, part: False})
        assert bool(missing) is (part in needs), part


@pytest.mark.parametrize("level", Level)
def test_everybody_has_a_way_in_without_a_face(level: Level) -> None:
    assert step_after(level.asks, card=True, pin=True, faceless=True) is Step.OPEN


@pytest.mark.parametrize("level", Level)
def test_a_level_says_what_it_gives(level: Level) -> None:
    assert len(level.gives) > 20
