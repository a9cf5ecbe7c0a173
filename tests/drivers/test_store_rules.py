import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from limen.audit.actor import acting
from limen.audit.events import AuditEvent, EventType
from limen.decision.reasons import Reason
from limen.decision.rules import DoorMode, Effect, Mode, Place, Rule, Standing, permit
from limen.decision.schedule import WEEK, Day, Hours, Override, Schedule, Span
from limen.errors import BadDataError, DatabaseVersionError, UnknownNameError
from limen.store import Store
from limen.store.modes import DoorRequest
from store_samples import opened

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = Hours(frozenset(WEEK[:5]), time(8), time(18))
NIGHT = Hours(frozenset((Day.SAT, Day.HOLIDAY)), time(22), time())
MORNING = Span(time(8), time(12))
NOON = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)  # A Monday, 12:00 in Berlin.


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path) as store:
        yield store


def newest(store: Store) -> AuditEvent:
    return store.events.latest(1)[0].event


def told(store: Store) -> tuple[str | None, str | None]:
    event = newest(store)
    assert event.type is EventType.RULES_CHANGED
    return event.reason, event.detail


class TestRules:
    def test_everybody_may_enter_until_somebody_says_otherwise(self, store: Store) -> None:
        assert store.rules.all() == [Rule("everyone", Effect.ALLOW)]
        anna = store.people.add("Anna")
        standing = store.rules.standings()[anna.id]
        assert permit(store.rules.book(BERLIN), standing, Place("front"), NOON).allowed
        store.rules.remove("everyone")
        assert permit(store.rules.book(BERLIN), standing, Place("front"), NOON).refusal is Reason.NO_RULE

    def test_come_back_as_they_were_after_a_restart(self, tmp_path: Path) -> None:
        with opened(tmp_path) as store:
            group, anna = store.groups.add("staff"), store.people.add("Anna")
            store.schedules.add("office", [OFFICE])
            full = Rule("a", Effect.ALLOW, group.id, None, "front", None, "office", NOON, NOON + timedelta(days=1))
            of_anna = Rule("b", Effect.DENY, person=anna.id, zone="hall")
            open_hours = Rule("c", Effect.KEEP_OPEN, schedule="office", door="front")
            for rule in (open_hours, of_anna, full):
                store.rules.add(rule)
        with opened(tmp_path) as store:
            assert store.rules.all() == [full, of_anna, open_hours, Rule("everyone", Effect.ALLOW)]
            book = store.rules.book(BERLIN)
            assert book.rules == tuple(store.rules.all())
            assert book.schedules == {"office": Schedule("office", (OFFICE,))}

    def test_names_are_given_once_and_cleaned(self, store: Store) -> None:
        store.rules.add(Rule(" Zoe\u0308 ", Effect.DENY))
        with pytest.raises(BadDataError, match="already a rule 'Zoë'"):
            store.rules.add(Rule("Zoë", Effect.ALLOW))
        with pytest.raises(BadDataError, match="already a rule 'everyone'"):
            store.rules.rename("Zoë", "everyone")
        with pytest.raises(BadDataError, match="1 to 200 characters"):
            store.rules.add(Rule("x", Effect.DENY, door=""))
        store.rules.rename("Zoë", "guests")
        assert [rule.name for rule in store.rules.all()] == ["everyone", "guests"]

    def test_what_does_not_exist_is_told(self, store: Store) -> None:
        with pytest.raises(UnknownNameError, match=r"no rule 'x'.*limen access rules"):
            store.rules.remove("x")
        with pytest.raises(UnknownNameError, match=r"no schedule 'x'.*limen schedules list"):
            store.rules.add(Rule("y", Effect.ALLOW, schedule="x"))
        with pytest.raises(BadDataError, match="somebody who is gone"):
            store.rules.add(Rule("y", Effect.ALLOW, group="not-an-id"))
        assert [rule.name for rule in store.rules.all()] == ["everyone"]

    def test_each_change_is_on_record_without_names_of_people(self, store: Store) -> None:
        anna, staff = store.people.add("Anna"), store.groups.add("staff")
        store.schedules.add("office", [OFFICE])
        store.rules.add(Rule("work", Effect.ALLOW, group=staff.id, door="front", schedule="office", valid_from=NOON))
        assert told(store) == (
            "rule added", "work: allow: group staff, door front, schedule office, from 2026-06-01T10:00+00:00"
        )  # fmt: skip
        assert newest(store).door == "front"
        store.rules.add(Rule("Anna stays out", Effect.DENY, person=anna.id))
        assert told(store) == ("rule added", "deny: one person, everywhere, always")
        assert newest(store).person == anna.id
        store.rules.rename("work", "week")
        assert told(store)[0] == "rule renamed"
        store.rules.remove("Anna stays out")
        assert told(store) == ("rule removed", "deny: one person, everywhere, always")
        assert newest(store).person == anna.id

    def test_a_change_that_fails_leaves_no_trace(self, store: Store) -> None:
        before = (store.revision(), store.events.latest(9))
        with pytest.raises(BadDataError):
            store.rules.add(Rule("everyone", Effect.ALLOW))
        assert (store.revision(), store.events.latest(9)) == before

    def test_an_effect_of_a_newer_version_is_told(self, store: Store, tmp_path: Path) -> None:
        with closing(sqlite3.connect(tmp_path / "limen.db")) as database, database:
            database.execute("UPDATE rules SET effect = 'escort'")
        with pytest.raises(DatabaseVersionError, match=r"'everyone' does 'escort'.*upgrade limen"):
            store.rules.book(BERLIN)

    def test_who_is_deleted_takes_their_rules_along(self, store: Store) -> None:
        anna = store.people.add("Anna")
        store.rules.add(Rule("hers", Effect.ALLOW, person=anna.id))
        store.people.delete(anna.id)
        assert [rule.name for rule in store.rules.all()] == ["everyone"]


class TestGroups:
    def test_people_join_and_leave(self, store: Store) -> None:
        anna, staff = store.people.add("Anna"), store.groups.add("staff")
        assert store.groups.join(anna.id, " staff ")
        assert told(store) == ("joined group", "staff")
        assert newest(store).person == anna.id
        assert not store.groups.join(anna.id, "staff")
        assert store.groups.find("staff").members == {anna.id}
        assert store.rules.standings() == {anna.id: Standing(anna.id, frozenset((staff.id,)))}
        assert store.groups.leave(anna.id, "staff")
        assert told(store) == ("left group", "staff")
        assert not store.groups.leave(anna.id, "staff")
        assert store.groups.all() == [staff]

    def test_names_are_given_once_and_changed(self, store: Store) -> None:
        staff = store.groups.add("staff")
        with pytest.raises(BadDataError, match="already a group 'staff'"):
            store.groups.add("staff ")
        store.groups.rename("staff", "team")
        assert told(store) == ("group renamed", "staff: team")
        assert [(group.id, group.name) for group in store.groups.all()] == [(staff.id, "team")]
        with pytest.raises(UnknownNameError, match=r"no group 'staff'.*limen groups list"):
            store.groups.join(store.people.add("Anna").id, "staff")

    def test_one_that_keeps_people_out_is_not_removed(self, store: Store) -> None:
        staff = store.groups.add("staff")
        store.rules.add(Rule("out", Effect.DENY, group=staff.id))
        with pytest.raises(BadDataError, match="remove out first"):
            store.groups.remove("staff")
        store.rules.remove("out")
        store.groups.remove("staff")
        assert told(store) == ("group removed", "staff")
        assert store.groups.all() == []

    def test_standings_tell_of_disabled_people(self, store: Store) -> None:
        anna = store.people.disable(store.people.add("Anna").id)
        assert store.rules.standings()[anna.id].disabled


class TestSchedules:
    def test_come_back_as_they_were(self, store: Store) -> None:
        store.schedules.add("office", [OFFICE, NIGHT])
        assert told(store) == ("schedule added", "office: mon-fri 08:00-18:00; sat,holiday 22:00-24:00")
        store.schedules.add_exception("office", Override(date(2026, 12, 24), date(2026, 12, 31)))
        assert told(store) == ("exception added", "office, 2026-12-24 to 2026-12-31: closed")
        expected = Schedule("office", (OFFICE, NIGHT), (Override(date(2026, 12, 24), date(2026, 12, 31)),))
        assert store.schedules.get(" office") == expected
        assert store.schedules.all() == [expected]

    def test_the_newer_exception_holds_and_the_older_keeps_its_other_days(self, store: Store) -> None:
        store.schedules.add("office", [OFFICE])
        store.schedules.add_exception("office", Override(date(2026, 12, 24), date(2026, 12, 31)))
        store.schedules.add_exception("office", Override(date(2026, 12, 28), date(2026, 12, 28), (MORNING,)))
        assert store.schedules.get("office").overrides == (
            Override(date(2026, 12, 24), date(2026, 12, 27)),
            Override(date(2026, 12, 28), date(2026, 12, 28), (MORNING,)),
            Override(date(2026, 12, 29), date(2026, 12, 31)),
        )
        store.schedules.remove_exceptions("office", date(2026, 12, 26), date(2026, 12, 30))
        assert told(store) == ("exception removed", "office, 2026-12-26 to 2026-12-30")
        assert [(each.first_day.day, each.last_day.day) for each in store.schedules.get("office").overrides] == [
            (24, 25), (31, 31)]  # fmt: skip
        with pytest.raises(UnknownNameError, match="no exception on 2026-12-28"):
            store.schedules.remove_exceptions("office", date(2026, 12, 28), date(2026, 12, 28))

    def test_one_that_a_rule_speaks_of_is_changed_but_not_removed(self, store: Store) -> None:
        store.schedules.add("office", [OFFICE])
        store.rules.add(Rule("work", Effect.ALLOW, schedule="office"))
        with pytest.raises(BadDataError, match="remove work first"):
            store.schedules.remove("office")
        store.schedules.change("office", [NIGHT])
        store.schedules.rename("office", "nights")
        assert store.rules.all()[1].schedule == "nights"
        assert store.rules.book(BERLIN).schedules["nights"].hours == (NIGHT,)
        store.rules.remove("work")
        store.schedules.remove("nights")
        assert store.schedules.all() == []

    @pytest.mark.parametrize("kept", ['"x"', "3", '[{"days": ["mon"]}]', '[{"days": "mon", "from": "1", "to": "2"}]',
                                      '[{"days": ["mon"], "from": "08:00", "to": "25:00"}]',
                                      '[{"days": ["noday"], "from": "08:00", "to": "09:00"}]'])  # fmt: skip
    def test_hours_that_cannot_be_read_let_nobody_in(self, store: Store, tmp_path: Path, kept: str) -> None:
        store.schedules.add("office", [OFFICE])
        store.rules.remove("everyone")
        store.rules.add(Rule("work", Effect.ALLOW, schedule="office"))
        with closing(sqlite3.connect(tmp_path / "limen.db")) as database, database:
            database.execute("UPDATE schedules SET hours = ?", [kept])
        permission = permit(store.rules.book(BERLIN), Standing("anna"), Place("front"), NOON)
        assert permission.refusal is Reason.OUT_OF_HOURS
        with pytest.raises(BadDataError, match="limen schedules change"):
            store.schedules.get("office")


class TestHolidays:
    def test_are_in_the_book(self, store: Store) -> None:
        assert store.holidays.add({date(2026, 12, 25): "Christmas", date(2026, 12, 26): "Boxing Day"}) == 2
        assert told(store) == ("holiday added", "2026-12-26: Boxing Day")
        assert store.holidays.add({date(2026, 12, 25): "Christmas Day", date(2026, 12, 26): "Boxing Day"}) == 0
        assert told(store) == ("holiday added", "2026-12-25: Christmas Day")
        assert store.holidays.all() == {date(2026, 12, 25): "Christmas Day", date(2026, 12, 26): "Boxing Day"}
        assert store.rules.book(BERLIN).calendar.holidays == set(store.holidays.all())
        store.holidays.remove(date(2026, 12, 26))
        assert told(store) == ("holiday removed", "2026-12-26")
        with pytest.raises(UnknownNameError, match="2026-12-26 is no holiday"):
            store.holidays.remove(date(2026, 12, 26))


class TestModes:
    END = datetime.now(UTC) + timedelta(hours=1)

    def test_are_set_and_cleared(self, store: Store) -> None:
        store.modes.set("front", Mode.LOCKDOWN, self.END)
        assert told(store)[0] == "lockdown"
        assert newest(store).door == "front"
        store.modes.set("front", Mode.KEEP_OPEN, self.END)
        assert store.modes.current() == {"front": DoorMode(Mode.KEEP_OPEN, self.END)}
        assert store.modes.clear("front")
        assert told(store)[0] == "normal"
        assert not store.modes.clear("front")
        assert store.modes.current() == {}

    def test_an_end_is_to_come(self, store: Store) -> None:
        with pytest.raises(BadDataError, match="has passed"):
            store.modes.set("front", Mode.LOCKDOWN, NOON - timedelta(days=365))
        with pytest.raises(BadDataError, match="clear its mode"):
            store.modes.set("front", Mode.NORMAL, self.END)
        assert store.modes.current() == {}

    def test_one_of_a_newer_version_is_a_lockdown(self, store: Store, tmp_path: Path) -> None:
        store.modes.set("front", Mode.KEEP_OPEN, self.END)
        with closing(sqlite3.connect(tmp_path / "limen.db")) as database, database:
            database.execute("UPDATE door_modes SET mode = 'escorted'")
        assert store.modes.current()["front"].mode is Mode.LOCKDOWN


class TestRequests:
    def test_each_is_taken_once_by_its_door(self, store: Store) -> None:
        for door, action in (("front", "open"), ("back", "open"), ("front", "believe_clock")):
            store.requests.add(door, action, NOON)
        now = NOON - timedelta(seconds=1)
        assert [one.action for one in store.requests.take("front", now)] == ["open", "believe_clock"]
        assert store.requests.take("front", now) == []
        assert store.requests.take("back", now) == [DoorRequest("open")]

    def test_it_is_known_who_asked(self, store: Store) -> None:
        with acting("user:7"):
            store.requests.add("front", "open", NOON)
        assert store.requests.take("front", NOON - timedelta(seconds=1)) == [DoorRequest("open", "user:7")]

    def test_one_that_came_too_late_is_dropped_for_good(self, store: Store) -> None:
        store.requests.add("front", "open", NOON)
        assert store.requests.take("front", NOON) == []
        assert store.requests.take("front", NOON - timedelta(hours=1)) == []

    def test_what_no_door_can_do_is_refused(self, store: Store) -> None:
        with pytest.raises(BadDataError, match="cannot 'explode'"):
            store.requests.add("front", "explode", NOON)


def test_running_doors_learn_of_each_change(store: Store) -> None:
    anna, seen = store.people.add("Anna"), [store.revision()]
    end = datetime.now(UTC) + timedelta(hours=1)
    for change in (
        lambda: store.groups.add("staff"),
        lambda: store.groups.join(anna.id, "staff"),
        lambda: store.schedules.add("office", [OFFICE]),
        lambda: store.schedules.add_exception("office", Override(date(2026, 1, 1), date(2026, 1, 1))),
        lambda: store.holidays.add({date(2026, 1, 1): "New Year"}),
        lambda: store.rules.add(Rule("work", Effect.ALLOW, schedule="office")),
        lambda: store.rules.remove("everyone"),
        lambda: store.modes.set("front", Mode.LOCKDOWN, end),
        lambda: store.modes.clear("front"),
        lambda: store.requests.add("front", "open", end),
    ):
        change()
        seen.append(store.revision())
    assert seen == sorted(set(seen))
