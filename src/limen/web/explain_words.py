"""Who may open a door and why, in sentences that people read, in their language."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from limen.decision.reasons import Reason
from limen.decision.rules import Mode, Permission
from limen.door.access import Considered, Explanation
from limen.types import Person
from limen.web.rule_words import Namer, rule_sentence, time_words
from limen.web.words import Words


@dataclass(frozen=True, slots=True)
class Step:
    """One rule that was looked at: what it says, and whether it holds; ``decides`` for the one that the answer is."""

    rule: str
    sentence: str
    holding: str
    considered: Considered
    decides: bool


def answer_words(explanation: Explanation, person: Person, namer: Namer) -> str:
    """The answer in one sentence."""
    _, name, door = namer.translate, person.name, explanation.place.door
    permission = explanation.permission
    if permission.refusal is None:
        until = _until(permission.until, namer)
        return _("Yes: {name} may open {door}{until}, by the rule “{rule}”.", name=name, door=door, until=until,
                 rule=permission.rule)  # fmt: skip
    reason = refusal_words(permission, _)
    if explanation.next is None:
        return _("No: {name} may not open {door}, as {reason}.", name=name, door=door, reason=reason)
    then = time_words(explanation.next, namer.zone, _)
    return _("No: {name} may not open {door}, as {reason}. The next time is {time}.", name=name, door=door,
             reason=reason, time=then)  # fmt: skip


def refusal_words(permission: Permission, translate: Words) -> str:
    """Why somebody may not open a door; empty where they may."""
    _ = translate
    words = {
        None: "",
        Reason.DISABLED: _("the person is disabled"),
        Reason.NOT_YET_VALID: _("the person may enter only from a later date on"),
        Reason.EXPIRED: _("the person might enter up to a date that has passed"),
        Reason.OUT_OF_HOURS: _("rules let the person through this door, but not at this time"),
        Reason.RULED_OUT: _("the rule “{rule}” keeps the person out", rule=permission.rule),
        Reason.LOCKDOWN: _("the door is locked down"),
    }
    return words.get(permission.refusal, _("no rule lets the person through this door"))


def rule_steps(explanation: Explanation, namer: Namer) -> list[Step]:
    """Every rule that was looked at, those that keep people out first."""
    return [
        Step(
            each.rule.name,
            rule_sentence(each.rule, namer),
            _holding(each, namer),
            each,
            each.rule.name == explanation.permission.rule,
        )
        for each in explanation.considered
    ]


def person_lines(explanation: Explanation, person: Person, namer: Namer) -> Iterator[str]:
    """What is known of the person, a sentence each."""
    _, name, standing = namer.translate, person.name, explanation.standing
    if standing is None:
        yield _("{name} is not known any more.", name=name)
        return
    groups = ", ".join(sorted(namer.groups.get(group, group) for group in standing.groups))
    yield _("{name} is in: {groups}.", name=name, groups=groups) if groups else _("{name} is in no group.", name=name)
    if standing.disabled:
        yield _("{name} is disabled.", name=name)
    if standing.valid_from is not None:
        yield _("{name} may enter from {time} on.", name=name, time=time_words(standing.valid_from, namer.zone, _))
    if standing.valid_until is not None:
        yield _("{name} may enter until {time}.", name=name, time=time_words(standing.valid_until, namer.zone, _))


def door_lines(explanation: Explanation, namer: Namer) -> Iterator[str]:
    """How the door stands, a sentence each."""
    _, place = namer.translate, explanation.place
    if place.zone:
        yield _("{door} leads into the zone “{zone}”.", door=place.door, zone=place.zone)
    if explanation.mode_until is not None:
        until = time_words(explanation.mode_until, namer.zone, _)
        if explanation.mode is Mode.LOCKDOWN:
            yield _("{door} is locked down until {time}.", door=place.door, time=until)
        else:
            yield _("{door} is kept open for everybody until {time}.", door=place.door, time=until)
    if hours := explanation.open_hours:
        values = {"door": place.door, "rule": hours.rule, "until": _until(hours.until, namer)}
        if explanation.first_in:
            yield _("By the rule “{rule}” {door} stands open for everybody{until}, once the first of its group has "
                    "come in.", **values)  # fmt: skip
        else:
            yield _("By the rule “{rule}” {door} stands open for everybody{until}.", **values)


def may_words(permission: Permission, namer: Namer) -> str:
    """For somebody who may enter: by which rule and until when."""
    _ = namer.translate
    return _("by the rule “{rule}”{until}", rule=permission.rule, until=_until(permission.until, namer))


def _holding(considered: Considered, namer: Namer) -> str:
    _ = namer.translate
    if considered.holds:
        return _("Holds{until}", until=_until(considered.until, namer))
    if considered.next is None:
        return _("Does not hold")
    return _("Does not hold; next from {time} on", time=time_words(considered.next, namer.zone, _))


def _until(moment: datetime | None, namer: Namer) -> str:
    if moment is None:
        return ""
    return namer.translate(" until {time}", time=time_words(moment, namer.zone, namer.translate))
