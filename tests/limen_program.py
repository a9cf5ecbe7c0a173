"""The program as people start it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

COMMAND = (sys.executable, "-m", "limen")
_WITHOUT = "-dac_override,-dac_read_search"


@dataclass(frozen=True)
class Ran:
    """What a run came to."""

    code: int
    out: str
    err: str

    def document(self) -> dict:
        """The one JSON document on standard output."""
        return json.loads(self.out)

    def lines(self) -> list[dict]:
        """The JSON objects on standard output, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]


def environment(data: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """The environment with none of Limen's settings but these."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("LIMEN_")}
    return others | {"LIMEN_DATA_DIR": str(data)} | settings


def limen(*arguments: str | Path, data: Path, rights: bool = True, **settings: str) -> Ran:
    """Run the program; without ``rights``, the superuser too is bound by the modes of files."""
    done = subprocess.run(
        [*([] if rights else bound_by_modes()), *COMMAND, *map(str, arguments)],
        env=environment(data, settings), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    return Ran(done.returncode, done.stdout, done.stderr)


def bound_by_modes() -> list[str]:
    """What to put before a command so that files without a right are closed to it."""
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
