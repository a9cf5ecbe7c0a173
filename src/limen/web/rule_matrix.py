"""Rules as a table: whom they are about downwards, doors across."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from limen.decision.rules import Effect, Rule
from limen.web.rule_desk import RuleDesk
from limen.web.rule_words import place_words, rule_sentence

MOST_ROWS, MOST_DOORS = 20, 10


@dataclass(frozen=True, slots=True)
class Chip:
    """A rule in a cell: ``text`` is its hours, ``wider`` what else it is about than this door, empty for nothing."""

    id: str
    effect: Effect
    text: str
    wider: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Row:
    """Everybody, a group or a person; ``cells`` are in the order of the doors."""

    label: str
    kind: str
    group: str | None
    cells: tuple[tuple[Chip, ...], ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Some rows and some doors; ``more_rows`` and ``more_doors`` say that there are others after them."""

    doors: tuple[str, ...]
    rows: tuple[Row, ...]
    more_rows: bool
    more_doors: bool


def matrix_of(desk: RuleDesk, first_row: int = 0, first_door: int = 0) -> Matrix:
    """The table, from a row and a door on, which count from 0."""
    doors = desk.doors[first_door : first_door + MOST_DOORS]
    subjects = list(_subjects(desk))
    shown = subjects[first_row : first_row + MOST_ROWS]
    return Matrix(
        tuple(doors),
        tuple(_row(desk, subject, doors) for subject in shown),
        len(subjects) > first_row + MOST_ROWS,
        len(desk.doors) > first_door + MOST_DOORS,
    )


def _subjects(desk: RuleDesk) -> Iterator[tuple[str, str, str | None]]:
    """Label, kind and id of each row: everybody, the groups, and whoever has a rule of their own."""
    _ = desk.namer.translate
    yield _("Everybody"), "everybody", None
    for group in desk.groups.values():
        yield group.name, "group", group.id
    people = {rule.person for rule in desk.rules.values() if rule.person is not None}
    named = sorted((desk.namer.people.get(person) or _("one person"), person) for person in people)
    for name, person in named:
        yield name, "person", person


def _row(desk: RuleDesk, subject: tuple[str, str, str | None], doors: Sequence[str]) -> Row:
    label, kind, own = subject
    rules = [(row, rule) for row, rule in desk.rules.items() if own == (rule.group or rule.person)]
    cells = tuple(
        tuple(_chip(desk, row, rule, door) for row, rule in rules if _is_about(desk, rule, door)) for door in doors
    )
    return Row(label, kind, own if kind == "group" else None, cells)


def _is_about(desk: RuleDesk, rule: Rule, door: str) -> bool:
    if rule.zone is not None:
        return desk.zones.get(door) == rule.zone
    return rule.door in (None, door)


def _chip(desk: RuleDesk, row: str, rule: Rule, door: str) -> Chip:
    _ = desk.namer.translate
    text = rule.schedule if rule.schedule is not None else _("always")
    if rule.valid_from is not None or rule.valid_until is not None:
        text += " " + _("(dates)")
    if rule.effect is Effect.KEEP_OPEN and rule.group is not None:
        text += " " + _("(first in)")
    wider = "" if rule.door == door else place_words(rule, _)
    return Chip(row, rule.effect, text, wider, rule_sentence(rule, desk.namer))
