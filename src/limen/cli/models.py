"""``limen models``: which networks there are, which are ready, and which one is used."""

import json
import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Protocol

import typer

from limen.config import CONFIG_FILE, Settings
from limen.errors import ConfigError
from limen.models.catalogue import Catalogue, ModelEntry, Task, load_catalogue
from limen.models.library import ModelLibrary
from limen.models.progress import Progress
from limen.models.sources import ModelStatus
from limen.models.storage import replace_file, writing

app = typer.Typer(no_args_is_help=True, help="The networks: which there are, which are ready, which is used.")

_CHOSEN = (Task.DETECTION, Task.EMBEDDING)
"""Tasks for which one model is in use, named by the setting of the same name in the table ``[models]``."""
_TABLE = re.compile(r"\s*\[")
_MODELS_TABLE = re.compile(r"\s*\[\s*models\s*\]\s*(#.*)?$")


class Context(Protocol):
    """What the root command hands down."""

    @property
    def json(self) -> bool:
        """Whether one JSON document is all that standard output gets."""
        ...

    @property
    def data_dir(self) -> Path:
        """Where everything is kept."""
        ...

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        ...


Model = Annotated[str, typer.Argument(metavar="MODEL", help="A model's id, as `limen models list` shows it.")]
Models = Annotated[list[str], typer.Argument(metavar="MODEL...", help="Ids, as `limen models list` shows them.")]


@app.command("list")
def list_models(ctx: typer.Context) -> None:
    """Show the known models, whether they are ready, and what their licences say."""
    context: Context = ctx.obj
    catalogue, library = _open(context)
    rows = [_row(entry, library.status(entry.id), context.settings) for entry in catalogue.entries]
    if context.json:
        typer.echo(json.dumps({"models": rows}))
        return
    for row in rows:
        mark = "*" if row["in_use"] else " "
        typer.echo(f"{mark} {row['id']:<16} {row['task']:<10} {row['status']:<15} {row['licence']}")


@app.command()
def pull(ctx: typer.Context, models: Models) -> None:
    """Download and convert models, and mend what is damaged of them."""
    context: Context = ctx.obj
    _, library = _open(context)
    pulled = []
    for model_id in models:
        with _progress(f"pull {model_id}") as progress:
            files = library.pull(model_id, progress)
        pulled.append({"model": model_id, "digest": files.digest})
        if not context.json:
            typer.echo(f"{model_id} is ready. Licence: {files.entry.licence}")
    if context.json:
        typer.echo(json.dumps({"pulled": pulled}))


@app.command()
def verify(
    ctx: typer.Context,
    models: Annotated[list[str] | None, typer.Argument(metavar="[MODEL]...", help="All that are here.")] = None,
    repair: Annotated[bool, typer.Option("--repair", help="Fetch and convert anew what is damaged.")] = False,
) -> None:
    """Compare every file of the models with the digest it must have; exit code 1 if one differs."""
    context: Context = ctx.obj
    catalogue, library = _open(context)
    reports = []
    for model_id in models or _here(context, catalogue, library):
        if repair and not all(check.ok for check in library.verify(model_id)):
            with _progress(f"repair {model_id}") as progress:
                library.pull(model_id, progress)
        checks = library.verify(model_id)
        files = [{"file": check.file, "ok": check.ok, "message": check.message} for check in checks]
        reports.append({"model": model_id, "ok": all(check.ok for check in checks), "files": files})
        if not context.json:
            lines = [f"{'good' if check.ok else 'BAD '} {check.file}: {check.message}" for check in checks]
            typer.echo("\n".join(lines))
    good = all(report["ok"] for report in reports)
    if context.json:
        typer.echo(json.dumps({"ok": good, "models": reports}))
    raise typer.Exit(0 if good else 1)


@app.command()
def use(ctx: typer.Context, model: Model) -> None:
    """Use a model from now on, for what it is made for: detection or embedding."""
    context: Context = ctx.obj
    catalogue, library = _open(context)
    entry = catalogue.entry(model)
    if entry.task not in _CHOSEN:
        raise ConfigError(f"{model} is a model for {entry.task}: only detection and embedding have one in use")
    with _progress(f"check {model}"):
        library.networks(model)
    path = context.data_dir / CONFIG_FILE
    _choose(path, entry)
    if context.json:
        typer.echo(json.dumps({"model": model, "task": entry.task, "file": str(path)}))
    else:
        typer.echo(f"{model} is used for {entry.task} from the next start on ({path}).")
    if entry.task is Task.EMBEDDING:
        note = "Templates of another model are never compared with its own: people must be enrolled again."
        typer.echo(note, err=True)


@app.command("migrate")
def migrate_to(ctx: typer.Context, model: Model) -> None:
    """Make templates of another embedding model from the photos that were kept; then `use` it."""
    # Late: these import the networks, and the other commands need none.
    from limen.cli.context import progress
    from limen.door.build import build_engine
    from limen.door.build_store import build_store
    from limen.door.migration import migrate, to_migrate

    context: Context = ctx.obj
    settings = context.settings
    wanted = settings.model_copy(update={"models": settings.models.model_copy(update={"embedding": model})})
    engine = build_engine(wanted, calibrated=False)
    with build_store(settings, create=False) as store:
        with progress(f"migrate to {model}", len(to_migrate(store))) as step:
            came_to = migrate(store, engine, wanted, step)
        left = sorted(store.people.get(person).name for person in came_to.left)
    if context.json:
        typer.echo(json.dumps({"model": model, "people": came_to.people, "templates": came_to.templates, "left": left}))
        return
    typer.echo(f"{came_to.templates} template(s) of {model} were made, of {came_to.people} people.")
    if left:
        typer.echo(f"To be enrolled again, for no photo of them was kept or none fits: {', '.join(left)}", err=True)


def with_model(text: str, setting: str, model_id: str) -> str:
    """The text of a ``config.toml`` with ``setting`` of the table ``[models]`` changed and all else kept.

    Raises:
        ConfigError: the text is not TOML, or is written in a way that one changed line cannot do it.
    """
    line = f'{setting} = "{model_id}"'
    lines = text.splitlines()
    header = next((at for at, old in enumerate(lines) if _MODELS_TABLE.match(old)), None)
    if header is None:
        lines += ["", "[models]", line] if lines else ["[models]", line]
    else:
        end = next((at for at in range(header + 1, len(lines)) if _TABLE.match(lines[at])), len(lines))
        old = [at for at in range(header + 1, end) if re.match(rf"\s*{setting}\s*=", lines[at])]
        lines[old[0] if old else header + 1 : old[0] + 1 if old else header + 1] = [line]
    changed = "\n".join(lines) + "\n"
    _check_change(text, changed, setting, model_id)
    return changed


def _check_change(text: str, changed: str, setting: str, model_id: str) -> None:
    try:
        expected = tomllib.loads(text)
        expected["models"] = expected.get("models", {}) | {setting: model_id}
        done = tomllib.loads(changed) == expected
    except (tomllib.TOMLDecodeError, TypeError) as error:
        raise ConfigError(f"{CONFIG_FILE} cannot be changed: {error}. Mend it by hand") from error
    if not done:
        raise ConfigError(f'{CONFIG_FILE} cannot be changed: set {setting} = "{model_id}" in [models] by hand')


def _choose(path: Path, entry: ModelEntry) -> None:
    try:
        text = path.read_text("utf-8") if path.exists() else ""
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    with writing(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, with_model(text, entry.task.value, entry.id).encode())


def _open(context: Context) -> tuple[Catalogue, ModelLibrary]:
    catalogue = load_catalogue(context.settings.models.catalogues)
    return catalogue, ModelLibrary(catalogue, context.data_dir / "models")


def _here(context: Context, catalogue: Catalogue, library: ModelLibrary) -> list[str]:
    """The models in use, and all others but those nobody downloaded."""
    used = (context.settings.models.detection, context.settings.models.embedding)
    others = [entry.id for entry in catalogue.entries if entry.id not in used]
    return [*used, *(one for one in others if library.status(one) is not ModelStatus.NOT_DOWNLOADED)]


def _row(entry: ModelEntry, status: ModelStatus, settings: Settings) -> dict[str, str | int | bool | None]:
    sizes = [file.bytes for file in entry.files if file.bytes is not None]
    return {
        "id": entry.id,
        "task": entry.task,
        "status": status,
        "in_use": entry.id in (settings.models.detection, settings.models.embedding),
        "bytes": sum(sizes) if len(sizes) == len(entry.files) else None,
        "licence": entry.licence,
        "source": entry.source,
        "accuracy": entry.accuracy.result,
        "reference": entry.accuracy.reference,
    }


@contextmanager
def _progress(what: str) -> Iterator[Progress]:
    """A bar on standard error while something goes on, where somebody is looking."""
    # Late: only long work needs bars, and every command would pay for importing them.
    from rich.console import Console
    from rich.progress import BarColumn, TaskID, TaskProgressColumn, TextColumn
    from rich.progress import Progress as Bars

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Bars(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        bars.add_task(what, total=None)
        tasks: dict[str, TaskID] = {}

        def report(name: str, done: int, total: int | None) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=total)
            bars.update(tasks[name], completed=done, total=total)

        yield report
