"""A running door as a test sees it: what it prints and when, its lock's log, its status, its reader of cards."""

import json
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from limen_program import COMMAND, Document, environment

_PATIENCE_S = 60.0


class RunningDoor:
    """``limen --json door run`` on a data folder, whose settings say where the lock writes its log.

    ``said`` is what it wrote beside its events.
    """

    def __init__(self, data: Path, log: Path, variables: Mapping[str, str], name: str = "front") -> None:
        self._log, self._port = log, free_port()
        self._heard: list[tuple[float, Document]] = []
        self._more = threading.Condition()
        self.said: list[str] = []
        settings = {**variables, "LIMEN_STATUS__LISTEN": f"127.0.0.1:{self._port}"}
        self._process = subprocess.Popen(
            [*COMMAND, "--json", "door", "run", name], env=environment(data, settings), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self.pid = self._process.pid
        self._threads = [threading.Thread(target=target) for target in (self._listen, self._read_messages)]
        for thread in self._threads:
            thread.start()

    @property
    def heard(self) -> int:
        """How many events there were."""
        return len(self._heard)

    def until(self, kind: str, after: int = 0, reason: str | None = None) -> tuple[float, Document]:
        """The first such event behind the first ``after`` ones, and the monotonic time it came at."""
        deadline_s = time.monotonic() + _PATIENCE_S
        with self._more:
            while not (found := self._found(kind, after, reason)):
                left_s = deadline_s - time.monotonic()
                assert left_s > 0, f"no {kind} in {[event for _, event in self._heard[after:]]}"
                assert self._process.poll() is None, "".join(self.said)
                self._more.wait(min(left_s, 1))
            return found[0]

    def events(self, kind: str, count: int = 1) -> list[Document]:
        """The events of this kind, once there are so many."""
        found: list[Document] = []
        after = 0
        while len(found) < count:
            at_s, event = self.until(kind, after)
            found.append(event)
            after = self._heard.index((at_s, event)) + 1
        return found

    def kinds(self, after: int = 0) -> list[str]:
        """What happened behind the first ``after`` events."""
        return [event["type"] for _, event in self._heard[after:]]

    def show(self, card: str) -> None:
        """Hold a card before the reader."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{card}\n")
        self._process.stdin.flush()

    @property
    def moves(self) -> list[str]:
        """What the lock did: ``unlock`` and ``lock``."""
        lines = self._log.read_text("utf-8").splitlines() if self._log.exists() else []
        return [json.loads(line)["moved"] for line in lines]

    def missing(self) -> list[str]:
        """What ``/ready`` says that the door lacks."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/ready", timeout=30) as answer:
                document = json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                document = json.load(error)
        missing: list[str] = document["missing"]
        return missing

    def until_missing(self, expected: list[str]) -> None:
        """Wait until ``/ready`` says that the door lacks just this; a camera may pause on a busy machine."""
        deadline_s = time.monotonic() + _PATIENCE_S
        while (missing := self.missing()) != expected:
            assert time.monotonic() < deadline_s, missing
            time.sleep(0.1)

    def end(self) -> None:
        """Let it stop."""
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for thread in self._threads:
            thread.join()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            assert stream is not None
            stream.close()

    def _found(self, kind: str, after: int, reason: str | None) -> list[tuple[float, Document]]:
        return [
            (at_s, event) for at_s, event in self._heard[after:]
            if event["type"] == kind and (reason is None or event["reason"] == reason)
        ]  # fmt: skip

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._more:
                self._heard.append((time.monotonic(), json.loads(line)))
                self._more.notify_all()

    def _read_messages(self) -> None:
        assert self._process.stderr is not None
        self.said.extend(self._process.stderr)


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
