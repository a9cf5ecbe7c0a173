"""Programs that stand in for a voice, and what tests of voices need."""

import os
import shutil
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from limen.voice.worker import Command, ProgramSpeaker

PATIENCE_S = 30.0


def espeak() -> str:
    """The real espeak-ng; without it the test is skipped, or fails where all must run."""
    program = shutil.which("espeak-ng")
    if program is None:
        reason = "espeak-ng is not installed"
        pytest.fail(reason) if os.environ.get("LIMEN_REQUIRE_ALL") == "1" else pytest.skip(reason)
    return program


def program(folder: Path, name: str, code: str) -> str:
    """A program called ``name`` that runs some Python."""
    path = folder / name
    path.write_text(f"#!{sys.executable}\nimport os, sys, time\n{code}\n")
    path.chmod(0o700)
    return str(path)


def wait_until(true: Callable[[], object]) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline_s, "it did not happen"
        time.sleep(0.01)


class Reports:
    """Keeps what a voice reports."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.first = threading.Event()

    def __call__(self, why: str) -> None:
        self.told.append(why)
        self.first.set()


class Scripted(ProgramSpeaker):
    """A voice that is a piece of Python, which is handed the text on standard input."""

    name = "scripted"

    def __init__(self, code: str, failed: Callable[[str], None], *, longest_s: float = PATIENCE_S) -> None:
        self._code = code
        super().__init__(failed, longest_s=longest_s)

    def command(self, text: str) -> Command:
        return Command((sys.executable, "-c", f"import os, sys, time\n{self._code}"), text.encode())
