"""``limen schedules`` and ``limen holidays``: the hours that rules speak of."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from limen.cli.context import Context, note
from limen.decision.schedule import Calendar, Override, Schedule, covers, next_start, until
from limen.door.access import in_words, site_zone
from limen.door.build_store import build_store
from limen.errors import BadDataError, NoInputError, StoreError
from limen.store import clean_name
from limen.store.hours import hours_from_text, hours_text, span_from_text, span_text

app = typer.Typer(no_args_is_help=True, help="The hours that rules speak of.")
holidays_app = typer.Typer(no_args_is_help=True, help="The days on which no day of the week counts.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The schedule's name.")]
NewName = Annotated[str, typer.Argument(metavar="NEW_NAME")]
DayText = Annotated[str, typer.Argument(metavar="DATE", help="A day as 2026-12-25.")]
HoursTexts = Annotated[
    list[str], typer.Option("--hours", help="Hours as 'mon-fri 08:00-18:00'; may be given several times.")
]


@app.command("list")
def list_schedules(ctx: typer.Context) -> None:
    """Show all schedules."""
    context: Context = ctx.obj
    with build_store(context.settings) as store:
        found = store.schedules.all()
    lines = [f"{schedule.name}: {'; '.join(map(hours_text, schedule.hours))}" for schedule in found]
    context.answer(
        {"schedules": [_entry(schedule) for schedule in found]}, "\n".join(lines) or "there are no schedules"
    )


@app.command()
def show(ctx: typer.Context, name: Name) -> None:
    """Show the hours and exceptions of a schedule, and whether it is within them now."""
    context: Context = ctx.obj
    zone, now = site_zone(context.settings), datetime.now(UTC)
    with build_store(context.settings) as store:
        schedule, calendar = store.schedules.get(name), Calendar(zone, frozenset(store.holidays.all()))
    within = covers(schedule, now, calendar)
    change = until(schedule, now, calendar) if within else next_start(schedule, now, calendar)
    then = in_words(change, zone) if change else "no change in sight"
    document = {**_entry(schedule), "within": within, "changes": None if change is None else change.isoformat()}
    words = f"now {'within' if within else 'outside'} its hours ({'until' if within else 'next'}: {then})"
    context.answer(document, "\n".join([*map(hours_text, schedule.hours), *_exception_lines(schedule), words]))


@app.command()
def add(ctx: typer.Context, name: Name, hours: HoursTexts) -> None:
    """Make a schedule."""
    context: Context = ctx.obj
    with build_store(context.settings) as store:
        store.schedules.add(name, [hours_from_text(text) for text in hours])
        _answer(context, store.schedules.get(name))


@app.command()
def change(ctx: typer.Context, name: Name, hours: HoursTexts) -> None:
    """Give a schedule other hours; its exceptions stay."""
    context: Context = ctx.obj
    with build_store(context.settings) as store:
        store.schedules.change(name, [hours_from_text(text) for text in hours])
        _answer(context, store.schedules.get(name))


@app.command()
def rename(ctx: typer.Context, name: Name, new_name: NewName) -> None:
    """Give a schedule another name; its rules stay."""
    context: Context = ctx.obj
    with build_store(context.settings) as store:
        store.schedules.rename(name, new_name)
        _answer(context, store.schedules.get(new_name))


@app.command()
def remove(ctx: typer.Context, name: Name) -> None:
    """Remove a schedule that no rule speaks of."""
    context: Context = ctx.obj
    with build_store(context.settings) as store:
        store.schedules.remove(name)
    context.answer({"removed": clean_name(name)}, f"the schedule {clean_name(name)!r} was removed")


@app.command("except")
def except_days(
    ctx: typer.Context,
    name: Name,
    day: Annotated[str, typer.Option("--day", help="A day as 2026-12-24, or days as 2026-12-24..2026-12-31.")],
    hours: Annotated[
        list[str] | None, typer.Option("--hours", help="Hours as 08:00-12:00; may be given several times.")
    ] = None,
    closed: Annotated[bool, typer.Option("--closed", help="No hours at all.")] = False,
    usual: Annotated[bool, typer.Option("--usual", help="The usual hours again.")] = False,
) -> None:
    """Set other hours for some days, or none."""
    if bool(hours) + closed + usual != 1:
        raise typer.BadParameter("give one of --hours, --closed and --usual")
    context: Context = ctx.obj
    first_day, last_day = _days(day)
    with build_store(context.settings) as store:
        if usual:
            store.schedules.remove_exceptions(name, first_day, last_day)
        else:
            spans = tuple(span_from_text(text) for text in hours or ())
            store.schedules.add_exception(name, Override(first_day, last_day, spans))
        _answer(context, store.schedules.get(name))


@app.command("calendar")
def write_calendar(
    ctx: typer.Context,
    name: Name,
    out: Annotated[Path, typer.Option("--out", help="The file to write (.ics).", dir_okay=False)],
) -> None:
    """Write the hours of a schedule for two years as an iCalendar file."""
    # Late: iCalendar takes a while to import, and only two commands need it.
    from limen.door.ical import schedule_calendar

    context: Context = ctx.obj
    zone, now = site_zone(context.settings), datetime.now(UTC)
    with build_store(context.settings) as store:
        schedule, calendar = store.schedules.get(name), Calendar(zone, frozenset(store.holidays.all()))
    content = schedule_calendar(schedule, calendar, now.astimezone(zone).date(), now)
    try:
        out.write_bytes(content)
    except OSError as error:
        raise StoreError(f"{out} cannot be written: {error.strerror}; choose another file") from error
    context.answer({"file": str(out), "schedule": schedule.name}, f"{out}: the hours of {schedule.name!r}")


@holidays_app.command("list")
def list_holidays(ctx: typer.Context) -> None:
    """Show all holidays."""
    context: Context = ctx.obj
    with build_store(context.settings) as store:
        found = store.holidays.all()
    lines = [f"{day:%a %Y-%m-%d} {name}" for day, name in found.items()]
    context.answer({"holidays": _holidays(found)}, "\n".join(lines) or "there are no holidays")


@holidays_app.command("add")
def add_holiday(ctx: typer.Context, day: DayText, name: Annotated[str, typer.Argument(metavar="NAME")]) -> None:
    """Make a day a holiday."""
    context: Context = ctx.obj
    added = {_day(day): clean_name(name)}
    with build_store(context.settings) as store:
        store.holidays.add(added)
    context.answer({"holidays": _holidays(added)}, f"{day} is a holiday: {clean_name(name)}")


@holidays_app.command("remove")
def remove_holiday(ctx: typer.Context, day: DayText) -> None:
    """Make a day a usual one."""
    context: Context = ctx.obj
    with build_store(context.settings) as store:
        store.holidays.remove(_day(day))
    context.answer({"removed": day}, f"{day} is no holiday any more")


@holidays_app.command("import")
def import_holidays(
    ctx: typer.Context, file: Annotated[Path, typer.Argument(metavar="FILE", help="An iCalendar file (.ics).")]
) -> None:
    """Make the whole-day events of a calendar holidays, for this year and the next five."""
    from limen.door.ical import MAX_BYTES, holidays_from  # Late, as above.

    context: Context = ctx.obj
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise NoInputError(f"{file} cannot be read: {error.strerror}; an iCalendar file is expected") from error
    read = holidays_from(content, datetime.now(site_zone(context.settings)).date())
    if not read.holidays:
        raise BadDataError(f"{file} has no whole-day events in this year and the next five: nothing was imported")
    with build_store(context.settings) as store:
        new = store.holidays.add(_nameable(read.holidays))
    if read.skipped:
        note(f"{read.skipped} event(s) were left out: past, too far ahead, or not of whole days")
    text = f"{len(read.holidays)} holiday(s), {new} of them new"
    context.answer({"holidays": _holidays(read.holidays), "new": new, "skipped": read.skipped}, text)


def _answer(context: Context, schedule: Schedule) -> None:
    lines = [*map(hours_text, schedule.hours), *_exception_lines(schedule)]
    context.answer(_entry(schedule), f"{schedule.name}: {'; '.join(lines)}")


def _entry(schedule: Schedule) -> dict[str, object]:
    return {
        "schedule": schedule.name,
        "hours": [hours_text(hours) for hours in schedule.hours],
        "exceptions": [
            {
                "from": override.first_day.isoformat(),
                "to": override.last_day.isoformat(),
                "hours": [span_text(span) for span in override.hours],
            }
            for override in schedule.overrides
        ],
    }


def _exception_lines(schedule: Schedule) -> list[str]:
    return [
        f"{override.first_day}"
        + (f" to {override.last_day}" if override.last_day != override.first_day else "")
        + f" {', '.join(map(span_text, override.hours)) or 'closed'}"
        for override in schedule.overrides
    ]


def _holidays(named: dict[date, str]) -> list[dict[str, str]]:
    return [{"day": day.isoformat(), "name": name} for day, name in named.items()]


def _nameable(read: dict[date, str]) -> dict[date, str]:
    """Names of others' calendars as names can be: on one line, and not too long."""
    return {day: " ".join("".join(c if c.isprintable() else " " for c in name).split())[:100] or "holiday"
            for day, name in read.items()}  # fmt: skip


def _days(text: str) -> tuple[date, date]:
    first, _, last = text.partition("..")
    days = _day(first), _day(last or first)
    if days[1] < days[0]:
        raise BadDataError(f"{text!r} ends before it begins")
    return days


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadDataError(f"{text!r} is no day: write 2026-12-24") from error
