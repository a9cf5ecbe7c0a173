"""The unit of a door."""

from pathlib import Path
from typing import Any

import pytest

from limen.cli.systemd import Needs, needs_of, unit
from limen.config import Settings
from limen.errors import ConfigError, UnknownNameError

PROGRAM, KEY = Path("/opt/limen/bin/limen"), Path("/etc/limen/template.key")


def settings(door: dict[str, Any], voice: str = "none") -> Settings:
    return Settings.model_validate({"doors": {"front": door}, "greeting": {"voice": voice}})


def values(text: str, key: str) -> list[str]:
    return [line.partition("=")[2] for line in text.splitlines() if line.startswith(f"{key}=")]


def test_what_it_says() -> None:
    text = unit("front", Needs(("video",), ("char-video4linux rw",)), "limen", PROGRAM, KEY)
    assert values(text, "ExecStart") == ["/opt/limen/bin/limen door run front"]
    assert values(text, "Type") == ["notify"]
    assert values(text, "NotifyAccess") == ["main"]
    assert values(text, "WatchdogSec") == ["30"]
    assert values(text, "Restart") == ["always"]
    assert values(text, "User") == ["limen"]
    assert values(text, "StateDirectory") == ["limen"]
    assert values(text, "Environment") == [
        "LIMEN_DATA_DIR=/var/lib/limen",
        "LIMEN_TEMPLATE_KEY_FILE=%d/template.key",
    ]
    assert values(text, "LoadCredential") == ["template.key:/etc/limen/template.key"]
    assert values(text, "SupplementaryGroups") == ["video"]
    assert values(text, "DeviceAllow") == ["char-video4linux rw"]
    assert values(text, "DevicePolicy") == ["closed"]
    # Names are not left in the journal.
    assert values(text, "StandardOutput") == ["null"]


def test_a_door_without_devices_may_open_none() -> None:
    text = unit("front", Needs((), ()), "limen", PROGRAM, KEY)
    assert values(text, "SupplementaryGroups") == values(text, "DeviceAllow") == []
    assert values(text, "DevicePolicy") == ["closed"]


@pytest.mark.parametrize(
    ("door", "groups"),
    [
        ({"camera": "0"}, ("video",)),
        ({"camera": "/dev/video2"}, ("video",)),
        ({"camera": "rtsp://camera/1"}, ()),
        ({"lock": "gpio", "gpio": {"relay_pin": 17}}, ("gpio",)),
        ({"gpio": {"contact_pin": 4}}, ("gpio",)),
        ({"gpio": {"exit_pin": 4}}, ("gpio",)),
        ({"level": "card", "reader": {"driver": "evdev", "device": "/dev/input/event3"}}, ("input",)),
        ({"level": "card", "reader": {"driver": "http"}}, ()),
    ],
)
def test_only_the_devices_of_the_door(door: dict[str, Any], groups: tuple[str, ...]) -> None:
    needs = needs_of(settings(door), "front")
    assert needs.groups == groups
    assert len(needs.devices) == len(groups)


def test_a_voice_needs_the_sound_device() -> None:
    assert needs_of(settings({}, voice="auto"), "front") == Needs(("audio",), ("char-alsa rw",))


def test_a_door_that_is_not_there() -> None:
    with pytest.raises(UnknownNameError, match=r"no door 'back', there are: front; add \[doors.back\]"):
        needs_of(settings({}), "back")


def test_a_terminal_is_no_reader_for_a_service() -> None:
    with pytest.raises(ConfigError, match="standard input, which a service does not have"):
        needs_of(settings({"level": "card", "reader": {"driver": "stdin"}}), "front")


@pytest.mark.parametrize("program", ["/opt/my limen/bin/limen", "bin/limen", "/opt/%h/limen", "/opt/x\nUser=root"])
def test_a_path_that_systemd_would_read_otherwise(program: str) -> None:
    with pytest.raises(ConfigError, match="cannot stand in a unit"):
        unit("front", Needs((), ()), "limen", Path(program), KEY)


@pytest.mark.parametrize("program", ["/home/anna/limen/bin/limen", "/root/limen", "/tmp/limen"])
def test_a_program_that_the_service_does_not_see(program: str) -> None:
    with pytest.raises(ConfigError, match="does not see: install Limen elsewhere"):
        unit("front", Needs((), ()), "limen", Path(program), KEY)


@pytest.mark.parametrize("user", ["", "root; x", "limen\nUser=root", "Anna"])
def test_a_user_who_is_none(user: str) -> None:
    with pytest.raises(ConfigError, match="--user is the name"):
        unit("front", Needs((), ()), user, PROGRAM, KEY)
