"""``limen doctor``: what is wrong with this installation, and what to do."""

import os
from typing import Annotated

import typer

from limen.cli.context import Context
from limen.door.checks.base import Check, State
from limen.door.doctor import examine, healthy

_WIDEST = max(len(state) for state in State)


def doctor(
    ctx: typer.Context,
    door: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only this door, and what all share.", show_default=False)
    ] = None,
) -> None:
    """Check models, camera, clock, lock, disk, database, key and settings; exit code 1 where something is at fault."""
    context: Context = ctx.obj
    checks = []
    for check in examine(context.settings, os.environ, door):
        checks.append(check)
        if not context.json:
            # At once: a camera or a lock may take seconds, and whoever waits wants to see that it goes on.
            typer.echo(_line(check))
    good = healthy(checks)
    rows = [{"name": one.name, "state": one.state, "detail": one.detail, "remedy": one.remedy} for one in checks]
    faults = sum(check.state is State.FAULT for check in checks)
    warnings = sum(check.state is State.WARNING for check in checks)
    context.answer({"ok": good, "checks": rows}, f"{faults} faults, {warnings} warnings")
    raise typer.Exit(0 if good else 1)


def _line(check: Check) -> str:
    """A check on one line, whatever its texts hold."""
    told = f"{check.state:<{_WIDEST}}  {check.name}: {check.detail}"
    return " ".join(f"{told}. Do: {check.remedy}".split("\n") if check.remedy else told.split("\n"))
