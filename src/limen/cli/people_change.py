"""``limen people add``, ``dates`` and ``faceless``: what people are beside their faces."""

from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from limen.cli.context import Context
from limen.door.build_store import build_store
from limen.door.people import find
from limen.door.people_cells import end_moment, first_moment
from limen.errors import BadDataError
from limen.types import Person

Name = Annotated[str, typer.Argument(metavar="NAME", help="The person's name.")]


def add(ctx: typer.Context, name: Name) -> None:
    """Add a person without a face, who will come with a card or a PIN."""
    context: Context = ctx.obj
    with build_store(context.settings) as store:
        if store.people.find(name) is not None:
            raise BadDataError(f"there is already somebody named {name!r}: give another name")
        _answer(context, store.enrol(name, []).person, "added")


def dates(
    ctx: typer.Context,
    name: Name,
    first: Annotated[str | None, typer.Option("--from", help="The first day or moment; none without it.")] = None,
    last: Annotated[str | None, typer.Option("--until", help="The last day, or the moment of the end.")] = None,
) -> None:
    """Say from when and until when a person may enter at all; without options, always."""
    context: Context = ctx.obj
    zone = ZoneInfo(context.settings.site.time_zone)
    begin = None if first is None else first_moment(first, zone)
    end = None if last is None else end_moment(last, zone)
    with build_store(context.settings) as store:
        _answer(context, store.people.set_validity(find(store, name).id, begin, end), "dates changed")


def faceless(
    ctx: typer.Context,
    name: Name,
    off: Annotated[bool, typer.Option("--off", help="Use the face again.")] = False,
) -> None:
    """Use a person's face no longer: they come in by card and PIN, at every door."""
    context: Context = ctx.obj
    with build_store(context.settings) as store:
        person = store.people.set_faceless(find(store, name).id, not off)
    _answer(context, person, "the face is used again" if off else "the face is used no longer")


def _answer(context: Context, person: Person, what: str) -> None:
    moments = {"valid_from": person.valid_from, "valid_until": person.valid_until}
    told = {name: None if moment is None else moment.isoformat() for name, moment in moments.items()}
    document = {"person": person.name, "faceless": person.faceless, "disabled": person.disabled, **told}
    context.answer(document, f"{person.name}: {what}")
