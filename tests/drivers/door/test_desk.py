"""What is set on the pages: kept whole, below config.toml and the environment, on record, and known to listeners."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from limen.audit.events import AuditEvent
from limen.config import Settings, load_settings
from limen.config.describe import SettingKind, described, door_shapes, section_names, shapes
from limen.config.load import BadSettingsError, Source, load_layers
from limen.config.written import WRITTEN_FILE
from limen.door.desk import SettingsDesk
from limen.errors import BadDataError, ConfigError, StoreError, UnknownNameError


class Desk:
    """A desk, its folder, what it put on record and what it told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.events: list[AuditEvent] = []
        self.told: list[Settings] = []
        self.desk = SettingsDesk(folder, self.events.append)
        self.desk.when_changed(self.told.append)

    @property
    def kept(self) -> Any:
        return json.loads((self.folder / WRITTEN_FILE).read_text())


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("LIMEN_DOOR__PAUSE_S", "11")
    (tmp_path / "config.toml").write_text('[matching]\nfmr = 0.001\n[doors.back]\ncamera = "0"\n')
    return Desk(tmp_path)


def test_a_change_is_kept_for_its_owner_alone_on_record_and_told(desk: Desk) -> None:
    settings = desk.desk.change({"door": {"open_s": 7, "quality": {"min_size_px": 80}}, "mqtt": {"password": "hush"}})
    assert (settings.door.open_s, settings.door.quality.min_size_px, settings.door.quality.min_inside) == (7, 80, 0.8)
    assert desk.desk.settings is settings
    assert desk.told == [settings]
    assert desk.kept == {"door": {"open_s": 7, "quality": {"min_size_px": 80}}, "mqtt": {"password": "hush"}}
    assert (desk.folder / WRITTEN_FILE).stat().st_mode & 0o777 == 0o600
    assert load_settings(desk.folder).door.open_s == 7
    (event,) = desk.events
    assert (event.type, event.reason) == ("settings.changed", "changed")
    assert event.detail == "door.open_s, door.quality.min_size_px, mqtt.password"


@pytest.mark.parametrize("move", [{"host": "elsewhere"}, {"port": 1884}, {"tls": False}])
def test_a_password_goes_to_no_other_broker(desk: Desk, move: dict[str, Any]) -> None:
    desk.desk.change({"mqtt": {"host": "broker", "tls": True, "password": "hush"}})
    for ask in (desk.desk.change, desk.desk.candidate):
        with pytest.raises(BadSettingsError, match="type the password for it again"):
            ask({"mqtt": move})
    assert desk.desk.change({"mqtt": {"topic": "doors"}}).mqtt.host == "broker"
    assert desk.desk.change({"mqtt": {**move, "password": "again"}}).mqtt.password.get_secret_value() == "again"


def test_none_is_back_to_the_default_and_nothing_new_is_not_told(desk: Desk) -> None:
    desk.desk.change({"door": {"open_s": 7}})
    assert desk.desk.change({"door": {"open_s": None}}).door.open_s == 5.0
    assert desk.kept == {}
    desk.desk.change({"door": {"open_s": None}})
    assert len(desk.told) == len(desk.events) == 2


def test_what_stands_above_is_merged_and_cannot_be_changed_here(desk: Desk) -> None:
    settings = desk.desk.change({"matching": {"fpir": 0.03}, "doors": {"back": {"zone": "yard"}}})
    assert (settings.matching.fmr, settings.matching.fpir, settings.door.pause_s) == (0.001, 0.03, 11)
    assert (settings.doors["back"].camera, settings.doors["back"].zone) == ("0", "yard")
    with pytest.raises(BadSettingsError) as refused:
        desk.desk.change({"matching": {"fmr": 0.1}, "door": {"pause_s": 3}, "doors": {"back": {"camera": "1"}}})
    assert {".".join(one.path) for one in refused.value.problems} == {
        "matching.fmr", "door.pause_s", "doors.back.camera",
    }  # fmt: skip
    assert "config.toml, which stands above the pages" in str(refused.value)
    assert "the environment, which stands above" in str(refused.value)
    layers = desk.desk.layers
    sources = {
        ("matching", "fmr"): Source.FILE, ("matching", "fpir"): Source.WRITTEN, ("door", "pause_s"): Source.ENVIRONMENT,
        ("door", "open_s"): Source.DEFAULT, ("doors", "back", "camera"): Source.FILE,
        ("doors", "back", "zone"): Source.WRITTEN,
    }  # fmt: skip
    assert {path: layers.source(path) for path in sources} == sources


@pytest.mark.parametrize(
    ("patch", "told"),
    [
        ({"door": {"open_s": 0}}, "door.open_s"),
        ({"door": {"opens_s": 1}}, "door.opens_s"),
        ({"doors": {"Front Door": {}}}, "small letters"),
        ({"doors": {"side": {"lock": "gpio"}}}, "gpio.relay_pin"),
        ({"data_dir": "/elsewhere"}, "while the program runs"),
        ({"liveness": {"passive": "simulated"}}, "config.toml alone"),
        ({"doors": {"side": {"simulator_log": "/etc/passwd"}}}, "config.toml alone"),
        ({"models": {"catalogues": ["/tmp/x"]}}, "config.toml alone"),
        ({"mqtt": {"password_file": "/etc/shadow"}}, "config.toml alone"),
        ({"doors": {"side": {"reader": {"token_file": "/etc/shadow"}}}}, "config.toml alone"),
        ({"doors": {"side": {"camera": "/dev/sda"}}}, "config.toml alone"),
        ({"door": 7}, "door"),
        ({"site": {"time_zone": "Europe/Nowhere"}}, "time zone"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(desk: Desk, patch: dict[str, object], told: str) -> None:
    with pytest.raises(BadSettingsError, match=told):
        desk.desk.change(patch)
    assert not desk.events
    assert not desk.told
    assert not (desk.folder / WRITTEN_FILE).exists()


def test_no_secret_is_ever_told(desk: Desk) -> None:
    with pytest.raises(BadSettingsError) as refused:
        desk.desk.change({"doors": {"side": {"lock": "gpio", "webhook": {"secret": "hush-hush"}}}})
    with pytest.raises(BadSettingsError) as other:
        desk.desk.change({"mqtt": {"password": ["hush-hush"]}})
    assert "hush-hush" not in f"{refused.value}{other.value}"


def test_doors_come_go_and_are_renamed(desk: Desk) -> None:
    assert desk.desk.add_door("front", {}).doors["front"].lock == "simulator"
    desk.desk.change({"doors": {"front": {"zone": "house"}}})
    with pytest.raises(BadDataError, match="already a door"):
        desk.desk.add_door("back", {})
    with pytest.raises(BadDataError, match="already a door"):
        desk.desk.rename_door("front", "back")
    assert desk.desk.rename_door("front", "main").doors["main"].zone == "house"
    desk.desk.change({"doors": {"main": {"zone": None}}})
    assert set(desk.desk.settings.doors) == {"back", "main"}
    assert set(desk.desk.remove_door("main").doors) == {"back"}
    assert desk.kept == {}
    with pytest.raises(BadSettingsError, match=r"config\.toml"):
        desk.desk.remove_door("back")
    with pytest.raises(UnknownNameError):
        desk.desk.remove_door("main")


def test_without_a_record_nothing_changes(tmp_path: Path) -> None:
    def record(event: AuditEvent) -> None:
        raise StoreError("gone")

    desk = SettingsDesk(tmp_path, record)
    with pytest.raises(StoreError):
        desk.change({"door": {"open_s": 7}})
    assert desk.settings.door.open_s == 5.0
    assert not (tmp_path / WRITTEN_FILE).exists()


def test_what_cannot_be_written_is_told_and_changes_nothing(desk: Desk) -> None:
    (desk.folder / WRITTEN_FILE).mkdir()
    before = desk.desk.settings
    with pytest.raises(StoreError):
        desk.desk.change({"door": {"open_s": 7}})
    assert desk.desk.settings is before
    assert [path.name for path in desk.folder.iterdir() if path.name.startswith(".")] == []


def test_changes_at_once_are_all_kept(desk: Desk) -> None:
    keys = ["open_s", "held_open_s", "freeze_s", "stall_s", "dark_s", "claim_s"]
    threads = [threading.Thread(target=desk.desk.change, args=({"door": {key: 2}},)) for key in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert desk.kept == {"door": dict.fromkeys(keys, 2)}


@pytest.mark.parametrize("text", ["[1]", "{", '{"door": {"open_s": 0}}', '{"nonsense": 1}', '{"data_dir": "/x"}'])
def test_a_file_that_cannot_be_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / WRITTEN_FILE).write_text(text)
    with pytest.raises(ConfigError, match=WRITTEN_FILE):
        load_settings(tmp_path)


def test_everything_that_can_be_set_is_described(desk: Desk) -> None:
    told = {shape.name: shape for section in section_names() for shape in shapes(section)}
    assert told["door.open_s"].kind is SettingKind.NUMBER
    assert (told["door.open_s"].above, told["door.open_s"].maximum, told["door.open_s"].default) == (0, 3600, 5.0)
    assert told["site.time_zone"].kind is SettingKind.ZONE
    assert told["mqtt.password"].kind is SettingKind.SECRET
    door = {shape.path[2:]: shape for shape in door_shapes("back")}
    assert door[("lock",)].choices == ("simulator", "gpio", "mqtt", "webhook")
    assert (door[("gpio", "relay_pin")].optional, door[("gpio", "relay_pin")].maximum) == (True, 1023)
    settings = desk.desk.change({"mqtt": {"password": "hush"}})
    found = described(told["mqtt.password"], settings, load_layers(desk.folder))
    assert (found.value, found.source) == (True, Source.WRITTEN)
