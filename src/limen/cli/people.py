"""``limen people``: who is enrolled."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from limen.cli import people_change, people_csv
from limen.cli.context import Context, note
from limen.door.build_store import build_store
from limen.door.people import export, find, shown
from limen.store import PersonRecord
from limen.store.erasure import Erasure
from limen.types import Person

app = typer.Typer(no_args_is_help=True, help="Who is enrolled.")
for command in (people_change.add, people_change.dates, people_change.faceless):
    app.command()(command)
app.command("import")(people_csv.import_people)
app.command("csv")(people_csv.export_people)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The person's name.")]


@app.command("list")
def list_people(ctx: typer.Context) -> None:
    """Show everybody who is enrolled."""
    context: Context = ctx.obj
    with build_store(context.settings) as store:
        records = [store.templates.all_of(person.id) for person in store.people.all()]
    lines = [_line(record) for record in records]
    context.answer({"people": [_short(record) for record in records]}, "\n".join(lines) or "nobody is enrolled")


@app.command()
def show(ctx: typer.Context, name: Name) -> None:
    """Show what is kept about a person."""
    context: Context = ctx.obj
    with build_store(context.settings) as store:
        record = store.templates.all_of(find(store, name).id)
    context.answer(shown(record), "\n".join([_line(record), *_photo_lines(record)]))


@app.command("export")
def export_person(ctx: typer.Context, name: Name) -> None:
    """Print everything that is kept about a person, their events too, as JSON."""
    context: Context = ctx.obj
    with build_store(context.settings) as store:
        exported = export(store, find(store, name).id, context.settings.doors)
    typer.echo(json.dumps(exported, ensure_ascii=False, indent=None if context.json else 2))


@app.command()
def rename(ctx: typer.Context, name: Name, new_name: Annotated[str, typer.Argument(metavar="NEW_NAME")]) -> None:
    """Give a person another name."""
    with build_store(ctx.obj.settings) as store:
        person = find(store, name)
        _changed(ctx.obj, store.people.rename(person.id, new_name), "renamed")


@app.command()
def disable(ctx: typer.Context, name: Name) -> None:
    """Keep a person, but let them in nowhere."""
    with build_store(ctx.obj.settings) as store:
        person = find(store, name)
        _changed(ctx.obj, store.people.disable(person.id), "disabled")


@app.command()
def enable(ctx: typer.Context, name: Name) -> None:
    """Let a disabled person in again."""
    with build_store(ctx.obj.settings) as store:
        person = find(store, name)
        _changed(ctx.obj, store.people.enable(person.id), "enabled")


@app.command()
def delete(
    ctx: typer.Context,
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete a person with everything about them, in the backups too; events no longer say who it was."""
    context: Context = ctx.obj
    with build_store(context.settings) as store:
        person = find(store, name)
        _confirm(f"Delete {person.name} for good?", yes)
        erasure = store.people.delete(person.id)
    told = {"deleted": person.name, "complete": erasure.complete, "pending": list(erasure.pending)}
    context.answer(told, f"{person.name} was deleted")
    end(erasure)


@app.command()
def consent(
    ctx: typer.Context,
    name: Name,
    version: Annotated[str | None, typer.Option(help="The version of the text that the person agreed to.")] = None,
    withdrawn: Annotated[
        bool, typer.Option("--withdrawn", help="Delete templates and photos: the face is used no longer.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Record that a person agreed to have their face used, or took that back."""
    context: Context = ctx.obj
    if (version is None) is not withdrawn:
        raise typer.BadParameter("either --version or --withdrawn is expected")
    with build_store(context.settings) as store:
        person = find(store, name)
        if version is not None:
            store.consents.give(person.id, version)
            context.answer({"person": person.name, "consent": version}, f"{person.name} agreed to version {version}")
            return
        _confirm(f"Delete all templates and photos of {person.name}?", yes)
        erasure = store.consents.withdraw(person.id)
    told = {"person": person.name, "consent": None, "complete": erasure.complete, "pending": list(erasure.pending)}
    context.answer(told, f"templates and photos of {person.name} were deleted")
    end(erasure)


@app.command()
def unused(
    ctx: typer.Context,
    delete: Annotated[bool, typer.Option("--delete", help="Delete them.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Show who was let in nowhere for privacy.unused_days, and delete them if wished."""
    context: Context = ctx.obj
    now, days = datetime.now(UTC), context.settings.privacy.unused_days
    erasure = Erasure(complete=True)
    with build_store(context.settings) as store:
        found = store.people.unused(now, days)
        if delete and found:
            _confirm(f"Delete {', '.join(person.name for person in found)} for good?", yes)
            found, erasure = store.people.delete_unused(now, days)
    names = [person.name for person in found]
    told = {"days": days, "unused": names, "deleted": delete, "pending": list(erasure.pending)}
    context.answer(told, "\n".join(names) or f"everybody was let in within the last {days} days")
    end(erasure)


def end(erasure: Erasure) -> None:
    """Say where something is left of those who were deleted, and end with 1.

    Raises:
        Exit: something is.
    """
    for file in erasure.pending:
        note(
            f"{file} may still hold something of those who were deleted: make it reachable, close what reads it, then "
            "run limen backup keys"
        )
    if not erasure.complete:
        raise typer.Exit(1)


def _confirm(question: str, yes: bool) -> None:
    if not yes and not typer.confirm(question, err=True):
        note("nothing was deleted")
        raise typer.Exit(1)


def _changed(context: Context, person: Person, what: str) -> None:
    context.answer({"person": person.name, "disabled": person.disabled}, f"{person.name}: {what}")


def _short(record: PersonRecord) -> dict[str, object]:
    templates = sum(len(photo.templates) for photo in record.photos)
    return {"person": record.person.name, "disabled": record.person.disabled, "photos": len(record.photos),
            "templates": templates}  # fmt: skip


def _line(record: PersonRecord) -> str:
    templates = sum(len(photo.templates) for photo in record.photos)
    state = " (disabled)" if record.person.disabled else ""
    return f"{record.person.name}{state}: {len(record.photos)} photo(s), {templates} template(s)"


def _photo_lines(record: PersonRecord) -> list[str]:
    return [
        f"  {photo.source.file_name}, {photo.source.size.width} × {photo.source.size.height}, "
        f"models {', '.join(template.model for template in photo.templates)}"
        for photo in record.photos
    ]
