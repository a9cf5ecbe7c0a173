"""``limen access``, ``groups``, ``schedules`` and ``holidays``, in this process and with a real store."""

import json
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar as ICalendar
from typer.testing import CliRunner, Result

from limen.cli.app import app
from limen.errors import BadDataError, LimenError, NoInputError, UnknownNameError, UnknownPersonError
from limen.store import open_store

SETTINGS = """
[site]
time_zone = "Europe/Berlin"
[doors.front]
zone = "hall"
[doors.back]
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder in Berlin with two doors, Anna, who is of the staff, Ben, and office hours."""
    folder = tmp_path / "data"
    with open_store(folder, environment={}) as store:
        for name in ("Anna", "Ben"):
            store.people.add(name)
    (folder / "config.toml").write_text(SETTINGS, "utf-8")
    for command in (
        ("groups", "add", "staff"),
        ("groups", "join", "Anna", "staff"),
        ("schedules", "add", "office", "--hours", "mon-fri 08:00-18:00", "--hours", "sat 10:00-14:00"),
    ):
        document(folder, *command)
    return folder


def limen(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--data-dir", str(data)])


def document(data: Path, *arguments: str, code: int = 0) -> dict[str, Any]:
    result = limen(data, *arguments, "--json")
    assert result.exit_code == code, (result.output, result.exception)
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def failed(result: Result, error: type[LimenError], message: str) -> None:
    assert isinstance(result.exception, error), (result.output, result.exception)
    assert message in str(result.exception)
    assert result.stdout == ""


def with_office_hours(data: Path) -> Path:
    document(data, "access", "allow", "--group", "staff", "--zone", "hall", "--schedule", "office", "--name", "work")
    document(data, "access", "remove", "everyone")
    return data


class TestExplain:
    def test_yes_by_which_rule_and_until_when(self, data: Path) -> None:
        with_office_hours(data)
        found = document(data, "access", "explain", "Anna", "front", "--at", "2026-06-01T12:00")
        steps = found.pop("steps")
        assert found == {
            "allowed": True, "reason": None, "rule": "work", "until": "2026-06-01T16:00:00+00:00", "next": None,
            "at": "2026-06-01T10:00:00+00:00", "door": "front", "person": "Anna",
        }  # fmt: skip
        assert steps == [
            "Anna is in the groups staff",
            "the rule 'work' (allow: group staff, zone hall, schedule office) holds now, "
            "until Mon 2026-06-01 18:00 CEST",
            "the door front is in the zone hall",
            "yes, by the rule 'work', until Mon 2026-06-01 18:00 CEST",
        ]

    @pytest.mark.parametrize(
        ("person", "door", "at", "reason", "following"),
        [
            ("Anna", "front", "2026-06-01T18:00", "out_of_hours", "2026-06-02T06:00:00+00:00"),
            ("Anna", "front", "2026-05-30T14:00:00+02:00", "out_of_hours", "2026-06-01T06:00:00+00:00"),
            ("Anna", "back", "2026-06-01T12:00", "no_rule", None),
            ("Ben", "front", "2026-06-01T12:00", "no_rule", None),
        ],
    )
    def test_no_and_why_and_the_next_time(
        self, data: Path, person: str, door: str, at: str, reason: str, following: str | None
    ) -> None:
        found = document(with_office_hours(data), "access", "explain", person, door, "--at", at, code=1)
        assert (found["allowed"], found["reason"], found["next"]) == (False, reason, following)
        assert found["steps"][-1].startswith("no: ")

    def test_over_the_day_on_which_clocks_are_set_forward(self, data: Path) -> None:
        with_office_hours(data)
        document(data, "schedules", "change", "office", "--hours", "sun 02:30-05:00")
        found = document(data, "access", "explain", "Anna", "front", "--at", "2026-03-29T01:59", code=1)
        assert found["next"] == "2026-03-29T01:00:00+00:00"
        found = document(data, "access", "explain", "Anna", "front", "--at", "2026-03-29T03:00")
        assert found["until"] == "2026-03-29T03:00:00+00:00"

    def test_a_lockdown_and_a_door_that_is_kept_open(self, data: Path) -> None:
        document(data, "access", "keep-open-hours", "--schedule", "office", "--door", "front", "--group", "staff")
        told = document(data, "access", "explain", "Ben", "front", "--at", "2026-06-01T12:00")["steps"]
        assert any("keeps the door open for everybody" in step and "first of its group" in step for step in told)
        document(data, "door", "lockdown", "front", "--for", "2h")
        found = document(data, "access", "explain", "Ben", "front", code=1)
        assert (found["reason"], found["rule"]) == ("lockdown", None)
        assert found["next"] > found["at"]
        assert document(data, "access", "who", "front")["people"] == []

    def test_somebody_who_is_kept_out_and_somebody_unknown(self, data: Path) -> None:
        document(data, "access", "deny", "--person", "Ben", "--until", "2026-06-01", "--name", "out")
        found = document(data, "access", "explain", "Ben", "front", "--at", "2026-06-01T23:59", code=1)
        assert (found["reason"], found["rule"], found["next"]) == ("ruled_out", "out", "2026-06-01T22:00:00+00:00")
        failed(limen(data, "access", "explain", "Cleo", "front"), UnknownPersonError, "nobody is called 'Cleo'")
        failed(limen(data, "access", "explain", "Ben", "front", "--at", "noon"), BadDataError, "'noon' is no time")

    def test_a_door_that_nobody_knows_is_told(self, data: Path) -> None:
        result = limen(data, "access", "explain", "Ben", "frnt")
        assert result.exit_code == 0
        assert "no door 'frnt' is in the settings" in result.stderr
        assert "no door" not in limen(data, "access", "explain", "Ben", "front").stderr


def test_who_may_enter(data: Path) -> None:
    noon = ("--at", "2026-06-01T12:00")
    assert [each["person"] for each in document(data, "access", "who", "front", *noon)["people"]] == ["Anna", "Ben"]
    found = document(with_office_hours(data), "access", "who", "front", *noon)
    assert found["people"] == [{"person": "Anna", "rule": "work", "until": "2026-06-01T16:00:00+00:00"}]
    assert limen(data, "access", "who", "back", *noon).stdout == "nobody\n"


class TestRules:
    def test_are_added_shown_and_removed(self, data: Path) -> None:
        added = document(data, "access", "allow", "--person", "Anna", "--door", "back", "--from", "2026-06-01",
                         "--until", "2026-06-30")  # fmt: skip
        assert added == {
            "rule": "allow one person, back, always", "effect": "allow", "group": None, "person": "Anna",
            "door": "back", "zone": None, "schedule": None, "from": "2026-05-31T22:00:00+00:00",
            "until": "2026-06-30T22:00:00+00:00",
        }  # fmt: skip
        assert document(data, "access", "rules")["rules"][0] == added
        again = document(data, "access", "allow", "--person", "Anna", "--door", "back")
        assert again["rule"] == "allow one person, back, always (2)"
        document(data, "access", "rename", again["rule"], "ever")
        document(data, "access", "remove", added["rule"])
        assert limen(data, "access", "rules").stdout == (
            "ever: allow: Anna, door back, always\neveryone: allow: everybody, everywhere, always\n"
        )

    def test_one_that_lets_everybody_in_is_pointed_at(self, data: Path) -> None:
        told = "the rule 'everyone' still lets everybody in everywhere, at all times: limen access remove everyone"
        assert told in limen(data, "access", "allow", "--group", "staff").stderr
        assert told not in limen(data, "access", "deny", "--group", "staff").stderr
        assert "still lets" not in limen(data, "access", "remove", "everyone").stderr
        assert "still lets" not in limen(data, "access", "allow", "--door", "front").stderr

    def test_the_last_that_lets_anybody_in_is_pointed_at(self, data: Path) -> None:
        assert "no rule lets anybody in now" in limen(data, "access", "remove", "everyone").stderr

    def test_doors_and_zones_that_nobody_knows_are_told(self, data: Path) -> None:
        for _ in range(2):
            assert "no door 'frnt'" in limen(data, "access", "deny", "--door", "frnt").stderr
        assert "a zone 'hal'" in limen(data, "access", "deny", "--zone", "hal").stderr
        assert limen(data, "access", "deny", "--zone", "hall").stderr == ""

    @pytest.mark.parametrize(
        "options",
        [
            ("allow", "--group", "staff", "--person", "Anna"),
            ("allow", "--door", "front", "--zone", "hall"),
            ("keep-open-hours", "--schedule", "office"),
            ("keep-open-hours", "--door", "front"),
        ],
    )
    def test_options_that_contradict_are_refused(self, data: Path, options: tuple[str, ...]) -> None:
        assert limen(data, "access", *options).exit_code == 2
        assert len(document(data, "access", "rules")["rules"]) == 1

    def test_what_does_not_exist_is_refused(self, data: Path) -> None:
        failed(limen(data, "access", "allow", "--group", "x"), UnknownNameError, "no group 'x'")
        failed(limen(data, "access", "allow", "--person", "x"), UnknownPersonError, "nobody is called 'x'")
        failed(limen(data, "access", "allow", "--schedule", "x"), UnknownNameError, "no schedule 'x'")
        failed(limen(data, "access", "remove", "x"), UnknownNameError, "no rule 'x'")
        ends = ("--from", "2026-06-02", "--until", "2026-06-01")
        failed(limen(data, "access", "allow", *ends), BadDataError, "end before it begins")


def test_groups(data: Path) -> None:
    assert document(data, "groups", "list") == {"groups": [{"group": "staff", "people": ["Anna"]}]}
    document(data, "groups", "rename", "staff", "team")
    document(data, "groups", "join", "Ben", "team")
    assert limen(data, "groups", "list").stdout == "team: Anna, Ben\n"
    assert limen(data, "groups", "leave", "Ben", "team").stdout == "Ben is no longer in team\n"
    assert limen(data, "groups", "leave", "Ben", "team").stdout == "Ben was not in team\n"
    document(data, "access", "allow", "--group", "team", "--name", "work")
    failed(limen(data, "groups", "remove", "team"), BadDataError, "remove work first")
    document(data, "access", "remove", "work")
    document(data, "groups", "remove", "team")
    assert document(data, "groups", "list") == {"groups": []}


class TestSchedules:
    def test_are_changed_and_removed(self, data: Path) -> None:
        office = {"schedule": "office", "hours": ["mon-fri 08:00-18:00", "sat 10:00-14:00"], "exceptions": []}
        assert document(data, "schedules", "list") == {"schedules": [office]}
        changed = document(data, "schedules", "change", "office", "--hours", "daily 22:00-06:00")
        assert changed["hours"] == ["daily 22:00-06:00"]
        assert document(data, "schedules", "rename", "office", "nights")["schedule"] == "nights"
        document(data, "schedules", "remove", "nights")
        assert limen(data, "schedules", "list").stdout == "there are no schedules\n"
        failed(limen(data, "schedules", "show", "nights"), UnknownNameError, "no schedule 'nights'")
        failed(limen(data, "schedules", "add", "x", "--hours", "always"), BadDataError, "no time of day")

    def test_exceptions(self, data: Path) -> None:
        document(data, "schedules", "except", "office", "--day", "2026-12-24..2026-12-31", "--closed")
        found = document(data, "schedules", "except", "office", "--day", "2026-12-24", "--hours", "08:00-12:00")
        assert found["exceptions"] == [
            {"from": "2026-12-24", "to": "2026-12-24", "hours": ["08:00-12:00"]},
            {"from": "2026-12-25", "to": "2026-12-31", "hours": []},
        ]
        assert "2026-12-25 to 2026-12-31 closed" in limen(data, "schedules", "show", "office").stdout
        found = document(data, "schedules", "except", "office", "--day", "2026-12-24..2026-12-31", "--usual")
        assert found["exceptions"] == []

    def test_show_says_whether_it_is_now(self, data: Path) -> None:
        document(data, "schedules", "add", "always", "--hours", "daily,holiday 00:00-24:00")
        assert "now within its hours (until: no change in sight)" in limen(data, "schedules", "show", "always").stdout
        assert document(data, "schedules", "show", "always")["within"] is True

    @pytest.mark.parametrize(
        ("options", "code"),
        [
            (("--day", "2026-12-24"), 2),
            (("--day", "2026-12-24", "--closed", "--usual"), 2),
            (("--day", "2026-12-24", "--closed", "--hours", "08:00-12:00"), 2),
            (("--day", "2026-12-24..2026-12-23", "--closed"), 65),
            (("--day", "christmas", "--closed"), 65),
        ],
    )
    def test_exceptions_that_cannot_be_are_refused(self, data: Path, options: tuple[str, ...], code: int) -> None:
        result = limen(data, "schedules", "except", "office", *options)
        assert code == (result.exception.exit_code if isinstance(result.exception, LimenError) else result.exit_code)
        assert document(data, "schedules", "list")["schedules"][0]["exceptions"] == []

    def test_as_a_calendar(self, data: Path, tmp_path: Path) -> None:
        out = tmp_path / "office.ics"
        assert document(data, "schedules", "calendar", "office", "--out", str(out))["file"] == str(out)
        events = ICalendar.from_ical(out.read_bytes()).walk("VEVENT")
        assert [str(event["summary"]) for event in events] == ["office", "office"]
        missing = tmp_path / "missing" / "office.ics"
        assert "cannot be written" in str(
            limen(data, "schedules", "calendar", "office", "--out", str(missing)).exception
        )


class TestHolidays:
    def test_are_added_and_removed(self, data: Path) -> None:
        document(data, "holidays", "add", "2026-06-01", "Founding Day")
        assert document(data, "holidays", "list") == {"holidays": [{"day": "2026-06-01", "name": "Founding Day"}]}
        found = document(
            with_office_hours(data), "access", "explain", "Anna", "front", "--at", "2026-06-01T12:00", code=1
        )
        assert found["reason"] == "out_of_hours"
        document(data, "holidays", "remove", "2026-06-01")
        assert limen(data, "holidays", "list").stdout == "there are no holidays\n"

    def test_are_imported_again_and_again(self, data: Path, tmp_path: Path) -> None:
        file = tmp_path / "holidays.ics"
        every_year = "DTSTART;VALUE=DATE:20201225\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:Christmas\\nDay"
        event = f"BEGIN:VEVENT\r\nUID:1\r\n{every_year}\r\nEND:VEVENT"
        meeting = "BEGIN:VEVENT\r\nUID:2\r\nDTSTART:20201225T080000Z\r\nEND:VEVENT"
        file.write_text(
            f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{event}\r\n{meeting}\r\nEND:VCALENDAR\r\n", "utf-8"
        )
        first = limen(data, "holidays", "import", str(file))
        assert first.stdout == "6 holiday(s), 6 of them new\n"
        assert "1 event(s) were left out" in first.stderr
        assert document(data, "holidays", "import", str(file))["new"] == 0
        names = {each["name"] for each in document(data, "holidays", "list")["holidays"]}
        assert names == {"Christmas Day"}

    def test_files_that_are_no_calendars_are_refused(self, data: Path, tmp_path: Path) -> None:
        file = tmp_path / "holidays.ics"
        failed(limen(data, "holidays", "import", str(file)), NoInputError, "cannot be read")
        file.write_bytes(b"\xff\xd8 a photo")
        failed(limen(data, "holidays", "import", str(file)), BadDataError, "cannot be read")
        file.write_bytes(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n")
        failed(limen(data, "holidays", "import", str(file)), BadDataError, "no whole-day events")
        assert document(data, "holidays", "list") == {"holidays": []}
