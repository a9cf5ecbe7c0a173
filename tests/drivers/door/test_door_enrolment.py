"""Photos on the disk and a real store; faces and embeddings are fakes, by which each photo's person is its colour."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from door_samples import ANNA, BEN, BOUNDS, DARK, NOBODY, PRESETS, PlaceDetector, picture
from limen.audit.events import EventType
from limen.config import EnrolmentSettings
from limen.door.enrolment import Enrolment, EnrolmentReport
from limen.embedding.fake import FakeEmbedder
from limen.engine import Engine
from limen.errors import BadDataError
from limen.faces.base import Detector
from limen.faces.fake import FakeDetector
from limen.matching.match import MatchPolicy
from limen.matching.thresholds import Thresholds
from limen.store import Store, open_store
from limen.types import Box, Face

SETTINGS = EnrolmentSettings(quality=BOUNDS)


class Desk:
    """Where people are enrolled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store: Store = open_store(folder / "data", environment={})
        self.steps = 0

    def photo(self, name: str, left: tuple[int, int, int], right: tuple[int, int, int] = NOBODY) -> Path:
        path = self.folder / f"{name}.png"
        Pillow.fromarray(picture(left, right, number=len(name))).save(path)
        return path

    def enrol(
        self, *people: tuple[str, list[Path]], settings: EnrolmentSettings = SETTINGS, detector: Detector | None = None
    ) -> EnrolmentReport:
        embedder = FakeEmbedder()
        detector = detector or PlaceDetector(embedder.alignment, embedder.size.width)
        engine = Engine(detector, embedder, Thresholds(PRESETS))
        policy = MatchPolicy(engine.thresholds, fmr=1e-2, fpir=2e-2, margin=0.05)
        return Enrolment(engine, self.store, settings, policy).run(people, self._step)

    def names(self) -> list[str]:
        return [person.name for person in self.store.people.all()]

    def _step(self) -> None:
        self.steps += 1


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def reasons(report: EnrolmentReport) -> list[str]:
    return [remark.reason for remark in report.refused]


def warnings(report: EnrolmentReport) -> list[str]:
    return [remark.reason for remark in report.warnings]


def test_people_are_enrolled_from_their_photos(desk: Desk) -> None:
    report = desk.enrol(("Anna", [desk.photo("a1", ANNA), desk.photo("a22", ANNA)]), ("Ben", [desk.photo("b333", BEN)]))
    assert [(e.person, e.photos, e.templates) for e in report.enrolled] == [("Anna", 2, 2), ("Ben", 1, 1)]
    assert report.refused == report.warnings == ()
    assert desk.names() == ["Anna", "Ben"]
    assert desk.steps == 3


def test_where_a_template_came_from_is_kept(desk: Desk) -> None:
    desk.enrol(("Anna", [desk.photo("a1", ANNA)]))
    (photo,) = desk.store.templates.all_of(desk.store.people.all()[0].id).photos
    assert (photo.source.file_name, photo.source.size.width, photo.source.size.height) == ("a1.png", 320, 160)
    assert photo.source.quality["size_px"] == 80
    assert set(photo.source.quality) == {"size_px", "inside", "brightness", "sharpness", "yaw_deg", "pitch_deg"}
    assert not photo.kept


def test_photos_are_kept_only_when_asked_for(desk: Desk) -> None:
    path = desk.photo("a1", ANNA)
    desk.enrol(("Anna", [path]), settings=SETTINGS.model_copy(update={"keep_photos": True}))
    (photo,) = desk.store.templates.all_of(desk.store.people.all()[0].id).photos
    assert desk.store.templates.photo(photo.id) == path.read_bytes()


def test_enrolling_is_on_record(desk: Desk) -> None:
    desk.enrol(("Anna", [desk.photo("a1", ANNA)]))
    (record,) = desk.store.events.latest(5)
    assert record.event.type is EventType.PERSON_ENROLLED
    assert record.event.person == desk.store.people.all()[0].id


def test_the_same_photo_again_adds_nothing(desk: Desk) -> None:
    path = desk.photo("a1", ANNA)
    desk.enrol(("Anna", [path]))
    report = desk.enrol(("Anna", [path]))
    assert [(e.person, e.photos, e.templates) for e in report.enrolled] == [("Anna", 1, 0)]
    assert warnings(report) == []


def test_a_photo_without_a_face_is_refused(desk: Desk) -> None:
    report = desk.enrol(("Anna", [desk.photo("a1", ANNA)]), detector=FakeDetector([]))
    assert "no face was found" in reasons(report)[0]
    assert desk.names() == []


@pytest.mark.parametrize(
    ("left", "right", "reason"),
    [
        (ANNA, BEN, "2 faces were found: use a photo of one person alone"),
        (DARK, NOBODY, "too dark"),
    ],
)
def test_a_photo_that_is_not_of_one_person_seen_well_is_refused(
    desk: Desk, left: tuple[int, int, int], right: tuple[int, int, int], reason: str
) -> None:
    report = desk.enrol(("Anna", [desk.photo("a1", left, right)]))
    assert report.enrolled == ()
    assert report.refused[0].file.endswith("a1.png")
    assert reason in report.refused[0].reason
    assert desk.names() == []
    assert desk.steps == 1


def test_what_cannot_be_read_is_refused_and_the_others_are_enrolled(desk: Desk) -> None:
    broken = desk.folder / "broken.jpg"
    broken.write_bytes(b"no photo")
    report = desk.enrol(("Anna", [broken, desk.photo("a1", ANNA)]), ("Ben", [desk.folder / "absent.jpg"]))
    assert [(e.person, e.photos) for e in report.enrolled] == [("Anna", 1)]
    assert ["is not a photo" in reasons(report)[0], "cannot be read" in reasons(report)[1]] == [True, True]
    assert desk.names() == ["Anna"]
    assert desk.steps == 3


def face(x: float, y: float, side: float) -> Face:
    points = FakeEmbedder().alignment / 16 * side + np.array([x, y])
    return Face(Box(x, y, x + side, y + side), 0.9, points.astype(np.float32))


def test_somebody_small_in_the_background_is_no_second_face(desk: Desk) -> None:
    two = FakeDetector([face(20, 20, 100), face(200, 60, 45)])
    assert desk.enrol(("Anna", [desk.photo("a1", ANNA)]), detector=two).refused == ()


def small_photo(desk: Desk, side: int) -> Path:
    path = desk.folder / "small.png"
    Pillow.fromarray(np.full((side, side, 3), ANNA, np.uint8)).save(path)
    return path


STRICT = EnrolmentSettings(quality=BOUNDS.model_copy(update={"min_inside": 0.9, "min_size_px": 200}))


def test_a_small_photo_that_the_face_fills_is_enrolled_with_a_warning(desk: Desk) -> None:
    beyond = FakeDetector([face(-10, -10, 116)])
    report = desk.enrol(("Anna", [small_photo(desk, 96)]), settings=STRICT, detector=beyond)
    assert [e.person for e in report.enrolled] == ["Anna"]
    assert warnings(report) == [
        "a small photo (96 × 96 pixels): recognised less reliably; a larger one would be better"
    ]


def test_in_a_large_photo_a_face_at_the_edge_is_refused(desk: Desk) -> None:
    beyond = FakeDetector([face(-40, -40, 400)])
    report = desk.enrol(("Anna", [small_photo(desk, 400)]), settings=STRICT, detector=beyond)
    assert "cut off" in reasons(report)[0]


def test_a_small_face_in_a_small_photo_is_refused(desk: Desk) -> None:
    tiny = FakeDetector([face(30, 30, 45)])
    report = desk.enrol(("Anna", [small_photo(desk, 96)]), settings=STRICT, detector=tiny)
    assert "too small: 45 pixels" in reasons(report)[0]


def test_a_face_that_is_already_somebody_elses_is_warned_of(desk: Desk) -> None:
    desk.enrol(("Anna", [desk.photo("a1", ANNA)]))
    report = desk.enrol(("Impostor", [desk.photo("a22", ANNA)]))
    assert [e.person for e in report.enrolled] == ["Impostor"]
    assert warnings(report) == ["this face is already enrolled as 'Anna': one of the two is wrong"]


def test_people_of_the_same_run_are_compared_too(desk: Desk) -> None:
    report = desk.enrol(("Anna", [desk.photo("a1", ANNA)]), ("Twin", [desk.photo("a22", ANNA)]))
    assert warnings(report) == ["this face is already enrolled as 'Anna': one of the two is wrong"]


def test_a_photo_unlike_the_persons_others_is_warned_of(desk: Desk) -> None:
    desk.enrol(("Anna", [desk.photo("a1", ANNA)]))
    report = desk.enrol(("Anna", [desk.photo("b22", BEN)]))
    assert warnings(report) == ["this face is not like the other photos of 'Anna': is it the right person?"]


def test_a_name_with_spaces_around_is_the_same_name(desk: Desk) -> None:
    desk.enrol(("Anna", [desk.photo("a1", ANNA)]))
    report = desk.enrol((" Anna ", [desk.photo("a22", ANNA)]))
    assert warnings(report) == []
    assert desk.names() == ["Anna"]


def test_a_name_that_nobody_can_have_enrols_nobody(desk: Desk) -> None:
    with pytest.raises(BadDataError, match="control characters"):
        desk.enrol(("Ben", [desk.photo("b1", BEN)]), ("An\nna", [desk.photo("a22", ANNA)]))
    assert desk.names() == []
