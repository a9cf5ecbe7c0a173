"""What each check makes of what it is shown."""

import itertools
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from limen.camera.capture import Capture
from limen.camera.clock import SYSTEM_CLOCK
from limen.camera.fake import FakeSource
from limen.config import DoorConfig, LivenessSettings, Settings
from limen.decision.levels import Level
from limen.decision.rules import Effect, Rule, RuleBook, Standing
from limen.decision.schedule import Calendar
from limen.door.checks.addresses import here_only, host_and_port
from limen.door.checks.base import Check, State, ok, warning
from limen.door.checks.clock import check_clock
from limen.door.checks.doors import check_camera, check_level, check_reader
from limen.door.checks.files import judged_room
from limen.door.checks.locks import check_broker, check_lock
from limen.door.checks.models import check_model
from limen.door.checks.records import judged_people, judged_rules
from limen.door.checks.settings import check_liveness, check_settings, check_status, check_voice
from limen.door.doctor import examine, examined, healthy
from limen.errors import CameraError, ConfigError, UnknownNameError
from limen.models.catalogue import Catalogue, ModelEntry, Task, load_catalogue
from limen.models.library import FileCheck, ModelLibrary
from limen.types import Image, Person, PersonId
from limen.voice.choose import VoiceFound

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Berlin")
READER = {"driver": "http", "token": "0123456789abcdef"}


def settings(**sections: object) -> Settings:
    return Settings.model_validate({"data_dir": Path("data"), **sections})


def door(**keys: object) -> DoorConfig:
    return DoorConfig.model_validate(keys)


class TestModels:
    class Library(ModelLibrary):
        """Finds what it is told."""

        def __init__(self, *found: FileCheck) -> None:
            self.found = found

        def verify(self, model_id: str) -> list[FileCheck]:
            return list(self.found)

    def catalogue(self, licence: str) -> Catalogue:
        entry: ModelEntry = load_catalogue().entry("mtcnn")
        return Catalogue((entry.model_copy(update={"licence": licence}),))

    def check(self, licence: str = "MIT", *found: FileCheck, task: Task = Task.DETECTION) -> Check:
        return check_model(task, "mtcnn", self.catalogue(licence), self.Library(*found))

    @pytest.mark.parametrize(
        ("licence", "state", "said"),
        [
            ("MIT", State.OK, "licence: MIT"),
            ("InsightFace: non-commercial research only", State.WARNING, "this forbids commercial use"),
            ("CC BY-NC 4.0", State.WARNING, "this forbids commercial use"),
            ("Apache-2.0; ask before commercial use", State.WARNING, "ask before commercial use"),
        ],
    )
    def test_what_the_licence_asks(self, licence: str, state: State, said: str) -> None:
        check = self.check(licence, FileCheck("a", True, "good"))
        assert (check.name, check.state) == ("models.detection", state)
        assert said in check.detail

    def test_a_file_that_differs_is_a_fault(self) -> None:
        check = self.check("MIT", FileCheck("a", True, "good"), FileCheck("b", False, "b has sha256 0, not 1"))
        assert (check.state, check.detail) == (State.FAULT, "b has sha256 0, not 1")

    def test_a_model_for_something_else_is_a_fault(self) -> None:
        assert "mtcnn is for detection, one for embedding" in self.check(task=Task.EMBEDDING).detail

    def test_those_of_the_catalogue_that_forbid_are_known(self) -> None:
        told = {entry.id: self.check(entry.licence).detail for entry in load_catalogue().entries}
        assert {name for name, detail in told.items() if "forbids" in detail} == {"mobilefacenet", "arcface-r50"}


class TestLevel:
    def test_what_a_level_lacks_is_a_fault(self) -> None:
        check = check_level("level", door(level="standard"), LivenessSettings())
        assert check.state is State.FAULT
        for missing in ("a camera", "passive liveness", "a challenge"):
            assert missing in check.detail

    def test_a_face_alone_is_a_warning(self) -> None:
        check = check_level("level", door(camera="0"), LivenessSettings())
        assert (check.state, Level.FACE.gives in check.detail) == (State.WARNING, True)

    @pytest.mark.parametrize("keys", [{"level": "card"}, {"level": "secure", "camera": "0"}])
    def test_a_level_that_is_met(self, keys: Mapping[str, str]) -> None:
        check = check_level("level", door(**keys, reader=READER), LivenessSettings(passive="simulated"))
        assert check.state is State.OK


class TestCamera:
    SHOWS = np.random.default_rng(1).integers(0, 255, (48, 64, 3)).astype(np.uint8)
    BLACK = np.zeros((48, 64, 3), np.uint8)

    def check(self, *images: Image, running: bool = False, fail_after: int | None = None) -> Check:
        def opened() -> Capture:
            return Capture(FakeSource(images, fail_after=fail_after), fast=True)

        return check_camera("camera", door(camera="0"), opened, SYSTEM_CLOCK, running=running)

    def test_one_that_shows_something(self) -> None:
        check = self.check(self.SHOWS)
        assert (check.state, check.detail) == (State.OK, "it delivers pictures of 64 × 48 pixels")

    def test_first_pictures_may_be_black(self) -> None:
        assert self.check(self.BLACK, self.BLACK, self.SHOWS).state is State.OK

    def test_nothing_but_black_is_a_fault(self) -> None:
        check = self.check(self.BLACK, self.BLACK)
        assert (check.state, "nothing but one colour" in check.detail) == (State.FAULT, True)

    def test_no_picture_is_a_fault(self) -> None:
        assert "no picture came" in self.check().detail

    def test_one_that_is_not_there_is_a_fault(self) -> None:
        def opened() -> Capture:
            raise CameraError("camera 0 cannot be opened")

        check = check_camera("camera", door(camera="0"), opened, SYSTEM_CLOCK, running=False)
        assert (check.state, check.detail) == (State.FAULT, "camera 0 cannot be opened")
        held = check_camera("camera", door(camera="0"), opened, SYSTEM_CLOCK, running=True)
        assert (held.state, "seems to run" in held.detail) == (State.WARNING, True)

    def test_no_camera_is_not_opened(self) -> None:
        def opened() -> Capture:
            raise AssertionError("opened")

        assert check_camera("camera", door(), opened, SYSTEM_CLOCK, running=False).state is State.OK

    def test_one_that_stays_black_is_not_looked_at_for_ever(self) -> None:
        class Clock:
            ticks = itertools.count(step=1.0)

            def monotonic_s(self) -> float:
                return next(self.ticks)

            def now_utc(self) -> datetime:
                return NOW

        source = FakeSource(itertools.repeat(self.BLACK))
        opening = partial(Capture, source, fast=True)
        check = check_camera("camera", door(camera="0"), opening, Clock(), running=False)
        assert (check.state, source.delivered) == (State.FAULT, 3)
        assert source.closed


class TestReader:
    def test_none(self) -> None:
        assert check_reader("reader", door().reader).state is State.OK

    @pytest.mark.parametrize(
        ("listen", "state"),
        [("127.0.0.1:8790", State.OK), ("[::1]:8790", State.OK), ("0.0.0.0:8790", State.WARNING)],
    )
    def test_http_is_for_this_machine(self, listen: str, state: State) -> None:
        assert check_reader("reader", door(reader={**READER, "listen": listen}).reader).state is state

    @pytest.mark.parametrize("change", [{"token": "short"}, {"token": ""}, {"listen": "8790"}])
    def test_http_that_is_not_set_up(self, change: Mapping[str, str]) -> None:
        reader = door(reader={**READER, **change}).reader
        with pytest.raises(ConfigError):
            check_reader("reader", reader)


class TestLock:
    def test_a_simulated_one_moves_nothing(self) -> None:
        check = check_lock("lock", door(), settings().mqtt)
        assert (check.state, "nothing moves" in check.detail) == (State.WARNING, True)

    @pytest.mark.parametrize(
        ("keys", "said"),
        [
            ({"lock": "webhook", "webhook": {"url": "lock.example"}}, "an address as https://lock.example"),
            ({"lock": "webhook", "webhook": {"url": "https://lock.example"}}, "webhook.secret"),
            ({"lock": "mqtt", "mqtt": {"secret": "short"}}, "at least 32"),
            ({"lock": "mqtt", "mqtt": {"secret": "x" * 32}}, "set mqtt.host"),
            ({"lock": "gpio", "gpio": {"relay_pin": 17, "chip": 15}}, "gpiochip15"),
        ],
    )
    def test_one_that_is_not_set_up(self, keys: Mapping[str, object], said: str) -> None:
        check = check_lock("lock", door(**keys), settings().mqtt)
        assert check.state is State.FAULT
        assert said in check.detail or "not installed" in check.detail

    def test_no_broker(self) -> None:
        assert check_broker(settings().mqtt).state is State.OK


class TestClock:
    @pytest.mark.parametrize(
        ("newest", "synchronised", "state", "said"),
        [
            (None, True, State.OK, "NTP keeps it right"),
            (NOW - timedelta(days=1), None, State.OK, "not known"),
            (NOW + timedelta(minutes=30), True, State.OK, "Europe/Berlin"),
            (NOW, False, State.WARNING, "nothing keeps it right"),
            (NOW + timedelta(days=1), True, State.FAULT, "the newest record is of 2026-11-26"),
        ],
    )
    def test_whether_it_can_be_believed(
        self, newest: datetime | None, synchronised: bool | None, state: State, said: str
    ) -> None:
        check = check_clock(NOW, newest, synchronised, "Europe/Berlin")
        assert check.state is state
        assert said in check.detail


class TestRoom:
    @pytest.mark.parametrize(
        ("free", "state"), [(10**6, State.FAULT), (500 * 10**6, State.WARNING), (5 * 10**9, State.OK)]
    )
    def test_what_is_left(self, free: int, state: State) -> None:
        assert judged_room(Path("data"), free).state is state


class TestPeople:
    ANN, BOB = Person(PersonId("a"), "Ann"), Person(PersonId("b"), "Bob")
    CARD = Person(PersonId("c"), "Cem", faceless=True)

    def test_all_is_well(self) -> None:
        check = judged_people([self.ANN, self.CARD], {self.ANN.id: 2}, 0)
        assert (check.state, check.detail) == (State.OK, "2 people, 1 of them by their faces")

    @pytest.mark.parametrize(
        ("templates", "others", "state", "said"),
        [
            ({}, 2, State.FAULT, "another model"),
            ({"a": 2}, 0, State.WARNING, "1 have no template of the model in use, and no face opens for them: Bob"),
            ({"a": 2, "b": 1}, 0, State.WARNING, "1 of 2 have one photo only: Bob"),
        ],
    )
    def test_who_is_not_known_well(self, templates: dict[PersonId, int], others: int, state: State, said: str) -> None:
        check = judged_people([self.ANN, self.BOB], templates, others)
        assert (check.state, said in check.detail) == (state, True)

    def test_nobody(self) -> None:
        assert judged_people([], {}, 0).state is State.WARNING

    def test_many_names_are_cut(self) -> None:
        many = [Person(PersonId(str(number)), f"P{number}") for number in range(8)]
        assert judged_people(many, {many[0].id: 1}, 0).detail.endswith("P1, P2, P3, P4, P5 and 2 more")


class TestRules:
    ANN = Standing("a", frozenset({"staff"}))

    def check(self, *rules: Rule) -> Check:
        book = RuleBook(rules, {}, Calendar(ZONE))
        return judged_rules(book, [self.ANN], {"front": door(zone="house"), "lab": door()})

    def test_none_lets_anybody_in(self) -> None:
        assert "no rule lets anybody in anywhere" in self.check(Rule("no", Effect.DENY)).detail

    def test_one_lets_everybody_in(self) -> None:
        check = self.check(Rule("everyone", Effect.ALLOW))
        assert (check.state, "'everyone' lets everybody through every door" in check.detail) == (State.WARNING, True)

    def test_a_door_without_anybody(self) -> None:
        assert self.check(Rule("house", Effect.ALLOW, zone="house")).detail == "no rule lets anybody through lab"

    def test_all_is_well(self) -> None:
        assert self.check(Rule("staff", Effect.ALLOW, group="staff")).state is State.OK


class TestSettings:
    def check(self, *, duress: bool = False, **sections: object) -> Check:
        return check_settings(settings(**sections), duress=duress)

    def test_nothing_contradicts(self) -> None:
        assert self.check(doors={"front": {}}).state is State.OK

    def test_no_door(self) -> None:
        assert self.check().state is State.WARNING

    @pytest.mark.parametrize(
        ("sections", "said"),
        [
            ({"mqtt": {"home_assistant": True}}, "mqtt.home_assistant need a broker"),
            ({"doors": {"a": {"lock": "mqtt"}}}, "doors.a.lock need a broker"),
            ({"mqtt": {"host": "broker", "commands": True}}, "mqtt.command_code"),
            ({"doors": {"a": {"camera": "0"}, "b": {"camera": "0"}}}, "used more than once: camera 0"),
            ({"doors": {"a": {"gpio": {"contact_pin": 4, "exit_pin": 4}}}}, "pin 4 of gpiochip0"),
            ({"doors": {"a": {"reader": READER}, "b": {"reader": READER}}}, "reader.listen 127.0.0.1:8790"),
            ({"throttle": {"wait_s": 60, "longest_wait_s": 30}}, "throttle.longest_wait_s is below"),
        ],
    )
    def test_what_cannot_be(self, sections: Mapping[str, object], said: str) -> None:
        check = self.check(**sections)
        assert check.state is State.FAULT
        assert said in check.detail

    def test_a_pin_that_no_lock_uses_is_free(self) -> None:
        assert self.check(doors={"a": {"gpio": {"relay_pin": 4, "contact_pin": 4}}}).state is State.OK

    def test_a_zone_without_a_way_out(self) -> None:
        way_in = {"zone": "house", "anti_passback": True}
        assert "no door leads out of zone house" in self.check(doors={"a": way_in}).detail
        way_out = {**way_in, "direction": "out"}
        assert "and none into it" in self.check(doors={"b": way_out}).detail
        assert self.check(doors={"a": way_in, "b": way_out}).state is State.OK

    def test_a_duress_pin_that_nobody_hears(self) -> None:
        check = self.check(doors={"a": {}}, duress=True)
        assert (check.state, "only the audit hears" in check.detail) == (State.WARNING, True)
        heard = self.check(doors={"a": {}}, duress=True, mqtt={"host": "broker", "home_assistant": True})
        assert heard.state is State.OK


class TestLiveness:
    @pytest.mark.parametrize(
        ("passive", "level", "state"),
        [
            ("simulated", "convenience", State.FAULT),
            ("simulated", "face", State.WARNING),
            ("none", "face", State.WARNING),
            ("none", "card", State.OK),
        ],
    )
    def test_simulated_is_not_real(self, passive: str, level: str, state: State) -> None:
        liveness = LivenessSettings.model_validate({"passive": passive})
        assert check_liveness(liveness, {"front": door(level=level, camera="0", reader=READER)}).state is state


class TestStatus:
    @pytest.mark.parametrize(
        ("listen", "doors", "state"),
        [
            ("", 2, State.OK),
            ("127.0.0.1:9464", 1, State.OK),
            ("127.0.0.1:9464", 2, State.WARNING),
            ("192.168.1.5:9464", 1, State.WARNING),
        ],
    )
    def test_where_it_is_told(self, listen: str, doors: int, state: State) -> None:
        assert check_status(listen, doors).state is state


class TestVoice:
    NONE, SAYS = VoiceFound("espeak-ng", "not installed"), VoiceFound("file", None)

    @pytest.mark.parametrize(
        ("wanted", "found", "state"),
        [
            ("none", [NONE], State.OK),
            ("auto", [NONE, SAYS], State.OK),
            ("auto", [NONE], State.WARNING),
            ("espeak-ng", [NONE, SAYS], State.FAULT),
        ],
    )
    def test_what_speaks(self, wanted: str, found: list[VoiceFound], state: State) -> None:
        assert check_voice(wanted, found).state is state


class TestAddresses:
    def test_here(self) -> None:
        assert [here_only(host) for host in ("127.0.0.9", "::1", "localhost", "0.0.0.0", "::", "lock.example")] == [
            True, True, True, False, False, False,
        ]  # fmt: skip

    def test_host_and_port(self) -> None:
        assert host_and_port("[::1]:80") == ("::1", 80)
        for wrong in ("80", ":80", "host:", "host:70000"):
            with pytest.raises(ConfigError):
                host_and_port(wrong)


class TestExamined:
    def test_a_check_that_breaks_is_a_fault_of_its_own(self) -> None:
        def broken() -> Check:
            raise ZeroDivisionError("half")

        check = examined("disk", broken)
        assert (check.name, check.state) == ("disk", State.FAULT)
        assert "ZeroDivisionError('half')" in check.detail

    def test_what_limen_says_itself_stands_as_it_is(self) -> None:
        def refused() -> Check:
            raise ConfigError("reader.token: too short")

        assert examined("reader", refused).detail == "reader.token: too short"

    def test_faults_alone_are_unhealthy(self) -> None:
        assert healthy([ok("a", ""), warning("b", "", "")])
        assert not healthy([ok("a", ""), examined("b", lambda: 1 / 0)])  # type: ignore[arg-type,return-value]  # it raises

    def test_a_door_that_is_not_there(self) -> None:
        with pytest.raises(UnknownNameError, match="no door 'back', there are: front"):
            list(examine(settings(doors={"front": {}}), {}, "back"))
