"""Groups of people, and the rules that say who may open which door when."""

from collections import defaultdict
from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from itertools import count

from sqlalchemy import Connection, RowMapping, delete, exists, insert, select, update
from sqlalchemy.exc import IntegrityError

from limen.decision.rules import Effect, Rule, RuleBook, Standing
from limen.decision.schedule import Calendar
from limen.errors import BadDataError, DatabaseVersionError, UnknownNameError
from limen.store.named import id_of, ids_by_name, insert_named, name_of, rename, tell
from limen.store.names import clean_name
from limen.store.schedules import read_holidays, read_schedules
from limen.store.schema import groups, memberships, people, rules, schedules
from limen.store.sealing import Sealer
from limen.store.transactions import Transactions
from limen.types import PersonId


@dataclass(frozen=True, slots=True)
class Group:
    """People whom rules speak of together."""

    id: str
    name: str
    members: frozenset[PersonId] = frozenset()


class Groups:
    """The groups of a store, by their names; each change is on record."""

    def __init__(self, transactions: Transactions, sealer: Sealer) -> None:
        self._transactions, self._sealer = transactions, sealer

    def all(self) -> list[Group]:
        """The groups, by name."""
        members = defaultdict(set)
        with self._transactions.reading() as connection:
            for row in connection.execute(select(memberships)):
                members[row.group_id].add(PersonId(row.person_id))
            rows = connection.execute(select(groups).order_by(groups.c.name)).all()
        return [Group(row.id, row.name, frozenset(members[row.id])) for row in rows]

    def find(self, name: str) -> Group:
        """The group of this name.

        Raises:
            UnknownNameError: there is none.
        """
        with self._transactions.reading() as connection:
            row = id_of(connection, groups, name)
            own = select(memberships.c.person_id).where(memberships.c.group_id == row)
            return Group(row, clean_name(name), frozenset(map(PersonId, connection.scalars(own))))

    def get(self, group: str) -> Group:
        """The group with this id.

        Raises:
            UnknownNameError: there is none.
        """
        with self._transactions.reading() as connection:
            name = name_of(connection, groups, group)
            own = select(memberships.c.person_id).where(memberships.c.group_id == group)
            return Group(group, name, frozenset(map(PersonId, connection.scalars(own))))

    def add(self, name: str) -> Group:
        """A new group, with nobody in it.

        Raises:
            BadDataError: the name is taken or cannot be one.
        """
        with self._transactions.changing_people() as connection:
            group = Group(insert_named(connection, groups, name), clean_name(name))
            tell(connection, self._sealer, "group added", group.name)
        return group

    def rename(self, name: str, new_name: str) -> None:
        """Another name for the group; rules go on speaking of it.

        Raises:
            BadDataError: the new name is taken or cannot be one.
            UnknownNameError: there is no such group.
        """
        with self._transactions.changing_people() as connection:
            rename(connection, groups, name, new_name)
            tell(connection, self._sealer, "group renamed", f"{clean_name(name)}: {clean_name(new_name)}")

    def remove(self, name: str) -> None:
        """Away with the group; its people stay.

        Raises:
            BadDataError: a rule speaks of it: what keeps its people out must not go unnoticed.
            UnknownNameError: there is no such group.
        """
        with self._transactions.changing_people() as connection:
            row = id_of(connection, groups, name)
            if using := connection.scalars(select(rules.c.name).where(rules.c.group_id == row)).all():
                raise BadDataError(f"rules speak of the group {name!r}: remove {', '.join(using)} first")
            connection.execute(delete(groups).where(groups.c.id == row))
            tell(connection, self._sealer, "group removed", clean_name(name))

    def join(self, person: PersonId, name: str) -> bool:
        """Whether the person was not in the group before.

        Raises:
            UnknownNameError: there is no such group.
        """
        with self._transactions.changing_people() as connection:
            group = id_of(connection, groups, name)
            own = (memberships.c.group_id == group) & (memberships.c.person_id == person)
            new = not connection.scalar(select(exists().where(own)))
            if new:
                connection.execute(insert(memberships).values(person_id=person, group_id=group))
                tell(connection, self._sealer, "joined group", clean_name(name), person=person)
        return new

    def leave(self, person: PersonId, name: str) -> bool:
        """Whether the person was in the group before.

        Raises:
            UnknownNameError: there is no such group.
        """
        with self._transactions.changing_people() as connection:
            group = id_of(connection, groups, name)
            own = (memberships.c.group_id == group) & (memberships.c.person_id == person)
            gone = connection.execute(delete(memberships).where(own)).rowcount > 0
            if gone:
                tell(connection, self._sealer, "left group", clean_name(name), person=person)
        return gone


class Rules:
    """The rules of a store, by their names; each change is on record."""

    def __init__(self, transactions: Transactions, sealer: Sealer) -> None:
        self._transactions, self._sealer = transactions, sealer

    def all(self) -> list[Rule]:
        """The rules, by name.

        Raises:
            DatabaseVersionError: a rule does what this version knows nothing of.
        """
        with self._transactions.reading() as connection:
            return _read_rules(connection)

    def by_id(self) -> dict[str, Rule]:
        """The rules by their ids, in the order of their names.

        Raises:
            DatabaseVersionError: a rule does what this version knows nothing of.
        """
        with self._transactions.reading() as connection:
            ids = ids_by_name(connection, rules)
            return {ids[rule.name]: rule for rule in _read_rules(connection)}

    def get(self, row: str) -> Rule:
        """The rule with this id.

        Raises:
            UnknownNameError: there is none.
        """
        with self._transactions.reading() as connection:
            return _rule_named(connection, name_of(connection, rules, row))

    def book(self, zone: tzinfo) -> RuleBook:
        """All that is asked when somebody comes to a door; ``zone`` is the site's.

        Raises:
            DatabaseVersionError: a rule does what this version knows nothing of.
        """
        with self._transactions.reading() as connection:
            calendar = Calendar(zone, frozenset(read_holidays(connection)))
            return RuleBook(tuple(_read_rules(connection)), read_schedules(connection), calendar)

    def standings(self) -> dict[PersonId, Standing]:
        """What rules ask of people, for everybody by their id."""
        joined = defaultdict(set)
        with self._transactions.reading() as connection:
            for row in connection.execute(select(memberships)):
                joined[row.person_id].add(row.group_id)
            rows = connection.execute(select(people)).all()
        return {
            PersonId(row.id): Standing(row.id, frozenset(joined[row.id]), row.disabled, row.valid_from, row.valid_until)
            for row in rows
        }

    def add(self, rule: Rule) -> str:
        """The id of the new rule.

        Raises:
            BadDataError: the name is taken or cannot be one, or group or person are gone.
            UnknownNameError: there is no such schedule.
        """
        with self._transactions.changing_people() as connection:
            try:
                row = insert_named(connection, rules, rule.name, **_values(connection, rule))
            except IntegrityError as error:
                raise BadDataError(f"the rule {rule.name!r} speaks of somebody who is gone: try again") from error
            self._tell(connection, "rule added", rule)
        return row

    def change(self, name: str, rule: Rule) -> None:
        """The rule of this name becomes ``rule``, whose name may be another one.

        Raises:
            BadDataError: the new name is taken or cannot be one, or group or person are gone.
            UnknownNameError: there is no such rule, or no such schedule.
        """
        with self._transactions.changing_people() as connection:
            row = rename(connection, rules, name, rule.name)
            try:
                connection.execute(update(rules).where(rules.c.id == row).values(**_values(connection, rule)))
            except IntegrityError as error:
                raise BadDataError(f"the rule {rule.name!r} speaks of somebody who is gone: try again") from error
            self._tell(connection, "rule changed", rule)

    def rename(self, name: str, new_name: str) -> None:
        """Another name for the rule.

        Raises:
            BadDataError: the new name is taken or cannot be one.
            UnknownNameError: there is no such rule.
        """
        with self._transactions.changing_people() as connection:
            rename(connection, rules, name, new_name)
            self._tell(connection, "rule renamed", _rule_named(connection, new_name))

    def remove(self, name: str) -> None:
        """Away with the rule.

        Raises:
            UnknownNameError: there is no such rule.
        """
        with self._transactions.changing_people() as connection:
            row = id_of(connection, rules, name)
            gone = _rule_named(connection, name)
            connection.execute(delete(rules).where(rules.c.id == row))
            self._tell(connection, "rule removed", gone)

    def _tell(self, connection: Connection, reason: str, rule: Rule) -> None:
        """On record: the rule's words, and its name where it is not about one person, whose name it may hold."""
        group = connection.scalar(select(groups.c.name).where(groups.c.id == rule.group))
        subject = "one person" if rule.person is not None else f"group {group}" if rule.group else None
        words = rule_words(rule, subject)
        detail = words if rule.person is not None else f"{clean_name(rule.name)}: {words}"
        person = None if rule.person is None else PersonId(rule.person)
        tell(connection, self._sealer, reason, detail, door=rule.door, person=person)


def free_name(rule: Rule, group: str | None, taken: Container[str]) -> str:
    """A name made of the rule's words, without a person's: names of rules stand in events; ``group`` is its group's."""
    subject = group or ("one person" if rule.person is not None else "everybody")
    place, hours = rule.door or rule.zone or "everywhere", rule.schedule or "always"
    stem = f"{rule.effect.replace('_', ' ')} {subject}, {place}, {hours}"[:180]
    return next(name for n in count(1) if (name := stem if n == 1 else f"{stem} ({n})") not in taken)


def rule_words(rule: Rule, subject: str | None, zone: tzinfo | None = None) -> str:
    """The rule in words; ``subject`` is whom it is about, ``None`` everybody; times are in ``zone``, else in UTC."""
    door = f"door {rule.door}" if rule.door is not None else None
    area = f"zone {rule.zone}" if rule.zone is not None else None
    parts = [
        f"{rule.effect.replace('_', ' ')}: {subject or 'everybody'}",
        door or area or "everywhere",
        "always" if rule.schedule is None else f"schedule {rule.schedule}",
    ]
    for word, moment in (("from", rule.valid_from), ("until", rule.valid_until)):
        if moment is not None:
            parts.append(f"{word} {moment.astimezone(zone or moment.tzinfo).isoformat(timespec='minutes')}")
    return ", ".join(parts)


def _read_rules(connection: Connection) -> list[Rule]:
    query = select(rules, schedules.c.name.label("schedule"))
    joined = query.outerjoin(schedules, rules.c.schedule_id == schedules.c.id).order_by(rules.c.name)
    return [_rule(row) for row in connection.execute(joined).mappings()]


def _rule_named(connection: Connection, name: str) -> Rule:
    found = [rule for rule in _read_rules(connection) if rule.name == clean_name(name)]
    if not found:
        raise UnknownNameError(f"there is no rule {name!r}: limen access rules shows what there is")
    return found[0]


def _rule(row: RowMapping) -> Rule:
    try:
        effect = Effect(row["effect"])
    except ValueError as error:
        raise DatabaseVersionError(
            f"the rule {row['name']!r} does {row['effect']!r}, unknown to this version: upgrade limen"
        ) from error
    schedule = row["schedule"] if row["schedule_id"] is None else row["schedule"] or ""
    return Rule(
        row["name"], effect, row["group_id"], row["person_id"], row["door"], row["zone"], schedule,
        row["valid_from"], row["valid_until"],
    )  # fmt: skip


def _values(connection: Connection, rule: Rule) -> Mapping[str, object]:
    return {
        "effect": rule.effect.value,
        "group_id": rule.group,
        "person_id": rule.person,
        "door": None if rule.door is None else clean_name(rule.door),
        "zone": None if rule.zone is None else clean_name(rule.zone),
        "schedule_id": None if rule.schedule is None else id_of(connection, schedules, rule.schedule),
        "valid_from": rule.valid_from,
        "valid_until": rule.valid_until,
    }
