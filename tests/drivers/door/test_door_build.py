"""What is joined from settings: engines, galleries, doors."""

from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from limen.camera.clock import SYSTEM_CLOCK
from limen.config import DoorConfig, LivenessSettings, ReaderSettings, Settings, load_settings
from limen.decision.levels import Level
from limen.door.build import build_calibration, build_engine, build_gallery, calibration_file, match_policy
from limen.door.build_door import Surroundings, build_door, build_lock, build_reader, check_level, open_capture
from limen.door.build_store import build_store
from limen.door.roster import StoreRoster
from limen.door.visit import Visits
from limen.engine import Engine
from limen.errors import BadDataError, ConfigError, ModelError, NoInputError, TemplateError
from limen.faces.mtcnn import MtcnnDetector
from limen.locks.base import LockState
from limen.matching.base import Method
from limen.store import NewTemplate, PhotoSource, Store, TakenFrom
from limen.types import Embedding, ModelKey, Size


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    return load_settings(data_dir)


@pytest.fixture
def store(settings: Settings) -> Store:
    return build_store(settings)


def enrol(store: Store, name: str, model: ModelKey, seed: int = 1) -> Embedding:
    vector = np.random.default_rng(seed).normal(size=128)
    embedding = Embedding(np.asarray(vector / np.linalg.norm(vector), np.float32), model)
    photo = PhotoSource(f"{name}.jpg", f"{seed:064x}", Size(10, 10), TakenFrom.FILE)
    store.enrol(name, [NewTemplate(embedding, photo)])
    return embedding


def test_the_default_engine(engine: Engine) -> None:
    assert isinstance(engine.detector, MtcnnDetector)
    assert engine.model.startswith("dlib-resnet:")
    assert engine.thresholds.at_fmr(1e-3) > engine.thresholds.at_fmr(1e-2)


def test_without_the_mirrored_crop_it_is_another_model(settings: Settings, engine: Engine) -> None:
    models = settings.models.model_copy(update={"mirrored": False})
    assert build_engine(settings.model_copy(update={"models": models})).model != engine.model


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"embedding": "mtcnn"}, ConfigError, "mtcnn is for detection, one for embedding was expected"),
        ({"detection": "dlib-resnet"}, ConfigError, "dlib-resnet is for embedding, one for detection was expected"),
        ({"embedding": "nonsense"}, ModelError, "no model is called 'nonsense'"),
        ({"detection": "yunet"}, ModelError, "limen models pull yunet"),
    ],
)
def test_a_model_that_does_not_fit_is_refused(
    settings: Settings, change: dict[str, str], error: type[Exception], message: str
) -> None:
    models = settings.models.model_copy(update=change)
    with pytest.raises(error, match=message):
        build_engine(settings.model_copy(update={"models": models}))


def test_a_calibration_made_here_stands_in_place_of_the_one_that_comes_with_limen(settings: Settings) -> None:
    shipped = build_engine(settings)
    known = build_calibration(settings, shipped.model)
    assert known is not None
    assert shipped.thresholds == known.thresholds
    stricter = known.model_copy(
        update={
            "false_matches": tuple(
                p.model_copy(update={"similarity": p.similarity + 0.01}) for p in known.false_matches
            )
        }
    )
    file = calibration_file(settings, shipped.model)
    file.parent.mkdir()
    file.write_text(stricter.to_json())
    assert build_engine(settings).thresholds.at_fmr(1e-2) == pytest.approx(shipped.thresholds.at_fmr(1e-2) + 0.01)


def test_a_calibration_that_cannot_be_used_is_an_error_and_no_reason_to_take_another(settings: Settings) -> None:
    model = build_engine(settings).model
    file = calibration_file(settings, model)
    file.parent.mkdir()
    file.write_text("{")
    with pytest.raises(BadDataError, match=r"is no calibration .*limen calibrate"):
        build_engine(settings)
    assert build_engine(settings, calibrated=False).model == model


def test_the_policy_is_the_settings(settings: Settings, engine: Engine) -> None:
    policy = match_policy(settings, engine, Method.CENTROID)
    matching = settings.matching
    assert (policy.fmr, policy.fpir, policy.margin) == (matching.fmr, matching.fpir, matching.margin)
    assert policy.method is Method.CENTROID


def test_the_gallery_holds_who_was_enrolled_with_this_model(store: Store, engine: Engine) -> None:
    assert build_gallery(store, engine).people == 0
    enrol(store, "Anna", engine.model)
    enrol(store, "Ben", ModelKey("another:model"), seed=2)
    assert build_gallery(store, engine).people == 1


def test_people_of_another_model_alone_are_an_error_that_says_what_to_do(store: Store, engine: Engine) -> None:
    enrol(store, "Anna", ModelKey("another:model"))
    with pytest.raises(TemplateError, match=r"another:model.*limen enrol.*limen models use"):
        build_gallery(store, engine)


def test_a_roster_follows_changes(settings: Settings, store: Store, engine: Engine) -> None:
    anna = enrol(store, "Anna", engine.model)
    roster = StoreRoster(store, engine)
    visits = Visits(engine, roster.gallery, match_policy(settings, engine), settings.door)
    before = visits.gallery
    roster.refresh(visits)
    assert visits.gallery is before
    enrol(store, "Ben", engine.model, seed=2)
    roster.refresh(visits)
    assert visits.gallery.people == 2
    ben = store.people.find("Ben")
    assert ben is not None
    person = store.people.find("Anna")
    assert person is not None
    store.people.disable(person.id)
    roster.refresh(visits)
    assert visits.gallery.compare(anna, person.id, Method.NEAREST) is None
    store.people.delete(ben.id)
    roster.refresh(visits)
    assert visits.gallery.people == 0


def test_locks_by_name() -> None:
    config = DoorConfig(camera="0")
    assert build_lock("front", config, SYSTEM_CLOCK).state() is LockState.LOCKED
    mqtt = config.model_copy(update={"lock": "mqtt"})
    with pytest.raises(ConfigError, match="needs a broker"):
        build_lock("front", mqtt, SYSTEM_CLOCK)


@pytest.mark.parametrize("driver", ["http", "evdev"])
def test_a_reader_that_is_not_set_up_is_refused(driver: str) -> None:
    config = DoorConfig(camera="0", reader=ReaderSettings.model_validate({"driver": driver}))
    with pytest.raises(ConfigError, match=r"reader\.(token|device)"):
        build_reader(config)


@pytest.mark.parametrize(
    ("level", "liveness", "missing"),
    [
        ("convenience", {}, "passive liveness"),
        ("standard", {"passive": "simulated"}, "a challenge"),
        ("secure", {}, "passive liveness"),
    ],
)
def test_a_level_that_cannot_be_met_is_not_built(
    settings: Settings, store: Store, engine: Engine, level: str, liveness: dict[str, str], missing: str
) -> None:
    config = DoorConfig.model_validate({"camera": "0", "level": level, "reader": {"driver": "stdin"}})
    changed = settings.model_copy(update={"liveness": LivenessSettings.model_validate(liveness)})
    around = Surroundings(store, engine, (), lambda text: None)
    with ExitStack() as closing, pytest.raises(ConfigError, match=f"door front cannot be of level {level}.*{missing}"):
        build_door(changed, "front", config, around, closing)


def test_a_level_that_can_be_met_says_what_it_asks_for() -> None:
    config = DoorConfig.model_validate({"camera": "0", "level": "secure", "reader": {"driver": "stdin"}})
    assert check_level("lab", config, LivenessSettings(passive="simulated")) == Level.SECURE.asks


def test_a_camera_that_is_not_there(settings: Settings) -> None:
    with pytest.raises(NoInputError):
        open_capture(str(settings.data_dir / "absent.mp4"), settings, fast=True)


def test_the_capture_freezes_as_the_settings_say(settings: Settings, shared: Path) -> None:
    capture = open_capture(str(shared / "data" / "people"), settings, fast=True)
    assert not capture.realtime
    assert capture.next_frame(0) is not None
    capture.close()
