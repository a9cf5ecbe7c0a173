"""What every command is handed, and how it speaks."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import typer

from limen.config import Settings, load_settings

Json = Mapping[str, object]


@dataclass
class Context:
    """The options that stand before every command."""

    json: bool
    data_dir_option: Path | None

    @cached_property
    def settings(self) -> Settings:
        """The settings in force; read when they are first asked for."""
        return load_settings(self.data_dir_option)

    @property
    def data_dir(self) -> Path:
        """Where everything is kept."""
        return self.settings.data_dir

    def answer(self, document: Json, text: str) -> None:
        """Print ``document`` with ``--json``, else ``text``."""
        typer.echo(json.dumps(document, ensure_ascii=False) if self.json else text)


def note(text: str) -> None:
    """A message beside the answer, on standard error."""
    typer.echo(text, err=True)


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[], None]]:
    """A bar on standard error for ``total`` steps; yields what to call after each.

    Nothing is drawn where standard error is not a terminal.
    """
    # Late: rich takes a tenth of a second to import, and most commands draw nothing.
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)
