from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from limen.config import Settings
from limen.decision.rules import Effect, Mode, Rule
from limen.decision.schedule import WEEK, Hours, Override, Schedule, Span
from limen.door.access import explain, may_enter, who
from limen.errors import BadDataError, UnknownNameError
from limen.store import Store
from store_samples import opened

MONDAY = datetime(2026, 6, 1, 10, tzinfo=UTC)
OFFICE = Hours(frozenset(WEEK[:5]), time(8), time(18))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path) as store:
        yield store


def test_rules_groups_and_schedules_are_found_by_their_ids(store: Store) -> None:
    staff = store.groups.add("staff")
    anna = store.people.add("Anna")
    store.groups.join(anna.id, "staff")
    store.schedules.add("office", [OFFICE])
    assert store.groups.get(staff.id).members == {anna.id}
    assert store.schedules.name_of(store.schedules.ids()["office"]) == "office"
    row = store.rules.add(Rule("out", Effect.DENY))
    assert store.rules.by_id()[row] == store.rules.get(row) == Rule("out", Effect.DENY)
    for asked in (store.groups.get, store.schedules.name_of, store.rules.get):
        with pytest.raises(UnknownNameError, match="with the id 'x'"):
            asked("x")


def test_a_rule_is_changed_under_its_id(store: Store) -> None:
    (row,), before = store.rules.by_id(), store.revision()
    store.rules.change("everyone", Rule("front", Effect.DENY, door="front"))
    assert store.rules.get(row) == Rule("front", Effect.DENY, door="front")
    assert store.revision() > before
    event = store.events.latest(1)[0].event
    assert (event.reason, event.detail) == ("rule changed", "front: deny: everybody, door front, always")
    for wrong in (Rule("front", Effect.ALLOW, group="gone"), Rule("front", Effect.ALLOW, door="\0")):
        with pytest.raises(BadDataError):
            store.rules.change("front", wrong)
    with pytest.raises(UnknownNameError):
        store.rules.change("front", Rule("front", Effect.ALLOW, schedule="gone"))
    with pytest.raises(UnknownNameError):
        store.rules.change("x", Rule("x", Effect.ALLOW))


def test_a_schedule_is_replaced_with_its_exceptions(store: Store) -> None:
    row = store.schedules.add("office", [OFFICE])
    assert store.schedules.ids() == {"office": row}
    day = Override(date(2026, 12, 24), date(2026, 12, 26), (Span(time(8), time(12)),))
    for new in (Schedule("work", (OFFICE,), (day,)), Schedule("work", (), (replace(day, hours=()),))):
        store.schedules.replace(store.schedules.name_of(row), new)
        assert store.schedules.get("work") == new
    assert store.events.latest(1)[0].event.detail == "work: ; 1 exceptions"
    assert store.schedules.ids() == {"work": row}


def test_explanations_say_what_was_looked_at(store: Store) -> None:
    settings, anna = Settings(), store.people.add("Anna")
    staff = store.groups.add("staff")
    store.groups.join(anna.id, "staff")
    store.schedules.add("office", [OFFICE])
    work = Rule("work", Effect.ALLOW, group=staff.id, schedule="office")
    for rule in (
        work,
        Rule("out", Effect.DENY, schedule="office"),
        replace(work, name="open", effect=Effect.KEEP_OPEN),
    ):
        store.rules.add(rule)
    found = explain(store, settings, anna, "front", MONDAY)
    assert [(each.rule.name, each.holds) for each in found.considered] == [
        ("out", True), ("everyone", True), ("work", True)
    ]  # fmt: skip
    assert (found.mode, found.mode_until, found.open_hours) == (Mode.NORMAL, None, None)
    store.rules.remove("out")
    found = explain(store, settings, anna, "front", MONDAY)
    assert found.open_hours is not None
    assert found.first_in
    assert found.standing is not None
    evening = explain(store, settings, anna, "front", MONDAY.replace(hour=20))
    assert [each.next for each in evening.considered] == [None, MONDAY.replace(day=2, hour=8)]


def test_who_may_enter_is_told_one_by_one_from_a_name_on(store: Store) -> None:
    for name in ("Anna", "Bob", "Çelik"):
        store.people.add(name)
    everybody = who(store, Settings(), "front", MONDAY)
    assert [each.person.name for each in everybody] == ["Anna", "Bob", "Çelik"]
    assert list(may_enter(store, Settings(), "front", MONDAY, after="Anna")) == everybody[1:]
