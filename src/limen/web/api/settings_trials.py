"""``/api/v1/settings/…-test``: cameras, locks and the broker tried before their settings are kept."""

import base64
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field

from limen.camera.sources import names_a_path
from limen.config import DoorConfig, Settings
from limen.config.load import BadSettingsError
from limen.decision.rules import Mode, mode_at
from limen.door.checks.addresses import reach
from limen.door.checks.base import State
from limen.door.checks.locks import check_broker
from limen.door.desk import PATH_REFUSED
from limen.door.trials import try_camera, try_lock
from limen.errors import LimenError, UnavailableError, UnknownNameError
from limen.web.problem import Problem
from limen.web.rights import Actor, Right, needs
from limen.web.routing import api_router
from limen.web.setting_patches import DoorPatch, MqttPatch, as_problem, values_of
from limen.web.site import Site, SiteDep

router = api_router("settings")

Changing = Annotated[Actor, needs(Right.SETTINGS_CHANGE)]
DoorName = Annotated[str, Field(min_length=1, max_length=40, pattern="^[a-z0-9][a-z0-9-]*$", description="The door")]
_HOW = "test"
_PORTS = {"http": 80, "https": 443}
_IN_USE = "A door that runs has this lock: save the settings, then test the door's own lock."


class Asked(BaseModel):
    """What a request brings: nothing but what is known."""

    model_config = ConfigDict(extra="forbid")


class CameraTest(Asked):
    """A camera to be tried."""

    camera: Annotated[
        str,
        Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$", description="As doors.NAME.camera has it"),
    ]


class CameraTestAnswer(BaseModel):
    """What the camera shows."""

    works: bool
    detail: str = Field(description="In words what happened")
    picture: str | None = Field(description="A JPEG as a data: address")
    width: int | None
    height: int | None
    fps: float | None = Field(description="Pictures in a second")


class LockTest(Asked):
    """A lock to be tried: that of the door as it runs, or with ``settings`` as it would be."""

    door: DoorName
    settings: DoorPatch | None = None


class TestAnswer(BaseModel):
    """What came of a test."""

    works: bool
    detail: str = Field(description="In words what happened")
    steps: list[str] = Field(description="What was done, in order")


class MqttTest(Asked):
    """The broker, as it would be with ``settings``."""

    settings: MqttPatch = Field(default_factory=MqttPatch)


@router.post("/camera-test")
def settings_test_camera(asked: CameraTest, site: SiteDep, actor: Changing) -> CameraTestAnswer:
    """Open a camera of this machine or its network, and show what it sees. It takes some seconds."""
    if names_a_path(asked.camera) and not _held(site, asked.camera):
        return CameraTestAnswer(works=False, detail=PATH_REFUSED, picture=None, width=None, height=None, fps=None)
    try:
        seen = try_camera(site.settings, asked.camera)
    except LimenError as error:
        detail = f"{error}{_held(site, asked.camera)}"
        return CameraTestAnswer(works=False, detail=detail, picture=None, width=None, height=None, fps=None)
    size = f"{seen.width} × {seen.height} pixels, {seen.fps:.0f} pictures a second"
    dark = "; it shows nothing but one colour: is it covered?" if seen.dark else ""
    picture = f"data:image/jpeg;base64,{base64.b64encode(seen.jpeg).decode()}"
    return CameraTestAnswer(
        works=True, detail=size + dark, picture=picture, width=seen.width, height=seen.height, fps=round(seen.fps, 1)
    )


@router.post("/lock-test")
def settings_test_lock(asked: LockTest, site: SiteDep, actor: Changing) -> TestAnswer:
    """Open a lock for a moment, and lock it again. Whoever stands at the door can enter; it is on record."""
    if asked.settings is None:
        _refuse_ordered(site, site.settings, asked.door)
        return _running(site, asked.door)
    values = values_of(asked.settings)
    try:
        settings = site.desk.candidate({"doors": {asked.door: values}})
    except BadSettingsError as error:
        raise as_problem(error, 2) from error
    _refuse_ordered(site, settings, asked.door)
    running = site.settings.doors.get(asked.door)
    if running is not None and asked.door in site.house.names() and _same_lock(settings.doors[asked.door], running):
        return _running(site, asked.door)
    if set(_sharing(site, settings, asked.door)) & set(site.house.names()):
        raise Problem(HTTPStatus.CONFLICT, "lock-in-use", _IN_USE)
    moved = try_lock(settings, asked.door, settings.doors[asked.door], site.store.events.append)
    works = moved.failure is None
    detail = moved.failure or "The lock opened and locked again."
    return TestAnswer(works=works, detail=detail, steps=list(moved.steps))


@router.post("/mqtt-test")
def settings_test_mqtt(asked: MqttTest, site: SiteDep, actor: Changing) -> TestAnswer:
    """Connect to the broker, and leave again."""
    try:
        settings = site.desk.candidate({"mqtt": values_of(asked.settings)}).mqtt
    except BadSettingsError as error:
        raise as_problem(error, 1) from error
    if not settings.host:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "no-broker", "No broker is set: give its name or address.")
    try:
        # At once where nobody is there: a client of the broker would go on trying for a while.
        reach(settings.host, settings.port)
    except UnavailableError as error:
        return TestAnswer(works=False, detail=str(error), steps=[])
    found = check_broker(settings)
    remedy = f" ({found.remedy})" if found.remedy else ""
    return TestAnswer(works=found.state is not State.FAULT, detail=f"{found.detail}{remedy}", steps=[])


def _refuse_ordered(site: Site, settings: Settings, door: str) -> None:
    """A test is no way around what was ordered.

    Raises:
        Problem: the door, or one with the same lock, is locked down or kept open.
    """
    modes, now = site.store.modes.current(), datetime.now(UTC)
    for name in (door, *_sharing(site, settings, door)):
        if mode_at(modes.get(name), now) is not Mode.NORMAL:
            words = f"The door {name} is locked down or kept open by order: end that first, then test the lock."
            raise Problem(HTTPStatus.CONFLICT, "ordered", words)


def _sharing(site: Site, settings: Settings, door: str) -> list[str]:
    """The doors as they are whose lock is the one that ``door`` has by ``settings``, perhaps itself."""
    if door not in settings.doors:
        return []
    lock = _address(door, settings.doors[door])
    return [name for name, config in site.settings.doors.items() if _address(name, config) == lock]


def _address(name: str, config: DoorConfig) -> tuple[object, ...]:
    """What tells a lock from another one, however it is driven."""
    if config.lock == "gpio":
        return "gpio", config.gpio.chip, config.gpio.relay_pin
    if config.lock == "webhook":
        return "webhook", *_place(config.webhook.url)
    return config.lock, name


def _place(address: str) -> tuple[object, ...]:
    """What an address leads to, however it is written."""
    try:
        url = urlsplit(address)
        return url.hostname, url.port or _PORTS.get(url.scheme), url.path.rstrip("/")
    except ValueError:  # It leads nowhere.
        return (address,)


def _same_lock(one: DoorConfig, other: DoorConfig) -> bool:
    """Whether both move the same lock in the same way: then only the door that runs may hold it."""
    return all(getattr(one, key) == getattr(other, key) for key in ("lock", "gpio", "webhook", "mqtt"))


def _running(site: Site, door: str) -> TestAnswer:
    """The lock of a door that runs: moved by the door itself, which puts it on record."""
    if door not in site.settings.doors:
        raise UnknownNameError(f"the settings have no door {door!r}")
    try:
        opened, failure = site.house.open_once(door, _HOW), site.house.view(door).failure
    except UnknownNameError:
        opened, failure = False, "it does not run in this program: open it where it does, with limen door open"
    if opened:
        open_s = site.settings.door.open_s
        return TestAnswer(works=True, detail=f"The lock opened; it locks again after {open_s:g} s.", steps=[])
    why = failure or "it does not run, is locked down, or its lock does not obey: see its page"
    return TestAnswer(works=False, detail=f"The door did not open: {why}", steps=[])


def _held(site: Site, camera: str) -> str:
    holding = [name for name, door in site.settings.doors.items() if door.camera == camera]
    return f" – the door {holding[0]} uses it, and may hold it: its picture is on the door's page" if holding else ""
