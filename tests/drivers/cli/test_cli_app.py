"""The root's options, and how events are told."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from limen.audit.events import AuditEvent, EventType
from limen.cli.app import app
from limen.cli.door import EventPrinter
from limen.decision.reasons import Reason
from limen.store import Store, open_store
from limen.types import PersonId
from limen.version import __version__

AT = datetime(2026, 3, 1, 12, 30, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--json", "--data-dir", "DATA", "people", "list"],
        ["people", "list", "--json", "--data-dir", "DATA"],
        ["people", "--data-dir=DATA", "list", "--json"],
    ],
)
def test_the_roots_options_stand_anywhere(data_dir: Path, arguments: list[str]) -> None:
    result = CliRunner().invoke(app, [argument.replace("DATA", str(data_dir)) for argument in arguments])
    assert (result.exit_code, json.loads(result.stdout)) == (0, {"people": []})


def test_what_stands_behind_two_dashes_is_no_option(data_dir: Path) -> None:
    result = CliRunner().invoke(app, ["--data-dir", str(data_dir), "people", "show", "--", "--json"])
    assert "nobody is called '--json'" in str(result.exception)


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["people", "nonsense"], ["verify"], ["people", "show"], ["enrol"], ["--data-dir"],
                  ["identify", "x.jpg", "--method", "guess"], ["door", "run"]]
)  # fmt: skip
def test_usage_that_is_wrong(arguments: list[str]) -> None:
    result = CliRunner().invoke(app, arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr


def test_version() -> None:
    assert CliRunner().invoke(app, ["--version"]).stdout == f"limen {__version__}\n"


@pytest.fixture
def store(data_dir: Path) -> Store:
    return open_store(data_dir, environment={})


def event(kind: EventType, person: PersonId | None = None, reason: str | None = None, **more: object) -> AuditEvent:
    return AuditEvent(kind, AT, "front", person, reason, **more)  # type: ignore[arg-type] # numbers and texts


def test_an_event_as_json(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    anna = store.people.add("Anna")
    granted = event(EventType.ACCESS_GRANTED, anna.id, Reason.MATCHED, similarity=0.91, threshold=0.9)
    EventPrinter(store, as_json=True).happened(granted)
    out, err = capsys.readouterr()
    assert json.loads(out) == {
        "type": "access.granted",
        "door": "front",
        "person": "Anna",
        "reason": "matched",
        "at": "2026-03-01T12:30:05+00:00",
    }
    assert err == ""


@pytest.mark.parametrize(
    ("told", "line"),
    [
        (event(EventType.DOOR_STARTED), "12:30:05 door.started"),
        (event(EventType.CAMERA_OFFLINE, detail="no picture came"), "12:30:05 camera.offline (no picture came)"),
        (
            event(EventType.ACCESS_DENIED, None, Reason.UNKNOWN, similarity=0.5, threshold=0.9),
            "12:30:05 access.denied: no enrolled person is alike enough [similarity 0.500 of 0.900]",
        ),
    ],
)
def test_an_event_in_words(
    store: Store, capsys: pytest.CaptureFixture[str], told: AuditEvent, line: str
) -> None:  # fmt: skip
    EventPrinter(store, as_json=False).happened(told)
    assert capsys.readouterr().out == f"{line}\n"


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_can_be_told(store: Store, reason: Reason) -> None:
    printer = EventPrinter(store, as_json=False)
    assert reason.for_operator in printer.line(event(EventType.ACCESS_DENIED, None, reason))


@pytest.mark.parametrize("as_json", [True, False])
def test_greetings_never_stand_among_json(store: Store, capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    EventPrinter(store, as_json=as_json).greeted("Welcome, Anna!")
    out, err = capsys.readouterr()
    assert (out, err) == (("", "Welcome, Anna!\n") if as_json else ("Welcome, Anna!\n", ""))
