"""The root command: options that may stand anywhere, and the commands below it."""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from limen.cli import bench, calibrate, cluster, demo, door, evaluate, models, people, plot, recognise, report, try_out
from limen.cli.context import Context
from limen.version import __version__


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


app = typer.Typer(
    cls=_OptionsAnywhere,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Face-enabled entry: the right people open the door, everybody and everything else does not.",
)
for command in (
    recognise.enrol,
    recognise.verify,
    recognise.identify,
    recognise.compare,
    calibrate.calibrate,
    calibrate.thresholds,
    cluster.cluster,
    report.report,
    bench.bench,
    demo.demo,
):
    app.command()(command)
app.command("try")(try_out.try_out)
for name, group in (
    ("people", people.app),
    ("door", door.app),
    ("evaluate", evaluate.app),
    ("plot", plot.app),
    ("models", models.app),
):
    app.add_typer(group, name=name)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"limen {__version__}")
        raise typer.Exit


@app.callback()
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
