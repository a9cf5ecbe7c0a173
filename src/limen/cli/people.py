"""``limen people``: who is enrolled."""

import json
from typing import Annotated

import typer

from limen.cli.context import Context, note
from limen.door.build import build_store
from limen.door.people import export, find
from limen.store import PersonRecord
from limen.types import Person

app = typer.Typer(no_args_is_help=True, help="Who is enrolled.")

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
    context.answer(export(record), "\n".join([_line(record), *_photo_lines(record)]))


@app.command("export")
def export_person(ctx: typer.Context, name: Name) -> None:
    """Print everything that is kept about a person, as JSON."""
    context: Context = ctx.obj
    with build_store(context.settings) as store:
        record = store.templates.all_of(find(store, name).id)
    typer.echo(json.dumps(export(record), ensure_ascii=False, indent=None if context.json else 2))


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
    """Delete a person with all templates and photos; events keep only an id."""
    context: Context = ctx.obj
    with build_store(context.settings) as store:
        person = find(store, name)
        if not yes and not typer.confirm(f"Delete {person.name} for good?", err=True):
            note("nothing was deleted")
            raise typer.Exit(1)
        store.people.delete(person.id)
    context.answer({"deleted": person.name}, f"{person.name} was deleted")


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
