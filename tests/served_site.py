"""``limen serve`` as people start it."""

import json
import subprocess
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from limen_program import COMMAND, environment


@dataclass
class ServedSite:
    """A running ``limen serve``: what it printed, its data folder, and what it says on standard error."""

    started: dict[str, Any]
    data: Path
    process: "subprocess.Popen[str]"
    said: list[str] = field(default_factory=list)
    listening: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self.listening = threading.Thread(target=self._listen, daemon=True)

    @property
    def url(self) -> str:
        """The address, without a slash at its end."""
        return str(self.started["url"]).rstrip("/")

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def code(self) -> str:
        """What the first account is made with."""
        return str(self.started["code"])

    def _listen(self) -> None:
        assert self.process.stderr is not None
        self.said.extend(iter(self.process.stderr.readline, ""))


def serve(data: Path, *options: str, port: int = 0) -> ServedSite:
    """Start it at this port, or at any free one."""
    command = [*COMMAND, "--json", "serve", "--listen", f"127.0.0.1:{port}", *options]
    process = subprocess.Popen(
        command, env=environment(data, {}), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise AssertionError(f"limen serve did not start: {process.communicate(timeout=30)[1]}")
    served = ServedSite(json.loads(line), data, process)
    # Whoever does not read what it says lets it wait for ever.
    served.listening.start()
    return served


def stop(served: ServedSite) -> None:
    """End it as a service manager does, and see that it ends well."""
    served.process.terminate()
    assert _ended(served) == 0, "".join(served.said)
    assert "Traceback" not in "".join(served.said)


def kill(served: ServedSite) -> None:
    """End it as a power cut does."""
    served.process.kill()
    _ended(served)


def _ended(served: ServedSite) -> int:
    """The exit code, once it has ended."""
    code = served.process.wait(timeout=30)
    served.listening.join(timeout=10)
    for stream in (served.process.stdout, served.process.stderr):
        if stream is not None:
            stream.close()
    return code
