from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limen.decision.reasons import Reason
from limen.decision.rules import (
    DoorMode,
    Effect,
    Mode,
    OpenHours,
    Permission,
    Place,
    Rule,
    RuleBook,
    Standing,
    mode_at,
    next_permission,
    permit,
    stands_open,
)
from limen.decision.schedule import WEEK, Calendar, Day, Hours, Override, Schedule, Span

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
OFFICE = Schedule("office", (Hours(frozenset(WEEK[:5]), time(8), time(18)),))
MORNING = Schedule("morning", (Hours(frozenset(WEEK), time(6), time(12)),))
ALWAYS = Schedule("always", (Hours(frozenset(Day), time(), time()),))
HERE = Place("front", "hall")
NOON = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)  # A Monday, 12:00 in Berlin.
NIGHT = NOON - 12 * HOUR
ANNA = Standing("anna", frozenset(("staff",)))


def book(*rules: Rule, holidays: Sequence[date] = ()) -> RuleBook:
    schedules = {schedule.name: schedule for schedule in (OFFICE, MORNING, ALWAYS)}
    return RuleBook(rules, schedules, Calendar(BERLIN, frozenset(holidays)))


def allow(name: str = "allow", **conditions: object) -> Rule:
    return replace(Rule(name, Effect.ALLOW), **conditions)  # type: ignore[arg-type]  # conditions of many types


def deny(name: str = "deny", **conditions: object) -> Rule:
    return replace(allow(name, **conditions), effect=Effect.DENY)


def keep_open(name: str = "open", **conditions: object) -> Rule:
    return replace(allow(name, **conditions), effect=Effect.KEEP_OPEN)


REFUSED = {
    "no rules at all": ([], ANNA, Reason.NO_RULE),
    "an unknown person": ([allow()], None, Reason.NO_RULE),
    "another group": ([allow(group="cleaners")], ANNA, Reason.NO_RULE),
    "another person": ([allow(person="ben")], ANNA, Reason.NO_RULE),
    "another door": ([allow(door="back")], ANNA, Reason.NO_RULE),
    "another zone": ([allow(zone="lab")], ANNA, Reason.NO_RULE),
    "only a rule that keeps the door open": ([keep_open()], ANNA, Reason.NO_RULE),
    "disabled": ([allow()], replace(ANNA, disabled=True), Reason.DISABLED),
    "disabled and expired": ([allow()], replace(ANNA, disabled=True, valid_until=NOON), Reason.DISABLED),
    "too early": ([allow()], replace(ANNA, valid_from=NOON + HOUR), Reason.NOT_YET_VALID),
    "the last day is over": ([allow()], replace(ANNA, valid_until=NOON), Reason.EXPIRED),
    "ruled out": ([allow(), deny(group="staff")], ANNA, Reason.RULED_OUT),
    "ruled out, whichever is first": ([deny(schedule="office"), allow(person="anna")], ANNA, Reason.RULED_OUT),
    "ruled out by a rule whose schedule is gone": ([allow(), deny(schedule="gone")], ANNA, Reason.RULED_OUT),
    "allowed by a rule whose schedule is gone": ([allow(schedule="gone")], ANNA, Reason.OUT_OF_HOURS),
    "the rule is not yet valid": ([allow(valid_from=NOON + HOUR)], ANNA, Reason.OUT_OF_HOURS),
    "the rule is no longer valid": ([allow(valid_until=NOON)], ANNA, Reason.OUT_OF_HOURS),
}
ALLOWED = {
    "everybody": ([allow()], ANNA, None),
    "the group": ([allow(group="staff")], ANNA, None),
    "the person": ([allow(person="anna")], ANNA, None),
    "the door": ([allow(door="front")], ANNA, None),
    "the zone": ([allow(zone="hall")], ANNA, None),
    "the hours": ([allow(schedule="office")], ANNA, NOON + 6 * HOUR),
    "from now on": ([allow(valid_from=NOON)], replace(ANNA, valid_from=NOON), None),
    "the rule ends": ([allow(valid_until=NOON + HOUR, schedule="office")], ANNA, NOON + HOUR),
    "the person's time ends": ([allow(schedule="office")], replace(ANNA, valid_until=NOON + HOUR), NOON + HOUR),
    "a rule against others": ([allow(), deny(group="cleaners"), deny(door="back")], ANNA, None),
    "ruled out earlier": ([allow(), deny(valid_until=NOON)], ANNA, None),
    "ruled out later": ([allow(), deny(valid_from=NOON + HOUR)], ANNA, NOON + HOUR),
    "never ends": ([allow(schedule="always")], ANNA, None),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_who_stays_outside(case: str) -> None:
    rules, standing, reason = REFUSED[case]
    permission = permit(book(*rules), standing, HERE, NOON)
    assert not permission.allowed
    assert permission.refusal is reason
    assert (permission.rule == "deny") is (reason is Reason.RULED_OUT)


@pytest.mark.parametrize("case", ALLOWED)
def test_who_comes_in_and_until_when(case: str) -> None:
    rules, standing, until = ALLOWED[case]
    assert permit(book(*rules), standing, HERE, NOON) == Permission(None, "allow", until)


def test_out_of_hours() -> None:
    assert permit(book(allow(schedule="office")), ANNA, HERE, NIGHT) == Permission(Reason.OUT_OF_HOURS)
    holiday = book(allow(schedule="office"), holidays=(date(2026, 6, 1),))
    assert permit(holiday, ANNA, HERE, NOON).refusal is Reason.OUT_OF_HOURS


def test_the_rule_that_lasts_longest_is_named() -> None:
    at = NOON - 3 * HOUR
    rules = [allow("short", schedule="morning"), allow("long", schedule="office")]
    for order in (rules, rules[::-1]):
        assert permit(book(*order), ANNA, HERE, at) == Permission(None, "long", NOON + 6 * HOUR)
    assert permit(book(*rules, allow("ever")), ANNA, HERE, at) == Permission(None, "ever", None)


def test_a_door_without_a_zone_is_in_no_zone() -> None:
    assert not permit(book(allow(zone="")), ANNA, Place("front"), NOON).allowed


def test_a_permission_without_a_rule_is_none() -> None:
    assert not Permission(None).allowed


class TestNextPermission:
    def test_is_when_the_hours_begin(self) -> None:
        assert next_permission(book(allow(schedule="office")), ANNA, HERE, NIGHT) == NOON - 4 * HOUR

    def test_is_now_where_it_is_allowed(self) -> None:
        assert next_permission(book(allow()), ANNA, HERE, NOON) == NOON

    def test_waits_for_what_keeps_out_to_end(self) -> None:
        rules = book(allow(schedule="office"), deny(schedule="morning"))
        assert next_permission(rules, ANNA, HERE, NIGHT) == NOON

    def test_waits_for_a_rule_that_keeps_out_for_weeks(self) -> None:
        closed = Schedule(
            "shut", ALWAYS.hours, (Override(date(2026, 7, 1), date(2026, 7, 1), (Span(time(9), time(9)),)),)
        )
        rules = replace(book(allow(), deny(schedule="shut")), schedules={"shut": closed})
        assert next_permission(rules, ANNA, HERE, NOON) == datetime(2026, 6, 30, 22, 0, tzinfo=UTC)

    def test_waits_for_the_person_to_be_valid(self) -> None:
        standing = replace(ANNA, valid_from=NOON + 10 * HOUR)
        assert next_permission(book(allow(schedule="office")), standing, HERE, NOON) == NOON + 20 * HOUR

    @pytest.mark.parametrize(
        "standing", [replace(ANNA, disabled=True), replace(ANNA, valid_until=NOON), replace(ANNA, groups=frozenset())]
    )
    def test_is_never_where_nothing_changes(self, standing: Standing) -> None:
        assert next_permission(book(allow(group="staff", schedule="always")), standing, HERE, NOON) is None


class TestStandsOpen:
    RULE = keep_open(schedule="office", door="front")
    FIRST = keep_open(schedule="office", door="front", group="staff")
    OPEN = OpenHours("open", NOON + 6 * HOUR)

    def test_during_its_hours(self) -> None:
        assert stands_open(book(self.RULE), HERE, NOON, {}) == self.OPEN
        assert stands_open(book(self.RULE), HERE, NIGHT, {}) is None
        assert stands_open(book(self.RULE), Place("back", "hall"), NOON, {}) is None
        assert stands_open(book(allow(schedule="office")), HERE, NOON, {}) is None

    @pytest.mark.parametrize(
        ("came", "opens"),
        [
            (None, False),
            (NOON - 4 * HOUR, True),
            (NOON, True),
            (NOON - 4 * HOUR - timedelta(seconds=1), False),
            (NOON - 72 * HOUR, False),
            (NOON + HOUR, False),
        ],
        ids=["nobody", "with the first minute", "just now", "before the hours", "last week", "in the future"],
    )
    def test_once_the_first_of_a_group_has_come_in(self, came: datetime | None, opens: bool) -> None:
        entered = {"cleaners": NOON} | ({} if came is None else {"staff": came})
        assert stands_open(book(self.FIRST), HERE, NOON, entered) == (self.OPEN if opens else None)

    def test_hours_that_never_end_want_somebody_every_two_weeks(self) -> None:
        rule = keep_open(schedule="always", group="staff")
        for days, opens in ((14, True), (15, False)):
            open_hours = stands_open(book(rule), HERE, NOON, {"staff": NOON - timedelta(days=days)})
            assert (open_hours is not None) is opens

    def test_never_in_a_lockdown(self) -> None:
        assert stands_open(book(self.RULE), HERE, NOON, {}, Mode.LOCKDOWN) is None

    def test_never_where_everybody_is_kept_out(self) -> None:
        assert stands_open(book(self.RULE, deny(zone="hall")), HERE, NOON, {}) is None
        assert stands_open(book(self.RULE, deny(zone="lab")), HERE, NOON, {}) == self.OPEN
        assert stands_open(book(self.RULE, deny(person="ben"), deny(group="x")), HERE, NOON, {}) == self.OPEN

    def test_never_without_its_schedule(self) -> None:
        assert stands_open(book(keep_open(schedule="gone")), HERE, NOON, {}) is None


@pytest.mark.parametrize("mode", [Mode.KEEP_OPEN, Mode.LOCKDOWN])
def test_a_mode_is_over_at_its_end(mode: Mode) -> None:
    set_mode = DoorMode(mode, NOON)
    assert mode_at(set_mode, NOON - timedelta(microseconds=1)) is mode
    assert mode_at(set_mode, NOON) is Mode.NORMAL
    assert mode_at(None, NOON) is Mode.NORMAL


@pytest.mark.parametrize("at", [NOON.replace(tzinfo=None), NOON.astimezone(BERLIN)])
def test_times_that_are_not_utc_are_refused(at: datetime) -> None:
    for ask in (
        lambda: permit(book(allow()), ANNA, HERE, at),
        lambda: permit(book(), None, HERE, at),
        lambda: next_permission(book(), ANNA, HERE, at),
        lambda: stands_open(book(), HERE, at, {}),
        lambda: stands_open(book(keep_open(group="staff")), HERE, NOON, {"staff": at}),
        lambda: mode_at(None, at),
        lambda: DoorMode(Mode.LOCKDOWN, at),
        lambda: replace(ANNA, valid_from=at),
        lambda: allow(valid_until=at),
    ):
        with pytest.raises(ValueError, match="must be aware UTC"):
            ask()


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ({"group": "staff", "person": "anna"}, "a group and a person"),
        ({"door": "front", "zone": "hall"}, "a door and a zone"),
        ({"effect": Effect.KEEP_OPEN, "person": "anna"}, "for one person"),
    ],
)
def test_rules_that_contradict_themselves_are_refused(conditions: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        allow(**conditions)


@pytest.mark.parametrize("condition", ["group", "person", "door", "zone", "schedule", "valid_from", "valid_until"])
def test_only_a_rule_without_conditions_is_unconditional(condition: str) -> None:
    assert allow().unconditional
    assert not allow(**{condition: NOON if condition.startswith("valid") else "x"}).unconditional


names = st.none() | st.sampled_from(("staff", "cleaners"))
moments = st.integers(-72 * 60, 72 * 60).map(lambda minutes: NOON + timedelta(minutes=minutes))
subjects = st.one_of(
    st.just({}), st.just({"group": "staff"}), st.just({"group": "cleaners"}), st.just({"person": "anna"})
)
places = st.one_of(st.just({}), st.just({"door": "front"}), st.just({"zone": "hall"}), st.just({"door": "back"}))
conditions = st.builds(
    lambda subject, place, schedule, first, last: {
        **subject, **place, "schedule": schedule, "valid_from": first, "valid_until": last},
    subjects, places, st.sampled_from((None, "office", "morning", "gone")), st.none() | moments, st.none() | moments,
)  # fmt: skip
rule_lists = st.lists(
    st.builds(lambda kind, some: kind(**some), st.sampled_from((allow, allow, deny)), conditions), max_size=5
)
of_groups = st.sampled_from((frozenset(), frozenset(("staff",))))
standings = st.builds(Standing, st.sampled_from(("anna", "ben")), of_groups,
                      st.booleans(), st.none() | moments, st.none() | moments)  # fmt: skip
patient = settings(deadline=None)


@patient
@given(rule_lists, conditions, standings, moments)
def test_another_deny_never_opens(rules: list[Rule], more: dict[str, object], standing: Standing, at: datetime) -> None:
    if permit(book(*rules, deny(**more)), standing, HERE, at).allowed:
        assert permit(book(*rules), standing, HERE, at).allowed


@patient
@given(rule_lists, st.data(), standings, moments)
def test_one_allow_less_never_opens(rules: list[Rule], data: st.DataObject, standing: Standing, at: datetime) -> None:
    fewer = [rule for rule in rules if rule.effect is Effect.DENY or data.draw(st.booleans())]
    if permit(book(*fewer), standing, HERE, at).allowed:
        assert permit(book(*rules), standing, HERE, at).allowed


@patient
@given(rule_lists, standings, moments)
def test_a_schedule_less_never_opens(rules: list[Rule], standing: Standing, at: datetime) -> None:
    whole = book(*rules)
    if permit(replace(whole, schedules={"office": OFFICE}), standing, HERE, at).allowed:
        assert permit(whole, standing, HERE, at).allowed


@patient
@given(rule_lists, standings, moments, st.permutations(range(5)))
def test_the_order_of_rules_does_not_matter(
    rules: list[Rule], standing: Standing, at: datetime, order: list[int]
) -> None:
    other = [rules[index] for index in order if index < len(rules)]
    assert permit(book(*rules), standing, HERE, at) == permit(book(*other), standing, HERE, at)


@patient
@given(rule_lists, standings, moments, st.floats(0, 1, exclude_max=True))
def test_a_permission_holds_until_its_end(rules: list[Rule], standing: Standing, at: datetime, part: float) -> None:
    permission = permit(book(*rules), standing, HERE, at)
    if permission.allowed:
        end = permission.until or at + timedelta(days=14)
        assert end > at
        assert permit(book(*rules), standing, HERE, at + (end - at) * part).allowed


@patient
@given(rule_lists, standings, moments)
def test_the_next_permission_is_the_first(rules: list[Rule], standing: Standing, at: datetime) -> None:
    found = next_permission(book(*rules), standing, HERE, at)
    end = found or at + timedelta(days=8)
    for minutes in range(0, int((end - at).total_seconds() // 60), 30):
        assert not permit(book(*rules), standing, HERE, at + timedelta(minutes=minutes)).allowed
    if found is not None:
        assert permit(book(*rules), standing, HERE, found).allowed
