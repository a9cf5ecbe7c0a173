"""The root command: options that may stand anywhere, and the commands below it."""

from collections.abc import Iterable, Sequence
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from limen.cli.context import Context
from limen.version import __version__

COMMANDS = {
    "enrol": "recognise.enrol",
    "verify": "recognise.verify",
    "identify": "recognise.identify",
    "compare": "recognise.compare",
    "people": "people.app",
    "cards": "cards.app",
    "pins": "cards.pins_app",
    "groups": "access.groups_app",
    "access": "access.app",
    "schedules": "schedules.app",
    "holidays": "schedules.holidays_app",
    "serve": "serve.serve",
    "users": "users.app",
    "tls": "tls.app",
    "door": "door.app",
    "audit": "audit.app",
    "backup": "backup.app",
    "restore": "backup.restore",
    "doctor": "doctor.doctor",
    "systemd": "systemd.systemd",
    "voice": "voice.app",
    "calibrate": "calibrate.calibrate",
    "thresholds": "calibrate.thresholds",
    "cluster": "cluster.cluster",
    "evaluate": "evaluate.app",
    "plot": "plot.app",
    "report": "report.report",
    "try": "try_out.try_out",
    "bench": "bench.bench",
    "demo": "demo.demo",
    "models": "models.app",
}
"""Where each command is."""


class _OptionsAnywhere(TyperGroup):
    """Takes the root's own options wherever they stand: after the command as well as before it."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Move the root's options to the front."""
        front, rest, waiting = [], [], False
        for index, arg in enumerate(args):
            if arg == "--":
                rest += args[index:]
                break
            if waiting or arg in ("--json", "--data-dir") or arg.startswith("--data-dir="):
                front.append(arg)
                waiting = arg == "--data-dir" and not waiting
            else:
                rest.append(arg)
        return super().parse_args(ctx, front + rest)


def build(names: Iterable[str]) -> typer.Typer:
    """The root with these commands; nothing of the others is imported, which would take most of a start's time."""
    app = typer.Typer(
        cls=_OptionsAnywhere,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Face-enabled entry: the right people open the door, everybody and everything else does not.",
    )
    for name in names:
        module, _, attribute = COMMANDS[name].partition(".")
        command = getattr(import_module(f"limen.cli.{module}"), attribute)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    # A root with a single command would take itself for that command.
    app.callback()(root)
    return app


def needed(arguments: Sequence[str]) -> Iterable[str]:
    """The commands that a command line needs: the one that it names, or all of them."""
    words = [word for before, word in pairwise(["", *arguments]) if before != "--data-dir"]
    return [word for word in words if word in COMMANDS][:1] or COMMANDS


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"limen {__version__}")
        raise typer.Exit


def root(
    ctx: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else on standard output.")] = False,
    data_dir: Annotated[
        Path | None,
        typer.Option(
            "--data-dir", help="Where everything is kept [LIMEN_DATA_DIR].", readable=False, show_default=False
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> Any:
    """Take the options of every command."""
    ctx.obj = Context(json, data_dir)
