"""``limen cards`` and ``limen pins``: what people hold and know."""

import sys
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from limen.cli.context import Context
from limen.credentials.card import CardFormat, CardNumber, from_facility
from limen.door.build_store import build_store
from limen.door.people import find
from limen.door.people_cells import card_of, end_moment
from limen.errors import NoInputError
from limen.store import Store
from limen.store.credentials import CardRecord
from limen.types import PersonId

app = typer.Typer(no_args_is_help=True, help="The cards that people have.")
pins_app = typer.Typer(no_args_is_help=True, help="The PINs that people have.")

PersonName = Annotated[str, typer.Argument(metavar="PERSON", help="The person's name.")]
Card = Annotated[str, typer.Argument(metavar="CARD", help="The card, as limen cards list shows it, or as it is read.")]


@app.command()
def add(
    ctx: typer.Context,
    person: PersonName,
    number: Annotated[str | None, typer.Option("--number", help="What a reader writes, or the card's key.")] = None,
    card_format: Annotated[CardFormat, typer.Option("--format", help="How --number is written.")] = "auto",
    facility: Annotated[int | None, typer.Option("--facility", help="The facility code of a Wiegand 26 card.")] = None,
    printed: Annotated[int | None, typer.Option("--card", help="The number that is printed on it.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="The last day, or the time, that it is valid.")] = None,
) -> None:
    """Give a person a card."""
    context: Context = ctx.obj
    card = _given_card(number, card_format, facility, printed)
    valid_until = None if until is None else end_moment(until, ZoneInfo(context.settings.site.time_zone))
    with build_store(context.settings) as store:
        record = store.credentials.add_card(find(store, person).id, card, valid_until)
        _tell(context, store, record, "added")


@app.command("list")
def list_cards(
    ctx: typer.Context, person: Annotated[str | None, typer.Option("--person", help="Only this person's.")] = None
) -> None:
    """Show whose cards there are."""
    context: Context = ctx.obj
    with build_store(context.settings) as store:
        found = store.credentials.all_cards() if person is None else _cards_of(store, person)
        names = {one.id: one.name for one in store.people.all()}
    named = sorted(((names.get(record.person, record.person), record) for record in found), key=lambda pair: pair[0])
    lines = [f"{name}: {_words(record)}" for name, record in named]
    context.answer({"cards": [_json(record, name) for name, record in named]}, "\n".join(lines) or "there are no cards")


@app.command()
def off(ctx: typer.Context, card: Card) -> None:
    """Let a card open nothing, as when it is lost; its holder keeps it."""
    with build_store(ctx.obj.settings) as store:
        found = card_of(card)
        _tell_switched(ctx.obj, store, found, store.credentials.switch_off(found).person)


@app.command()
def on(ctx: typer.Context, card: Card) -> None:
    """Let a card that was switched off open again."""
    with build_store(ctx.obj.settings) as store:
        found = card_of(card)
        _tell_switched(ctx.obj, store, found, store.credentials.switch_on(found).person)


@app.command()
def remove(ctx: typer.Context, card: Card) -> None:
    """Take a card from its holder; it may then be given to somebody else."""
    context: Context = ctx.obj
    with build_store(context.settings) as store:
        found = card_of(card)
        name = store.people.get(store.credentials.remove_card(found)).name
    context.answer({"person": name, "removed": found.key}, f"{name}: card {found.key} was removed")


@pins_app.command("set")
def set_pin(
    ctx: typer.Context,
    person: PersonName,
    number: Annotated[
        str | None, typer.Option("--number", help="What is typed before the PIN; else a free one is chosen.")
    ] = None,
    duress: Annotated[
        bool, typer.Option("--duress", help="Ask for a second PIN, which opens and raises a silent alarm.")
    ] = False,
    from_stdin: Annotated[bool, typer.Option("--stdin", help="Read the PINs from standard input, one a line.")] = False,
) -> None:
    """Give a person a PIN, which is asked for twice and not shown."""
    context: Context = ctx.obj
    with build_store(context.settings) as store:
        found = find(store, person)
        pin = _asked("PIN", from_stdin)
        duress_pin = _asked("Duress PIN", from_stdin) if duress else None
        chosen = store.credentials.set_pin(found.id, number, pin, duress_pin)
    document = {"person": found.name, "number": chosen, "duress": duress}
    context.answer(document, f"{found.name}: the PIN was set; the number to type before it is {chosen}")


@pins_app.command("remove")
def remove_pin(ctx: typer.Context, person: PersonName) -> None:
    """Take number and PIN from a person."""
    context: Context = ctx.obj
    with build_store(context.settings) as store:
        found = find(store, person)
        store.credentials.remove_pin(found.id)
    context.answer({"person": found.name, "removed": True}, f"{found.name}: number and PIN were removed")


def _given_card(number: str | None, card_format: CardFormat, facility: int | None, printed: int | None) -> CardNumber:
    """The card that the options name.

    Raises:
        BadDataError: it cannot be one.
        BadParameter: they name none, or two.
    """
    if number is not None and facility is None and printed is None:
        return card_of(number, card_format)
    if number is None and facility is not None and printed is not None:
        return from_facility(facility, printed)
    raise typer.BadParameter("a card is given by --number, or by --facility together with --card")


def _cards_of(store: Store, name: str) -> list[CardRecord]:
    return store.credentials.cards_of(find(store, name).id)


def _asked(what: str, from_stdin: bool) -> str:
    if not from_stdin:
        return str(typer.prompt(what, hide_input=True, confirmation_prompt=True, err=True))
    line = sys.stdin.readline()
    if not line:
        raise NoInputError(f"standard input ended before the {what}: one line each is expected, PIN and duress PIN")
    return line.rstrip("\r\n")


def _tell_switched(context: Context, store: Store, card: CardNumber, person: PersonId) -> None:
    record = next(record for record in store.credentials.cards_of(person) if record.card == card)
    _tell(context, store, record, "switched off" if record.disabled else "switched on")


def _tell(context: Context, store: Store, record: CardRecord, what: str) -> None:
    name = store.people.get(record.person).name
    context.answer(_json(record, name), f"{name}: card {_words(record)} was {what}")


def _json(record: CardRecord, name: str) -> dict[str, object]:
    return {
        "person": name,
        "card": record.card.key,
        "facility": record.card.facility,
        "number": record.card.number,
        "disabled": record.disabled,
        "valid_until": _iso(record.valid_until),
        "created_at": _iso(record.created_at),
    }


def _words(record: CardRecord) -> str:
    card = record.card
    printed = "" if card.facility is None else f" (facility {card.facility}, number {card.number})"
    until = f", valid until {_iso(record.valid_until)}" if record.valid_until else ""
    return f"{card.key}{printed}{', off' if record.disabled else ''}{until}"


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
