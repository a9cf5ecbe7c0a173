"""``limen people import`` and ``limen people csv``: everybody as a table."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from limen.cli.context import Context, note
from limen.door.build_store import build_store
from limen.door.people_csv import MOST_BYTES, CellError, Import, Planned, import_csv, write_csv
from limen.errors import BadDataError, NoInputError, StoreError

_BOM = "\ufeff"
"""Spreadsheets know UTF-8 by it."""


def import_people(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV file whose first row names the columns.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and change nothing.")] = False,
) -> None:
    """Add and change people as a table says: all of it, or nothing if anything in it is wrong."""
    context: Context = ctx.obj
    content, zone = _read(file), ZoneInfo(context.settings.site.time_zone)
    with build_store(context.settings) as store:
        result = import_csv(store.people_table, content, zone, dry_run=dry_run)
    for error in result.errors:
        note(_error_line(error))
    context.answer(_json(result, dry_run), "\n".join(_lines(result, dry_run)))
    if result.errors:
        raise typer.Exit(BadDataError.exit_code)


def export_people(
    ctx: typer.Context,
    out: Annotated[Path | None, typer.Option("--out", help="The file to write; else standard output.")] = None,
) -> None:
    """Write everybody as a table that can be changed and imported again; PINs are not in it."""
    context: Context = ctx.obj
    zone = ZoneInfo(context.settings.site.time_zone)
    with build_store(context.settings) as store:
        entries = store.people_table.export().entries.values()
    text = write_csv(entries, zone)
    if out is None:
        context.answer({"people": len(entries), "csv": text}, text.removesuffix("\r\n"))
        return
    _write(out, _BOM + text)
    context.answer({"people": len(entries), "file": str(out)}, f"{len(entries)} people were written to {out}")


def _read(file: Path) -> bytes:
    """At most one byte more than may be imported.

    Raises:
        NoInputError: the file cannot be read.
    """
    try:
        with file.open("rb") as stream:
            return stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise NoInputError(f"{file} cannot be read ({error.strerror}): give a CSV file") from error


def _write(file: Path, text: str) -> None:
    """A new file for its owner only, for cards are in it; a file that is there keeps its rights.

    Raises:
        StoreError: it cannot be written.
    """
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            stream.write(text.encode())
    except OSError as error:
        raise StoreError(f"{file} cannot be written ({error.strerror}): choose another place") from error


def _json(result: Import, dry_run: bool) -> dict[str, object]:
    return {
        "rows": result.rows,
        "new": result.new,
        "changed": result.changed,
        "unchanged": result.unchanged,
        "new_groups": list(result.new_groups),
        "imported": not (dry_run or result.errors),
        "people": [
            {"row": planned.row, "person": planned.name, "does": _does(planned), "columns": list(planned.columns)}
            for planned in result.planned
        ],
        "errors": [{"row": error.row, "column": error.column, "error": error.error} for error in result.errors],
    }


def _lines(result: Import, dry_run: bool) -> Iterator[str]:
    if dry_run:
        yield from (_plan_line(planned) for planned in result.planned)
        yield from (f"group {name}: new" for name in result.new_groups)
    counts = f"{result.new} new, {result.changed} changed, {result.unchanged} unchanged"
    if result.errors:
        yield f"{result.rows} row(s), {len(result.errors)} error(s): nothing was imported"
    else:
        yield f"{result.rows} row(s): {counts}" + ("; nothing was imported, this was a dry run" if dry_run else "")


def _plan_line(planned: Planned) -> str:
    columns = f" ({', '.join(planned.columns)})" if planned.columns else ""
    return f"row {planned.row}: {planned.name}: {_does(planned)}{columns}"


def _does(planned: Planned) -> str:
    if planned.new:
        return "new"
    return "changed" if planned.columns else "unchanged"


def _error_line(error: CellError) -> str:
    column = "" if error.column is None else f", column {error.column}"
    return f"row {error.row}{column}: {error.error}"
