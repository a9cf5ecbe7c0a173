"""What a command costs as people start it: time from the start to the end, and memory."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from limen.errors import BadDataError

_LAUNCHER = Path(__file__).with_name("launcher.py")
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes in a unit of ``ru_maxrss``."""


@dataclass(frozen=True, slots=True)
class ProcessCost:
    """Seconds from the start to the end of a process, and its peak resident memory in millions of bytes."""

    seconds: float
    peak_mb: float


def cost_of_limen(arguments: Sequence[str]) -> ProcessCost:
    """What ``limen`` with ``arguments`` costs in a fresh process.

    Raises:
        BadDataError: it did not end with success.
    """
    command = [sys.executable, "-m", "limen", *arguments]
    return cost_of(command)


def cost_of(command: Sequence[str]) -> ProcessCost:
    """What ``command``, which begins with the path of a program, costs in a fresh process.

    Raises:
        BadDataError: it did not end with success.
    """
    # -I and -S keep the launcher small; the command itself gets the whole environment.
    launcher = [sys.executable, "-I", "-S", str(_LAUNCHER), *command]
    done = subprocess.run(launcher, capture_output=True, text=True, check=False)  # noqa: S603 - our own program
    seconds, peak, code = json.loads(done.stdout) if done.returncode == 0 else (0.0, 0, done.returncode)
    if code != 0:
        said = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise BadDataError(f"{' '.join(command[1:])} ended with exit code {code} and could not be measured: {said[0]}")
    return ProcessCost(seconds, peak * _RSS_UNIT / 1e6)
