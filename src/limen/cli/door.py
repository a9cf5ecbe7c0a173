"""``limen door``: run a door."""

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from limen.audit.events import AuditEvent, EventType
from limen.cli.context import Context, note
from limen.decision.reasons import Reason
from limen.door.build import LOCK_DRIVERS, build_door, build_engine, build_store, open_capture
from limen.door.visit import Decided, Seen
from limen.errors import UnknownPersonError
from limen.store import Store
from limen.types import Frame, PersonId

app = typer.Typer(no_args_is_help=True, help="Run a door.")

_DECISIONS = (EventType.ACCESS_GRANTED, EventType.ACCESS_DENIED)


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
    name: Annotated[str, typer.Argument(metavar="NAME", help="The door's name, as it stands in the events.")],
    camera: Annotated[
        str, typer.Option(help="A USB camera's number, an rtsp:// address, a video, a folder of images.")
    ],
    lock: Annotated[str, typer.Option(help=f"The lock's driver: {', '.join(LOCK_DRIVERS)}.")] = "simulator",
    fast: Annotated[
        bool, typer.Option("--fast", help="Look at every frame of a file, as quickly as possible.")
    ] = False,
) -> None:
    """Watch a camera and open the door to those who may enter."""
    context: Context = ctx.obj
    settings = context.settings
    engine = build_engine(settings)
    with build_store(settings) as store, _until_stopped() as stop:
        printer = EventPrinter(store, as_json=context.json)
        door = build_door(settings, name, lock, fast=fast, watcher=printer, parts=(engine, store))
        note("A face alone opens this door, and a photo of it might: for trying out, and for doors inside.")
        door.run(lambda: open_capture(camera, settings, fast=fast), stop)


@contextmanager
def _until_stopped() -> Iterator[threading.Event]:
    """An event that is set by SIGTERM; an interrupt from the keyboard ends the command as it ends any other."""
    stop = threading.Event()
    before = signal.signal(signal.SIGTERM, lambda *_: stop.set())
    try:
        yield stop
    finally:
        signal.signal(signal.SIGTERM, before)
