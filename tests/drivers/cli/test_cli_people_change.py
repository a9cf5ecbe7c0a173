"""``limen people add``, ``dates`` and ``faceless``, in this process and with a real store."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from limen.audit.events import EventType
from limen.cli.app import app
from limen.errors import BadDataError
from limen.store import open_store


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text('[site]\ntime_zone = "Europe/Berlin"\n', "utf-8")
    return tmp_path


def limen(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--json", "--data-dir", str(data)])


def test_somebody_without_a_face_is_added_and_it_is_on_record(data: Path) -> None:
    told = json.loads(limen(data, "people", "add", "Erik").stdout)
    assert told == {"person": "Erik", "faceless": False, "disabled": False, "valid_from": None, "valid_until": None}
    with open_store(data, environment={}) as store:
        assert [record.event.type for record in store.events.latest(5)] == [EventType.PERSON_ENROLLED]
    assert isinstance(limen(data, "people", "add", "Erik").exception, BadDataError)


def test_dates_are_whole_days_of_the_site(data: Path) -> None:
    limen(data, "people", "add", "Erik")
    told = json.loads(limen(data, "people", "dates", "Erik", "--from", "2026-12-01", "--until", "2026-12-24").stdout)
    assert told["valid_from"] == "2026-11-30T23:00:00+00:00"
    assert told["valid_until"] == "2026-12-24T23:00:00+00:00"
    assert json.loads(limen(data, "people", "dates", "Erik").stdout)["valid_until"] is None
    assert isinstance(limen(data, "people", "dates", "Erik", "--from", "soon").exception, BadDataError)


def test_a_face_is_used_no_longer_and_again(data: Path) -> None:
    limen(data, "people", "add", "Erik")
    assert json.loads(limen(data, "people", "faceless", "Erik").stdout)["faceless"] is True
    assert json.loads(limen(data, "people", "faceless", "Erik", "--off").stdout)["faceless"] is False
