"""A reader that writes to standard input: a scanner on a pipe, or somebody who tries the door out."""

import os
import selectors
import threading
from collections.abc import Callable, Iterator
from typing import Protocol

from limen.config.doors import ReaderSettings
from limen.credentials.base import Answer, Reading
from limen.credentials.lines import MOST_CHARACTERS, never_raising, note, reading_of
from limen.errors import BadDataError, ReaderError

_POLL_S = 0.1


class HasFileNumber(Protocol):
    """An open file, as ``sys.stdin``."""

    def fileno(self) -> int:
        """The number the operating system knows it by."""
        ...


class StdinReader:
    """A line a reading, in the grammar of ``lines``; the answer's text goes to ``say``.

    The file is read below ``stream``'s own buffer, so that ``close`` need not wait for a line.
    """

    def __init__(self, settings: ReaderSettings, stream: HasFileNumber, say: Callable[[str], None]) -> None:
        self._format, self._stream, self._say = settings.format, stream, say
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, present: Callable[[Reading], Answer], health: Callable[[str | None], None]) -> None:
        """Read until the input ends, which ``health`` hears.

        Raises:
            ReaderError: there is no such input.
        """
        try:
            descriptor = self._stream.fileno()
            os.fstat(descriptor)
        except (OSError, ValueError) as error:
            raise ReaderError(f"the reader's input cannot be read ({error}): start with standard input open") from error
        health(None)
        self._thread = threading.Thread(
            target=self._run, args=(descriptor, never_raising(present), health), name="limen-stdin", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop; the input stays open."""
        self._stop.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self, descriptor: int, ask: Callable[[Reading], Answer], health: Callable[[str | None], None]) -> None:
        try:
            for line in _lines(self._chunks(descriptor)):
                if self._stop.is_set():
                    return
                self._take(line, ask)
            why = "standard input ended"
        except Exception as error:  # noqa: BLE001 - the top of a thread: health hears it, and no card opens any more
            why = f"standard input failed: {error!r}"
        if not self._stop.is_set():
            health(why)

    def _take(self, line: bytes, ask: Callable[[Reading], Answer]) -> None:
        text = line.decode("ascii", "replace").removesuffix("\r")
        if not text:
            return
        try:
            reading = reading_of(text, self._format)
        except BadDataError as error:
            note(f"a line was dropped: {error}")
        else:
            self._say(ask(reading).text)

    def _chunks(self, descriptor: int) -> Iterator[bytes]:
        # A poll rather than epoll, which refuses files.
        with selectors.PollSelector() as selector:
            selector.register(descriptor, selectors.EVENT_READ)
            while not self._stop.is_set():
                if selector.select(_POLL_S):
                    chunk = os.read(descriptor, 4096)
                    if not chunk:
                        return
                    yield chunk


def _lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The lines, the last one also without its end; of one that is too long only so much that it is seen to be."""
    kept = b""
    for chunk in chunks:
        *complete, kept = (kept + chunk).split(b"\n")
        yield from complete
        kept = kept[: MOST_CHARACTERS + 2]
    yield kept
