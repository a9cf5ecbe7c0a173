from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from door_samples import ANNA, BEN, STRANGER
from enrolment_faces import CONFIG, POSES, FakeCamera
from limen.config import Settings, load_settings
from limen.door.enrol_look import LookKind
from limen.door.enrol_session import Check, EnrolSession, Likeness, Subject, Tools
from limen.door.enrol_sessions import IDLE_S, MOST_SESSIONS, EnrolSessions
from limen.door.guide import Guidance, Instruction
from limen.door.poses import Direction
from limen.errors import BadDataError, ImageError, UnavailableError, UnknownNameError
from limen.store import Store, TakenFrom, open_store
from limen.store.invitations import InvitationKind
from limen.types import PersonId

Colour = tuple[int, int, int]
ME = "user:1"


class Place:
    """A camera, a store and the enrolments of a test; time goes on by a fifth of a second a frame."""

    def __init__(self, folder: Path) -> None:
        (folder / "config.toml").write_text(CONFIG, "utf-8")
        self.camera, self.now_s = FakeCamera(), 0.0
        self.store: Store = open_store(folder, environment={})
        self.settings: Settings = load_settings(folder)
        tools = Tools(lambda: self.camera.pool, self.store, lambda: self.settings)
        self.sessions = EnrolSessions(tools, lambda: self.now_s)

    def begin(self, name: str, person: PersonId | None = None) -> EnrolSession:
        return self.sessions.begin(ME, Subject(name, person), "v1")

    def show(self, session: EnrolSession, colour: Colour, frames: int = 12) -> Guidance:
        for _ in range(frames):
            self.now_s += 0.2
            guidance = session.look(self.camera.frame(colour), self.now_s)
        return guidance

    def capture(self, name: str, colour: Colour, person: PersonId | None = None) -> EnrolSession:
        session = self.begin(name, person)
        session.begin(LookKind.FIRST, still=True)
        self.camera.pose(0, 0)
        assert self.show(session, colour, 40).done
        return session


@pytest.fixture
def place(data_dir: Path) -> Iterator[Place]:
    place = Place(data_dir)
    yield place
    place.store.close()


def test_five_directions_become_templates_in_one_go(place: Place) -> None:
    session = place.begin("Anna")
    for pose in POSES:
        place.camera.pose(*pose)
        last = place.show(session, ANNA)
    assert last.done
    assert place.store.people.all() == []  # Nothing is saved before it is finished.

    enrolled = session.finish()

    assert (enrolled.created, enrolled.added, enrolled.person.name) == (True, 6, "Anna")
    photos = place.store.templates.all_of(enrolled.person.id).photos
    assert {photo.source.taken_from for photo in photos} == {TakenFrom.BROWSER}
    assert {photo.kept for photo in photos} == {False}
    assert {frame.direction for frame in session.frames} == set(Direction)
    assert session.finish() == enrolled  # Asked again after a lost answer, it is the same.


def test_photos_are_kept_only_where_that_is_set(place: Place) -> None:
    place.settings = place.settings.model_copy(
        update={"enrolment": place.settings.enrolment.model_copy(update={"keep_photos": True})}
    )
    session = place.capture("Anna", ANNA)
    person = session.finish().person.id
    photos = place.store.templates.all_of(person).photos
    kept = {place.store.templates.photo(photo.id) for photo in photos}
    assert kept == {frame.jpeg for frame in session.frames}


def test_another_face_starts_the_round_again(place: Place) -> None:
    session = place.begin("Anna")
    place.show(session, ANNA, 6)
    assert session.frames

    told = [place.show(session, BEN, 1).instruction for _ in range(10)]

    assert Instruction.ANOTHER_PERSON in told
    assert all(frame.direction is Direction.STRAIGHT for frame in session.frames)
    place.show(session, BEN)
    assert session.frames  # It began again, with the one who is there now.


def test_the_same_picture_again_is_not_captured(place: Place) -> None:
    session, same = place.begin("Anna"), place.camera.frame(ANNA)
    for _ in range(30):
        place.now_s += 0.2
        session.look(same, place.now_s)
    assert len(session.frames) == 1


def test_a_rejected_picture_is_asked_for_again(place: Place) -> None:
    session = place.capture("Anna", ANNA)
    first = session.frames[0]

    session.take_out(first.id)

    assert first not in session.frames
    with pytest.raises(UnknownNameError):
        session.frame_of(first.id)
    assert place.show(session, ANNA, 10).done
    assert len(session.frames) == 5


def test_somebody_else_of_the_same_face_is_found(place: Place) -> None:
    anna = place.capture("Anna", ANNA).finish().person
    session = place.capture("Bella", ANNA)

    assert session.check() == Check(Likeness.LOOKS_LIKE, anna.id)
    with pytest.raises(BadDataError, match="under another name"):
        session.finish()
    assert [person.name for person in place.store.people.all()] == ["Anna"]

    added = session.finish(person=anna.id)
    assert (added.person, added.created) == (anna, False)


def test_what_is_known_to_be_wrong_is_saved_all_the_same(place: Place) -> None:
    place.capture("Anna", ANNA).finish()
    assert place.capture("Her twin", ANNA).finish(confirmed=True).created


def test_a_fresh_look_must_be_like_the_person(place: Place) -> None:
    anna = place.capture("Anna", ANNA).finish().person

    assert place.capture("Anna", ANNA, anna.id).check().likeness is Likeness.CLEAR
    assert place.capture("Anna", STRANGER, anna.id).check().likeness is Likeness.UNLIKE


def test_a_further_look_adds_to_what_is_there(place: Place) -> None:
    session = place.capture("Anna", ANNA)
    session.begin(LookKind.GLASSES, still=False)
    for pose in POSES[:3]:
        place.camera.pose(*pose)
        last = place.show(session, ANNA)
    assert last.done
    assert [frame.kind for frame in session.frames] == [LookKind.FIRST] * 5 + [LookKind.GLASSES] * 4
    assert session.frames[-1].file_name.startswith("glasses-right-")


def test_trying_it_says_yes_or_no(place: Place) -> None:
    session = place.capture("Anna", ANNA)
    with pytest.raises(BadDataError, match="save"):
        session.try_look(place.camera.frame(ANNA))
    session.finish()

    place.camera.pose(0, 0)
    said = [session.try_look(place.camera.frame(ANNA)).accepted for _ in range(4)]
    assert said == [None, None, True, True]

    session.try_again()
    said = [session.try_look(place.camera.frame(BEN)).accepted for _ in range(26)]
    assert said[-1] is False
    assert True not in said

    session.try_again()
    place.camera.detector.faces = []
    assert session.try_look(place.camera.frame(ANNA)).instruction is Instruction.LOOK_HERE


def test_an_invitation_is_used_once_and_for_one_person(place: Place) -> None:
    anna, ben = place.store.people.add("Anna"), place.store.people.add("Ben")
    now = datetime.now(UTC)
    invitation, _ = place.store.invitations.add(
        InvitationKind.ENROL, person=anna.id, expires_at=now + timedelta(hours=1)
    )

    def begin(person: PersonId, colour: Colour) -> EnrolSession:
        session = place.sessions.begin("invitation:1", Subject("", person), "v1", invitation=invitation.id)
        session.begin(LookKind.FIRST, still=True)
        place.camera.pose(0, 0)
        place.show(session, colour, 40)
        return session

    with pytest.raises(BadDataError, match="invitation"):
        begin(ben.id, BEN).finish()
    assert place.store.templates.all_of(ben.id).photos == ()
    assert begin(anna.id, ANNA).finish().added == 5
    with pytest.raises(BadDataError, match="used"):
        begin(anna.id, ANNA).finish()
    assert len(place.store.templates.all_of(anna.id).photos) == 5


def test_a_name_that_is_taken_is_refused_and_nothing_is_saved(place: Place) -> None:
    session = place.capture("Anna", ANNA)
    place.store.people.add("Anna")
    with pytest.raises(BadDataError, match="already somebody named"):
        session.finish()
    assert place.store.templates.models() == {}


def test_what_is_no_picture_is_refused(place: Place) -> None:
    session = place.begin("Anna")
    for broken in (b"", b"nothing", place.camera.frame(ANNA)[:60]):
        with pytest.raises(ImageError):
            session.look(broken, 1.0)


def test_enrolments_are_bounded_in_number_and_time(place: Place) -> None:
    first = place.begin("Anna")
    assert place.sessions.get(first.id, [ME]) is first
    with pytest.raises(UnknownNameError, match="nothing of it was saved"):
        place.sessions.get(first.id, ["user:2"])

    for _ in range(3):
        place.begin("Anna")
    with pytest.raises(UnknownNameError):
        place.sessions.get(first.id, [ME])

    for other in range(MOST_SESSIONS - 3):
        last = place.sessions.begin(f"user:{other + 5}", Subject("Ben"), "v1")
    with pytest.raises(UnavailableError, match="try again"):
        place.sessions.begin("user:99", Subject("Ben"), "v1")

    place.now_s += IDLE_S + 1
    with pytest.raises(UnknownNameError):
        place.sessions.get(last.id, [last.owner])


def test_giving_up_forgets_everything(place: Place) -> None:
    session = place.capture("Anna", ANNA)
    place.sessions.end(session.id, [ME])
    with pytest.raises(UnknownNameError):
        place.sessions.get(session.id, [ME])
    assert place.store.people.all() == []
