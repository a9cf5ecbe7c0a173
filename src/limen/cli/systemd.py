"""``limen systemd``: a unit that runs a door as a service."""

import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from limen.cli.context import Context
from limen.config import DoorConfig, Settings
from limen.errors import ConfigError, UnknownNameError

STATE = "limen"
"""The folder below /var/lib that belongs to the service."""
WATCHDOG_S = 30
_HOMES = ("/home", "/root", "/run/user", "/tmp", "/var/tmp")  # noqa: S108 - where the service sees nothing


@dataclass(frozen=True, slots=True)
class Needs:
    """What a door's hardware asks for: the groups that own its devices, and the devices."""

    groups: tuple[str, ...]
    devices: tuple[str, ...]


def systemd(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A door of the settings.")],
    user: Annotated[str, typer.Option(help="The user it runs as; create it first.")] = "limen",
    program: Annotated[
        Path | None, typer.Option(help="Where limen is installed; this one otherwise.", show_default=False)
    ] = None,
    key: Annotated[Path, typer.Option(help="The key of the templates, readable by the superuser alone.")] = Path(
        "/etc/limen/template.key"
    ),
) -> None:
    """Print a systemd unit that runs a door, watched over and with no more rights than it needs."""
    context: Context = ctx.obj
    text = unit(name, needs_of(context.settings, name), user, program or _this_program(), key)
    context.answer({"unit": f"limen-{name}.service", "text": text}, text.rstrip("\n"))


def needs_of(settings: Settings, name: str) -> Needs:
    """What the door called ``name`` needs.

    Raises:
        UnknownNameError: there is no such door.
        ConfigError: the door reads cards from a terminal, which a service does not have.
    """
    door = settings.doors.get(name)
    if door is None:
        known = ", ".join(settings.doors) or "none"
        raise UnknownNameError(f"the settings have no door {name!r}, there are: {known}; add [doors.{name}]")
    if door.reader.driver == "stdin":
        raise ConfigError(
            f"door {name!r} reads cards from standard input, which a service does not have: set reader.driver = "
            '"evdev" or "http"'
        )
    wanted = (
        ("video", "char-video4linux rw", door.camera.isdecimal() or door.camera.startswith("/dev/")),
        ("gpio", "char-gpiochip rw", _has_pins(door)),
        ("input", "char-input r", door.reader.driver == "evdev"),
        ("audio", "char-alsa rw", settings.greeting.voice != "none"),
    )
    return Needs(
        tuple(group for group, _, needed in wanted if needed), tuple(device for _, device, needed in wanted if needed)
    )


def unit(name: str, needs: Needs, user: str, program: Path, key: Path) -> str:
    """The unit of the door called ``name``.

    Source: systemd.exec(5), systemd.service(5), systemd.resource-control(5).

    Raises:
        ConfigError: a path or the user's name cannot stand in a unit, or the service would not see the program.
    """
    if not re.fullmatch(r"[a-z_][a-z0-9_-]{0,30}", user):
        raise ConfigError(f"--user is the name of a system user, as limen, got {user!r}")
    if any(program.is_relative_to(home) for home in _HOMES):
        raise ConfigError(
            f"{program} lies in a folder that the service does not see: install Limen elsewhere, as in /opt/limen, "
            "and name its program with --program"
        )
    return _UNIT.format(
        name=name,
        user=user,
        program=_path(program),
        key=_path(key),
        state=STATE,
        watchdog_s=WATCHDOG_S,
        groups=f"SupplementaryGroups={' '.join(needs.groups)}\n" if needs.groups else "",
        devices="".join(f"DeviceAllow={device}\n" for device in needs.devices),
    )


def _has_pins(door: DoorConfig) -> bool:
    return door.lock == "gpio" or door.gpio.contact_pin is not None or door.gpio.exit_pin is not None


def _this_program() -> Path:
    beside = Path(sys.executable).parent / "limen"
    found = str(beside) if beside.exists() else shutil.which("limen")
    if found is None:
        raise ConfigError("no program called limen was found: name it with --program")
    return Path(found)


def _path(path: Path) -> str:
    """A path as a unit has it, where neither systemd nor anything else finds a second meaning in it."""
    if not re.fullmatch(r"/[\w@+.,/-]*", str(path)):
        raise ConfigError(
            f"{str(path)!r} cannot stand in a unit: name an absolute path of letters, digits and @ + . , _ - alone"
        )
    return str(path)


_UNIT = """\
[Unit]
Description=Limen, door {name}
After=network.target time-sync.target sound.target
# A door is tried again and again, for as long as it takes.
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
ExecStart={program} door run {name}
Restart=always
RestartSec=5
# The first start converts the models.
TimeoutStartSec=300
TimeoutStopSec=20
# Fed by the loop over the camera's frames.
WatchdogSec={watchdog_s}

User={user}
{groups}StateDirectory={state}
StateDirectoryMode=0700
WorkingDirectory=/var/lib/{state}
Environment=LIMEN_DATA_DIR=/var/lib/{state}
LoadCredential=template.key:{key}
Environment=LIMEN_TEMPLATE_KEY_FILE=%d/template.key
# Events name people. They are kept in the database, where people can be erased; the journal cannot forget them.
StandardOutput=null
StandardError=journal
LimitCORE=0
UMask=0077

NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
ProtectProc=invisible
ProtectClock=yes
ProtectHostname=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
PrivateMounts=yes
RemoveIPC=yes
KeyringMode=private
LockPersonality=yes
MemoryDenyWriteExecute=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM
DevicePolicy=closed
{devices}
[Install]
WantedBy=multi-user.target
"""
