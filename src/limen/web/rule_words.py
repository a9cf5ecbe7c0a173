"""Rules and schedules in sentences that people read, in their language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, tzinfo

from limen.decision.rules import Effect, Rule
from limen.decision.schedule import WEEK, Day, Schedule, Span
from limen.web.week import end_text, week_of
from limen.web.words import Words

_MOST_PARTS = 3
"""Hours of more parts than this are called by the schedule's name instead."""


@dataclass(frozen=True, slots=True)
class Namer:
    """What ids and names of rules mean to those who read, and in which language and time zone they do."""

    translate: Words
    zone: tzinfo
    groups: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[str, str] = field(default_factory=dict)
    """Names by ids; empty for those who may not see people."""
    schedules: Mapping[str, Schedule] = field(default_factory=dict)

    def subject(self, rule: Rule) -> str | None:
        """Whom the rule is about; ``None`` is everybody."""
        if rule.person is not None:
            return self.people.get(rule.person) or self.translate("one person")
        return None if rule.group is None else self.groups.get(rule.group, rule.group)


def rule_sentence(rule: Rule, namer: Namer) -> str:
    """The rule as ``Staff may open Front on weekdays 08:00–18:00 (“office”)``."""
    _, who = namer.translate, namer.subject(rule)
    values = {"who": who, "where": place_words(rule, _), "when": when_words(rule, namer)}
    match rule.effect, who is None:
        case Effect.ALLOW, True:
            sentence = _("Everybody may open {where} {when}", **values)
        case Effect.ALLOW, False:
            sentence = _("{who} may open {where} {when}", **values)
        case Effect.DENY, True:
            sentence = _("Nobody may open {where} {when}", **values)
        case Effect.DENY, False:
            sentence = _("{who} may not open {where} {when}", **values)
        case _, True:
            sentence = _("Open for everybody: {where} {when}", **values)
        case _:
            sentence = _("Open for everybody: {where} {when}, once somebody of {who} has come in", **values)
    return sentence + _dates(rule, namer)


def place_words(rule: Rule, translate: Words) -> str:
    """Which doors the rule is about."""
    if rule.door is not None:
        return rule.door
    if rule.zone is not None:
        return translate("all doors of the zone “{zone}”", zone=rule.zone)
    return translate("every door")


def when_words(rule: Rule, namer: Namer) -> str:
    """The hours of the rule's schedule."""
    _ = namer.translate
    if rule.schedule is None:
        return _("at all times")
    schedule = namer.schedules.get(rule.schedule)
    if schedule is None:
        gone = _("at all times, as its schedule cannot be read") if rule.effect is Effect.DENY else None
        return gone or _("at no time, as its schedule cannot be read")
    parts = hours_parts(schedule, _)
    if not parts:
        return _("at no time (“{schedule}” has no hours)", schedule=schedule.name)
    if len(parts) > _MOST_PARTS:
        return _("during “{schedule}”", schedule=schedule.name)
    return _("on {hours} (“{schedule}”)", hours=", ".join(parts), schedule=schedule.name)


def hours_parts(schedule: Schedule, translate: Words) -> list[str]:
    """The hours as ``weekdays 08:00–18:00``, a part for the days that have the same."""
    alike: dict[tuple[Span, ...], list[Day]] = {}
    for day, spans in week_of(schedule.hours).items():
        if spans:
            alike.setdefault(spans, []).append(day)
    return [f"{days_words(days, translate)} {spans_words(spans, translate)}" for spans, days in alike.items()]


def spans_words(spans: Sequence[Span], translate: Words) -> str:
    """Spans of one day, one after the other."""
    whole = Span(time(), time())
    return f" {translate('and')} ".join(
        translate("all day") if span == whole else f"{span.start:%H:%M}–{end_text(span)}" for span in spans
    )


def days_words(days: Sequence[Day], translate: Words) -> str:
    """Days of the week in few words: three or more in a row as a range."""
    week = [day for day in WEEK if day in days]
    parts = {WEEK: [translate("every day")], WEEK[:5]: [translate("weekdays")], WEEK[5:]: [translate("weekends")]}.get(
        tuple(week)
    )
    if parts is None:
        parts = [_range_words(each, translate) for each in _ranges(week)]
    return ", ".join([*parts, *([translate("holidays")] if Day.HOLIDAY in days else [])])


def short_day(day: Day, translate: Words) -> str:
    """The day in two or three letters."""
    names = {
        Day.MON: translate("Mon"),
        Day.TUE: translate("Tue"),
        Day.WED: translate("Wed"),
        Day.THU: translate("Thu"),
        Day.FRI: translate("Fri"),
        Day.SAT: translate("Sat"),
        Day.SUN: translate("Sun"),
    }
    return names.get(day) or translate("Holiday")


def long_day(day: Day, translate: Words) -> str:
    """The day's whole name."""
    names = {
        Day.MON: translate("Monday"),
        Day.TUE: translate("Tuesday"),
        Day.WED: translate("Wednesday"),
        Day.THU: translate("Thursday"),
        Day.FRI: translate("Friday"),
        Day.SAT: translate("Saturday"),
        Day.SUN: translate("Sunday"),
    }
    return names.get(day) or translate("Holidays")


def time_words(moment: datetime, zone: tzinfo, translate: Words) -> str:
    """The time as it is at the site, to the minute; where the clock shows it twice, with the zone's short name."""
    local = moment.astimezone(zone)
    day = short_day(WEEK[local.weekday()], translate)
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{day} {local:%Y-%m-%d %H:%M}" + (f" {local.tzname()}" if twice else "")


def _dates(rule: Rule, namer: Namer) -> str:
    _, words = namer.translate, ""
    if rule.valid_from is not None:
        words += _(", from {date} on", date=_date_words(rule.valid_from, namer))
    if rule.valid_until is not None:
        words += _(", until {date}", date=_date_words(rule.valid_until, namer, last=True))
    return words


def _date_words(moment: datetime, namer: Namer, *, last: bool = False) -> str:
    """A day alone where the moment is its beginning; where it is an end, the day before, which is the last."""
    local = moment.astimezone(namer.zone)
    if (local.hour, local.minute) != (0, 0):
        return time_words(moment, namer.zone, namer.translate)
    return str(local.date() - timedelta(days=1 if last else 0))


def _ranges(days: Sequence[Day]) -> list[list[Day]]:
    rows: list[list[Day]] = []
    for day in days:
        if rows and WEEK.index(rows[-1][-1]) + 1 == WEEK.index(day):
            rows[-1].append(day)
        else:
            rows.append([day])
    return rows


def _range_words(row: Sequence[Day], translate: Words) -> str:
    if len(row) > 2:
        return f"{short_day(row[0], translate)}–{short_day(row[-1], translate)}"
    return ", ".join(short_day(day, translate) for day in row)
