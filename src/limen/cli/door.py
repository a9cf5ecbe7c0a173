"""``limen door``: run a door, and tell a running one what to do."""

import json
import os
import re
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from pydantic import ValidationError

from limen.audit.events import AuditEvent, EventType
from limen.cli.context import Context, note
from limen.cli.door_bench import door_bench
from limen.config import DoorConfig, Settings
from limen.decision.levels import Level
from limen.decision.reasons import Reason
from limen.decision.rules import Mode
from limen.door.build import build_engine
from limen.door.build_door import LOCK_DRIVERS, Surroundings, build_door, check_level, open_capture
from limen.door.build_store import build_store
from limen.door.service import ServiceManager
from limen.door.status import StatusBoard
from limen.door.visit import Decided, Seen
from limen.errors import BadDataError, ConfigError, UnknownPersonError
from limen.store import Store
from limen.types import Frame, PersonId

app = typer.Typer(no_args_is_help=True, help="Run a door, and tell a running one what to do.")
app.command("bench")(door_bench)

_DECISIONS = (EventType.ACCESS_GRANTED, EventType.ACCESS_DENIED)
_REQUEST_S = 5
_UNITS = {"m": 60, "h": 3600, "d": 86400}

Name = Annotated[str, typer.Argument(metavar="NAME", help="The door's name.")]
For = Annotated[str, typer.Option("--for", help="For how long: 30m, 2h, 1d.")]


class EventPrinter:
    """Prints what happens at a door: a line for people, or with ``as_json`` an object a line."""

    def __init__(self, store: Store, *, as_json: bool) -> None:
        self._store, self._json = store, as_json
        self._names: dict[PersonId, str] = {}

    def happened(self, event: AuditEvent) -> None:
        """Print an event."""
        typer.echo(json.dumps(self.document(event), ensure_ascii=False) if self._json else self.line(event))

    def greeted(self, sentence: str) -> None:
        """Print a greeting; beside the events where those are JSON."""
        typer.echo(sentence, err=self._json)

    def saw(self, frame: Frame, seen: list[Seen], decided: list[Decided]) -> None:
        """Frames are not printed."""

    def document(self, event: AuditEvent) -> dict[str, object]:
        """The event as ``--json`` has it."""
        return {
            "type": event.type,
            "door": event.door,
            "person": self._name(event.person),
            "reason": event.reason,
            "at": event.at.isoformat(),
        }

    def line(self, event: AuditEvent) -> str:
        """The event in words."""
        who = f" {self._name(event.person)}" if event.person else ""
        why = f": {Reason(event.reason).for_operator}" if event.type in _DECISIONS and event.reason else ""
        detail = f" ({event.detail})" if event.detail else ""
        alike = "" if event.similarity is None else f" [similarity {event.similarity:.3f} of {event.threshold:.3f}]"
        return f"{event.at:%H:%M:%S} {event.type}{who}{why}{detail}{alike}"

    def _name(self, person: PersonId | None) -> str | None:
        if person is None:
            return None
        if person not in self._names:
            try:
                self._names[person] = self._store.people.get(person).name
            except UnknownPersonError:  # deleted a moment ago
                return person
        return self._names[person]


@app.command()
def run(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The door's name, as in the settings and the events.")],
    camera: Annotated[
        str | None, typer.Option(help="A USB camera's number, an rtsp:// address, a video, a folder of images.")
    ] = None,
    lock: Annotated[str | None, typer.Option(help=f"The lock's driver: {', '.join(LOCK_DRIVERS)}.")] = None,
    level: Annotated[str | None, typer.Option(help=f"What it takes to come in: {', '.join(Level)}.")] = None,
    fast: Annotated[
        bool, typer.Option("--fast", help="Look at every frame of a file, as quickly as possible.")
    ] = False,
) -> None:
    """Watch a door and open it to those who may enter."""
    context: Context = ctx.obj
    settings = context.settings
    config = door_config(settings, name, {"camera": camera, "lock": lock, "level": level})
    asks = check_level(name, config, settings.liveness)
    engine = build_engine(settings) if asks.face else None
    service = ServiceManager(os.environ)
    with ExitStack() as closing:
        store = closing.enter_context(build_store(settings, busy_s=1.0))
        stop = closing.enter_context(_until_stopped())
        board = StatusBoard(name, camera=asks.face)
        if settings.status.listen:
            from limen.web.status import StatusServer  # late: a web server takes a while to import

            closing.enter_context(StatusServer(settings.status.listen, board))
        printer = EventPrinter(store, as_json=context.json)
        around = Surroundings(store, engine, (printer, board, service), note, lambda: _alive(service, board), fast=fast)
        door = build_door(settings, name, config, around, closing)
        for remark in _remarks(settings, config):
            note(remark)
        door.run((lambda: open_capture(config.camera, settings, fast=fast)) if asks.face else None, stop)


@app.command("list")
def list_doors(ctx: typer.Context) -> None:
    """Show the doors of the settings, what each asks for, and how it stands."""
    context: Context = ctx.obj
    with build_store(context.settings) as store:
        modes = store.modes.current()
    now = datetime.now(UTC)
    doors = []
    for name, config in context.settings.doors.items():
        mode = modes.get(name)
        standing = mode.mode if mode is not None and now < mode.until else Mode.NORMAL
        until = mode.until.isoformat() if mode is not None and standing is not Mode.NORMAL else None
        doors.append({"door": name, "level": config.level, "zone": config.zone, "lock": config.lock,
                      "mode": standing, "until": until})  # fmt: skip
    lines = [f"{one['door']}: level {one['level']}, lock {one['lock']}, {one['mode']}"
             + (f" until {one['until']}" if one["until"] else "") for one in doors]  # fmt: skip
    context.answer({"doors": doors}, "\n".join(lines) or "no doors are set up: see docs/settings.md")


@app.command("open")
def open_door(ctx: typer.Context, name: Name) -> None:
    """Open a running door once."""
    _ask(ctx.obj, name, "open", "was asked to open")


@app.command("believe-clock")
def believe_clock(ctx: typer.Context, name: Name) -> None:
    """Tell a running door that the machine's clock is right, after it jumped."""
    _ask(ctx.obj, name, "believe_clock", "was told that the clock is right")


@app.command("keep-open")
def keep_open(ctx: typer.Context, name: Name, duration: For = "30m") -> None:
    """Let a door stand open for a while."""
    _set_mode(ctx.obj, name, Mode.KEEP_OPEN, duration)


@app.command()
def lockdown(ctx: typer.Context, name: Name, duration: For = "1h") -> None:
    """Let nobody in for a while, whoever they are; the way out stays free."""
    _set_mode(ctx.obj, name, Mode.LOCKDOWN, duration)


@app.command()
def normal(ctx: typer.Context, name: Name) -> None:
    """End keep-open or lockdown now."""
    context: Context = ctx.obj
    with build_store(context.settings) as store:
        store.modes.clear(name)
    context.answer({"door": name, "mode": Mode.NORMAL, "until": None}, f"{name} stands as its rules say")


def door_config(settings: Settings, name: str, options: dict[str, str | None]) -> DoorConfig:
    """The door of the settings with what the command line says instead.

    Raises:
        ConfigError: it says nothing sensible, or there is no such door and no camera is given.
    """
    configured = settings.doors.get(name)
    given = {key: value for key, value in options.items() if value is not None}
    if configured is None and "camera" not in given:
        known = ", ".join(settings.doors) or "none"
        raise ConfigError(f"no door is called {name!r} in the settings ({known}): set it up, or give --camera")
    values = {key: getattr(configured, key) for key in configured.model_fields_set} if configured else {}
    try:
        return DoorConfig.model_validate({**values, **given})
    except ValidationError as error:
        why = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'it'}: {e['msg']}" for e in error.errors())
        raise ConfigError(f"door {name}: {why}") from error


def _remarks(settings: Settings, config: DoorConfig) -> list[str]:
    """What whoever starts the door must know."""
    remarks = []
    if Level(config.level) is Level.FACE:
        remarks.append("A face alone opens this door, and a photo of it might: for trying out, and for doors inside.")
    if "simulated" in (settings.liveness.passive, settings.liveness.challenge) and Level(config.level).asks.passive:
        remarks.append("Liveness is SIMULATED: nobody looks whether a face is alive. For tests alone.")
    if config.lock == "simulator":
        remarks.append("The lock is simulated: nothing moves.")
    return remarks


def _alive(service: ServiceManager, board: StatusBoard) -> None:
    service.alive()
    board.alive()


def _ask(context: Context, name: str, action: str, what: str) -> None:
    _check_name(name)
    with build_store(context.settings) as store:
        store.requests.add(name, action, datetime.now(UTC) + timedelta(seconds=_REQUEST_S))
    text = f"{name} {what}; a door that is not running, or does not hear within {_REQUEST_S} s, will not"
    context.answer({"door": name, "asked": action}, text)


def _set_mode(context: Context, name: str, mode: Mode, duration: str) -> None:
    _check_name(name)
    until = datetime.now(UTC) + _duration(duration)
    with build_store(context.settings) as store:
        store.modes.set(name, mode, until)
    text = f"{name}: {mode} until {until:%Y-%m-%d %H:%M} UTC"
    context.answer({"door": name, "mode": mode, "until": until.isoformat()}, text)


def _check_name(name: str) -> None:
    if not 0 < len(name) <= 200:
        raise BadDataError(f"a door's name has 1 to 200 characters, got {len(name)}")


def _duration(text: str) -> timedelta:
    found = re.fullmatch(r"([0-9]{1,4})([mhd])", text)
    if found is None or int(found[1]) == 0:
        raise BadDataError(f"a duration is a number and m, h or d, as 30m, got {text!r}")
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])


@contextmanager
def _until_stopped() -> Iterator[threading.Event]:
    """An event that is set by SIGTERM; an interrupt from the keyboard ends the command as it ends any other."""
    stop = threading.Event()
    before = signal.signal(signal.SIGTERM, lambda *_: stop.set())
    try:
        yield stop
    finally:
        signal.signal(signal.SIGTERM, before)
