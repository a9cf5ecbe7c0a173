"""What the page says of a photo."""

from pathlib import Path

import numpy as np
import pytest

from limen.matching.base import Outcome
from limen.matching.exact import ExactGallery
from limen.matching.match import MatchPolicy
from limen.matching.thresholds import Thresholds
from limen.models.catalogue import Preset
from limen.types import Box, Embedding, Measure, ModelKey, PersonId, Size, Template, TemplateId
from limen.web.looking import Looked, SeenFace
from limen.web.verdicts import Mark, Named, Search, State, mark_of, named_after, photo_shown, state_of

MODEL = ModelKey("first:1")
ANNA, BERT = PersonId("a"), PersonId("b")
NAMES = {ANNA: "Anna Smith", BERT: "Bert"}
PRESETS = (Preset(fmr=1e-1, similarity=0.5), Preset(fmr=1e-2, similarity=0.7), Preset(fmr=1e-3, similarity=0.8))
FOLDER = Path("tests")


def at(degrees: float) -> Embedding:
    """The unit vector at an angle: its similarity to another is the cosine of the angle between."""
    return Embedding(np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))], np.float32), MODEL)


def search(fpir: float = 1e-1, **enrolled: float) -> Search:
    """People enrolled at angles, one template each."""
    templates = [Template(TemplateId(person), PersonId(person), at(angle)) for person, angle in enrolled.items()]
    gallery = ExactGallery(templates, MODEL, Measure.COSINE)
    return Search(gallery, NAMES, MatchPolicy(Thresholds(PRESETS), 1e-2, fpir, margin=0.05))


def seen(*angles: float, size: float = 100) -> Looked:
    """A photo of faces side by side, of which each has half the width of the one before."""
    faces = [
        SeenFace(Box(200 * i, 20, 200 * i + size / 2**i, 20 + size / 2**i), at(angle), ())
        for i, angle in enumerate(angles)
    ]
    return Looked(tuple(faces), Size(800, 400), b"")


class TestState:
    def test_matched_unlocks(self) -> None:
        assert state_of(seen(10), search(a=0, b=90)) == (State.UNLOCKED, {ANNA})

    def test_one_of_several_is_enough(self) -> None:
        assert state_of(seen(170, 95), search(a=0, b=90)) == (State.UNLOCKED, {BERT})

    def test_a_stricter_rate_locks(self) -> None:
        # The cosine of 40 degrees is 0.766: enough for one in a hundred, not for one in a thousand.
        assert state_of(seen(40), search(1e-2, a=0))[0] is State.UNLOCKED
        assert state_of(seen(40), search(1e-3, a=0))[0] is State.LOCKED

    def test_two_people_who_are_about_as_alike_lock(self) -> None:
        assert state_of(seen(11), search(a=0, b=20)) == (State.LOCKED, frozenset())

    @pytest.mark.parametrize("looked", [Looked((), Size(10, 10), b""), Looked(refused="broken")])
    def test_nothing_to_compare_locks(self, looked: Looked) -> None:
        assert state_of(looked, search(a=0))[0] is State.LOCKED

    def test_nobody_enrolled_locks(self) -> None:
        assert state_of(seen(10), search())[0] is State.LOCKED

    def test_not_yet(self) -> None:
        assert state_of(None, search(a=0)) == (State.LOOKING, frozenset())


class TestMark:
    @pytest.mark.parametrize(
        ("entered", "named", "mark"),
        [
            ({ANNA}, Named("Anna Smith", ANNA), Mark.RIGHT),
            ({ANNA, BERT}, Named("Anna Smith", ANNA), Mark.RIGHT),
            ({BERT}, Named("Anna Smith", ANNA), Mark.FALSE_ENTRY),
            ({BERT}, Named("Zoe", None), Mark.FALSE_ENTRY),
            (set(), Named("Anna Smith", ANNA), Mark.FALSE_REJECTION),
            (set(), Named("Zoe", None), Mark.RIGHT),
            ({ANNA}, None, None),
        ],
    )
    def test_what_is_right(self, entered: set[PersonId], named: Named | None, mark: Mark | None) -> None:
        state = State.UNLOCKED if entered else State.LOCKED
        assert mark_of(state, frozenset(entered), named) is mark

    def test_nothing_before_anybody_looked(self) -> None:
        assert mark_of(State.LOOKING, frozenset(), Named("Zoe", None)) is None


@pytest.mark.parametrize(
    ("photo", "named"),
    [
        ("Anna_Smith.jpg", Named("Anna Smith", ANNA)),
        ("Anna Smith-2.png", Named("Anna Smith", ANNA)),
        ("Bert3.jpg", Named("Bert", BERT)),
        ("Bert (2).jpg", Named("Bert", BERT)),
        ("IMG_0001.jpg", None),
        ("Bertram.jpg", None),
        ("Anna_Smith/IMG_0001.jpg", Named("Anna Smith", ANNA)),
        ("Zoe/IMG_0001.jpg", Named("Zoe", None)),
        ("2026/Bert_2.jpg", Named("Bert", BERT)),
        ("team/Bert/1.jpg", Named("Bert", BERT)),
    ],
)
def test_whom_a_photo_is_said_to_show(photo: str, named: Named | None) -> None:
    assert named_after(FOLDER / photo, FOLDER, NAMES) == named


class TestPhotoShown:
    def test_matched(self) -> None:
        shown = photo_shown(seen(10), search(a=0, b=90), Named("Anna Smith", ANNA))
        assert (shown.state, shown.headline, shown.mark) == (State.UNLOCKED, "Anna Smith", Mark.RIGHT)
        (face,) = shown.faces
        assert face.similarity == pytest.approx(np.cos(np.radians(10)))
        assert face.box == (0, 0.05, 0.125, 0.25)
        # Two people: one in ten of strangers means one in nineteen and a half for each of them.
        threshold = 0.5 + 0.2 * np.log(0.1 / (1 - np.sqrt(0.9))) / np.log(10)
        assert face.why[0] == (f"Anna Smith is alike enough: similarity 0.985, at least {threshold:.3f} is needed.")
        assert face.why[1] == "And nobody else is nearly as alike: Bert is 0.811 behind, at least 0.050 is needed."

    def test_unknown(self) -> None:
        shown = photo_shown(seen(180), search(a=0), Named("Zoe", None))
        assert (shown.state, shown.headline, shown.mark) == (State.LOCKED, "Not recognised", Mark.RIGHT)
        assert (
            shown.faces[0]
            .why[0]
            .startswith(
                "No enrolled person is alike enough. The most alike is Anna Smith: similarity -1.000, at least 0.500"
            )
        )
        assert shown.mark_why == "Right: the photo is named after Zoe, who is not enrolled."

    def test_ambiguous(self) -> None:
        shown = photo_shown(seen(10.5), search(a=0, b=20), Named("Bert", BERT))
        assert (shown.headline, shown.faces[0].outcome) == ("Not sure who", Outcome.AMBIGUOUS)
        assert (
            shown.faces[0].why[0].startswith("Two enrolled people are about as much alike: Bert, and Anna Smith only")
        )
        assert shown.mark_why == "False rejection: the photo is named after Bert."

    def test_those_who_open_the_door_come_first_then_the_larger(self) -> None:
        shown = photo_shown(seen(200, 170, 91), search(a=0, b=90), None)
        assert [face.label for face in shown.faces] == ["Bert", "Not recognised", "Not recognised"]
        assert shown.faces[1].box[2] > shown.faces[2].box[2]
        assert shown.headline == "Bert"

    def test_everybody_who_opens_it_is_named_once(self) -> None:
        assert photo_shown(seen(0, 90, 5), search(a=0, b=90), None).headline == "Anna Smith and Bert"

    def test_nobody_enrolled(self) -> None:
        shown = photo_shown(seen(10), search(), None)
        assert shown.headline == "Nobody is enrolled"
        assert shown.faces[0].why == ("Nobody is enrolled with the model in use.",)

    def test_without_a_face(self) -> None:
        shown = photo_shown(Looked((), Size(10, 10), b""), search(a=0), Named("Anna Smith", ANNA))
        assert (shown.headline, shown.faces, shown.mark) == ("No face found", (), Mark.FALSE_REJECTION)

    def test_broken(self) -> None:
        shown = photo_shown(Looked(refused="x.jpg is broken"), search(a=0), None)
        assert (shown.state, shown.headline) == (State.LOCKED, "This photo cannot be used")
        assert shown.why == "x.jpg is broken"

    def test_somebody_who_was_deleted_a_moment_ago(self) -> None:
        assert photo_shown(seen(10), search(c=0), None).headline == "somebody who was deleted"
