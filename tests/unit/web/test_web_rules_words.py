from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from limen.decision.reasons import Reason
from limen.decision.rules import DoorMode, Effect, Mode, OpenHours, Permission, Place, Rule, Standing
from limen.decision.schedule import WEEK, Day, Hours, Override, Schedule, Span
from limen.door.access import Considered, Explanation
from limen.types import Person, PersonId
from limen.web.explain_words import answer_words, door_lines, may_words, person_lines, refusal_words, rule_steps
from limen.web.rule_words import Namer, days_words, hours_parts, rule_sentence, time_words
from limen.web.week import Bar, bars_of, hours_of, week_of
from limen.web.words import words_in

ENGLISH = words_in("en")
BERLIN = ZoneInfo("Europe/Berlin")
WORK, NIGHT = Span(time(8), time(18)), Span(time(22), time(6))
OFFICE = Schedule("office", (Hours(frozenset(WEEK[:5]), time(8), time(18)),))
NOON = datetime(2026, 6, 1, 10, tzinfo=UTC)  # A Monday, 12:00 in Berlin.


NAMER = Namer(ENGLISH, BERLIN, {"g": "Staff"}, {"p": "Anna"}, {"office": OFFICE})


class TestSentences:
    def test_say_whom_where_and_when(self) -> None:
        office = Rule("r", Effect.ALLOW, group="g", door="Front", schedule="office")
        told = {
            office: "Staff may open Front on weekdays 08:00–18:00 (“office”)",
            Rule("r", Effect.ALLOW): "Everybody may open every door at all times",
            Rule("r", Effect.DENY, zone="Lab"): "Nobody may open all doors of the zone “Lab” at all times",
            Rule("r", Effect.DENY, person="p", door="Front"): "Anna may not open Front at all times",
            replace(office, effect=Effect.KEEP_OPEN): (
                "Open for everybody: Front on weekdays 08:00–18:00 (“office”), once somebody of Staff has come in"
            ),
            replace(office, effect=Effect.KEEP_OPEN, group=None): (
                "Open for everybody: Front on weekdays 08:00–18:00 (“office”)"
            ),
        }
        for rule, sentence in told.items():
            assert rule_sentence(rule, NAMER) == sentence

    def test_name_nobody_to_those_who_may_not_see_people(self) -> None:
        rule = Rule("r", Effect.ALLOW, person="p")
        assert rule_sentence(rule, replace(NAMER, people={})) == "one person may open every door at all times"

    def test_say_from_which_and_until_which_day_included(self) -> None:
        midnight = datetime(2026, 8, 31, 22, tzinfo=UTC)
        rule = Rule("r", Effect.ALLOW, door="Front", valid_from=NOON, valid_until=midnight)
        words = "Everybody may open Front at all times, from Mon 2026-06-01 12:00 on, until 2026-08-31"
        assert rule_sentence(rule, NAMER) == words

    def test_a_schedule_that_is_gone_lets_nobody_in_and_keeps_out_always(self) -> None:
        rule = Rule("r", Effect.ALLOW, schedule="x")
        assert "at no time" in rule_sentence(rule, NAMER)
        assert "at all times" in rule_sentence(replace(rule, effect=Effect.DENY), NAMER)

    def test_long_or_empty_hours_are_called_by_name(self) -> None:
        four = tuple(Hours(frozenset((day,)), time(n), time(20)) for n, day in enumerate(WEEK[:4]))
        namer = replace(NAMER, schedules={"x": Schedule("x", four), "none": Schedule("none")})
        assert rule_sentence(Rule("r", Effect.ALLOW, schedule="x"), namer).endswith("during “x”")
        assert "“none” has no hours" in rule_sentence(Rule("r", Effect.ALLOW, schedule="none"), namer)


class TestWeeks:
    def test_days_with_the_same_hours_are_told_together(self) -> None:
        both = (Day.SAT, Day.HOLIDAY)
        schedule = Schedule(
            "s", (*OFFICE.hours, Hours(frozenset(both), time(22), time()), Hours(frozenset((Day.SUN,)), time(), time()))
        )
        assert hours_parts(schedule, ENGLISH) == [
            "weekdays 08:00–18:00", "Sat, holidays 22:00–24:00", "Sun all day"
        ]  # fmt: skip
        assert days_words([Day.MON, Day.TUE, Day.WED, Day.SAT], ENGLISH) == "Mon–Wed, Sat"
        assert days_words(list(Day), ENGLISH) == "every day, holidays"

    def test_come_back_as_they_were(self) -> None:
        week = dict.fromkeys(WEEK[:5], (WORK,)) | {Day.FRI: (WORK, NIGHT), Day.HOLIDAY: (NIGHT,)}
        hours = hours_of(week)
        assert len(hours) == 2
        assert {day: spans for day, spans in week_of(hours).items() if spans} == week

    def test_a_night_reaches_into_the_next_day(self) -> None:
        bars = bars_of({Day.SUN: (NIGHT,), Day.HOLIDAY: (NIGHT,)})
        assert bars[Day.SUN] == bars[Day.HOLIDAY] == [Bar(1320, 1440, False)]
        assert bars[Day.MON] == [Bar(0, 360, True)]
        assert bars[Day.MON][0].width == 360

    def test_times_that_the_clock_shows_twice_are_told_apart(self) -> None:
        assert time_words(NOON, BERLIN, ENGLISH) == "Mon 2026-06-01 12:00"
        assert time_words(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), BERLIN, ENGLISH) == "Sun 2026-10-25 02:30 CEST"


class TestAnswers:
    anna = Person(PersonId("p"), "Anna")
    rule = Rule("work", Effect.ALLOW, group="g", door="Front", schedule="office")
    evening = datetime(2026, 6, 1, 16, tzinfo=UTC)
    yes = Explanation(
        Permission(None, "work", evening), None, Mode.NORMAL, (), Place("Front", "Hall"),
        Standing("p", frozenset("g")), (Considered(rule, True, evening, None, False),), None, None, False,
    )  # fmt: skip

    def test_say_yes_by_which_rule(self) -> None:
        words = "Yes: Anna may open Front until Mon 2026-06-01 18:00, by the rule “work”."
        assert answer_words(self.yes, self.anna, NAMER) == words
        assert may_words(self.yes.permission, NAMER) == "by the rule “work” until Mon 2026-06-01 18:00"
        (step,) = rule_steps(self.yes, NAMER)
        assert (step.rule, step.holding, step.decides) == ("work", "Holds until Mon 2026-06-01 18:00", True)
        assert list(person_lines(self.yes, self.anna, NAMER)) == ["Anna is in: Staff."]
        assert list(door_lines(self.yes, NAMER)) == ["Front leads into the zone “Hall”."]

    def test_say_no_why_and_when_again(self) -> None:
        considered = Considered(self.rule, False, None, NOON, False)
        no = replace(self.yes, permission=Permission(Reason.OUT_OF_HOURS), next=NOON, considered=(considered,))
        words = "as rules let the person through this door, but not at this time. The next time is Mon 2026-06-01 12:00"
        assert words in answer_words(no, self.anna, NAMER)
        assert rule_steps(no, NAMER)[0].holding == "Does not hold; next from Mon 2026-06-01 12:00 on"

    def test_say_what_is_known_of_person_and_door(self) -> None:
        standing = Standing("p", frozenset(), True, NOON, NOON)
        mode = DoorMode(Mode.LOCKDOWN, NOON)
        told = replace(
            self.yes, standing=standing, mode=mode.mode, mode_until=NOON,
            open_hours=OpenHours("open", None), first_in=True,
        )  # fmt: skip
        assert len(list(person_lines(told, self.anna, NAMER))) == 4
        assert [line.split(" ")[2] for line in door_lines(told, NAMER)] == ["into", "locked", "rule"]
        assert "first of its group" in list(door_lines(told, NAMER))[-1]
        assert "not known" in next(person_lines(replace(told, standing=None), self.anna, NAMER))

    def test_have_words_for_every_refusal_of_rules(self) -> None:
        asked = (Reason.NO_RULE, Reason.DISABLED, Reason.NOT_YET_VALID, Reason.EXPIRED, Reason.OUT_OF_HOURS,
                 Reason.RULED_OUT, Reason.LOCKDOWN)  # fmt: skip
        assert len({refusal_words(Permission(reason, "r"), ENGLISH) for reason in asked}) == len(asked)
        assert refusal_words(Permission(None, "r"), ENGLISH) == ""


def test_exceptions_do_not_change_the_usual_week() -> None:
    closed = Override(date(2026, 12, 24), date(2026, 12, 31))
    assert hours_parts(replace(OFFICE, overrides=(closed,)), ENGLISH) == ["weekdays 08:00–18:00"]
