"""``limen backup`` and ``limen restore``."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from limen.cli.context import Context
from limen.cli.people import end
from limen.door.build_store import build_store
from limen.store.restore import restore as restore_store


class _FileOrCommand(TyperGroup):
    """Takes a file where a command is expected: ``limen backup FILE`` is ``limen backup to FILE``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the command in front."""
        if args and args[0] not in (*self.commands, "--help"):
            args = ["to", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(cls=_FileOrCommand, no_args_is_help=True, help="Write everything to one encrypted file.")


@app.command("to")
def make(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write.", readable=False)],
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")] = False,
) -> None:
    """Write everything to FILE, while the doors run; people's keys go to people.keys beside it."""
    context: Context = ctx.obj
    with build_store(context.settings, create=False) as store:
        made = store.backups.make(file, overwrite=force)
    told = {
        "file": str(made.file),
        "people": made.people,
        "events": made.events,
        "bytes": made.size,
        "keys": str(made.keys),
        "sha256": made.sha256,
    }
    context.answer(
        told, f"{made.file}: {made.people} people, {made.events} events, {made.size} bytes; keys in {made.keys}"
    )


@app.command("keys")
def keys(
    ctx: typer.Context,
    forget: Annotated[
        str | None, typer.Option("--forget", metavar="PATH", help="Take a copy that is no more off the list.")
    ] = None,
) -> None:
    """Take deleted people out of every copy of keys that could not be reached before."""
    context: Context = ctx.obj
    with build_store(context.settings, create=False) as store:
        if forget is not None:
            store.backups.forget_copy(forget)
        erasure = store.backups.finish_erasure()
        copies = store.backups.key_copies()
    told = {"copies": copies, "complete": erasure.complete, "pending": list(erasure.pending)}
    context.answer(told, "\n".join(copies) or "there are no copies of keys")
    end(erasure)


def restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup.", readable=False)],
    keys: Annotated[
        Path | None,
        typer.Option("--keys", help="The copy of people's keys; else people.keys beside it.", readable=False),
    ] = None,
) -> None:
    """Make a store of a backup, in a data folder that has the key and no store."""
    context: Context = ctx.obj
    done = restore_store(context.data_dir, file, keys, os.environ)
    told = {"people": done.people, "erased": done.erased, "events": done.events, "files": list(done.files)}
    erased = f"; {done.erased} people were erased since" if done.erased else ""
    context.answer(told, f"{done.people} people, {done.events} events{erased}")
