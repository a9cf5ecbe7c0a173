"""A program that speaks, run beside the door: whatever it does, nobody waits for it."""

import contextlib
import os
import signal
import subprocess
import tempfile
import threading
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO

from limen.errors import ConfigError

LONGEST_S = 15.0
"""A program that takes longer is killed."""
_LONGEST_TEXT = 1000
_LAST_WORD_S = 2.0
_LISTING_S = 10.0


@dataclass(frozen=True, slots=True)
class Command:
    """A program, its arguments, and what it reads from its standard input; no shell ever sees any of it."""

    argv: Sequence[str]
    stdin: bytes = b""


class ProgramSpeaker(ABC):
    """A ``Speaker`` that runs a program for each sentence, at most ``longest_s`` long.

    ``failed`` is told why nothing is heard: once, and again only after something was heard in between.
    """

    name: str

    def __init__(self, failed: Callable[[str], None], *, longest_s: float = LONGEST_S) -> None:
        self._failed, self._longest_s = failed, longest_s
        self._silent = self._closed = False
        self._waiting: str | None = None
        self._changed = threading.Condition()
        self._starting = threading.Lock()
        self._running: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name="limen-voice", daemon=True)
        self._thread.start()

    @abstractmethod
    def command(self, text: str) -> Command:
        """What is run to speak ``text``."""

    def fault(self, code: int, messages: str) -> str | None:
        """Why nothing was heard, by the program's exit code and standard error; ``None`` where it was."""
        return None if code == 0 else f"{self.name} ended with {code}: {_last_line(messages) or 'it does not say why'}"

    def say(self, text: str) -> None:
        """Speak ``text`` after the sentence under way, in place of one that still waits."""
        with self._changed:
            self._waiting = text
            self._changed.notify()

    def speak_now(self, text: str) -> str | None:
        """Speak ``text`` and wait until it is spoken: ``None``, or why it was not."""
        command = self.command(text)
        # A file, not a pipe: what the program starts may live on and keep a pipe open.
        with tempfile.TemporaryFile() as messages:
            try:
                code = self._ran(command, messages)
            except OSError as error:
                return f"{self.name} cannot be run: {error.strerror or error}"
            if code is None:
                return f"{self.name} was still speaking after {self._longest_s:g} s and was stopped"
            messages.seek(0)
            return self.fault(code, messages.read(65536).decode("utf-8", "replace"))

    def close(self) -> None:
        """Stop speaking, in the middle of a word."""
        with self._changed:
            self._closed, self._waiting = True, None
            self._changed.notify()
        with self._starting:
            if self._running is not None:
                _kill(self._running)
        self._thread.join(_LAST_WORD_S)

    def _ran(self, command: Command, messages: IO[bytes]) -> int | None:
        """The program's exit code; ``None`` where it was killed for taking too long."""
        with self._starting:
            if self._closed:
                return 0
            # In a group of its own, which is killed as one: a player may start others.
            self._running = process = subprocess.Popen(  # noqa: S603 - a list of our own; the text is standard input
                command.argv,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=messages,
                start_new_session=True,
            )
        try:
            process.communicate(command.stdin, self._longest_s)
        except subprocess.TimeoutExpired:
            return None
        finally:
            with self._starting:
                self._running = None
            _kill(process)
            if process.stdin is not None:
                with contextlib.suppress(OSError):
                    process.stdin.close()
            # A program that waits for a broken sound driver cannot be killed: it is left behind.
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_LAST_WORD_S)
        return process.returncode

    def _run(self) -> None:
        while (text := self._next()) is not None:
            try:
                why = self.speak_now(text)
            except Exception as error:  # noqa: BLE001 - the top of a thread: reported, and the door goes on
                why = f"{self.name} failed: {error!r}"
            if why is not None and not self._silent and not self._closed:
                self._failed(f"{why}; what is said can still be read")
            self._silent = why is not None

    def _next(self) -> str | None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._waiting is not None)
            text, self._waiting = self._waiting, None
            return text


def printed_by(*argv: str) -> str:
    """What a program prints about what it can do.

    Raises:
        ConfigError: it does not run, or fails.
    """
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=_LISTING_S, check=True)  # noqa: S603 - a list of our own
    except (OSError, subprocess.SubprocessError) as error:
        raise ConfigError(f"{' '.join(argv)} does not run ({error}): install it again, or set another voice") from error
    return done.stdout.decode("utf-8", "replace")


def plain(text: str) -> str:
    """``text`` with nothing in it that a voice takes for an order.

    Control characters begin the commands of espeak-ng, and double square brackets enclose phonemes for it and
    commands for ``say``.

    Source: espeak-ng, docs/markup.md and src/libespeak-ng/readclause.c, GPL-3.0-or-later; Apple, Speech Synthesis
    Programming Guide, Use Embedded Speech Commands.
    """
    spoken = "".join(" " if unicodedata.category(one) in ("Cc", "Cs") else one for one in text[:_LONGEST_TEXT])
    return spoken.replace("[", "(").replace("]", ")")


def _last_line(messages: str) -> str:
    lines = [line.strip() for line in messages.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """End a program and whatever it started, if it still runs."""
    if process.returncode is None:
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
