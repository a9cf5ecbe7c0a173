"""``limen audit``: what is on record, and whether it still is what was put there."""

import base64
import binascii
import csv
import json
import os
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import IO, Annotated
from zoneinfo import ZoneInfo

import typer

from limen.audit.events import AuditEvent, EventType
from limen.audit.record import HASH_BYTES, Head, plain
from limen.cli.context import Context
from limen.config import Settings
from limen.door.build_store import build_store
from limen.door.people import find
from limen.door.people_cells import end_moment, first_moment, guarded
from limen.errors import BadDataError, NoInputError, StoreError
from limen.store import Store
from limen.store.chain import Verification
from limen.store.events import EventFilter, EventRecord, record_of
from limen.types import PersonId

app = typer.Typer(no_args_is_help=True, help="What is on record.")

Row = dict[str, str | int | float | None]
Names = dict[PersonId, str]

_COLUMNS = (
    "sequence",
    "at",
    "type",
    "door",
    "person",
    "subject",
    "reason",
    "similarity",
    "threshold",
    "detail",
    "actor",
    "hash",
)
_PAGE = 1000


class Format(StrEnum):
    """How records are written to a file."""

    CSV = "csv"
    JSONL = "jsonl"


Door = Annotated[str | None, typer.Option(help="Only what happened at this door.")]
Since = Annotated[str | None, typer.Option(help="From this day or time on, in the site's time zone.")]
Until = Annotated[str | None, typer.Option(help="Up to this day, or before this time.")]


@app.command()
def verify(
    ctx: typer.Context,
    head: Annotated[
        str | None, typer.Option(metavar="SEQUENCE:HASH", help="An end of the chain that was kept elsewhere.")
    ] = None,
    key: Annotated[
        str | None, typer.Option(metavar="PUBLIC", help="The public key of the seals, kept elsewhere.")
    ] = None,
) -> None:
    """Check that no record was altered, removed or moved."""
    context: Context = ctx.obj
    kept, public = _head(head), _key(key)
    with build_store(context.settings, create=False) as store:
        found = store.events.verify(public=public, kept=kept)
    context.answer(_document(found), _words(found))
    raise typer.Exit(0 if found.first_broken is None else 1)


@app.command()
def seal(ctx: typer.Context) -> None:
    """Seal all records up to now, and show what to keep elsewhere."""
    context: Context = ctx.obj
    with build_store(context.settings, create=False) as store:
        head, public = store.events.seal()
    text = f"{head.sequence} records are sealed; keep this elsewhere:\n--head {head} --key {_base64(public)}"
    context.answer({"sequence": head.sequence, "hash": head.hash.hex(), "key": _base64(public)}, text)


@app.command("list")
def list_events(
    ctx: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many.")] = 50,
    door: Door = None,
    person: Annotated[str | None, typer.Option(metavar="NAME", help="Only what is about this person.")] = None,
    types: Annotated[list[EventType] | None, typer.Option("--type", help="Only this type; may be repeated.")] = None,
) -> None:
    """Show the newest records."""
    context: Context = ctx.obj
    with build_store(context.settings, create=False) as store:
        wanted = EventFilter(None if person is None else find(store, person).id, frozenset(types or ()))
        records, names = store.events.latest(limit, door=door, only=wanted), _names(store)
    rows = [_row(record, names) for record in records]
    context.answer({"events": rows}, "\n".join(map(_line, reversed(rows))) or "nothing is on record")


@app.command()
def export(
    ctx: typer.Context,
    out: Annotated[Path, typer.Option(help="The file to write.", show_default=False)],
    format_: Annotated[Format, typer.Option("--format", help="A table, or an object a line.")] = Format.JSONL,
    since: Since = None,
    until: Until = None,
    door: Door = None,
    without_names: Annotated[bool, typer.Option("--without-names", help="Leave out who it was.")] = False,
) -> None:
    """Write records to a file; that they were exported is put on record."""
    context: Context = ctx.obj
    only = _span(context.settings, since, until)
    with build_store(context.settings, create=False) as store:
        names = None if without_names else _names(store)
        rows = (_row(record, names) for record in _all(store, door, only))
        count = _exported(out, format_, rows, lambda records: _put_on_record(store, format_, records, door))
    name = os.fsencode(out).decode(errors="replace")
    context.answer({"file": name, "records": count}, f"{name}: {count} records")


def _all(store: Store, door: str | None, only: EventFilter) -> Iterator[EventRecord]:
    after = 0
    while page := store.events.oldest(_PAGE, door=door, after=after, only=only):
        yield from page
        after = page[-1].sequence


def _exported(out: Path, format_: Format, rows: Iterator[Row], done: Callable[[int], None]) -> int:
    """How many rows are in the file ``out`` now, which is written wholly or not at all; ``done`` comes before it."""
    draft = out.with_name(f".{out.name}.{secrets.token_hex(4)}")
    try:
        with open(
            os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8", newline=""
        ) as file:
            count = _written(file, format_, rows)
            file.flush()
            os.fsync(file.fileno())
        done(count)
        draft.replace(out)
    except StoreError:
        raise
    except OSError as error:
        raise NoInputError(
            f"{out} cannot be written: {error.strerror}; choose a file in a folder that is there"
        ) from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
    return count


def _written(file: IO[str], format_: Format, rows: Iterator[Row]) -> int:
    """How many rows were written."""
    write = _table(file) if format_ is Format.CSV else _lines(file)
    count = 0
    for row in rows:
        write(row)
        count += 1
    return count


def _table(file: IO[str]) -> Callable[[Row], object]:
    writer = csv.writer(file)
    writer.writerow(_COLUMNS)

    def write(row: Row) -> None:
        cells = (row.get(column) for column in _COLUMNS)
        writer.writerow(guarded(cell) if isinstance(cell, str) else cell for cell in cells)

    return write


def _lines(file: IO[str]) -> Callable[[Row], object]:
    return lambda row: file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _put_on_record(store: Store, format_: Format, records: int, door: str | None) -> None:
    detail = f"{records} records as {format_}"
    store.events.append(AuditEvent(EventType.AUDIT_EXPORTED, datetime.now(UTC), door, detail=detail))


def _row(record: EventRecord, names: Names | None) -> Row:
    """The record as it is shown and exported; without ``names`` it does not tell who it was."""
    row: Row = plain(record_of(record.sequence, record.event, record.subject)) | {"hash": record.hash.hex()}
    if names is not None:
        person = record.event.person
        row["person"] = None if person is None else names.get(person)
    return row


def _line(row: Row) -> str:
    who = row["person"] or ("(deleted)" if row["subject"] else None)
    alike = None if row["similarity"] is None else f"similarity {row['similarity']:.3f}"
    by = None if row.get("actor") is None else f"by {row['actor']}"
    parts = (
        row["sequence"], f"{row['at']}"[:19], row["door"], row["type"], who, row["reason"], alike, row["detail"], by
    )  # fmt: skip
    return "  ".join(str(part) for part in parts if part is not None)


def _names(store: Store) -> Names:
    return {person.id: person.name for person in store.people.all()}


def _document(found: Verification) -> dict[str, object]:
    broken = found.first_broken
    return {
        "verified": broken is None,
        "records": found.records,
        "seals": found.seals,
        "first_broken": None
        if broken is None
        else {"sequence": broken.sequence, "what": broken.what, "text": broken.what.text},
        "head": {"sequence": found.head.sequence, "hash": found.head.hash.hex()},
        "key": None if found.key is None else _base64(found.key),
    }


def _words(found: Verification) -> str:
    if found.first_broken is not None:
        return str(found.first_broken)
    return f"{found.records} records and {found.seals} seals fit together; the last is {found.head}"


def _span(settings: Settings, since: str | None, until: str | None) -> EventFilter:
    zone = ZoneInfo(settings.site.time_zone)
    return EventFilter(
        since=None if since is None else first_moment(since, zone),
        until=None if until is None else end_moment(until, zone),
    )


def _head(text: str | None) -> Head | None:
    if text is None:
        return None
    found = re.fullmatch(rf"([1-9][0-9]{{0,17}}):([0-9a-f]{{{2 * HASH_BYTES}}})", text.strip().lower())
    if found is None:
        raise BadDataError(
            f"--head is a number, a colon and 64 hexadecimal digits, as limen audit seal shows, got {text!r}"
        )
    return Head(int(found[1]), bytes.fromhex(found[2]))


def _key(text: str | None) -> bytes | None:
    if text is None:
        return None
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != HASH_BYTES:
        raise BadDataError(f"--key is 32 bytes as base64, as limen audit seal shows, got {text!r}")
    return key


def _base64(key: bytes) -> str:
    return base64.b64encode(key).decode("ascii")
