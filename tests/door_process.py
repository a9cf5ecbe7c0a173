"""A door as people start it, whose reader is standard input and whose simulated lock writes ``lock.log``."""

import json
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

from limen_program import COMMAND, Document, environment


class DoorProcess:
    """The door's process: what it says, and what is held before its reader."""

    def __init__(self, data: Path, name: str, **settings: str) -> None:
        self.data = data
        self.process = subprocess.Popen(
            [*COMMAND, "--json", "door", "run", name], env=environment(data, settings), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self.events: list[Document] = []
        self.said: list[str] = []
        streams = ((self.process.stdout, self._tell), (self.process.stderr, self.said.append))
        self.threads = [threading.Thread(target=self._read, args=args) for args in streams]
        for thread in self.threads:
            thread.start()

    def show(self, card: str) -> None:
        """Hold a card before the reader."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{card}\n")
        self.process.stdin.flush()

    def until(self, kind: str, count: int = 1) -> list[Document]:
        """The events of this kind, once there are so many."""
        deadline = time.monotonic() + 60
        while len(found := [event for event in self.events if event["type"] == kind]) < count:
            assert self.process.poll() is None, "".join(self.said)
            assert time.monotonic() < deadline, self.events
            time.sleep(0.02)
        return found

    @property
    def openings(self) -> int:
        log = self.data / "lock.log"
        return log.read_text("utf-8").count('"unlock"') if log.exists() else 0

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(30)
        for thread in self.threads:
            thread.join(30)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()

    def _tell(self, line: str) -> None:
        self.events.append(json.loads(line))

    @staticmethod
    def _read(stream, keep: Callable[[str], None]) -> None:  # type: ignore[no-untyped-def]  # a text stream
        for line in stream:
            keep(line)
