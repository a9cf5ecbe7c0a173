"""Schedules with their exceptions, and holidays."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from limen.decision.schedule import Hours, Override, Schedule
from limen.errors import BadDataError, UnknownNameError
from limen.store.hours import hours_from_json, hours_text, hours_to_json, span_text, spans_from_json, spans_to_json
from limen.store.named import id_of, ids_by_name, insert_named, name_of, rename, tell
from limen.store.names import clean_name
from limen.store.schema import holidays, rules, schedule_exceptions, schedules
from limen.store.sealing import Sealer
from limen.store.transactions import Transactions

_DAY = timedelta(days=1)


class Schedules:
    """The schedules of a store, by their names; each change is on record."""

    def __init__(self, transactions: Transactions, sealer: Sealer) -> None:
        self._transactions, self._sealer = transactions, sealer

    def all(self) -> list[Schedule]:
        """The schedules, by name."""
        with self._transactions.reading() as connection:
            found = read_schedules(connection)
        return [found[name] for name in sorted(found)]

    def get(self, name: str) -> Schedule:
        """The schedule of this name.

        Raises:
            BadDataError: its hours cannot be read.
            UnknownNameError: there is none.
        """
        with self._transactions.reading() as connection:
            id_of(connection, schedules, name)
            found = read_schedules(connection).get(clean_name(name))
        if found is None:
            raise BadDataError(f"the hours of the schedule {name!r} cannot be read: limen schedules change sets them")
        return found

    def ids(self) -> dict[str, str]:
        """The ids of all schedules, also of those whose hours cannot be read, by their names."""
        with self._transactions.reading() as connection:
            return ids_by_name(connection, schedules)

    def name_of(self, row: str) -> str:
        """The name of the schedule with this id.

        Raises:
            UnknownNameError: there is none.
        """
        with self._transactions.reading() as connection:
            return name_of(connection, schedules, row)

    def add(self, name: str, hours: Sequence[Hours]) -> str:
        """The id of the new schedule.

        Raises:
            BadDataError: the name is taken or cannot be one.
        """
        with self._transactions.changing_people() as connection:
            row = insert_named(connection, schedules, name, hours=hours_to_json(hours))
            self._tell(connection, "schedule added", f"{clean_name(name)}: {_words(hours)}")
        return row

    def change(self, name: str, hours: Sequence[Hours]) -> None:
        """Other hours for the schedule, whose exceptions stay.

        Raises:
            UnknownNameError: there is no such schedule.
        """
        with self._transactions.changing_people() as connection:
            own = schedules.c.id == id_of(connection, schedules, name)
            connection.execute(update(schedules).where(own).values(hours=hours_to_json(hours)))
            self._tell(connection, "schedule changed", f"{clean_name(name)}: {_words(hours)}")

    def replace(self, name: str, schedule: Schedule) -> None:
        """The schedule of this name becomes ``schedule``, with its exceptions; its name may be another one.

        Raises:
            BadDataError: the new name is taken or cannot be one.
            UnknownNameError: there is no such schedule.
        """
        with self._transactions.changing_people() as connection:
            row = rename(connection, schedules, name, schedule.name)
            hours = hours_to_json(schedule.hours)
            connection.execute(update(schedules).where(schedules.c.id == row).values(hours=hours))
            connection.execute(delete(schedule_exceptions).where(schedule_exceptions.c.schedule_id == row))
            for override in schedule.overrides:
                _insert_exception(connection, row, override)
            words = f"{clean_name(schedule.name)}: {_words(schedule.hours)}; {len(schedule.overrides)} exceptions"
            self._tell(connection, "schedule changed", words)

    def rename(self, name: str, new_name: str) -> None:
        """Another name for the schedule; rules go on speaking of it.

        Raises:
            BadDataError: the new name is taken or cannot be one.
            UnknownNameError: there is no such schedule.
        """
        with self._transactions.changing_people() as connection:
            rename(connection, schedules, name, new_name)
            self._tell(connection, "schedule renamed", f"{clean_name(name)}: {clean_name(new_name)}")

    def remove(self, name: str) -> None:
        """Away with the schedule and its exceptions.

        Raises:
            BadDataError: a rule speaks of it.
            UnknownNameError: there is no such schedule.
        """
        with self._transactions.changing_people() as connection:
            row = id_of(connection, schedules, name)
            if using := connection.scalars(select(rules.c.name).where(rules.c.schedule_id == row)).all():
                raise BadDataError(f"rules speak of the schedule {name!r}: remove {', '.join(using)} first")
            connection.execute(delete(schedules).where(schedules.c.id == row))
            self._tell(connection, "schedule removed", clean_name(name))

    def add_exception(self, name: str, override: Override) -> None:
        """Other hours on some days; what was said of these days before no longer holds.

        Raises:
            UnknownNameError: there is no such schedule.
        """
        with self._transactions.changing_people() as connection:
            row = id_of(connection, schedules, name)
            _free_days(connection, row, override.first_day, override.last_day)
            _insert_exception(connection, row, override)
            words = ", ".join(map(span_text, override.hours)) or "closed"
            days = _days_words(override.first_day, override.last_day)
            self._tell(connection, "exception added", f"{clean_name(name)}, {days}: {words}")

    def remove_exceptions(self, name: str, first_day: date, last_day: date) -> None:
        """The usual hours again from ``first_day`` to ``last_day`` (included).

        Raises:
            UnknownNameError: there is no such schedule, or no exception on these days.
        """
        days = _days_words(first_day, last_day)
        with self._transactions.changing_people() as connection:
            if not _free_days(connection, id_of(connection, schedules, name), first_day, last_day):
                raise UnknownNameError(f"the schedule {name!r} has no exception on {days}: limen schedules show {name}")
            self._tell(connection, "exception removed", f"{clean_name(name)}, {days}")

    def _tell(self, connection: Connection, reason: str, detail: str) -> None:
        tell(connection, self._sealer, reason, detail)


class Holidays:
    """The days on which no day of the week counts; each change is on record."""

    def __init__(self, transactions: Transactions, sealer: Sealer) -> None:
        self._transactions, self._sealer = transactions, sealer

    def all(self) -> dict[date, str]:
        """The names of the holidays, by day."""
        with self._transactions.reading() as connection:
            return read_holidays(connection)

    def add(self, named: Mapping[date, str]) -> int:
        """How many of these days were no holidays before; those that were get the new names.

        Raises:
            BadDataError: a name cannot be one.
        """
        clean = {day: clean_name(name) for day, name in named.items()}
        with self._transactions.changing_people() as connection:
            known = read_holidays(connection)
            changed = {day: name for day, name in sorted(clean.items()) if known.get(day) != name}
            for day, name in changed.items():
                connection.execute(delete(holidays).where(holidays.c.day == day))
                connection.execute(insert(holidays).values(day=day, name=name))
                tell(connection, self._sealer, "holiday added", f"{day}: {name}")
            return len(changed.keys() - known.keys())

    def remove(self, day: date) -> None:
        """Away with the holiday.

        Raises:
            UnknownNameError: the day is none.
        """
        with self._transactions.changing_people() as connection:
            if connection.execute(delete(holidays).where(holidays.c.day == day)).rowcount == 0:
                raise UnknownNameError(f"{day} is no holiday: limen holidays list shows them")
            tell(connection, self._sealer, "holiday removed", str(day))


def read_schedules(connection: Connection) -> dict[str, Schedule]:
    """The schedules by name, without those whose hours cannot be read."""
    exceptions = defaultdict(list)
    for row in connection.execute(select(schedule_exceptions).order_by(schedule_exceptions.c.first_day)).mappings():
        exceptions[row["schedule_id"]].append(row)
    found = (_schedule(row, exceptions[row["id"]]) for row in connection.execute(select(schedules)).mappings())
    return {schedule.name: schedule for schedule in found if schedule is not None}


def read_holidays(connection: Connection) -> dict[date, str]:
    """The names of the holidays, by day."""
    return {row.day: row.name for row in connection.execute(select(holidays).order_by(holidays.c.day))}


def _schedule(row: RowMapping, exceptions: Iterable[RowMapping]) -> Schedule | None:
    """``None`` where it cannot be read: as if it were gone, which lets nobody in."""
    try:
        return Schedule(row["name"], hours_from_json(row["hours"]), tuple(_override(each) for each in exceptions))
    except (KeyError, TypeError, ValueError):
        return None


def _override(row: RowMapping | Mapping[str, Any]) -> Override:
    return Override(row["first_day"], row["last_day"], spans_from_json(row["hours"]))


def _insert_exception(connection: Connection, schedule: str, override: Override) -> None:
    days = {"first_day": override.first_day, "last_day": override.last_day}
    row = {"id": str(uuid4()), "schedule_id": schedule, **days, "hours": spans_to_json(override.hours)}
    connection.execute(insert(schedule_exceptions).values(row))


def _free_days(connection: Connection, schedule: str, first_day: date, last_day: date) -> bool:
    """Whether there was an exception on any of these days; what reaches beyond them is kept for its other days."""
    table = schedule_exceptions
    touched = (table.c.schedule_id == schedule) & (table.c.first_day <= last_day) & (table.c.last_day >= first_day)
    rows = connection.execute(select(table).where(touched)).mappings().all()
    connection.execute(delete(table).where(touched))
    for row in rows:
        if row["first_day"] < first_day:
            _insert_exception(connection, schedule, _override({**row, "last_day": first_day - _DAY}))
        if row["last_day"] > last_day:
            _insert_exception(connection, schedule, _override({**row, "first_day": last_day + _DAY}))
    return bool(rows)


def _days_words(first_day: date, last_day: date) -> str:
    return str(first_day) if first_day == last_day else f"{first_day} to {last_day}"


def _words(hours: Iterable[Hours]) -> str:
    return "; ".join(map(hours_text, hours))
