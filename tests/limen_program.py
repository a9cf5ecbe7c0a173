"""The program as people start it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMMAND = (sys.executable, "-m", "limen")
_WITHOUT = "-dac_override,-dac_read_search"
"""What lets the superuser read and write whatever the modes say."""

Document = dict[str, Any]


@dataclass(frozen=True)
class Ran:
    """What a run came to."""

    code: int
    out: str
    err: str

    def document(self) -> Document:
        """The one JSON document on standard output."""
        document: Document = json.loads(self.out)
        return document

    def lines(self) -> list[Document]:
        """The JSON objects on standard output, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]


def environment(data: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """The environment with none of Limen's settings but these."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("LIMEN_")}
    return {**others, "LIMEN_DATA_DIR": str(data), **settings}


def limen(*arguments: str | Path, data: Path, **settings: str) -> Ran:
    """Run the program."""
    return _ran([*COMMAND, *map(str, arguments)], environment(data, settings))


def limen_bound(*arguments: str | Path, data: Path) -> Ran:
    """Run the program so that the modes of files bind it, even where the superuser runs the tests."""
    return _ran([*_bound_by_modes(), *COMMAND, *map(str, arguments)], environment(data, {}))


def _ran(command: list[str], environment: dict[str, str]) -> Ran:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    return Ran(done.returncode, done.stdout, done.stderr)


def _bound_by_modes() -> list[str]:
    if os.geteuid() != 0:
        return []
    program = shutil.which("setpriv")
    if program is None:
        raise FileNotFoundError("setpriv is needed to run this as the superuser: install util-linux")
    return [program, "--bounding-set", _WITHOUT, "--inh-caps", _WITHOUT]


def with_models(data: Path, models: Path) -> Path:
    """The data folder, with a link to models that are there already."""
    data.mkdir(mode=0o700, exist_ok=True)
    (data / "models").symlink_to(models, target_is_directory=True)
    return data
